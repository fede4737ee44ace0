/*
 * test-calendar.c - schedules on the wall clock: Cron and At; what a clock that is set, unset or
 * left behind by a suspend does to them, and that spans do not notice.
 *
 * The length is that of many short cases on one stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "calendar.h"
#include "fake.h"
#include "more.h"
#include "timetext.h"

#define RUNS 4096

struct job {
	uint32_t takes_ms;
	uint32_t runs;
	int64_t wall_us[RUNS]; /* when each run began */
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	self->wall_us[self->runs++ % RUNS] = aiot_wall_ns(t) / 1000;
	AIOT_SLEEP_MS(t, self->takes_ms);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct job, takes_ms, "takes", "100ms", "how long a run takes"),
	{0},
};
AIOT_SERVICE(job, struct job, .main = works, .opts = opts);

static struct fake *f;
static struct aiot_entry *e;
static struct job *job;
static struct aiot_plan plan;
static struct aiot_schedule *s;

static int64_t at_us(const char *text)
{
	int64_t ns = 0;

	assert_int_equal(aiot_time_parse(text, strlen(text), 0, &ns, NULL), 0);
	return ns / 1000;
}

static void set_wall(const char *text)
{
	f->wall_ns = at_us(text) * 1000;
	aiot_core_clock_set(&f->core);
}

/* A task with no plan yet, at a wall time. */
static void begin(const char *now)
{
	struct aiot_task *t;

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	f = fake_open();
	fake_idle(f);
	set_wall(now);
	t = fake_add(f, fake_load(f, &aiot_service_job, NULL), "t");
	e = &t->entry;
	job = aiot_task_self(t);
	aiot_plan_init(&plan);
}

static void key(const char *name, const char *value)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_plan_set(&plan, name, value, -1, &why), 0);
}

static void go(bool restored)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_schedule_create(&f->core, e, &plan, restored, &why), 0);
	s = aiot_entry_schedule(e);
}

static void until(const char *wall)
{
	int64_t ahead_us = at_us(wall) - f->wall_ns / 1000;

	assert_true(ahead_us >= 0);
	fake_for(f, (uint64_t)ahead_us * 1000);
}

static void assert_run(uint32_t n, const char *wall)
{
	int64_t late_us;

	assert_true(n < job->runs);
	late_us = job->wall_us[n] - at_us(wall);
	assert_true(late_us >= 0 && late_us < (AIOT_BOARD ? 2000 : 1000));
}

static void assert_next(const char *wall)
{
	int64_t next_us = 0;

	assert_true(aiot_schedule_next_us(&f->core, s, f->wall_ns / 1000, &next_us));
	assert_true(next_us - at_us(wall) < 1000 && next_us >= at_us(wall));
}

/* ---- when ---- */

static void cron_runs_at_the_beginning_of_each_matching_minute(void **state)
{
	(void)state;
	begin("2026-11-21 10:07:30");
	key("Cron", "*/15 8-18 * * *");
	go(false);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	assert_next("2026-11-21 10:15:00");
	until("2026-11-22 10:07:30");
	assert_int_equal(job->runs, 44);
	assert_run(0, "2026-11-21 10:15:00");
	assert_run(34, "2026-11-21 18:45:00");
	assert_run(35, "2026-11-22 08:00:00");
	assert_true(s->skipped == 0);
	assert_true(f->core.rounds < 5 * 44); /* nothing polls */
	fake_close(f);
}

/* A microsecond before, it was shown a second too early, and listed twice by timers --next. */
static void a_time_is_told_to_the_microsecond(void **state)
{
	int64_t next_us = 0;

	(void)state;
	begin("2026-11-21 10:07:30");
	key("Cron", "* * * * *");
	go(false);
	f->read_ns = 700; /* between a reading of one clock and of the other */
	assert_true(aiot_schedule_due_us(&f->core, s) == at_us("2026-11-21 10:08:00"));
	assert_true(aiot_schedule_next_us(&f->core, s, at_us("2026-11-21 10:07:31"), &next_us));
	assert_true(next_us == at_us("2026-11-21 10:08:00"));
	assert_true(aiot_schedule_next_us(&f->core, s, next_us, &next_us));
	assert_true(next_us == at_us("2026-11-21 10:09:00"));
	f->read_ns = 0;
	fake_close(f);
}

