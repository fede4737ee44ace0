/*
 * schedule.c - see schedule.h; making and freeing them is in schedule-make.c.  Called by the
 * registry's orders, by its own alarms, by the owner when the wall clock was set.  Starts entries
 * through the registry, never runs anything itself.
 */
#include "schedule.h"

#include "calendar.h"
#include "more.h"
#include "outcome.h"
#include "random.h"
#include "schedule-private.h"

/* ---- arming ---- */

/* Up to Jitter, another one each time, and on another device others. */
uint64_t aiot_schedule_jitter_ns(struct aiot_core *core, struct aiot_schedule *s)
{
#if AIOT_JITTER
	uint64_t x = core->seed ^ ((uint64_t)aiot_entry_id(s->entry) << 32) ^ ++s->draws;

	if (s->plan.jitter_ns == 0)
		return 0;
	return aiot_mixed(x) % (s->plan.jitter_ns + 1);
#else
	(void)core;
	(void)s;
	return 0;
#endif
}

void aiot_schedule_alarm(struct aiot_core *core, struct aiot_schedule *s, uint64_t at_ns)
{
	if (at_ns == AIOT_CORE_NEVER)
		aiot_alarm_cancel(&s->alarm);
	else
		aiot_alarm_set(core, &s->alarm, at_ns);
}

static void set_due(struct aiot_schedule *s, uint64_t base_ns, uint64_t jitter_ns)
{
#if AIOT_JITTER
	s->base_ns = base_ns;
#endif
	s->due_ns = base_ns + jitter_ns;
}

static uint64_t base_ns_of(const struct aiot_schedule *s)
{
#if AIOT_JITTER
	return s->base_ns;
#else
	return s->due_ns;
#endif
}

void aiot_schedule_over(struct aiot_schedule *s)
{
	s->phase = AIOT_SCHEDULE_OVER;
	set_due(s, AIOT_CORE_NEVER, 0);
	aiot_alarm_cancel(&s->alarm);
}

/* ---- spans ---- */

static void arm_span(struct aiot_core *core, struct aiot_schedule *s, uint64_t base_ns)
{
	set_due(s, base_ns, aiot_schedule_jitter_ns(core, s));
	aiot_alarm_set(core, &s->alarm, s->due_ns);
}

/* Due times that nothing came of; for those who ask. */
static void skip(struct aiot_schedule *s, uint64_t count)
{
#if AIOT_JITTER
	s->skipped += count;
#else
	(void)s;
	(void)count;
#endif
}

/* The next due time behind now, in step with the first. */
#if !AIOT_ORDERS
/* It is never held, so that few were missed, and no division is needed. */
static uint64_t following(struct aiot_schedule *s, uint64_t now_ns)
{
	uint64_t base_ns = base_ns_of(s);

	while (base_ns <= now_ns)
		base_ns += s->plan.every_ns;
	return base_ns;
}
#else
static uint64_t following(struct aiot_schedule *s, uint64_t now_ns)
{
	uint64_t base_ns = base_ns_of(s), every_ns = s->plan.every_ns, late_ns;

	if (base_ns > now_ns)
		return base_ns;
	late_ns = now_ns - base_ns;
	skip(s, late_ns / every_ns);
	return now_ns - late_ns % every_ns + every_ns;
}
#endif

/*
 * An alarm rang, or it goes on after hold.  true: it is due, and armed for what follows.  Before
 * that, for it was farther off than an alarm can be, or is not due yet, only the alarm is set.
 */
static bool span_is_due(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->due_ns > core->now_ns) {
		aiot_alarm_set(core, &s->alarm, s->due_ns);
		return false;
	}
	if (s->plan.every_ns == 0)
		aiot_schedule_over(s);
	else
		arm_span(core, s, following(s, core->now_ns));
	return true;
}

/* What StartIn counts from. */
static uint64_t from_ns(const struct aiot_core *core, const struct aiot_schedule *s)
{
#if AIOT_TEXT
	if (s->plan.from_daemon)
		return core->start_ns;
#else
	(void)s; /* a small board's INI files are its start's, and nobody else says from when */
#endif
	return core->now_ns;
}

/*
 * The first run: StartIn from now or from the daemon's start, and where an earlier program ran it
 * last, not before Every has passed since then.
 */
static void first_span(struct aiot_core *core, struct aiot_schedule *s)
{
	uint64_t base_ns = from_ns(core, s) + s->plan.start_in_ns;
	uint64_t next_ns = aiot_wall_next_span(core, s);

	arm_span(core, s, next_ns > base_ns ? next_ns : base_ns);
}

/* ---- running ---- */

