/*
 * schedule.h - a plan at work: starts its task when the plan says so.
 *
 * Three kinds.  Spans (StartIn, Every) count on the clock that also runs in suspend: run n is due
 * at first + n * every, without drift.  Calendars (At, Cron) follow the wall clock and are planned
 * anew when that is set.  Conditions (When) are looked at when they can change: at the instant that
 * the condition itself names, and when a task that it speaks of begins or ends a run.
 *
 *	          stop                      nothing is left to come
 *	ARMED <---------> HELD    ARMED -------------------------> OVER
 *	         start
 */
#ifndef AIOT_SCHEDULE_H
#define AIOT_SCHEDULE_H

#include <stdbool.h>

#include "condition.h"
#include "core.h"
#include "cron.h"
#include "plan.h"

/* How late a calendar's run may begin: behind it, the time counts as missed. */
#define AIOT_LATE_US INT64_C(60000000)

enum aiot_schedule_phase {
	AIOT_SCHEDULE_ARMED,
	AIOT_SCHEDULE_HELD, /* by stop; the due time is kept */
	AIOT_SCHEDULE_OVER, /* it had one time, or none is left */
};

struct aiot_schedule {
	struct aiot_alarm alarm;  /* private */
	struct aiot_entry *entry; /* read-only, as all that follows */
	struct aiot_plan plan;
	/* The next run, by the core's clock; AIOT_CORE_NEVER: not known, or none. */
	uint64_t due_ns;
	uint8_t phase; /* enum aiot_schedule_phase */
#if AIOT_JITTER
	bool queued;	  /* Overlap=queue: a run is owed */
	uint64_t last_ns; /* start of the last run that it began; 0: none */
	uint64_t skipped; /* due while it could not run */
	/* private */
	uint64_t base_ns; /* due_ns without its jitter */
	uint32_t draws;	  /* of jitter */
	int32_t refusal;  /* of the last copy beside: said once */
#endif
#if AIOT_CALENDARS
	uint32_t block_size;
	struct aiot_link wall; /* private; link: core.calendars */
	bool unset;	       /* read-only: it waits for the wall clock to be set */
	bool restored;	       /* the past is that of an earlier program */
	int64_t base_us;  /* a calendar's present time, without its jitter; AIOT_NO_TIME_US: none */
	int64_t fired_us; /* a calendar's time that was run last, or given up */
	struct aiot_cron *cron;		  /* NULL: none; behind this, in the same block */
	struct aiot_condition *condition; /* likewise */
#endif
};

/*
 * Give an entry that has no schedule a plan that was checked, and arm it: it becomes "scheduled" if
 * it is not alive.  The block and copies of the texts are taken from the core's owner.  restored:
 * the entry's past comes from an earlier program and counts (it has run already, or missed a run).
 * -AIOT_EINVAL: Cron or When is wrong, with a sentence in why; -AIOT_EEXIST; -AIOT_ENOMEM.
 */
int aiot_schedule_create(struct aiot_core *core, struct aiot_entry *entry,
			 const struct aiot_plan *plan, bool restored, struct aiot_out *why);

/* The same for an entry that may have a plan, which goes only when nothing is wrong with this one.
 */
int aiot_schedule_replace(struct aiot_core *core, struct aiot_entry *entry,
			  const struct aiot_plan *plan, struct aiot_out *why);

/* Take it off its entry and free it; that the entry is "scheduled" is the caller's to end.  NULL is
 * fine. */
void aiot_schedule_destroy(struct aiot_core *core, struct aiot_schedule *s);

/* Stop firing, keep the due time. */
void aiot_schedule_hold(struct aiot_schedule *s);

/*
 * Go on after hold.  true: armed, its due time is ahead.  false: it was due meanwhile (the caller
 * runs the entry now; the schedule is armed for what follows), or it was not held.
 */
bool aiot_schedule_resume(struct aiot_core *core, struct aiot_schedule *s);

/* Whether it is going to start its entry again. */
bool aiot_schedule_armed(const struct aiot_schedule *s);

/* Its entry's run ended and nothing else starts it; or it was paused and is not any more. */
#if AIOT_JITTER
void aiot_schedule_ended(struct aiot_core *core, struct aiot_schedule *s);
#else
static inline void aiot_schedule_ended(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s; /* nothing is queued, and nothing hangs on how a run ended */
}
#endif

/* The wall clock was set: what hangs on it is planned anew. */
void aiot_core_clock_set(struct aiot_core *core);

/* When it is due, by the wall clock; AIOT_NO_TIME_US: that is not known, or never. */
int64_t aiot_schedule_due_us(struct aiot_core *core, const struct aiot_schedule *s);

/*
 * The next time behind `after_us` (wall clock) at which it would be due, as far as can be known
 * now; false: none.  For conditions the begin of the next span in which they are true.
 */
bool aiot_schedule_next_us(struct aiot_core *core, struct aiot_schedule *s, int64_t after_us,
			   int64_t *ret_us);

#endif
