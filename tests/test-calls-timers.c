/*
 * test-calls-timers.c - schedule, unschedule and timers, from the call to the reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "calls-stage.h"
#include "more.h"

/* 2026-11-21 00:35:10.0000005: not a whole microsecond, as it is in life. */
static int open_in_utc(void **state)
{
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	(void)open_stage(state);
	fake_idle(f);
	f->wall_ns += 500;
	aiot_core_clock_set(&f->core);
	return 0;
}

static struct aiot_json plan_of(unsigned n)
{
	return aiot_json_get(nth_of("timers", n), "schedule");
}

static void schedule_says_when_it_runs_and_is_told_in_the_log(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x.service");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','start_in':'10s','every':'1min'}"),
			 AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "name"), "x.service");
	assert_string_equal(member_of(nth_of("timers", 0), "state"), "scheduled");
	assert_string_equal(member_of(plan_of(0), "plan"), "StartIn=10s Every=1min");
	assert_string_equal(member_of(plan_of(0), "last_us"), "null");
	assert_int_equal(fake_logged(f, AIOT_INFO, "schedule x"), 1);
	fake_for(f, 11 * FAKE_S);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("schedule", "{'name':'x','cron':'0 6 * * *','catch_up':'one'}"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(plan_of(0), "plan"), "Cron=0 6 * * * CatchUp=one");
	assert_string_equal(member_of(plan_of(0), "next_us"), "1795240800000000");
	assert_string_not_equal(member_of(plan_of(0), "last_us"), "null");
}

/* The answer comes before the condition is looked at, and status while the task runs: never by
 * then. */
