/*
 * watch.h - who wants to know when a run of a task by some name begins or ends.
 *
 * Conditions speak of other tasks by name: one that is not there yet, was unloaded or comes back
 * is watched all the same.  A watch is the watcher's memory.
 */
#ifndef AIOT_WATCH_H
#define AIOT_WATCH_H

#include "core.h"

#if AIOT_CALENDARS
struct aiot_watch {
	struct aiot_trie_node node; /* link: core.watched, for one of all that watch a name */
	struct aiot_link peers;	    /* link: the others */
	bool indexed;		    /* it is that one */
	/* Called inside a round or an order, when such a task acted, came or left: gives no order.
	 */
	void (*fn)(struct aiot_core *core, struct aiot_watch *watch);
	void *ctx; /* the watcher's */
	char name[AIOT_NAME_MAX + 1];
};

/* Watch a name.  fn is set by the caller; the entry of that name, if any, keeps its past from now
 * on. */
void aiot_watch_add(struct aiot_core *core, struct aiot_watch *watch, const char *name);
void aiot_watch_remove(struct aiot_core *core, struct aiot_watch *watch);

/* Something happened to a task of that name: tell those that watch. */
void aiot_watch_tell(struct aiot_core *core, const char *name);

/* Whether anybody watches that name. */
static inline bool aiot_watched(const struct aiot_core *core, const char *name)
{
	return core->watched.count > 0 && aiot_trie_find(&core->watched, name) != NULL;
}
#else
static inline void aiot_watch_tell(struct aiot_core *core, const char *name)
{
	(void)core;
	(void)name; /* there are no conditions */
}
#endif

#endif
