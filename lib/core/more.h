/*
 * more.h - what only some entries need: a schedule, a past, options set, runs that wait.
 *
 * One block beside the entry, taken from the owner's memory when the first of these is needed and
 * given back when the entry leaves, so that a task that just runs stays small.
 */
#ifndef AIOT_MORE_H
#define AIOT_MORE_H

#include "core.h"
#include "past.h"

struct aiot_task;

/*
 * A task that waits leaves before what it waits for is there; told to whom it waits for.  true: it
 * is out of it.  false: it cannot be let go yet; aiot_wait_end() will come (wait.h).
 */
enum aiot_leave {
	AIOT_LEAVE_TIMEOUT, /* timeout_ms has run out */
	AIOT_LEAVE_STOP,    /* the task unwinds */
	AIOT_LEAVE_ABANDON, /* the task is given up: nothing may point into it any more */
};
typedef bool aiot_leave_fn(struct aiot_core *core, struct aiot_task *t, void *arg,
			   enum aiot_leave why);

struct aiot_more {
#if AIOT_TEXT
	struct aiot_entry *entry;
#endif
	struct aiot_schedule *schedule; /* NULL: none; the owner's memory */
#if AIOT_BOARD && AIOT_OUTCOMES
	struct aiot_outcome *outcome; /* of the last run that has one; NULL: none */
#endif
#if AIOT_CALENDARS
	struct aiot_past past;
#endif
#if AIOT_WAITS
	/* waits; wait.c */
	struct aiot_alarm wait_alarm; /* the time-out of what it waits for */
	aiot_leave_fn *leave;	      /* who is told when it is left early; NULL: nobody */
	void *leave_arg;
	struct aiot_entry *awaits;   /* whose end it waits for */
	struct aiot_waiters waiters; /* who waits for the end of its run */
	/* runs */
	struct aiot_alarm run_alarm; /* TimeoutSec= */
	struct aiot_outcome *late;   /* what it failed with when that ran out */
	bool timed_out;		     /* it did, in this run */
	bool start_late;	     /* because it took so long to get ready */
	bool overdue;		     /* to be given up, but what it waits for holds it */
	/* children; child.c */
	struct aiot_entry *parent; /* NULL: it is nobody's child */
	struct aiot_link children;
	struct aiot_link sibling;     /* link: more.children of the parent */
	struct aiot_callout *callout; /* the call it makes; NULL: none */
#endif
#if AIOT_SETTINGS
	/* settings.h */
	struct aiot_setting *set;      /* above the spec's args, for every run */
	struct aiot_setting *replaced; /* texts that the run under way may still point to */
#endif
#if AIOT_SETTINGS && AIOT_TEXT
	uint32_t replaced_bytes;
#endif
#if AIOT_EXTRA
	struct aiot_setting *run_args;	/* above `set`, of the run under way or the last one */
	struct aiot_setting *next_args; /* of the run that is about to begin */
	/* extra.h */
	uint32_t queued;
	struct aiot_extra *queue, *queue_end;
#endif
#if AIOT_TEXT
	/* of the last run that ended, also when the next one has begun */
	uint8_t ended_fail; /* as aiot_entry.fail */
#endif
};

/* The arguments that `trigger` gave for the run under way, or the last one; NULL: none. */
static inline struct aiot_setting *aiot_settings_of_run(const struct aiot_more *more)
{
#if AIOT_EXTRA
	return more->run_args;
#else
	(void)more;
	return NULL;
#endif
}

/* The entry's block, made if it has none.  NULL: no memory. */
struct aiot_more *aiot_more_of(struct aiot_core *core, struct aiot_entry *entry);

/* The entry leaves: nothing waits for it, is queued or armed any more. */
void aiot_more_leave(struct aiot_core *core, struct aiot_entry *entry);

/* Give it back, after the task's struct, which points to texts that were set.  NULL is fine. */
void aiot_more_free(struct aiot_core *core, struct aiot_more *more);

/*
 * The wall clock was set: what has happened since the program began is told in its new terms, so
 * that "10 minutes ago" stays 10 minutes ago.  What comes from an earlier program stays.
 */
void aiot_more_clock_set(struct aiot_core *core);

static inline struct aiot_schedule *aiot_entry_schedule(const struct aiot_entry *entry)
{
	return entry->more ? entry->more->schedule : NULL;
}

#endif
