/*
 * test-look.c - lib/test/look.c: what a test sees of a task, and of the log.
 */
#include "harness-stage.h"

static void its_log_is_there_without_the_runtimes_own_lines(void **state)
{
	(void)state;
	assert_string_equal(aiot_test_log(x), "");
	start("turn");
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_log(x), "[INFO] [part.service] turn 0\n"
					      "[INFO] [part.service] turn 1\n");
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "turn"), 2);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "turn"), 0);
	aiot_test_forget_log(x);
	assert_string_equal(aiot_test_log(x), "");
}

static void a_failure_has_its_words_and_its_code(void **state)
{
	(void)state;
	start("fail");
	assert_int_equal(aiot_test_until(x, "part", "failed", 2000), 0);
	assert_string_equal(aiot_test_failure(x, "part"), "divide by zero");
	assert_int_equal(aiot_test_code(x, "part"), -AIOT_EDOM);
	assert_string_equal(aiot_test_result(x, "part"), "");
	assert_string_equal(aiot_test_state(x, "other"), "");
}

static void results_and_stats_are_json(void **state)
{
	(void)state;
	start("result");
	assert_int_equal(aiot_test_until(x, "part.service", "done", 2000), 0);
	assert_string_equal(aiot_test_result(x, "part"), "25.790");
	assert_string_equal(aiot_test_failure(x, "part"), "");
	assert_int_equal(aiot_test_code(x, "part"), 0);
	assert_string_equal(aiot_test_stat(x, "part", "level_milli"), "0.000");
	assert_string_equal(aiot_test_stat(x, "part", "mood"), "null");
	((struct part *)aiot_test_self(x, "part"))->mood = "\"high\"";
	assert_string_equal(aiot_test_stat(x, "part", "mood"), "\"\\\"high\\\"\"");
}

static void sixteen_texts_are_valid_at_once(void **state)
{
	const char *text[16];
	unsigned i;

	(void)state;
	start("turn");
	for (i = 0; i < 8; i++) { /* a stat takes two */
		text[i] = aiot_test_stat(x, "part", "turns");
		aiot_test_advance_ms(x, 1000);
	}
	for (i = 0; i < 8; i++) {
		char expected[4] = {(char)('1' + i)};

		assert_string_equal(text[i], expected);
	}
}

static void looks_at_nobody(void)
{
	(void)aiot_test_self(x, "nobody");
}

static void looks_at_no_stat(void)
{
	(void)aiot_test_stat(x, "part", "turnz");
}

static void what_is_not_there_is_a_fault_of_the_test(void **state)
{
	(void)state;
	start("turn");
	assert_aborts(looks_at_nobody, "aiotools-test: there is no task 'nobody'\n");
	assert_aborts(looks_at_no_stat, "aiotools-test: task 'part' has no stat 'turnz'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(its_log_is_there_without_the_runtimes_own_lines),
		T(a_failure_has_its_words_and_its_code),
		T(results_and_stats_are_json),
		T(sixteen_texts_are_valid_at_once),
		T(what_is_not_there_is_a_fault_of_the_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
