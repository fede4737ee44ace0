/*
 * waiting.c - see waiting.h.  Called by the registry's orders and by the owner.  Never asks for
 * what an entry waits: that is the owner's alone.
 */
#include "waiting.h"

#include "marks.h"
#include "more.h"
#include "schedule.h"
#include "wait.h"

static void set_waiting(struct aiot_core *core, struct aiot_entry *entry)
{
	aiot_entry_set(core, entry, AIOT_WAITING);
	entry->run_ns = core->now_ns;
}

bool aiot_waiting_begin(struct aiot_core *core, struct aiot_entry *entry, bool ordered)
{
	if (core->ops->holds == NULL || !core->ops->holds(core->ctx, entry, ordered))
		return false;
	if (entry->state != AIOT_WAITING)
		set_waiting(core, entry);
	return true;
}

bool aiot_waiting_pulls(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->state != AIOT_WAITING || core->ops->pulls == NULL ||
	    !core->ops->pulls(core->ctx, entry))
		return false;
	entry->run_ns = core->now_ns; /* it waits for this order from now on */
	return true;
}

bool aiot_waiting_end(struct aiot_core *core, struct aiot_entry *entry)
{
	if (entry->state != AIOT_WAITING || aiot_entry_elsewhere(entry))
		return false;
	aiot_entry_set(core, entry, AIOT_STOPPED);
	aiot_mark_no_run(entry, core->now_ns);
	aiot_entry_end_waits(entry);
	if (entry->flags & (AIOT_ENTRY_DELETE | AIOT_ENTRY_ONCE)) {
		aiot_core_delete(core, entry);
	} else if (entry->flags & AIOT_ENTRY_RESTART) {
		entry->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
		(void)aiot_entry_start(core, entry);
	}
	return true;
}

void aiot_core_wait(struct aiot_core *core, struct aiot_entry *entry)
{
	if (aiot_entry_alive(entry))
		return;
	if (aiot_entry_schedule(entry) != NULL)
		aiot_schedule_hold(aiot_entry_schedule(entry));
	set_waiting(core, entry);
}

void aiot_core_release(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_schedule *s = aiot_entry_schedule(entry);

	if (entry->state != AIOT_WAITING)
		return;
	aiot_core_touch(core);
	if (s != NULL && aiot_schedule_resume(core, s))
		aiot_entry_set(core, entry, AIOT_SCHEDULED);
	else
		(void)aiot_entry_start(core, entry);
}
