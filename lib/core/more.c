/*
 * more.c - see more.h.  Called by whoever needs a piece of it first: schedules, waits, orders.
 */
#include "more.h"

#include <string.h>

struct aiot_more *aiot_more_of(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	if (more != NULL)
		return more;
	more = core->ops->take(core->ctx, sizeof(*more));
	if (more == NULL)
		return NULL;
	memset(more, 0, sizeof(*more));
	more->entry = entry;
	aiot_past_init(&more->past);
	entry->more = more;
	return more;
}

void aiot_more_free(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->more != NULL)
		core->ops->give(core->ctx, entry->more, sizeof(*entry->more));
	entry->more = NULL;
}
