/*
 * when-awaits.c - which tasks a condition cannot do without.
 *
 * Called when a condition is compiled for a task, to find those that wait for each other.  One pass
 * over the nodes with a stack of outcomes, like asking.
 */
#include <string.h>

#include "when-private.h"

/* Whether one condition can ever be true while that task has not run.  All else may come. */
static bool leaf_can(const struct when_node *n, unsigned slot)
{
	if (n->op == WHEN_AFTER)
		return n->slot != (int)slot;
	return n->op != WHEN_FALSE;
}

bool aiot_when_awaits(const struct aiot_when *w, unsigned slot)
{
	bool can[AIOT_WHEN_NODES_MAX + 1];
	unsigned i, depth = 0;

	for (i = 0; i < w->node_count; i++) {
		const struct when_node *n = &w->node[i];

		if (n->op == WHEN_NOT) {
			can[depth - 1] = true; /* what is not so yet */
		} else if (n->op == WHEN_AND) {
			depth--;
			can[depth - 1] = can[depth - 1] && can[depth];
		} else if (n->op == WHEN_OR) {
			depth--;
			can[depth - 1] = can[depth - 1] || can[depth];
		} else {
			can[depth++] = leaf_can(n, slot);
		}
	}
	return !can[0];
}
