/*
 * test-calendar-clock.c - what it does to schedules on the wall clock when that is set or not set
 * yet, and when the program was started again; and that spans do not notice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar-stage.h"

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
		cmocka_unit_test(after_a_restart_nothing_runs_twice),
		cmocka_unit_test(after_a_restart_what_was_missed_is_caught_up),
		cmocka_unit_test(after_a_restart_every_goes_on_where_it_was),
		cmocka_unit_test(a_last_run_in_the_future_counts_for_nothing),
		cmocka_unit_test(without_a_clock_what_was_missed_is_known_when_it_is_set),
		cmocka_unit_test(the_past_of_this_run_moves_with_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
