/*
 * schedule-wall.c - schedules that go by the wall clock: calendars (At, Cron), conditions (When).
 *
 * Called by schedule.c, which knows when an alarm fired or a run ended, and by the owner when the
 * clock was set.
 */
#include "calendar.h"
#include "more.h"
#include "outcome.h"
#include "schedule-private.h"

/* The core's time at which the wall clock, as it goes now, will show that. */
static uint64_t mono_of(struct aiot_core *core, int64_t at_us)
{
	int64_t ahead_us = at_us - aiot_schedule_wall_us(core);

	if (ahead_us <= 0)
		return core->now_ns;
	if ((uint64_t)ahead_us > (AIOT_CORE_NEVER - 1 - core->now_ns) / 1000)
		return AIOT_CORE_NEVER - 1;
	return core->now_ns + (uint64_t)ahead_us * 1000u;
}

static bool is_calendar(const struct aiot_schedule *s)
{
	return s->cron != NULL || s->plan.at_us != AIOT_NO_TIME_US;
}

bool aiot_schedule_on_wall(const struct aiot_schedule *s)
{
	return is_calendar(s) || s->condition != NULL;
}

/* ---- calendars ---- */

/*
 * How far the clock may have been set back without a time that was run being run again: as far as
 * runs are apart, and three hours at least where that is an hour or more.  A clock that was farther
 * off was plainly wrong, and what it had made run does not count.
 */
static int64_t repeat_limit_us(struct aiot_core *core, struct aiot_schedule *s)
{
	const int64_t hour_us = INT64_C(3600000000);
	int64_t next_us = 0, apart_us;

	if (!aiot_calendar_after(core, s, s->fired_us, &next_us))
		return INT64_MAX; /* it has one time alone */
	apart_us = next_us - s->fired_us;
	if (apart_us < hour_us || apart_us > 3 * hour_us)
		return apart_us;
	return 3 * hour_us;
}

/* From where on the next time counts: now, or the one that was run last, if that is ahead. */
static int64_t plan_from_us(struct aiot_core *core, struct aiot_schedule *s, int64_t now_us)
{
	if (s->fired_us == AIOT_NO_TIME_US || s->fired_us <= now_us ||
	    s->fired_us - now_us >= repeat_limit_us(core, s))
		return now_us;
	return s->fired_us;
}

static void plan_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	int64_t now_us = aiot_schedule_wall_us(core), due_us;

	s->unset = now_us < AIOT_CLOCK_SET_US;
	if (s->unset) {
		s->base_us = AIOT_NO_TIME_US;
		s->due_ns = AIOT_CORE_NEVER;
		aiot_schedule_alarm(core, s, AIOT_CORE_NEVER);
		return;
	}
	if (!aiot_calendar_after(core, s, plan_from_us(core, s, now_us), &s->base_us)) {
		s->base_us = AIOT_NO_TIME_US;
		aiot_schedule_over(s);
		return;
	}
	due_us = s->base_us + (int64_t)(aiot_schedule_jitter_ns(core, s) / 1000);
	s->due_ns = mono_of(core, due_us);
	aiot_schedule_alarm(core, s, s->due_ns);
}

/* Whether a time has passed since the last run that an earlier program, or a jump, kept from it. */
static bool missed_one(struct aiot_core *core, struct aiot_schedule *s, int64_t now_us)
{
	int64_t next_us = 0;

	if (s->plan.catch_up != AIOT_CATCH_UP_ONE || !s->restored || now_us < AIOT_CLOCK_SET_US)
		return false;
	if (s->fired_us == AIOT_NO_TIME_US)
		return s->plan.at_us != AIOT_NO_TIME_US && s->plan.at_us <= now_us;
	return aiot_calendar_after(core, s, s->fired_us, &next_us) && next_us <= now_us;
}

/* The first planning; again when the clock has been set, if it was not before. */
static void first_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	int64_t now_us = aiot_schedule_wall_us(core);
	int64_t last_us = s->entry->more->past.last_us[AIOT_ACTION_RUN];

	if (s->restored && last_us <= now_us)
		s->fired_us = last_us;
	if (!missed_one(core, s, now_us)) {
		plan_calendar(core, s);
	} else {
		s->unset = false;
		s->base_us = now_us;
		s->due_ns = core->now_ns + aiot_schedule_jitter_ns(core, s);
		aiot_schedule_alarm(core, s, s->due_ns);
	}
	s->restored = s->restored && s->unset;
}

