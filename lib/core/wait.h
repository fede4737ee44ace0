/*
 * wait.h - how a task waits for more than time: begun, ended, left early.
 *
 * A task that waits is in the list of what it waits for (timer.link, which serves the wheel and the
 * ready queue otherwise), or in none where somebody else knows it (lib/host's waits).  A time-out
 * is an alarm in the entry's aiot_more.  AIOT_RUN_WAITING is set from begin to end.  timer.due
 * keeps what belongs to the wait (the item), then how it ended (AIOT_RUN_WAITED).
 */
#ifndef AIOT_WAIT_H
#define AIOT_WAIT_H

#include "more.h"
#include "task.h"

/* Mark a task that may not wait. */
void aiot_wait_wrong(struct aiot_task *t);

/*
 * Whether the task may wait now: from within its own step, with nothing else armed, and with a
 * coroutine to come back to.  Else it is marked.
 */
static inline bool aiot_wait_may(struct aiot_task *t)
{
	if (aiot_task_core(t)->current == t && t->timer.link.next == NULL &&
	    !(t->entry.run_flags & (AIOT_RUN_HOOK | AIOT_RUN_ARMED)))
		return true;
	aiot_wait_wrong(t);
	return false;
}

#if AIOT_WAITS
/* Mark the task if `what`'s memory (item, event ...) is a local, gone when it is needed. */
bool aiot_wait_lasting(struct aiot_task *t, const void *object, const char *what);

/* There is nothing to wait for: the coroutine goes on at once. */
struct aiot_wait aiot_wait_over(struct aiot_task *t, int result);

/* The wait cannot begin for want of memory: the task fails. */
struct aiot_wait aiot_wait_no_memory(struct aiot_task *t);

/* (Re)start the time-out of a wait.  false: no memory. */
bool aiot_wait_timeout(struct aiot_task *t, uint32_t timeout_ms);

/* Whether the wait could not even begin for want of memory; the task fails. */
bool aiot_wait_refused(const struct aiot_task *t);

/* Wait in a list.  `with` is what timer.due keeps. */
struct aiot_wait aiot_wait_in(struct aiot_task *t, struct aiot_waiters *waiters,
			      uint32_t timeout_ms, uintptr_t with);

/* Wait for somebody who calls aiot_wait_end().  false: no memory, the task fails; do nothing. */
bool aiot_wait_for(struct aiot_task *t, aiot_leave_fn *leave, void *arg, uint32_t timeout_ms);

/* It is over: the task runs in the next round.  May be called at any time on the loop's thread. */
void aiot_wait_end(struct aiot_core *core, struct aiot_task *t, int result);

/* End them all, first come, first served. */
void aiot_waiters_end(struct aiot_waiters *waiters, int result);

/* The run of an entry is over: for those who wait for that. */
static inline void aiot_entry_end_waits(struct aiot_entry *entry)
{
	if (entry->more != NULL)
		aiot_waiters_end(&entry->more->waiters, 0);
}

/* The first who waits; NULL: nobody. */
struct aiot_task *aiot_waiters_first(const struct aiot_waiters *waiters);

/* The memory from `begin` on goes: whoever waits for something in it does so no longer. */
void aiot_wait_memory_gone(struct aiot_core *core, const void *begin, size_t size);

/* Leave what the task waits for, if anything; false: it cannot be left yet. */
bool aiot_wait_leave(struct aiot_core *core, struct aiot_task *t, enum aiot_leave why);

/* How a task names others: ".NAME" is its child. */
struct aiot_entry *aiot_task_named(const struct aiot_task *t, const char *name);

/* ---- child.c ---- */

/*
 * The run of t is over but for its children: if there are any, order them to end and keep t until
 * the last has left.  false: there are none.
 */
bool aiot_children_hold(struct aiot_core *core, struct aiot_task *t);

/* The first child's first child and so on; NULL: no children. */
struct aiot_entry *aiot_child_innermost(const struct aiot_entry *parent);

/* Make an entry, just added, the child of another.  -AIOT_ENOMEM. */
int aiot_child_adopt(struct aiot_core *core, struct aiot_entry *parent, struct aiot_entry *child);

/* The entry leaves: so does its parent know. */
void aiot_child_left(struct aiot_core *core, struct aiot_entry *child);

/* Its children's names as a member "children"; nothing if there are none. */
void aiot_children_json(const struct aiot_entry *parent, struct aiot_json_out *json);

#else
/* No waits: nothing to leave, nobody to end, no children. */
static inline bool aiot_wait_refused(const struct aiot_task *t)
{
	(void)t;
	return false;
}

static inline void aiot_entry_end_waits(struct aiot_entry *entry)
{
	(void)entry;
}

static inline void aiot_wait_memory_gone(struct aiot_core *core, const void *begin, size_t size)
{
	(void)core;
	(void)begin;
	(void)size;
}

static inline bool aiot_wait_leave(struct aiot_core *core, struct aiot_task *t, enum aiot_leave why)
{
	(void)core;
	(void)why;
	aiot_task_disarm(t);
	return true;
}

static inline bool aiot_children_hold(struct aiot_core *core, struct aiot_task *t)
{
	(void)core;
	(void)t;
	return false;
}

static inline void aiot_child_left(struct aiot_core *core, struct aiot_entry *child)
{
	(void)core;
	(void)child;
}

static inline void aiot_children_json(const struct aiot_entry *parent, struct aiot_json_out *json)
{
	(void)parent;
	(void)json;
}

static inline struct aiot_entry *aiot_child_innermost(const struct aiot_entry *parent)
{
	(void)parent;
	return NULL;
}
#endif

#endif
