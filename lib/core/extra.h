/*
 * extra.h - extra runs of an entry: ordered by `trigger`, whatever its schedule says.
 *
 * One that is ordered while a run is under way waits in a queue, first in, first out, each with its
 * own arguments above the task's.  A paused or scheduled entry has them too.
 */
#ifndef AIOT_EXTRA_H
#define AIOT_EXTRA_H

#include "more.h"
#include "settings.h"

#if AIOT_EXTRA
#define AIOT_EXTRA_MAX 1000 /* runs that wait, of one entry */

struct aiot_extra {
	struct aiot_extra *next; /* aiot_more.queue */
	struct aiot_setting *args;
};

/*
 * Order one more run.  args (may be NULL) are taken over, unless it fails.  0: it has begun; 1: it
 * waits; -AIOT_ENOSPC: too many wait; -AIOT_EBUSY: it goes with its present run; -AIOT_ECANCELED:
 * nothing is started any more; -AIOT_ENOMEM.
 * One that its place refuses to start has begun and failed.
 */
int aiot_extra_order(struct aiot_core *core, struct aiot_entry *entry, struct aiot_setting *args);

/* Whether it would be refused: 0, -AIOT_ENOSPC, -AIOT_EBUSY, -AIOT_ECANCELED. */
int aiot_extra_check(const struct aiot_core *core, const struct aiot_entry *entry);

/* A run is over: begin the next one that waits, and if that fails the one behind it. */
void aiot_extra_next(struct aiot_core *core, struct aiot_entry *entry);

/* Forget those that wait. */
void aiot_extra_drop(struct aiot_core *core, struct aiot_entry *entry);
/* How many wait. */
static inline uint32_t aiot_extra_queued(const struct aiot_entry *entry)
{
	return entry->more != NULL ? entry->more->queued : 0;
}
#else
static inline uint32_t aiot_extra_queued(const struct aiot_entry *entry)
{
	(void)entry;
	return 0;
}

static inline void aiot_extra_next(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}

static inline void aiot_extra_drop(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}
#endif

#endif
