/*
 * schedule.h - when an entry runs by itself: once after a while, and every so often.
 *
 * StartIn counts from the moment the schedule is set (or from the core's start), Every from the
 * start of the first run, without drift: run n is due at first + n * every, and what could not run
 * on time is skipped, not made up.  Both count on the clock that also runs in suspend.  Memory is
 * the owner's.
 */
#ifndef AIOT_SCHEDULE_H
#define AIOT_SCHEDULE_H

#include <stdbool.h>

#include "core.h"

struct aiot_schedule {
	struct aiot_alarm alarm; /* private */
	struct aiot_entry *entry;
	/* public, read-only after aiot_schedule_set */
	uint64_t start_in_ns; /* before the first run */
	uint64_t every_ns;    /* 0: once */
	bool from_daemon;     /* start_in counts from the core's start */
	/* read-only */
	uint64_t due_ns;  /* the next run; kept while held; AIOT_CORE_NEVER: none */
	uint64_t last_ns; /* start of the last scheduled run; 0: none */
	uint64_t skipped; /* due while the task was still running, or while nothing ran at all */
};

/*
 * Attach to an entry that is not alive and has no schedule, and arm: it becomes "scheduled".
 * -AIOT_ENOMEM.
 */
int aiot_schedule_set(struct aiot_core *core, struct aiot_entry *entry, struct aiot_schedule *s);

/* Stop firing, keep the due time. */
void aiot_schedule_hold(struct aiot_schedule *s);

/*
 * Go on after hold.  true: armed, its due time is ahead.  false: it was due meanwhile (the caller
 * runs the entry now; the schedule is armed for what follows), or it was not held.
 */
bool aiot_schedule_resume(struct aiot_core *core, struct aiot_schedule *s);

bool aiot_schedule_armed(const struct aiot_schedule *s);

#endif
