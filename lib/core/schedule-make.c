/*
 * schedule-make.c - schedules given to entries, exchanged and taken away.
 *
 * Called by the owner for what an INI file says, by the command `schedule`, and by the registry
 * when an entry leaves.  What a schedule does is in schedule.c.
 */
#include <string.h>

#include "more.h"
#include "schedule-private.h"

#if !AIOT_CALENDARS
int aiot_schedule_make(struct aiot_core *core, const struct aiot_plan *plan, const char *own,
		       struct aiot_schedule **ret, struct aiot_out *why)
{
	struct aiot_schedule *s = core->ops->take(core->ctx, sizeof(*s));

	(void)own;
	if (s == NULL) {
		aiot_out_text(why, "no memory for a schedule");
		return -AIOT_ENOMEM;
	}
	memset(s, 0, sizeof(*s));
	s->plan = *plan;
	*ret = s;
	return 0;
}
#endif

/* Whole and with its memory: from here on nothing can fail. */
static void attach(struct aiot_core *core, struct aiot_entry *entry, struct aiot_schedule *s,
		   bool restored)
{
	aiot_core_touch(core);
	s->entry = entry;
	aiot_wall_restored(s, restored);
	entry->more->schedule = s;
	aiot_schedule_begin(core, s);
	if (!aiot_entry_alive(entry) && !aiot_entry_pauses(entry) && aiot_schedule_armed(s))
		aiot_entry_set(core, entry, AIOT_SCHEDULED);
}

static int give(struct aiot_core *core, struct aiot_entry *entry, const struct aiot_plan *plan,
		bool restored, struct aiot_out *why)
{
	struct aiot_schedule *s;
	int r;

	if (aiot_more_of(core, entry) == NULL) {
		aiot_out_text(why, "no memory for a schedule");
		return -AIOT_ENOMEM;
	}
	aiot_wall_learn(core, entry);
	r = aiot_schedule_make(core, plan, aiot_entry_name(entry), &s, why);
	if (r < 0)
		return r;
	if (entry->state == AIOT_SCHEDULED)
		aiot_entry_set(core, entry, (enum aiot_state)entry->last);
	aiot_schedule_destroy(core, aiot_entry_schedule(entry));
	attach(core, entry, s, restored);
	return 0;
}

int aiot_schedule_create(struct aiot_core *core, struct aiot_entry *entry,
			 const struct aiot_plan *plan, bool restored, struct aiot_out *why)
{
	if (aiot_entry_schedule(entry) != NULL)
		return -AIOT_EEXIST;
	return give(core, entry, plan, restored, why);
}

int aiot_schedule_replace(struct aiot_core *core, struct aiot_entry *entry,
			  const struct aiot_plan *plan, struct aiot_out *why)
{
	return give(core, entry, plan, false, why);
}

void aiot_schedule_destroy(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_entry *entry;

	if (s == NULL)
		return;
	entry = s->entry;
	aiot_alarm_cancel(&s->alarm);
	aiot_wall_end(core, s);
	entry->more->schedule = NULL;
#if AIOT_CALENDARS
	core->ops->give(core->ctx, s, s->block_size);
#else
	core->ops->give(core->ctx, s, sizeof(*s));
#endif
}
