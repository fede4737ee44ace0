/*
 * test-console.c - lib/test/console.c: lines of aiotoolsctl, carried out in a test.
 */
#include "harness-stage.h"

static void orders_are_those_of_aiotoolsctl(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "call part add %d", 41), 0);
	assert_string_equal(aiot_test_output(x), "42\n");
	assert_string_equal(aiot_test_output(x), "42\n");
	assert_int_equal(aiot_test_ctl(x, "call part addd"), 2);
	assert_non_null(strstr(aiot_test_output(x), "did you mean 'add'?"));
	assert_int_equal(aiot_test_ctl(x, "set part every=10s"), 0);
	aiot_test_advance_ms(x, 11000);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "44");
	assert_int_equal(aiot_test_ctl(x, "status nobody"), 4);
	assert_int_equal(aiot_test_ctl(x, "log part -n 1"), 0);
	assert_non_null(strstr(aiot_test_output(x), "2026-01-01 12:00:11 [test] [INFO] "
						    "[part.service] turn 43\n"));
	assert_int_equal(aiot_test_ctl(x, "nonsense"), 2);
	assert_int_equal(aiot_test_ctl(x, "set part 'every"), 2);
	assert_int_equal(aiot_test_ctl(x, "stop -h"), 0);
}

static void a_schedule_goes_by_the_tests_clock(void **state)
{
	(void)state;
	start("fail");
	aiot_test_advance_ms(x, 3600000);
	assert_int_equal(aiot_test_ctl(x, "schedule part --cron '0 6 * * *'"), 0);
	assert_string_equal(aiot_test_state(x, "part"), "scheduled");
	aiot_test_advance_ms(x, 17ull * 3600 * 1000 - 1);
	assert_string_equal(aiot_test_state(x, "part"), "scheduled");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_state(x, "part"), "running");
	aiot_test_set_wall_s(x, 1767268800 + 86400 * 2);
	assert_int_equal(aiot_test_ctl(x, "timers"), 0);
	assert_non_null(strstr(aiot_test_output(x), "2026-01-04 06:00:00"));
}

static void a_command_that_waits_for_ever_is_given_up_after_an_hour(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "wait part"), 1);
	assert_string_equal(aiot_test_output(x), "'wait' still waits\n");
	assert_int_equal(aiot_test_now_ms(x), 3600000);
}

static void what_is_no_command_is_named(void **state)
{
	(void)state;
	assert_int_equal(aiot_test_ctl(x, "statsu"), 2);
	assert_string_equal(aiot_test_output(x),
			    "unknown command 'statsu', did you mean 'status'?\n");
	assert_int_equal(aiot_test_ctl(x, "timespan 1s"),
			 2); /* aiotoolsctl's own: no daemon has it */
	assert_string_equal(aiot_test_output(x), "unknown command 'timespan'\n");
	assert_int_equal(aiot_test_ctl(x, " "), 2);
	assert_string_equal(aiot_test_output(x), "no command, an open quote, or too many words\n");
}

static void of_several_the_first_failure_counts(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "stop nobody part"), 5);
	assert_non_null(strstr(aiot_test_output(x), "part.service: stopped\n"));
	assert_non_null(strstr(aiot_test_output(x), "'nobody'"));
}

static void a_stream_ends_where_nothing_is_new(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "log -f part"), 0);
	assert_non_null(strstr(aiot_test_output(x), "turn 0\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(orders_are_those_of_aiotoolsctl),
		T(a_schedule_goes_by_the_tests_clock),
		T(a_command_that_waits_for_ever_is_given_up_after_an_hour),
		T(what_is_no_command_is_named),
		T(of_several_the_first_failure_counts),
		T(a_stream_ends_where_nothing_is_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
