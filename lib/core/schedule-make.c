/*
 * schedule-make.c - a schedule and all that it needs in one block of memory: made, exchanged,
 * freed.
 *
 * Called by the owner for what an INI file says, by the command `schedule`, and by the registry
 * when an entry leaves.  What a schedule does is in schedule.c.
 */
#include <string.h>

#include "calendar.h"
#include "more.h"
#include "schedule-private.h"

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *copy_text(char **at, const char *text)
{
	size_t len = text_bytes(text);

	if (text == NULL)
		return NULL;
	memcpy(*at, text, len);
	*at += len;
	return *at - len;
}

#define ROUND(n) (((n) + 7u) & ~(size_t)7u)

/*
 * The block: the schedule, what cron and condition are compiled to, the texts.  when_bytes: the
 * room for the condition.
 */
static struct aiot_schedule *take_block(struct aiot_core *core, const struct aiot_plan *plan,
					size_t when_bytes)
{
	size_t cron = plan->cron ? ROUND(sizeof(struct aiot_cron)) : 0;
	size_t size = ROUND(sizeof(struct aiot_schedule)) + cron + ROUND(when_bytes);
	size_t whole = size + text_bytes(plan->cron) + text_bytes(plan->when);
	struct aiot_schedule *s = core->ops->take(core->ctx, whole);
	char *texts;

	if (s == NULL)
		return NULL;
	texts = (char *)s + size;
	memset(s, 0, whole);
	s->block_size = (uint32_t)whole;
	if (cron)
		s->cron = (void *)((char *)s + ROUND(sizeof(*s)));
	if (when_bytes)
		s->condition = (void *)((char *)s + ROUND(sizeof(*s)) + cron);
	s->plan = *plan;
	s->plan.cron = copy_text(&texts, plan->cron);
	s->plan.when = copy_text(&texts, plan->when);
	return s;
}

static int compile(struct aiot_core *core, struct aiot_schedule *s, const char *own,
		   struct aiot_out *why)
{
	int r = 0;

	if (s->cron != NULL)
		r = aiot_calendar_compile(s->plan.cron, s->cron, why);
	if (r == 0 && s->condition != NULL)
		r = aiot_condition_compile(core, s->condition, s->plan.when, own, why);
	return r;
}

/* Compiling takes room for the worst; what came of it goes to a block that fits, if there is one.
 */
static struct aiot_schedule *shrink(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_schedule *fit;

	if (s->condition == NULL)
		return s;
	fit = take_block(core, &s->plan, aiot_condition_used(s->condition));
	if (fit == NULL)
		return s;
	aiot_condition_copy(s->condition, fit->condition);
	core->ops->give(core->ctx, s, s->block_size);
	return fit;
}

static int make(struct aiot_core *core, const struct aiot_plan *plan, const char *own,
		struct aiot_schedule **ret, struct aiot_out *why)
{
	size_t room = plan->when ? aiot_condition_bytes(plan->when) : 0;
	struct aiot_schedule *s = take_block(core, plan, room);
	int r;

	if (s == NULL) {
		aiot_out_text(why, "no memory for a schedule");
		return -AIOT_ENOMEM;
	}
	r = compile(core, s, own, why);
	if (r < 0)
		core->ops->give(core->ctx, s, s->block_size);
	else
		*ret = shrink(core, s);
	return r;
}

/* Whole and with its memory: from here on nothing can fail. */
static void attach(struct aiot_core *core, struct aiot_entry *entry, struct aiot_schedule *s,
		   bool restored)
{
	aiot_core_touch(core);
	s->entry = entry;
	s->restored = restored;
	entry->more->schedule = s;
	aiot_schedule_begin(core, s);
	if (!aiot_entry_alive(entry) && aiot_schedule_armed(s))
		aiot_entry_set(core, entry, AIOT_SCHEDULED);
}

/* What it did before anybody kept its past: the run that is under way, or the last one. */
static void learn_past(struct aiot_core *core, struct aiot_entry *entry)
{
	bool alive = aiot_entry_alive(entry);
	uint64_t began_ns = aiot_entry_began_ns(entry);
	struct aiot_past *past = &entry->more->past;

	if (entry->runs == 0 || past->fails > 0 || aiot_past_last(past) != AIOT_ACTIONS)
		return;
	aiot_past_note(past, AIOT_ACTION_RUN, aiot_core_wall_of(core, began_ns) / 1000);
	if (!alive)
		aiot_past_note(past,
			       entry->last == AIOT_FAILURE ? AIOT_ACTION_FAIL
			       : entry->last == AIOT_ENDED ? AIOT_ACTION_SUCCESS
							   : AIOT_ACTION_TERMINATE,
			       aiot_core_wall_of(core, aiot_entry_since_ns(entry)) / 1000);
}

static int make_for(struct aiot_core *core, struct aiot_entry *entry, const struct aiot_plan *plan,
		    struct aiot_schedule **ret, struct aiot_out *why)
{
	if (aiot_more_of(core, entry) != NULL) {
		learn_past(core, entry);
		return make(core, plan, aiot_entry_name(entry), ret, why);
	}
	aiot_out_text(why, "no memory for a schedule");
	return -AIOT_ENOMEM;
}

int aiot_schedule_create(struct aiot_core *core, struct aiot_entry *entry,
			 const struct aiot_plan *plan, bool restored, struct aiot_out *why)
{
	struct aiot_schedule *s;
	int r;

	if (aiot_entry_schedule(entry) != NULL)
		return -AIOT_EEXIST;
	r = make_for(core, entry, plan, &s, why);
	if (r == 0)
		attach(core, entry, s, restored);
	return r;
}

int aiot_schedule_replace(struct aiot_core *core, struct aiot_entry *entry,
			  const struct aiot_plan *plan, struct aiot_out *why)
{
	struct aiot_schedule *s;
	int r = make_for(core, entry, plan, &s, why);

	if (r < 0)
		return r;
	if (entry->state == AIOT_SCHEDULED)
		aiot_entry_set(core, entry, (enum aiot_state)entry->last);
	aiot_schedule_destroy(core, aiot_entry_schedule(entry));
	attach(core, entry, s, false);
	return 0;
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
	core->ops->give(core->ctx, s, s->block_size);
}
