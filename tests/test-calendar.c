/*
 * test-calendar.c - schedules on the wall clock, Cron and At: when they run, and what a suspend, a
 * run that takes long and a stop do to that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calendar-stage.h"

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
		cmocka_unit_test(a_time_slept_through_is_missed),
		cmocka_unit_test(a_time_slept_through_is_caught_up),
		cmocka_unit_test(a_run_that_is_in_the_way_is_followed_by_one_that_was_queued),
		cmocka_unit_test(held_over_its_time_it_runs_when_it_is_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