static void ten_years_of_leap_days(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 6 29 2 *");
	go(false);
	until("2037-01-01 00:00:00");
	assert_int_equal(job->runs, 3);
	assert_run(0, "2028-02-29 06:30:00");
	assert_run(2, "2036-02-29 06:30:00");
	fake_close(f);
}

static void at_runs_once(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("At", "2026-11-23 06:30");
	go(false);
	until("2026-11-30 00:00:00");
	assert_int_equal(job->runs, 1);
	assert_run(0, "2026-11-23 06:30:00");
	assert_int_equal(e->state, AIOT_ENDED);
	assert_int_equal(s->phase, AIOT_SCHEDULE_OVER);
	fake_close(f);
}

static void at_that_is_past_never_runs(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("At", "2026-11-20 06:30");
	go(false);
	assert_int_equal(e->state, AIOT_STOPPED);
	until("2027-11-30 00:00:00");
	assert_int_equal(job->runs, 0);
	fake_close(f);
}

static void at_with_every_keeps_the_grid_of_its_first_time(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("At", "2026-01-01 00:10");
	key("Every", "1h");
	go(false);
	until("2026-11-21 12:30:00");
	assert_int_equal(job->runs, 3);
	assert_run(0, "2026-11-21 10:10:00");
	assert_run(2, "2026-11-21 12:10:00");
	fake_close(f);
}

static void jitter_is_within_its_span_and_differs(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	uint32_t i;

	(void)state;
	begin("2026-11-21 10:00:00");
	f->core.seed = 42;
	key("Cron", "0 * * * *");
	key("Jitter", "10min");
	go(false);
	until("2026-11-25 10:30:00");
	assert_int_equal(job->runs, 96);
	for (i = 0; i < job->runs; i++) {
		int64_t late_us = job->wall_us[i] % 3600000000;

		assert_true(late_us >= 0 && late_us <= 600001000);
		least = late_us < least ? late_us : least;
		most = late_us > most ? late_us : most;
	}
	assert_true(least < 60000000 && most > 540000000);
	fake_close(f);
}

/* ---- the clock is set ---- */

static void forward_over_a_time_it_is_missed(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	go(false);
	set_wall("2026-11-21 14:00:00");
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 0);
	assert_true(s->skipped == 1);
	assert_next("2026-11-22 11:30:00");
	fake_close(f);
}

static void forward_over_a_time_is_caught_up_once(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "*/10 * * * *");
	key("CatchUp", "one");
	go(false);
	set_wall("2026-11-21 14:05:00");
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	assert_next("2026-11-21 14:10:00");
	until("2026-11-21 14:25:00");
	assert_int_equal(job->runs, 3);
	fake_close(f);
}

static void back_over_a_daily_time_it_is_not_repeated(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	go(false);
	until("2026-11-21 11:31:00");
	assert_int_equal(job->runs, 1);
	set_wall("2026-11-21 09:00:00");
	assert_next("2026-11-22 11:30:00");
	until("2026-11-22 12:00:00");
	assert_int_equal(job->runs, 2);
	fake_close(f);
}

static void back_over_hourly_times_they_are_not_repeated(void **state)
{
	(void)state;
	begin("2026-11-21 08:30:00");
	key("Cron", "0 * * * *");
	go(false);
	until("2026-11-21 11:01:00");
	assert_int_equal(job->runs, 3);
	set_wall("2026-11-21 09:01:00");
	until("2026-11-21 12:30:00");
	assert_int_equal(job->runs, 4);
	assert_run(3, "2026-11-21 12:00:00");
	fake_close(f);
}

static void back_by_hours_what_runs_every_minutes_goes_on(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:30");
	key("Cron", "*/5 * * * *");
	go(false);
	until("2026-11-21 10:06:00");
	assert_int_equal(job->runs, 1);
	set_wall("2026-11-21 07:06:00");
	until("2026-11-21 07:11:00");
	assert_int_equal(job->runs, 2);
	assert_run(1, "2026-11-21 07:10:00");
	fake_close(f);
}

