/*
 * stats-visits.h - how long clients stay: who sends or takes a byte now and then is never idle, but
 * does not keep its connection for ever.  Of the service stats.  Host only (POSIX sockets).
 */
#ifndef STATS_VISITS_H
#define STATS_VISITS_H

#include <stdbool.h>
#include <stdint.h>

#define VISIT_S 120u /* as long as a visit may last */

struct visit {
	struct visit *next; /* link: visits.first */
	int fd;		    /* the server's; -1: it was shut down */
	bool asked;	    /* its request is whole; the caller's */
	uint64_t since_ns;
};

/* All zero but now_ns is empty. */
struct visits {
	struct visit *first;
	uint64_t now_ns; /* of the last visits_drop() */
	bool ended;	 /* one has; who wants to know clears it before */
};

/* One more; NULL: no memory, and nobody will see to it. */
struct visit *visits_begin(struct visits *visits, int fd);
/* NULL is fine. */
void visits_end(struct visits *visits, struct visit *visit);
/* Shut down what lasts too long; the server then sees its end, and ends the visit. */
void visits_drop(struct visits *visits, uint64_t now_ns);
/* The same for those who said good-bye before their request was whole.  Whether there was one. */
bool visits_hang_up(struct visits *visits);

#endif