/* Nothing is left to come, and nothing runs: its task shows how it ended last. */
void aiot_schedule_show_over(struct aiot_core *core, struct aiot_schedule *s)
{
	if (!aiot_entry_alive(s->entry) && !aiot_entry_pauses(s->entry) &&
	    s->phase == AIOT_SCHEDULE_OVER)
		aiot_entry_set(core, s->entry, (enum aiot_state)s->entry->last);
}

#if AIOT_JITTER
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

/* Due while a run is under way.  true: it is not left out. */
static bool overlaps(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->plan.overlap != AIOT_OVERLAP_QUEUE)
		return s->plan.overlap == AIOT_OVERLAP_ALLOW && run_beside(core, s);
	s->skipped += s->queued;
	s->queued = true;
	return true;
}
#else
static bool overlaps(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
	return false;
}
#endif

/* For those who ask. */
static void note_begin(const struct aiot_core *core, struct aiot_schedule *s)
{
#if AIOT_JITTER
	s->last_ns = core->now_ns;
#else
	(void)core;
	(void)s;
#endif
}

/* It is due: start its task, or do what Overlap says. */
void aiot_schedule_run(struct aiot_core *core, struct aiot_schedule *s)
{
	struct aiot_entry *entry = s->entry;

	if (AIOT_EXTRA && entry->flags & AIOT_ENTRY_PAUSED) {
		skip(s, 1);
	} else if (!aiot_entry_alive(entry)) {
		note_begin(core, s);
		(void)aiot_entry_start(core, entry);
		return;
	} else if (!overlaps(core, s)) {
		skip(s, 1);
	}
	aiot_schedule_show_over(core, s);
}

static void fire(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct aiot_schedule *s = (struct aiot_schedule *)(void *)alarm; /* first member */

	if (aiot_schedule_on_wall(s))
		aiot_wall_fire(core, s);
	else if (span_is_due(core, s))
		aiot_schedule_run(core, s);
}

#if AIOT_JITTER
void aiot_schedule_ended(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->phase == AIOT_SCHEDULE_HELD || s->entry->flags & AIOT_ENTRY_PAUSED)
		return;
	if (s->queued) {
		s->queued = false;
		s->last_ns = core->now_ns;
		(void)aiot_entry_start(core, s->entry);
	} else if (!aiot_entry_pauses(s->entry)) {
		aiot_wall_ended(core, s);
	}
}
#endif

/* ---- life ---- */

void aiot_schedule_begin(struct aiot_core *core, struct aiot_schedule *s)
{
	s->alarm.fn = fire;
	set_due(s, AIOT_CORE_NEVER, 0);
	if (aiot_schedule_on_wall(s))
		aiot_wall_begin(core, s);
	else
		first_span(core, s);
}

void aiot_schedule_hold(struct aiot_schedule *s)
{
	aiot_alarm_cancel(&s->alarm);
#if AIOT_JITTER
	s->queued = false;
#endif
	if (s->phase == AIOT_SCHEDULE_ARMED)
		s->phase = AIOT_SCHEDULE_HELD;
}

bool aiot_schedule_resume(struct aiot_core *core, struct aiot_schedule *s)
{
	if (s->phase != AIOT_SCHEDULE_HELD)
		return false;
	s->phase = AIOT_SCHEDULE_ARMED;
	if (aiot_schedule_on_wall(s))
		return aiot_wall_resume(core, s);
	if (!span_is_due(core, s))
		return true;
	note_begin(core, s);
	return false;
}

bool aiot_schedule_armed(const struct aiot_schedule *s)
{
	return s->phase == AIOT_SCHEDULE_ARMED;
}

/* ---- looking ahead ---- */

int64_t aiot_schedule_due_us(struct aiot_core *core, const struct aiot_schedule *s)
{
	int64_t due_us;

	if (s->due_ns == AIOT_CORE_NEVER)
		return AIOT_NO_TIME_US;
	if (aiot_wall_due_us(s, &due_us))
		return due_us; /* from one clock to the other and back it would be near it */
	return aiot_schedule_wall_us(core) + (int64_t)(s->due_ns - core->now_ns) / 1000;
}

bool aiot_schedule_next_us(struct aiot_core *core, struct aiot_schedule *s, int64_t after_us,
			   int64_t *ret_us)
{
	int64_t due_us, n;

	if (s->phase != AIOT_SCHEDULE_ARMED)
		return false;
	if (aiot_schedule_on_wall(s))
		return aiot_wall_next_us(core, s, after_us, ret_us);
	due_us = aiot_schedule_due_us(core, s);
	if (due_us > after_us) {
		*ret_us = due_us;
		return true;
	}
	if (s->plan.every_ns == 0)
		return false;
	n = (after_us - due_us) / (int64_t)(s->plan.every_ns / 1000) + 1;
	*ret_us = due_us + n * (int64_t)(s->plan.every_ns / 1000);
	return true;
}
