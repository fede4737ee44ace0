/*
 * schedule.c - see schedule.h.  Called by the registry's orders and by its own alarm.  Starts
 * entries through their place, never runs anything itself.
 */
#include "schedule.h"

#include "more.h"

/* The next due time behind now, in step with the first. */
static uint64_t following(struct aiot_schedule *s, uint64_t now_ns)
{
	uint64_t missed;

	if (s->every_ns == 0)
		return AIOT_CORE_NEVER;
	if (s->due_ns > now_ns)
		return s->due_ns;
	missed = (now_ns - s->due_ns) / s->every_ns;
	s->skipped += missed;
	return s->due_ns + (missed + 1) * s->every_ns;
}

static void arm(struct aiot_core *core, struct aiot_schedule *s, uint64_t due_ns)
{
	s->due_ns = due_ns;
	if (due_ns != AIOT_CORE_NEVER)
		aiot_alarm_set(core, &s->alarm, due_ns);
}

static void fire(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_schedule *s = (struct aiot_schedule *)(void *)alarm; /* first member */
	struct aiot_entry *entry = s->entry;

	arm(core, s, following(s, core->now_ns));
	if (!aiot_entry_alive(entry) && !(entry->flags & AIOT_ENTRY_PAUSED)) {
		s->last_ns = core->now_ns;
		(void)aiot_entry_start(core, entry);
		return;
	}
	s->skipped++;
	if (!aiot_entry_alive(entry) && !aiot_schedule_armed(s))
		aiot_entry_set(core, entry, (enum aiot_state)entry->last);
}

int aiot_schedule_set(struct aiot_core *core, struct aiot_entry *entry, struct aiot_schedule *s)
{
	struct aiot_more *more = aiot_more_of(core, entry);
	uint64_t from;

	if (more == NULL)
		return -AIOT_ENOMEM;
	aiot_core_touch(core);
	from = s->from_daemon ? core->start_ns : core->now_ns;
	s->alarm.fn = fire;
	s->entry = entry;
	more->schedule = s;
	arm(core, s, from + s->start_in_ns);
	aiot_entry_set(core, entry, AIOT_SCHEDULED);
	return 0;
}

void aiot_schedule_hold(struct aiot_schedule *s)
{
	aiot_alarm_cancel(&s->alarm);
}

bool aiot_schedule_resume(struct aiot_core *core, struct aiot_schedule *s)
{
	if (aiot_schedule_armed(s) || s->due_ns == AIOT_CORE_NEVER)
		return false;
	if (s->due_ns > core->now_ns) {
		arm(core, s, s->due_ns);
		return true;
	}
	s->last_ns = core->now_ns;
	arm(core, s, following(s, core->now_ns));
	return false;
}

bool aiot_schedule_armed(const struct aiot_schedule *s)
{
	return aiot_alarm_armed(&s->alarm);
}