/* ---- conditions ---- */

/* Whoever asks when it runs may come before it is looked at, which it is not while its task runs.
 */
static void note_clock(struct aiot_core *core, struct aiot_schedule *s)
{
	s->unset = aiot_condition_unset(s->condition, aiot_schedule_wall_us(core));
}

/* Look whether it is true, and again when that can change.  Its task is not alive. */
static void look(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_verdict verdict;
	uint64_t since_ns = aiot_entry_since_ns(s->entry);
	uint64_t free_ns = (s->last_ns > since_ns ? s->last_ns : since_ns) + core->cycle_ns;

	s->due_ns = AIOT_CORE_NEVER;
	aiot_condition_ask(core, s->condition, aiot_schedule_wall_us(core), &verdict);
	s->unset = verdict.unset;
	if (!verdict.yes) {
		aiot_schedule_alarm(core, s,
				    verdict.again_us == AIOT_NEVER_US
					    ? AIOT_CORE_NEVER
					    : mono_of(core, verdict.again_us));
		return;
	}
	/* What stays true starts its task again and again, but not faster than this. */
	s->due_ns = core->now_ns;
	if ((s->entry->runs > 0 || s->last_ns) && free_ns > core->now_ns)
		s->due_ns = free_ns;
	aiot_schedule_alarm(core, s, s->due_ns);
}

/* ---- running ---- */

static void fire_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	int64_t now_us = aiot_schedule_wall_us(core), base_us = s->base_us;
	bool late = now_us - base_us > AIOT_LATE_US + (int64_t)(s->plan.jitter_ns / 1000);

	if (base_us == AIOT_NO_TIME_US || now_us < base_us) { /* the clock was set unnoticed */
		plan_calendar(core, s);
		return;
	}
	s->fired_us = base_us;
	plan_calendar(core, s);
	if (late && s->plan.catch_up == AIOT_CATCH_UP_NONE) {
		s->skipped++;
		aiot_schedule_show_over(core, s);
		return;
	}
	aiot_schedule_run(core, s);
}

static void fire_condition(struct aiot_core *core, struct aiot_schedule *s)
{
	if (aiot_entry_alive(s->entry) || aiot_entry_pauses(s->entry) ||
	    s->entry->flags & AIOT_ENTRY_PAUSED)
		return; /* aiot_schedule_ended() looks again */
	look(core, s);
	if (s->due_ns != core->now_ns)
		return;
	aiot_alarm_cancel(&s->alarm);
	s->due_ns = AIOT_CORE_NEVER;
	aiot_schedule_run(core, s);
}

/* A task that the condition speaks of did something: look at it soon, outside of whatever this is.
 */
static void stirred(struct aiot_core *core, struct aiot_condition *condition)
{
	struct aiot_schedule *s = condition->owner;

	if (s->phase == AIOT_SCHEDULE_ARMED && !aiot_entry_alive(s->entry))
		aiot_schedule_alarm(core, s, core->now_ns);
}

/* Due while it was held: run that now, and go on behind it. */
static bool resume_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	bool passed = s->base_us != AIOT_NO_TIME_US && s->base_us <= aiot_schedule_wall_us(core);

	if (passed)
		s->fired_us = s->base_us;
	plan_calendar(core, s);
	if (passed)
		s->last_ns = core->now_ns;
	return !passed && aiot_schedule_armed(s);
}

/* What it did before anybody kept its past: the run that is under way, or the last one. */
void aiot_wall_learn(struct aiot_core *core, struct aiot_entry *entry)
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

/* ---- for schedule.c and schedule-make.c ---- */

