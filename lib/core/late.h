/*
 * late.h - runs that take longer than their TimeoutSec=, or to get ready longer than their
 * TimeoutStartSec= (or make no step in their WatchdogSec=), and stops that cannot be given up.
 *
 * A run that is late is stopped, and its verdict is a failure.  The error is made when the time is
 * up, because its traceback says where it hung.
 */
#ifndef AIOT_LATE_H
#define AIOT_LATE_H

#include "task.h"

/* What has run out. */
enum aiot_late {
	AIOT_LATE_NOT,
	AIOT_LATE_RUN,	 /* TimeoutSec= */
	AIOT_LATE_START, /* TimeoutStartSec= */
	AIOT_LATE_STEP,	 /* WatchdogSec= */
};

#if AIOT_WAITS
/* The run is to be stopped, and has failed.  Nothing happens while it is stopping. */
void aiot_late_end(struct aiot_core *core, struct aiot_more *more, enum aiot_late why);
/* A run begins: make what its time-out needs.  -AIOT_ENOMEM. */
int aiot_late_prepare(struct aiot_core *core, struct aiot_entry *entry);
/* Forget what the run before left behind. */
void aiot_late_forget(struct aiot_core *core, struct aiot_entry *entry);
/* A stop begins: if it is one of a late run, note where that was. */
void aiot_late_note(struct aiot_core *core, struct aiot_task *t);
/* The entry's state has changed: count from the begin of each run, not in a pause between two. */
void aiot_late_time(struct aiot_core *core, struct aiot_entry *entry);
/* It is to be given up, but is in something that uses its memory and cannot be interrupted. */
void aiot_late_hold(struct aiot_core *core, struct aiot_entry *entry);
/* TimeoutSec= ended this run: its error is the entry's now. */
bool aiot_task_late(struct aiot_core *core, struct aiot_task *t);
/* The entry leaves; its block is freed. */
void aiot_late_leave(struct aiot_more *more);
void aiot_late_free(struct aiot_core *core, struct aiot_more *more);
#else
static inline int aiot_late_prepare(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
	return 0;
}

static inline void aiot_late_forget(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline void aiot_late_note(struct aiot_core *core, struct aiot_task *t)
{
	(void)core;
	(void)t;
}

static inline void aiot_late_time(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline void aiot_late_hold(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline bool aiot_task_late(struct aiot_core *core, struct aiot_task *t)
{
	(void)core;
	(void)t;
	return false;
}

static inline void aiot_late_leave(struct aiot_more *more)
{
	(void)more;
}

static inline void aiot_late_free(struct aiot_core *core, struct aiot_more *more)
{
	(void)core;
	(void)more;
}
#endif

#endif