static void back_by_less_than_its_pace_nothing_is_repeated(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:30");
	key("Cron", "*/5 * * * *");
	go(false);
	until("2026-11-21 10:06:00");
	set_wall("2026-11-21 10:03:00");
	until("2026-11-21 10:11:00");
	assert_int_equal(job->runs, 2);
	assert_run(1, "2026-11-21 10:10:00");
	fake_close(f);
}

static void back_by_years_the_clock_was_wrong_before(void **state)
{
	(void)state;
	begin("2033-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	go(false);
	until("2033-11-21 12:00:00");
	assert_int_equal(job->runs, 1);
	set_wall("2026-11-21 10:00:00");
	until("2026-11-21 12:00:00");
	assert_int_equal(job->runs, 2);
	fake_close(f);
}

/* A clock that nobody had set yet may show any year, and not only 1970. */
static void back_by_years_what_never_ran_is_to_come_again(void **state)
{
	(void)state;
	begin("2033-11-21 10:00:00");
	key("At", "2026-11-23 06:30");
	go(false);
	assert_int_equal(e->state, AIOT_STOPPED);
	set_wall("2026-11-21 10:00:00");
	assert_int_equal(e->state, AIOT_SCHEDULED);
	assert_next("2026-11-23 06:30:00");
	until("2026-11-24 00:00:00");
	assert_int_equal(job->runs, 1);
	set_wall("2026-11-21 10:00:00");
	assert_int_equal(e->state, AIOT_ENDED);
	until("2026-11-24 00:00:00");
	assert_int_equal(job->runs, 1);
	fake_close(f);
}

static void from_1970_over_its_only_time_it_is_scheduled_no_more(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	key("At", "2026-11-20 06:30");
	go(false);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	set_wall("2026-11-21 10:00:30");
	assert_int_equal(s->phase, AIOT_SCHEDULE_OVER);
	assert_int_equal(e->state, AIOT_STOPPED);
	set_wall("1970-01-01 00:00:10");
	assert_int_equal(e->state, AIOT_STOPPED);
	fake_close(f);
}

static void held_until_nothing_is_left_a_start_runs_it(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	key("At", "2026-11-20 06:30");
	go(false);
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0);
	set_wall("2026-11-21 10:00:30");
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	until("2026-11-21 10:01:00");
	assert_int_equal(job->runs, 1);
	assert_int_equal(e->state, AIOT_ENDED);
	fake_close(f);
}

static void from_1970_to_now_it_waits_until_the_clock_is_set(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	key("Cron", "* * * * *");
	go(false);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	assert_true(s->unset);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job->runs, 0);
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	set_wall("2026-11-21 10:00:30");
	assert_false(s->unset);
	until("2026-11-21 10:03:30");
	assert_int_equal(job->runs, 3);
	assert_run(0, "2026-11-21 10:01:00");
	fake_close(f);
}

static void spans_do_not_notice(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	key("StartIn", "10s");
	key("Every", "1min");
	go(false);
	fake_for(f, 15 * FAKE_S);
	set_wall("2026-11-21 10:00:00");
	fake_for(f, 30 * FAKE_S);
	set_wall("2026-11-20 10:00:00");
	fake_for(f, 10 * FAKE_MINUTE);
	assert_int_equal(job->runs, 11);
	assert_true(s->skipped == 0);
	fake_close(f);
}

/* Nobody tells of the step: the alarm finds that it is early. */
static void a_step_back_that_nobody_tells_of_is_found_when_it_is_due(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "0 11 * * *");
	go(false);
	f->wall_ns -= 30 * (int64_t)FAKE_MINUTE;
	until("2026-11-21 12:00:00");
	assert_int_equal(job->runs, 1);
	assert_run(0, "2026-11-21 11:00:00");
	fake_close(f);
}

