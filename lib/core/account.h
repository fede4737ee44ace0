/*
 * account.h - what a step costs and what is being run: kept on a host, not on a board.
 *
 * Called by the executor and by task.c around each step.  On a board the pointer to the running
 * task (core->current) says as much to the watchdog, and the clock is read when a task goes to
 * sleep.
 */
#ifndef AIOT_ACCOUNT_H
#define AIOT_ACCOUNT_H

#include "task.h"

#if AIOT_BOARD
static inline void aiot_account_begin(struct aiot_core *core, const struct aiot_task *t)
{
	(void)core;
	(void)t;
#if AIOT_COUNTERS
	core->steps++;
#endif
}

static inline void aiot_account_end(struct aiot_core *core, struct aiot_task *t,
				    const struct aiot_site *began)
{
	(void)core;
	(void)t;
	(void)began;
}

static inline void aiot_account_pause(struct aiot_core *core)
{
	(void)core;
}

static inline void aiot_account_idle(struct aiot_core *core)
{
	(void)core;
}

static inline void aiot_account_run(struct aiot_entry *entry)
{
	(void)entry;
}

static inline void aiot_account_enter(struct aiot_core *core, const char *name, const char *doing,
				      struct aiot_stall *was)
{
	(void)core;
	(void)name;
	(void)doing;
	(void)was;
}

static inline void aiot_account_leave(struct aiot_core *core, const struct aiot_stall *was)
{
	(void)core;
	(void)was;
}
#else
/* A step begins; the stall block says which. */
void aiot_account_begin(struct aiot_core *core, const struct aiot_task *t);
/* It is over: its time is the task's, and the present. */
void aiot_account_end(struct aiot_core *core, struct aiot_task *t, const struct aiot_site *began);
/* What passed since then is no task's. */
static inline void aiot_account_pause(struct aiot_core *core)
{
	core->now_ns = core->ops->mono_ns(core->ctx);
}
/* A run begins: the longest step is to be one of it. */
static inline void aiot_account_run(struct aiot_entry *entry)
{
	entry->longest_us = 0;
	entry->longest_site = NULL; /* may point into an object that was replaced meanwhile */
}
/*
 * What is run until leave() is no step: `doing` (a constant, the end of a sentence) of a task or
 * service of that name.  was: to be handed to leave().
 */
void aiot_account_enter(struct aiot_core *core, const char *name, const char *doing,
			struct aiot_stall *was);
void aiot_account_leave(struct aiot_core *core, const struct aiot_stall *was);
/* No step is being run. */
void aiot_account_idle(struct aiot_core *core);
#endif

#endif
