/*
 * more.h - what only some entries need: a schedule, a past, time-outs, somebody who waits.
 *
 * One block beside the entry, taken from the owner's memory when the first of these is needed and
 * given back when the entry leaves, so that a task that just runs stays small.
 */
#ifndef AIOT_MORE_H
#define AIOT_MORE_H

#include "core.h"
#include "past.h"

struct aiot_more {
	struct aiot_entry *entry;
	struct aiot_schedule *schedule; /* NULL: none; the owner's memory */
	struct aiot_past past;
};

/* The entry's block, made if it has none.  NULL: no memory. */
struct aiot_more *aiot_more_of(struct aiot_core *core, struct aiot_entry *entry);

/* Give it back; the entry leaves. */
void aiot_more_free(struct aiot_core *core, struct aiot_entry *entry);

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