static void steps_of_hours_never_run_a_daily_time_twice(void **state)
{
	uint64_t random = 7;
	uint32_t i, j;

	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "0 3,15 * * *");
	go(false);
	for (i = 0; i < 2000; i++) {
		int64_t by_min = (int64_t)(fake_random(&random) % 600) - 300;

		fake_for(f, (uint64_t)(fake_random(&random) % 300) * FAKE_MINUTE);
		f->wall_ns += by_min * 60 * 1000000000;
		aiot_core_clock_set(&f->core);
	}
	assert_true(job->runs > 50 && job->runs < RUNS);
	for (i = 0; i < job->runs; i++) {
		for (j = 0; j < i; j++)
			assert_true(job->wall_us[i] - job->wall_us[j] > 3600000000 ||
				    job->wall_us[j] - job->wall_us[i] > 3600000000);
	}
	fake_close(f);
}

/* ---- asleep, busy, held ---- */

static void a_time_slept_through_is_missed(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	go(false);
	fake_pass(f, 4 * FAKE_HOUR);
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 0);
	assert_true(s->skipped == 1);
	fake_pass(f, 22 * FAKE_HOUR - 29 * FAKE_MINUTE); /* less than a minute late is not missed */
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 0);
	fake_close(f);
}

static void a_time_slept_through_is_caught_up(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	key("CatchUp", "one");
	go(false);
	fake_pass(f, 100 * FAKE_HOUR);
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	assert_next("2026-11-26 11:30:00");
	fake_close(f);
}

static void a_run_that_is_in_the_way_is_followed_by_one_that_was_queued(void **state)
{
	static const struct aiot_arg takes = {"takes", "2min 30s", "test"};

	(void)state;
	begin("2026-11-21 10:00:30");
	fake_spec(e)->args = &takes;
	fake_spec(e)->arg_count = 1;
	key("Cron", "* * * * *");
	key("Overlap", "queue");
	go(false);
	until("2026-11-21 10:03:00");
	assert_int_equal(job->runs, 1);
	assert_true(s->queued);
	until("2026-11-21 10:03:31");
	assert_int_equal(job->runs, 2);
	assert_run(1, "2026-11-21 10:03:30");
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0); /* what is owed goes, too */
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job->runs, 2);
	assert_int_equal(e->state, AIOT_STOPPED);
	fake_close(f);
}

static void held_over_its_time_it_runs_when_it_is_started(void **state)
{
	(void)state;
	begin("2026-11-21 10:00:00");
	key("Cron", "30 11 * * *");
	go(false);
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0);
	until("2026-11-21 11:00:00");
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0);
	until("2026-11-21 13:00:00");
	assert_int_equal(job->runs, 0);
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	assert_next("2026-11-22 11:30:00");
	fake_close(f);
}

/* ---- after a restart of the program ---- */

static void ran_before(const char *wall)
{
	assert_non_null(aiot_more_of(&f->core, e));
	e->more->past.last_us[AIOT_ACTION_RUN] = at_us(wall);
}

static void after_a_restart_nothing_runs_twice(void **state)
{
	(void)state;
	begin("2026-11-21 11:30:20");
	ran_before("2026-11-21 11:30:00");
	key("Cron", "30 11 * * *");
	key("CatchUp", "one");
	go(true);
	assert_next("2026-11-22 11:30:00");
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job->runs, 0);
	fake_close(f);
}

static void after_a_restart_what_was_missed_is_caught_up(void **state)
{
	(void)state;
	begin("2026-11-21 12:00:00");
	ran_before("2026-11-19 11:30:00");
	key("Cron", "30 11 * * *");
	key("CatchUp", "one");
	go(true);
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	assert_next("2026-11-22 11:30:00");
	fake_close(f);
}

static void after_a_restart_every_goes_on_where_it_was(void **state)
{
	(void)state;
	begin("2026-11-21 12:00:00");
	ran_before("2026-11-21 11:20:00");
	key("StartIn", "10s");
	key("Every", "1h");
	go(true);
	until("2026-11-21 12:19:00");
	assert_int_equal(job->runs, 0);
	until("2026-11-21 12:21:00");
	assert_int_equal(job->runs, 1);
	assert_run(0, "2026-11-21 12:20:00");
	fake_close(f);
	begin("2026-11-21 12:00:00"); /* overdue: as soon as StartIn allows */
	ran_before("2026-11-20 11:20:00");
	key("StartIn", "10s");
	key("Every", "1h");
	go(true);
	fake_for(f, FAKE_MINUTE);
	assert_run(0, "2026-11-21 12:00:10");
	fake_close(f);
}

