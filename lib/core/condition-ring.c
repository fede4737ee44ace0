/*
 * condition-ring.c - tasks that wait for each other: `a` runs after `b`, and `b` after `a`.
 *
 * Called by condition.c before a condition is taken.  What would close a ring is refused, so a walk
 * along "awaits" ends; the path that it has gone is kept in the conditions themselves.
 */
#include "condition.h"

#include <string.h>

#include "more.h"
#include "schedule.h"

/* Whether a condition means the task by that name, which may have no entry yet. */
static bool means(struct aiot_core *core, const char *name, const char *own)
{
	const struct aiot_entry *e = aiot_entry_named(core, name);
	size_t len = strlen(name);

	if (e != NULL)
		return strcmp(aiot_entry_name(e), own) == 0;
	return strncmp(name, own, len) == 0 &&
	       (own[len] == '\0' || strcmp(own + len, ".service") == 0);
}

static struct aiot_condition *condition_of(struct aiot_core *core, const char *name)
{
	const struct aiot_entry *e = aiot_entry_named(core, name);
	const struct aiot_schedule *s = e ? aiot_entry_schedule(e) : NULL;

	return s ? s->condition : NULL;
}

/* The path backwards, from the last one to the first. */
static struct aiot_condition *turn(struct aiot_condition *last)
{
	struct aiot_condition *before = NULL;

	while (last != NULL) {
		struct aiot_condition *next = last->from;

		last->from = before;
		before = last;
		last = next;
	}
	return before;
}

static int refuse(struct aiot_condition *last, const char *own, struct aiot_out *why)
{
	struct aiot_condition *c = turn(last);

	if (c->from == NULL) {
		aiot_format(why, "When: '%s' waits for itself, so it would never run", own);
		return -AIOT_EINVAL;
	}
	aiot_format(why, "When: none of these would ever be the first to run: '%s' waits for", own);
	for (c = c->from; c != NULL; c = c->from)
		aiot_format(why, " '%s', that for", aiot_entry_name(c->own));
	aiot_format(why, " '%s'", own);
	return -AIOT_EINVAL;
}

int aiot_condition_check_ring(struct aiot_core *core, struct aiot_condition *c, const char *own,
			      struct aiot_out *why)
{
	struct aiot_condition *at = c;
	uint32_t walk = ++core->ring_walks;

	c->from = NULL;
	c->step = 0;
	while (at != NULL) {
		struct aiot_condition *next;
		const char *name;
		unsigned slot = at->step;

		if (slot == aiot_when_task_count(at->when)) {
			at = at->from;
			continue;
		}
		at->step++;
		if (!aiot_when_awaits(at->when, slot))
			continue;
		name = aiot_when_task_name(at->when, slot);
		if (means(core, name, own))
			return refuse(at, own, why);
		next = condition_of(core, name);
		if (next == NULL || next->walk == walk)
			continue;
		next->walk = walk;
		next->from = at;
		next->step = 0;
		at = next;
	}
	return 0;
}
