/*
 * waiting.h - entries that may not start yet: something that they need is not there.
 *
 * The owner says so when a start is ordered (ops->holds) and lets go when it may (release).  Such
 * an entry is alive, "waiting", and nothing of it runs; stopping it leaves no trace in its past.
 */
#ifndef AIOT_WAITING_H
#define AIOT_WAITING_H

#include "core.h"

#if AIOT_BOARD
/* Nobody holds anything back there. */
static inline bool aiot_waiting_begin(struct aiot_core *core, struct aiot_entry *entry,
				      bool ordered)
{
	(void)core;
	(void)entry;
	(void)ordered;
	return false;
}

static inline bool aiot_waiting_pulls(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
	return false;
}

static inline bool aiot_waiting_end(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
	return false;
}
#else
/* A start: whether the owner holds it back, and so it waits now.  ordered: as for ops->holds. */
bool aiot_waiting_begin(struct aiot_core *core, struct aiot_entry *entry, bool ordered);

/* A start of what waits: whether the owner can do something about that. */
bool aiot_waiting_pulls(struct aiot_core *core, struct aiot_entry *entry);

/*
 * A stop: whether it waited, and so it is over.  What else was asked for behind the stop (to start
 * again, to be dropped) is done.
 */
bool aiot_waiting_end(struct aiot_core *core, struct aiot_entry *entry);

/* Make one that is not alive wait; its schedule, if it has one, is held meanwhile. */
void aiot_core_wait(struct aiot_core *core, struct aiot_entry *entry);

/* Let one that waits go on: it starts, or goes back on its schedule. */
void aiot_core_release(struct aiot_core *core, struct aiot_entry *entry);
#endif

#endif
