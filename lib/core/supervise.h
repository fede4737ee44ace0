/*
 * supervise.h - runs that are begun anew when they have ended, and runs that make no step any more.
 *
 * What a policy (entry.h) says is done here, on alarms; a wake costs nothing for it.  Called by the
 * registry at the end of each run and at each change of state, by the place before a run begins.
 *
 *	          a run ended, Restart= says so          the pause is over
 *	running ----------------------------> restarting -----------------> starting
 *	                   |                      | stop
 *	                   | too often            +------> stopped
 *	                   +--> held
 *
 * Pauses double from RestartSec to RestartMaxSec, each a tenth longer or shorter at random.  They
 *are short again behind a run of RestartResetSec, and so is the count of StartLimitBurst behind any
 * order of a person.  Whatever begins meanwhile, a schedule's run or an ordered one, takes the
 *place of the run that was to come.  A task with a schedule is never held for its failures: when
 *there were too many, the schedule brings the next run.
 */
#ifndef AIOT_SUPERVISE_H
#define AIOT_SUPERVISE_H

#include "more.h"

#if AIOT_SUPERVISE
struct aiot_supervised {
	struct aiot_entry *entry;
	/* starting again */
	struct aiot_alarm again;
	uint64_t due_ns;   /* what it is set to */
	uint64_t first_ns; /* the first of the starts that StartLimitBurst counts */
	uint32_t starts;   /* since then */
	uint32_t attempt;  /* pauses in a row */
	uint32_t draws;	   /* of random numbers */
	bool limited;	   /* held because of StartLimitBurst */
	/* the watchdog: how the task was when it had last made a step, as far as is known */
	struct aiot_alarm dog;
	uint64_t seen_ns, timer_due;
	const struct aiot_site *site;
	uint32_t waits;
};

/* A run is about to begin: take the memory that its policy needs.  -AIOT_ENOMEM. */
int aiot_supervise_prepare(struct aiot_core *core, struct aiot_entry *entry);

/* A run ended so, or could not begin: the state to show, AIOT_BACKOFF if another one comes. */
enum aiot_state aiot_supervise_verdict(struct aiot_core *core, struct aiot_entry *entry,
				       enum aiot_state how);

/* The state has changed. */
void aiot_supervise_time(struct aiot_core *core, struct aiot_entry *entry);

/*
 * Its policy is another one: that counts for the run under way, too, its watchdog from now on.
 * -AIOT_ENOMEM.
 */
int aiot_supervise_change(struct aiot_core *core, struct aiot_entry *entry);

/* A person gave an order: what failed before does not count any more. */
void aiot_supervise_forget(struct aiot_entry *entry);

/*
 * An entry that is not alive is not to run before a person says so: its schedule does not fire, its
 * state is held.  outcome: why, taken over; may be NULL.
 */
void aiot_supervise_hold(struct aiot_core *core, struct aiot_entry *entry,
			 struct aiot_outcome *outcome);

/* Members "restart" of one that pauses, "held" of one that is held, and, with debug, "policy". */
void aiot_supervise_json(struct aiot_core *core, const struct aiot_entry *entry, bool debug,
			 struct aiot_json_out *json);

/* The entry leaves; its block is freed. */
void aiot_supervise_leave(struct aiot_more *more);
void aiot_supervise_free(struct aiot_core *core, struct aiot_more *more);
#else
static inline int aiot_supervise_prepare(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
	return 0;
}

static inline enum aiot_state aiot_supervise_verdict(struct aiot_core *core,
						     struct aiot_entry *entry, enum aiot_state how)
{
	(void)core;
	(void)entry;
	return how;
}

static inline void aiot_supervise_time(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline void aiot_supervise_forget(struct aiot_entry *entry)
{
	(void)entry;
}

static inline void aiot_supervise_json(struct aiot_core *core, const struct aiot_entry *entry,
				       bool debug, struct aiot_json_out *json)
{
	(void)core;
	(void)entry;
	(void)debug;
	(void)json;
}

static inline void aiot_supervise_leave(struct aiot_more *more)
{
	(void)more;
}

static inline void aiot_supervise_free(struct aiot_core *core, struct aiot_more *more)
{
	(void)core;
	(void)more;
}
#endif

#endif