static void a_last_run_in_the_future_counts_for_nothing(void **state)
{
	(void)state;
	begin("2026-11-21 12:00:00");
	ran_before("2033-11-21 11:20:00");
	key("Every", "1h");
	go(true);
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	fake_close(f);
	begin("2026-11-21 11:00:00");
	ran_before("2033-11-21 11:20:00");
	key("Cron", "30 11 * * *");
	go(true);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job->runs, 1);
	fake_close(f);
}

static void without_a_clock_what_was_missed_is_known_when_it_is_set(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	ran_before("2026-11-19 11:30:00");
	key("Cron", "30 11 * * *");
	key("CatchUp", "one");
	go(true);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(job->runs, 0);
	set_wall("2026-11-21 12:00:00");
	fake_for(f, FAKE_S);
	assert_int_equal(job->runs, 1);
	assert_next("2026-11-22 11:30:00");
	fake_close(f);
}

static void the_past_of_this_run_moves_with_the_clock(void **state)
{
	(void)state;
	begin("1970-01-01 00:00:10");
	ran_before("2026-11-19 11:30:00");
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	fake_for(f, FAKE_MINUTE);
	set_wall("2026-11-21 12:00:00");
	assert_int_equal(e->more->past.last_us[AIOT_ACTION_RUN] / 1000000,
			 at_us("2026-11-21 11:59:00") / 1000000);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cron_runs_at_the_beginning_of_each_matching_minute),
		cmocka_unit_test(a_time_is_told_to_the_microsecond),
		cmocka_unit_test(ten_years_of_leap_days),
		cmocka_unit_test(at_runs_once),
		cmocka_unit_test(at_that_is_past_never_runs),
		cmocka_unit_test(at_with_every_keeps_the_grid_of_its_first_time),
		cmocka_unit_test(jitter_is_within_its_span_and_differs),
		cmocka_unit_test(forward_over_a_time_it_is_missed),
		cmocka_unit_test(forward_over_a_time_is_caught_up_once),
		cmocka_unit_test(back_over_a_daily_time_it_is_not_repeated),
		cmocka_unit_test(back_over_hourly_times_they_are_not_repeated),
		cmocka_unit_test(back_by_hours_what_runs_every_minutes_goes_on),
		cmocka_unit_test(back_by_less_than_its_pace_nothing_is_repeated),
		cmocka_unit_test(back_by_years_the_clock_was_wrong_before),
		cmocka_unit_test(back_by_years_what_never_ran_is_to_come_again),
		cmocka_unit_test(from_1970_over_its_only_time_it_is_scheduled_no_more),
		cmocka_unit_test(held_until_nothing_is_left_a_start_runs_it),
		cmocka_unit_test(from_1970_to_now_it_waits_until_the_clock_is_set),
		cmocka_unit_test(spans_do_not_notice),
		cmocka_unit_test(a_step_back_that_nobody_tells_of_is_found_when_it_is_due),
		cmocka_unit_test(steps_of_hours_never_run_a_daily_time_twice),
		cmocka_unit_test(a_time_slept_through_is_missed),
		cmocka_unit_test(a_time_slept_through_is_caught_up),
		cmocka_unit_test(a_run_that_is_in_the_way_is_followed_by_one_that_was_queued),
		cmocka_unit_test(held_over_its_time_it_runs_when_it_is_started),
		cmocka_unit_test(after_a_restart_nothing_runs_twice),
		cmocka_unit_test(after_a_restart_what_was_missed_is_caught_up),
		cmocka_unit_test(after_a_restart_every_goes_on_where_it_was),
		cmocka_unit_test(a_last_run_in_the_future_counts_for_nothing),
		cmocka_unit_test(without_a_clock_what_was_missed_is_known_when_it_is_set),
		cmocka_unit_test(the_past_of_this_run_moves_with_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
