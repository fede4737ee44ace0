/*
 * stallwatch.h - a thread that watches a loop: which step blocks it, where, and for how long.
 *
 * It reads the loop's stall block (core/stall.h) from time to time and nothing else of it.  A step
 * that takes longer than warn_ms is told when that is seen and when it is over; one that takes
 * abort_ms, without what it waited for a processor, is told, and what is then done is the owner's.
 * Time in which this thread did not run either (suspend, a stopped process, a machine that is too
 * busy) is not the step's: no look counts for more than it should have taken.
 */
#ifndef AIOT_STALLWATCH_H
#define AIOT_STALLWATCH_H

#include <pthread.h>
#include <stdbool.h>

#include "peek.h"
#include "stall.h"

enum aiot_stall_event {
	AIOT_STALL_NOTHING,
	AIOT_STALL_BEGAN, /* it takes longer than warn_ms */
	AIOT_STALL_ENDED, /* it was told, and is over */
	AIOT_STALL_FATAL, /* it takes abort_ms; told once */
};

struct aiot_stall_limits {
	uint32_t warn_ms, abort_ms; /* 0: never */
};

/* What is known of the step that is being run. */
struct aiot_stall_view {
	struct aiot_stall what;
	struct aiot_peek_site site; /* filled in when it is told */
	uint64_t lasted_ns;
	uint64_t cpu_ns;   /* that the loop's thread used meanwhile */
	uint64_t delay_ns; /* that it waited for a processor meanwhile; 0: not known, too */
	/* private */
	uint64_t looked_ns, cpu_from_ns, delay_from_ns;
	bool told, fatal;
};

/* What the loop's thread has used since it began. */
struct aiot_stall_usage {
	uint64_t cpu_ns, delay_ns;
};

/*
 * One look, at that time.  longest_ns: what the pause since the last look may count for.  On
 * ENDED the view still is that of the step that ended; the next look takes up the present one.
 */
enum aiot_stall_event aiot_stall_look(struct aiot_stall_view *view, const struct aiot_stall *now,
				      uint64_t now_ns, const struct aiot_stall_usage *usage,
				      uint64_t longest_ns, struct aiot_stall_limits limits);

/* "spins", "waits in the kernel", "is short of processor time", or "": where the time went. */
const char *aiot_stall_manner(const struct aiot_stall_view *view);

struct aiot_stallwatch {
	/* the owner's, before start */
	const struct aiot_stall *stall;
	/* Called on the watching thread. */
	void (*tell)(void *arg, enum aiot_stall_event event, const struct aiot_stall_view *view);
	void *arg;
	/* private */
	pthread_t loop, thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct aiot_stall_limits limits; /* under lock */
	int tid;			 /* the loop's */
	bool running, ending;		 /* ending: under lock */
};

/* Watch the calling thread's loop.  A negative code: there is no thread to be had. */
int aiot_stallwatch_start(struct aiot_stallwatch *w, struct aiot_stall_limits limits);
/* From now on with these. */
void aiot_stallwatch_limit(struct aiot_stallwatch *w, struct aiot_stall_limits limits);
/* One that was never started is fine. */
void aiot_stallwatch_stop(struct aiot_stallwatch *w);

#endif
