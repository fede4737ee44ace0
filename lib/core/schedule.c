/*
 * schedule.c - see schedule.h; making and freeing them is in schedule-make.c.  Called by the
 * registry's orders, by its own alarms, by the owner when the wall clock was set.  Starts entries
 * through the registry, never runs anything itself.
 */
#include "schedule.h"

#include "calendar.h"
#include "more.h"
#include "outcome.h"
#include "schedule-private.h"

/* ---- arming ---- */

static int64_t wall_us(struct aiot_core *core)
{
	return aiot_core_wall_of(core, core->now_ns) / 1000;
}

/* The core's time at which the wall clock, as it goes now, will show that. */
static uint64_t mono_of(struct aiot_core *core, int64_t at_us)
{
	int64_t ahead_us = at_us - wall_us(core);

	if (ahead_us <= 0)
		return core->now_ns;
	if ((uint64_t)ahead_us > (AIOT_CORE_NEVER - 1 - core->now_ns) / 1000)
		return AIOT_CORE_NEVER - 1;
	return core->now_ns + (uint64_t)ahead_us * 1000u;
}

/* Up to Jitter, another one each time, and on another device others. */
static uint64_t draw_jitter_ns(struct aiot_core *core, struct aiot_schedule *s)
{
	uint64_t x = core->seed ^ ((uint64_t)s->entry->node.tag << 32) ^ ++s->draws;

	if (s->plan.jitter_ns == 0)
		return 0;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u; /* splitmix64's finish (Steele, Lea, Flood) */
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (x ^ x >> 31) % (s->plan.jitter_ns + 1);
}

static void set_alarm(struct aiot_core *core, struct aiot_schedule *s, uint64_t at_ns)
{
	if (at_ns == AIOT_CORE_NEVER)
		aiot_alarm_cancel(&s->alarm);
	else
		aiot_alarm_set(core, &s->alarm, at_ns);
}

static void set_over(struct aiot_schedule *s)
{
	s->phase = AIOT_SCHEDULE_OVER;
	s->due_ns = s->base_ns = AIOT_CORE_NEVER;
	aiot_alarm_cancel(&s->alarm);
}

static bool is_calendar(const struct aiot_schedule *s)
{
	return s->cron != NULL || s->plan.at_us != AIOT_NO_TIME_US;
}

static bool on_wall_clock(const struct aiot_schedule *s)
{
	return is_calendar(s) || s->condition != NULL;
}

/* ---- spans ---- */

static void arm_span(struct aiot_core *core, struct aiot_schedule *s, uint64_t base_ns)
{
	if (base_ns == AIOT_CORE_NEVER) {
		set_over(s);
		return;
	}
	s->base_ns = base_ns;
	s->due_ns = base_ns + draw_jitter_ns(core, s);
	set_alarm(core, s, s->due_ns);
}

/* The next due time behind now, in step with the first. */
static uint64_t following(struct aiot_schedule *s, uint64_t now_ns)
{
	uint64_t every_ns = s->plan.every_ns, missed;

	if (every_ns == 0)
		return AIOT_CORE_NEVER;
	if (s->base_ns > now_ns)
		return s->base_ns;
	missed = (now_ns - s->base_ns) / every_ns;
	s->skipped += missed;
	return s->base_ns + (missed + 1) * every_ns;
}

/*
 * The first run: StartIn from now or from the daemon's start, and where an earlier program ran it
 * last, not before Every has passed since then.
 */
static void first_span(struct aiot_core *core, struct aiot_schedule *s)
{
	int64_t last_us = s->entry->more->past.last_us[AIOT_ACTION_RUN], now_us = wall_us(core);
	uint64_t from_ns = s->plan.from_daemon ? core->start_ns : core->now_ns;
	uint64_t base_ns = from_ns + s->plan.start_in_ns, next_ns;

	if (s->restored && s->plan.every_ns && last_us != AIOT_NO_TIME_US && last_us <= now_us &&
	    (uint64_t)(now_us - last_us) < s->plan.every_ns / 1000) {
		next_ns = core->now_ns + s->plan.every_ns - (uint64_t)(now_us - last_us) * 1000u;
		if (next_ns > base_ns)
			base_ns = next_ns;
	}
	arm_span(core, s, base_ns);
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
	int64_t now_us = wall_us(core), due_us;

	s->unset = now_us < AIOT_CLOCK_SET_US;
	if (s->unset) {
		s->base_us = AIOT_NO_TIME_US;
		s->due_ns = AIOT_CORE_NEVER;
		set_alarm(core, s, AIOT_CORE_NEVER);
		return;
	}
	if (!aiot_calendar_after(core, s, plan_from_us(core, s, now_us), &s->base_us)) {
		s->base_us = AIOT_NO_TIME_US;
		set_over(s);
		return;
	}
	due_us = s->base_us + (int64_t)(draw_jitter_ns(core, s) / 1000);
	s->due_ns = mono_of(core, due_us);
	set_alarm(core, s, s->due_ns);
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
	int64_t now_us = wall_us(core);
	int64_t last_us = s->entry->more->past.last_us[AIOT_ACTION_RUN];

	if (s->restored && last_us <= now_us)
		s->fired_us = last_us;
	if (!missed_one(core, s, now_us)) {
		plan_calendar(core, s);
	} else {
		s->unset = false;
		s->base_us = now_us;
		s->due_ns = core->now_ns + draw_jitter_ns(core, s);
		set_alarm(core, s, s->due_ns);
	}
	s->restored = s->restored && s->unset;
}

