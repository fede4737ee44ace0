/*
 * no-ops.h - hooks of a core whose owner does nothing when it is told something, and never takes
 * anything back: programs of boards that are tests, benches or measured.
 */
#ifndef NO_OPS_H
#define NO_OPS_H

#include "core.h"

static inline void no_give(void *ctx, void *block, size_t size)
{
	(void)ctx;
	(void)block;
	(void)size;
}

static inline void no_wake(void *ctx)
{
	(void)ctx;
}

static inline void no_entry(void *ctx, struct aiot_entry *entry)
{
	(void)ctx;
	(void)entry;
}

#endif
