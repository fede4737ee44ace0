/*
 * callout.h - calls that tasks make: aiotools-call.h's, one a task.
 *
 *	        first step              state changes, records, times
 *	begun --+-- answered --> kept until the next call, or the end of the run
 *	        `-- waits ----> stepped at the end of a round in which something changed
 *
 * The call, its parameters and its reply lie in the core's memory.  What a handler orders may end
 * the very task that calls: then the call is freed when its step is over.
 */
#ifndef AIOT_CALLOUT_H
#define AIOT_CALLOUT_H

#include "command.h"
#include "task.h"

#if AIOT_CALLS

struct aiot_callout {
	struct aiot_call call;
	struct aiot_core *core;
	struct aiot_task *task; /* NULL: it is over, and the step under way frees it */
	struct aiot_link link;	/* core.callouts while it waits */
	struct aiot_out params, reply;
	/* Of the last reply: parameters, error and message, each ended; empty: there is none. */
	struct aiot_out strings;
	size_t error_at, message_at;
	bool more; /* another reply may follow */
	bool stepping;
};

/* Something changed, or was written to the log: those that wait are to be stepped. */
static inline void aiot_callouts_poke(struct aiot_core *core)
{
	if (core->callouts.next != NULL && !aiot_list_empty(&core->callouts))
		core->callouts_due = true;
}

static inline bool aiot_callouts_due(const struct aiot_core *core)
{
	return core->callouts_due;
}

/* Step those that wait; called by the executor, behind a round. */
void aiot_callouts_step(struct aiot_core *core);

/* The run of an entry is over, or it leaves: so is its call. */
void aiot_callout_end(struct aiot_core *core, struct aiot_entry *entry);

#else
static inline bool aiot_callouts_due(const struct aiot_core *core)
{
	(void)core;
	return false;
}

static inline void aiot_callouts_poke(struct aiot_core *core)
{
	(void)core;
}

static inline void aiot_callouts_step(struct aiot_core *core)
{
	(void)core;
}

static inline void aiot_callout_end(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}
#endif

#endif