uint64_t aiot_wall_next_span(struct aiot_core *core, const struct aiot_schedule *s)
{
	int64_t last_us = s->entry->more->past.last_us[AIOT_ACTION_RUN];
	int64_t now_us = aiot_schedule_wall_us(core);

	if (!s->restored || !s->plan.every_ns || last_us == AIOT_NO_TIME_US || last_us > now_us ||
	    (uint64_t)(now_us - last_us) >= s->plan.every_ns / 1000)
		return 0;
	return core->now_ns + s->plan.every_ns - (uint64_t)(now_us - last_us) * 1000u;
}

void aiot_wall_begin(struct aiot_core *core, struct aiot_schedule *s)
{
	s->base_us = s->fired_us = AIOT_NO_TIME_US;
	aiot_list_append(&core->calendars, &s->wall);
	if (s->condition == NULL) {
		first_calendar(core, s);
		return;
	}
	aiot_condition_begin(core, s->condition, s->entry, s, stirred);
	note_clock(core, s);
	aiot_schedule_alarm(core, s, core->now_ns);
}

void aiot_wall_end(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->wall.next != NULL)
		aiot_list_remove(&s->wall);
	if (s->condition != NULL)
		aiot_condition_end(core, s->condition);
}

void aiot_wall_fire(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->condition != NULL)
		fire_condition(core, s);
	else
		fire_calendar(core, s);
}

void aiot_wall_ended(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->condition != NULL)
		aiot_schedule_alarm(core, s, core->now_ns);
}

bool aiot_wall_resume(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->condition == NULL)
		return resume_calendar(core, s);
	aiot_schedule_alarm(core, s, core->now_ns);
	return true;
}

bool aiot_wall_due_us(const struct aiot_schedule *s, int64_t *ret_us)
{
	if (!is_calendar(s) || s->plan.jitter_ns != 0 || s->base_us == AIOT_NO_TIME_US)
		return false;
	*ret_us = s->base_us;
	return true;
}

bool aiot_wall_next_us(struct aiot_core *core, struct aiot_schedule *s, int64_t after_us,
		       int64_t *ret_us)
{
	if (s->unset)
		return false;
	if (s->condition != NULL)
		return aiot_condition_next(core, s->condition, after_us, ret_us);
	*ret_us = aiot_schedule_due_us(core, s);
	return *ret_us > after_us || aiot_calendar_after(core, s, after_us, ret_us);
}

/* ---- the wall clock ---- */

/* The clock may have been ahead when nothing was left to come.  What has run is not run again. */
static void plan_again(struct aiot_core *core, struct aiot_schedule *s)
{
	if (aiot_schedule_wall_us(core) < AIOT_CLOCK_SET_US)
		return;
	s->phase = AIOT_SCHEDULE_ARMED;
	plan_calendar(core, s);
	if (s->phase == AIOT_SCHEDULE_ARMED && !aiot_entry_alive(s->entry) &&
	    !aiot_entry_pauses(s->entry))
		aiot_entry_set(core, s->entry, AIOT_SCHEDULED);
}

static void clock_set(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->condition != NULL)
		note_clock(core, s);
	if (s->phase == AIOT_SCHEDULE_OVER) {
		plan_again(core, s);
		return;
	}
	if (s->phase == AIOT_SCHEDULE_HELD)
		return;
	if (s->condition != NULL)
		aiot_schedule_alarm(core, s, core->now_ns);
	else if (s->unset && s->restored)
		first_calendar(core, s);
	else if (s->base_us != AIOT_NO_TIME_US && s->base_us <= aiot_schedule_wall_us(core))
		fire_calendar(core, s); /* it was jumped over */
	else
		plan_calendar(core, s);
	aiot_schedule_show_over(core, s);
}

void aiot_core_clock_set(struct aiot_core *core)
{
	struct aiot_link todo;

	aiot_core_touch(core);
	aiot_more_clock_set(core);
	core->zone = (struct aiot_zone){0}; /* its rules may be others by now */
	aiot_list_init(&todo);
	aiot_list_splice(&todo, &core->calendars);
	while (!aiot_list_empty(&todo)) {
		struct aiot_link *link = todo.next;

		aiot_list_remove(link);
		aiot_list_append(&core->calendars, link);
		clock_set(core,
			  (struct aiot_schedule *)(void *)((char *)link -
							   offsetof(struct aiot_schedule, wall)));
	}
}
