/*
 * stats-visits.c - see stats-visits.h.  Called by stats.c whenever it wakes, and for connections
 * that come and go.  Host only (POSIX sockets).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* POLLRDHUP */
#endif
#include "stats-visits.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define NS_PER_S UINT64_C(1000000000)

struct visit *visits_begin(struct visits *visits, int fd)
{
	struct visit *visit = malloc(sizeof(*visit));

	if (visit == NULL)
		return NULL;
	*visit = (struct visit){.next = visits->first, .fd = fd, .since_ns = visits->now_ns};
	visits->first = visit;
	return visit;
}

void visits_end(struct visits *visits, struct visit *visit)
{
	struct visit **link = &visits->first;

	visits->ended = true;
	while (*link != NULL && *link != visit)
		link = &(*link)->next;
	if (*link == NULL)
		return;
	*link = visit->next;
	free(visit);
}

static void shut_down(struct visit *visit)
{
	(void)shutdown(visit->fd, SHUT_RDWR);
	visit->fd = -1;
}

void visits_drop(struct visits *visits, uint64_t now_ns)
{
	struct visit *visit;

	visits->now_ns = now_ns;
	for (visit = visits->first; visit != NULL; visit = visit->next) {
		if (visit->fd >= 0 && now_ns - visit->since_ns >= VISIT_S * NS_PER_S)
			shut_down(visit);
	}
}

bool visits_hang_up(struct visits *visits)
{
	struct visit *visit;
	bool any = false;

	for (visit = visits->first; visit != NULL; visit = visit->next) {
		struct pollfd p = {.fd = visit->fd, .events = POLLRDHUP};

		if (visit->fd < 0 || visit->asked || poll(&p, 1, 0) <= 0)
			continue;
		shut_down(visit);
		any = true;
	}
	return any;
}