/* ---- conditions ---- */

/* Look whether it is true, and again when that can change.  Its task is not alive. */
static void look(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_verdict verdict;
	uint64_t free_ns = (s->last_ns > s->entry->since_ns ? s->last_ns : s->entry->since_ns) +
			   core->cycle_ns;

	s->due_ns = AIOT_CORE_NEVER;
	aiot_condition_ask(core, s->condition, wall_us(core), &verdict);
	s->unset = verdict.unset;
	if (!verdict.yes) {
		set_alarm(core, s,
			  verdict.again_us == AIOT_NEVER_US ? AIOT_CORE_NEVER
							    : mono_of(core, verdict.again_us));
		return;
	}
	/* What stays true starts its task again and again, but not faster than this. */
	s->due_ns = core->now_ns;
	if ((s->entry->runs > 0 || s->last_ns) && free_ns > core->now_ns)
		s->due_ns = free_ns;
	set_alarm(core, s, s->due_ns);
}

/* ---- running ---- */

/* Nothing is left to come, and nothing runs: its task shows how it ended last. */
static void show_over(struct aiot_core *core, struct aiot_schedule *s)
{
	if (!aiot_entry_alive(s->entry) && s->phase == AIOT_SCHEDULE_OVER)
		aiot_entry_set(core, s->entry, (enum aiot_state)s->entry->last);
}

/* Another run beside the one under way.  false: there is none; a bound that is reached is normal.
 */
static bool run_beside(struct aiot_core *core, struct aiot_schedule *s)
{
	int r = core->ops->beside ? core->ops->beside(core->ctx, s->entry) : -AIOT_ENOSYS;

	if (r == 0) {
		s->last_ns = core->now_ns;
	} else if (r != -AIOT_EBUSY && r != s->refusal) {
		aiot_core_log(core, aiot_entry_name(s->entry), AIOT_ERROR,
			      "Overlap=allow: a copy of it cannot be run: %s; left out",
			      aiot_error_word(r));
	}
	s->refusal = r;
	return r == 0;
}

/* It is due: start its task, or do what Overlap says. */
static void run(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_entry *entry = s->entry;

	if (entry->flags & AIOT_ENTRY_PAUSED) {
		s->skipped++;
	} else if (!aiot_entry_alive(entry)) {
		s->last_ns = core->now_ns;
		(void)aiot_entry_start(core, entry);
		return;
	} else if (s->plan.overlap == AIOT_OVERLAP_QUEUE) {
		s->skipped += s->queued;
		s->queued = true;
	} else if (s->plan.overlap != AIOT_OVERLAP_ALLOW || !run_beside(core, s)) {
		s->skipped++;
	}
	show_over(core, s);
}

static void fire_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	int64_t now_us = wall_us(core), base_us = s->base_us;
	bool late = now_us - base_us > AIOT_LATE_US + (int64_t)(s->plan.jitter_ns / 1000);

	if (base_us == AIOT_NO_TIME_US || now_us < base_us) { /* the clock was set unnoticed */
		plan_calendar(core, s);
		return;
	}
	s->fired_us = base_us;
	plan_calendar(core, s);
	if (late && s->plan.catch_up == AIOT_CATCH_UP_NONE) {
		s->skipped++;
		show_over(core, s);
		return;
	}
	run(core, s);
}

static void fire_condition(struct aiot_core *core, struct aiot_schedule *s)
{
	if (aiot_entry_alive(s->entry) || s->entry->flags & AIOT_ENTRY_PAUSED)
		return; /* aiot_schedule_ended() looks again */
	look(core, s);
	if (s->due_ns != core->now_ns)
		return;
	aiot_alarm_cancel(&s->alarm);
	s->due_ns = AIOT_CORE_NEVER;
	run(core, s);
}

static void fire(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_schedule *s = (struct aiot_schedule *)(void *)alarm; /* first member */

	if (s->condition != NULL) {
		fire_condition(core, s);
	} else if (is_calendar(s)) {
		fire_calendar(core, s);
	} else {
		arm_span(core, s, following(s, core->now_ns));
		run(core, s);
	}
}

void aiot_schedule_ended(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->phase == AIOT_SCHEDULE_HELD || s->entry->flags & AIOT_ENTRY_PAUSED)
		return;
	if (s->queued) {
		s->queued = false;
		s->last_ns = core->now_ns;
		(void)aiot_entry_start(core, s->entry);
	} else if (s->condition != NULL) {
		set_alarm(core, s, core->now_ns);
	}
}

