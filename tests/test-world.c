/*
 * test-world.c - services.d/world.c: a run on a schedule, and what it leaves.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_world;

static void a_run_leaves_an_answer(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_world, AIOT_TEST_ARGS("work", "3s")), 0);
	aiot_test_advance_ms(x, 2999);
	assert_string_equal(aiot_test_result(x, "world"), "");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_state(x, "world"), "done");
	assert_string_equal(aiot_test_result(x, "world"), "42");
	assert_string_equal(aiot_test_stat(x, "world", "answer"), "42");
}

static void on_a_schedule_it_runs_again_and_again(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_world, NULL), 0);
	assert_int_equal(aiot_test_ctl(x, "schedule world --every 90s"), 0);
	aiot_test_advance_ms(x, 1000);
	aiot_test_forget_log(x);
	aiot_test_advance_ms(x, 10 * 90000);
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "working"), 10);
	assert_string_equal(aiot_test_state(x, "world"), "scheduled");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_run_leaves_an_answer),
		T(on_a_schedule_it_runs_again_and_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
