/*
 * extra.c - see extra.h.  Called by the handler of `trigger` and by the registry at the end of a
 * run.  Starts entries through the registry, never runs anything itself.
 */
#include "extra.h"

#include "more.h"

int aiot_extra_check(const struct aiot_core *core, const struct aiot_entry *entry)
{
	if (core->closed)
		return -AIOT_ECANCELED;
	if (aiot_entry_alive(entry) && entry->flags & (AIOT_ENTRY_DELETE | AIOT_ENTRY_ONCE))
		return -AIOT_EBUSY;
	return entry->more != NULL && entry->more->queued >= AIOT_EXTRA_MAX ? -AIOT_ENOSPC : 0;
}

static int enqueue(struct aiot_core *core, struct aiot_more *more, struct aiot_setting *args)
{
	struct aiot_extra *x = core->ops->take(core->ctx, sizeof(*x));

	if (x == NULL)
		return -AIOT_ENOMEM;
	*x = (struct aiot_extra){.args = args};
	if (more->queue == NULL)
		more->queue = x;
	else
		more->queue_end->next = x;
	more->queue_end = x;
	more->queued++;
	return 1;
}

/* The first of those that wait, taken out; its arguments. */
static struct aiot_setting *dequeue(struct aiot_core *core, struct aiot_more *more)
{
	struct aiot_extra *x = more->queue;
	struct aiot_setting *args = x->args;

	more->queue = x->next;
	more->queued--;
	core->ops->give(core->ctx, x, sizeof(*x));
	return args;
}

int aiot_extra_order(struct aiot_core *core, struct aiot_entry *entry, struct aiot_setting *args)
{
	struct aiot_more *more;
	int r = aiot_extra_check(core, entry);

	if (r < 0)
		return r;
	more = aiot_more_of(core, entry);
	if (more == NULL)
		return -AIOT_ENOMEM;
	if (aiot_entry_alive(entry))
		return enqueue(core, more, args);
	aiot_core_touch(core);
	more->next_args = args;
	(void)aiot_entry_start(core, entry);
	return 0;
}

void aiot_extra_next(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	while (more != NULL && more->queue != NULL && !core->closed && !aiot_entry_alive(entry)) {
		more->next_args = dequeue(core, more);
		(void)aiot_entry_start(core, entry);
	}
}

void aiot_extra_drop(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	while (more != NULL && more->queue != NULL)
		aiot_settings_free(core, dequeue(core, more));
}
