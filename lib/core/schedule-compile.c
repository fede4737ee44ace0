/*
 * schedule-compile.c - a schedule and all that it needs in one block of memory: what Cron and When
 * are compiled to lies behind it.
 *
 * Called by schedule-make.c.
 */
#include <string.h>

#include "calendar.h"
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

int aiot_schedule_make(struct aiot_core *core, const struct aiot_plan *plan, const char *own,
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