static void without_a_clock_no_schedule_is_told_a_time_in_1970(void **state)
{
	static const char *const plans[] = {"'when':'daily'", "'when':'hourly & ~daily'",
					    "'cron':'0 6 * * *'", "'at':'2026-12-01 06:00'"};
	char params[80];
	unsigned i;

	(void)state;
	(void)run(&aiot_service_play, "x");
	f->wall_ns = 100 * (int64_t)FAKE_S;
	aiot_core_clock_set(&f->core);
	for (i = 0; i < 4; i++) {
		(void)aiot_format_to(params, sizeof(params), "{'name':'x',%s}", plans[i]);
		assert_int_equal(ask("schedule", params), AIOT_CALL_DONE);
		assert_string_equal(member_of(plan_of(0), "next_us"), "null");
		assert_string_equal(member_of(plan_of(0), "waits_for"), "clock");
		fake_for(f, FAKE_S);
		assert_int_equal(ask("timers", "{}"), AIOT_CALL_DONE);
		assert_string_equal(member_of(plan_of(0), "next_us"), "null");
	}
	assert_int_equal(ask("schedule", "{'name':'x','at':'06:00'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "At: the clock is not set yet, so the date has to be said, too");
	assert_int_equal(ask("schedule", "{'name':'x','when':'daily'}"), AIOT_CALL_DONE);
	f->wall_ns = INT64_C(1795240800) * FAKE_S;
	aiot_core_clock_set(&f->core);
	assert_int_equal(ask("timers", "{}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(plan_of(0), "next_us"), "1795305600000000");
}

static void a_schedule_that_is_wrong_leaves_the_one_before(void **state)
{
	static const struct {
		const char *params, *words;
	} rows[] = {
		{"{'name':'x'}", "a schedule needs StartIn, At, Every, Cron or When"},
		{"{'name':'x','catch_up':'one'}",
		 "a schedule needs StartIn, At, Every, Cron or When"},
		{"{'name':'x','at':'2020-01-01 10:00'}", "At: that time is past"},
		{"{'name':'x','cron':'0 0 30 2 *'}",
		 "Cron: column 5: expected a day that the month has: 30.2. never comes"},
		{"{'name':'x','cron':' 6 '}",
		 "Cron: ' 6 ' has 1 of the five fields minute, hour, day of month, month, day of "
		 "week; write * where any will do"},
		{"{'name':'x','when':'daily','every':'1s'}",
		 "When stands alone; write `every ...` into the condition, as in `every 10 min & "
		 "time of day between 10:00 and 12:00`"},
		{"{'name':'x','when':'after task \\u0027y\\u0027'}", "When: there is no task 'y'"},
		{"{'name':'x','when':'after task \\u0027x\\u0027'}",
		 "When: 'x' waits for itself, so it would never run"},
		{"{'name':'x','every':'1ns'}", "Every: '1ns' is too short, at least 1ms"},
	};
	struct aiot_task *t = add(&aiot_service_quick, "x");
	struct aiot_schedule *before;
	unsigned i;

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	before = aiot_entry_schedule(&t->entry);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(ask("schedule", rows[i].params), AIOT_CALL_ERROR);
		assert_error(AIOT_ERR_USAGE, rows[i].words);
		assert_ptr_equal(aiot_entry_schedule(&t->entry), before);
		assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	}
	assert_int_equal(fake_logged(f, AIOT_INFO, "by uid"), 0);
	assert_int_equal(ask("schedule", "{'name':'y','every':'1s'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no such task: 'y'; " AIOT_CTL "list --all shows all");
	f->core.closed = true;
	assert_int_equal(ask("schedule", "{'name':'x','every':'1s'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_SHUTTING_DOWN, "cannot schedule 'x': the daemon is stopping");
	f->core.closed = false;
}

#define TIMES_OF_A "[1795240800000000]"
#define TIMES_OF_C "[1795221600000000,1795221900000000,1795222200000000]"
#define TIMES_OF_E "[1795240800000000,1795244400000000,1795248000000000]"

static void timers_showed_each_time_twice_a_microsecond_apart(void **state)
{
	struct aiot_task *a = add(&aiot_service_quick, "a"), *e;
	bool a_first;

	(void)state;
	(void)add(&aiot_service_quick, "c");
	e = add(&aiot_service_quick, "e");
	/* The older one: that is the one with the smaller id, which on a board is where it lies. */
	a_first = !AIOT_BOARD || aiot_entry_id(&a->entry) < aiot_entry_id(&e->entry);
	(void)add(&aiot_service_quick, "none");
	assert_int_equal(ask("schedule", "{'name':'a','at':'2026-11-21 06:00'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("schedule", "{'name':'c','cron':'*/5 * * * *'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("schedule", "{'name':'e','at':'2026-11-21 06:00','every':'1h'}"),
			 AIOT_CALL_DONE);
	fake_pass(f, 333);
	assert_int_equal(ask("timers", "{'next':3}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "name"), a_first ? "c a e" : "c e a");
	assert_string_equal(all_of("timers", "next"),
			    a_first ? TIMES_OF_C " " TIMES_OF_A " " TIMES_OF_E
				    : TIMES_OF_C " " TIMES_OF_E " " TIMES_OF_A);
	assert_string_equal(member_of(plan_of(0), "next_us"), "1795221600000000");
	fake_pass(f, 777);
	assert_int_equal(ask("timers", "{'names':['c']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(plan_of(0), "next_us"), "1795221600000000");
	assert_string_equal(member_of(nth_of("timers", 0), "next"), "-");
}

static void timers_did_not_know_the_last_run_of_an_earlier_program(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	t->entry.more->past.last_us[AIOT_ACTION_RUN] = 1795200000000000;
	assert_int_equal(ask("timers", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(plan_of(0), "last_us"), "1795200000000000");
	fake_for(f, FAKE_HOUR + FAKE_S);
	assert_int_equal(ask("timers", NULL), AIOT_CALL_DONE);
	assert_string_not_equal(member_of(plan_of(0), "last_us"), "1795200000000000");
}

static void timers_come_in_the_order_of_their_times(void **state)
{
	struct aiot_task *a = add(&aiot_service_quick, "a"), *b = add(&aiot_service_quick, "b");

	(void)state;
	(void)add(&aiot_service_quick, "none");
	schedule(a, FAKE_HOUR, FAKE_HOUR);
	schedule(b, FAKE_MINUTE, FAKE_HOUR);
	schedule(add(&aiot_service_quick, "c"), FAKE_MINUTE, FAKE_HOUR);
	assert_int_equal(ask("schedule", "{'name':'none','when':'false'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("timers", "{}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "name"), "b c a none");
	assert_int_equal(ask("timers", "{'names':['c','a','b']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "name"), "b c a");
}

static void timers_of_what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(ask("timers", "{'names':['y']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no such task: 'y'; " AIOT_CTL "list --all shows all");
	assert_int_equal(ask("timers", "{'names':['y*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "name"), "");
	assert_int_equal(ask("timers", "{'next':1001}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "next: at most 1000 times are shown of each task");
}

static void unschedule_failed_and_said_it_was_done(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	(void)add(&aiot_service_quick, "y");
	schedule(t, FAKE_S, FAKE_S);
	fake_for(f, FAKE_S + FAKE_MS);
	assert_int_equal(ask("unschedule", "{'names':['x','y','z','z*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "x");
	assert_string_equal(all_of("done", "state"), "done");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.Already "
						       "io.aiotools.NoSuchTask "
						       "io.aiotools.TaskFailed");
	assert_string_equal(all_of("failed", "message"),
			    "cannot unschedule 'y': it has no schedule no such task: 'z'; " AIOT_CTL
			    "list --all shows all no task matches 'z*'");
	assert_null(aiot_entry_schedule(&t->entry));
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 1);
}

static void unschedule_with_a_pattern_tells_which(void **state)
{
	struct aiot_task *running = add(&aiot_service_play, "x2");

	(void)state;
	schedule(add(&aiot_service_quick, "x1"), FAKE_HOUR, 0);
	schedule(running, 0, FAKE_HOUR);
	(void)add(&aiot_service_quick, "x3");
	fake_for(f, FAKE_S);
	assert_int_equal(ask("unschedule", "{'names':['x*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "x1 x2");
	assert_string_equal(all_of("done", "state"), "stopped running");
	assert_string_equal(all_of("failed", "name"), "");
}

#define U(name) cmocka_unit_test_setup_teardown(name, open_in_utc, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		U(schedule_says_when_it_runs_and_is_told_in_the_log),
		U(without_a_clock_no_schedule_is_told_a_time_in_1970),
		U(a_schedule_that_is_wrong_leaves_the_one_before),
		U(timers_showed_each_time_twice_a_microsecond_apart),
		U(timers_did_not_know_the_last_run_of_an_earlier_program),
		U(timers_come_in_the_order_of_their_times),
		U(timers_of_what_is_not_there),
		U(unschedule_failed_and_said_it_was_done),
		U(unschedule_with_a_pattern_tells_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