/* A task that the condition speaks of did something: look at it soon, outside of whatever this is.
 */
static void stirred(struct aiot_core *core, struct aiot_condition *condition)
{
	struct aiot_schedule *s = condition->owner;

	if (s->phase == AIOT_SCHEDULE_ARMED && !aiot_entry_alive(s->entry))
		set_alarm(core, s, core->now_ns);
}

/* ---- life ---- */

void aiot_schedule_begin(struct aiot_core *core, struct aiot_schedule *s)
{
	s->alarm.fn = fire;
	s->base_us = s->fired_us = AIOT_NO_TIME_US;
	s->base_ns = s->due_ns = AIOT_CORE_NEVER;
	if (on_wall_clock(s))
		aiot_list_append(&core->calendars, &s->wall);
	if (s->condition != NULL)
		aiot_condition_begin(core, s->condition, s->entry, s, stirred);
	if (s->condition != NULL)
		set_alarm(core, s, core->now_ns);
	else if (is_calendar(s))
		first_calendar(core, s);
	else
		first_span(core, s);
}

void aiot_schedule_hold(struct aiot_schedule *s)
{
	aiot_alarm_cancel(&s->alarm);
	s->queued = false;
	if (s->phase == AIOT_SCHEDULE_ARMED)
		s->phase = AIOT_SCHEDULE_HELD;
}

/* Due while it was held: run that now, and go on behind it. */
static bool resume_calendar(struct aiot_core *core, struct aiot_schedule *s)
{
	bool passed = s->base_us != AIOT_NO_TIME_US && s->base_us <= wall_us(core);

	if (passed)
		s->fired_us = s->base_us;
	plan_calendar(core, s);
	if (passed)
		s->last_ns = core->now_ns;
	return !passed && aiot_schedule_armed(s);
}

bool aiot_schedule_resume(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->phase != AIOT_SCHEDULE_HELD)
		return false;
	s->phase = AIOT_SCHEDULE_ARMED;
	if (s->condition != NULL) {
		set_alarm(core, s, core->now_ns);
		return true;
	}
	if (is_calendar(s))
		return resume_calendar(core, s);
	if (s->due_ns > core->now_ns) {
		set_alarm(core, s, s->due_ns);
		return true;
	}
	s->last_ns = core->now_ns;
	arm_span(core, s, following(s, core->now_ns));
	return false;
}

bool aiot_schedule_armed(const struct aiot_schedule *s)
{
	return s->phase == AIOT_SCHEDULE_ARMED;
}

/* ---- the wall clock ---- */

/* The clock may have been ahead when nothing was left to come.  What has run is not run again. */
static void plan_again(struct aiot_core *core, struct aiot_schedule *s)
{
	if (wall_us(core) < AIOT_CLOCK_SET_US)
		return;
	s->phase = AIOT_SCHEDULE_ARMED;
	plan_calendar(core, s);
	if (s->phase == AIOT_SCHEDULE_ARMED && !aiot_entry_alive(s->entry))
		aiot_entry_set(core, s->entry, AIOT_SCHEDULED);
}

static void clock_set(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->phase == AIOT_SCHEDULE_OVER) {
		plan_again(core, s);
		return;
	}
	if (s->phase == AIOT_SCHEDULE_HELD)
		return;
	if (s->condition != NULL)
		set_alarm(core, s, core->now_ns);
	else if (s->unset && s->restored)
		first_calendar(core, s);
	else if (s->base_us != AIOT_NO_TIME_US && s->base_us <= wall_us(core))
		fire_calendar(core, s); /* it was jumped over */
	else
		plan_calendar(core, s);
	show_over(core, s);
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

/* ---- looking ahead ---- */

int64_t aiot_schedule_due_us(struct aiot_core *core, const struct aiot_schedule *s)
{
	if (s->due_ns == AIOT_CORE_NEVER)
		return AIOT_NO_TIME_US;
	if (is_calendar(s) && s->plan.jitter_ns == 0 && s->base_us != AIOT_NO_TIME_US)
		return s->base_us; /* from one clock to the other and back it would be near it */
	return wall_us(core) + (int64_t)(s->due_ns - core->now_ns) / 1000;
}

bool aiot_schedule_next_us(struct aiot_core *core, struct aiot_schedule *s, int64_t after_us,
			   int64_t *ret_us)
{
	int64_t due_us, n;

	if (s->phase != AIOT_SCHEDULE_ARMED || s->unset)
		return false;
	if (s->condition != NULL)
		return aiot_condition_next(core, s->condition, after_us, ret_us);
	due_us = aiot_schedule_due_us(core, s);
	if (due_us > after_us) {
		*ret_us = due_us;
		return true;
	}
	if (is_calendar(s))
		return aiot_calendar_after(core, s, after_us, ret_us);
	if (s->plan.every_ns == 0)
		return false;
	n = (after_us - due_us) / (int64_t)(s->plan.every_ns / 1000) + 1;
	*ret_us = due_us + n * (int64_t)(s->plan.every_ns / 1000);
	return true;
}
