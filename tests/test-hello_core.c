/*
 * test-hello_core.c - services.d/hello_core.c: what it gets ready is its result, or it fails and
 * says how not to.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_hello_core;

static void it_takes_its_time_and_leaves_a_result(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello_core,
					 AIOT_TEST_ARGS("what", "sensors", "work", "2s")),
			 0);
	aiot_test_advance_ms(x, 1999);
	assert_string_equal(aiot_test_state(x, "hello_core"), "running");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_state(x, "hello_core"), "done");
	assert_string_equal(aiot_test_result(x, "hello_core"), "\"sensors\"");
	assert_string_equal(aiot_test_log(x), "[INFO] [hello_core.service] getting sensors ready\n"
					      "[INFO] [hello_core.service] sensors is ready\n");
}

static void it_fails_where_it_is_told_to(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(
		aiot_test_start(x, &aiot_service_hello_core, AIOT_TEST_ARGS("fail", "yes")), 0);
	aiot_test_advance_ms(x, 100);
	assert_int_equal(aiot_test_code(x, "hello_core"), -AIOT_EIO);
	assert_string_equal(aiot_test_failure(x, "hello_core"),
			    "core is not ready; fail=no lets it be");
	assert_string_equal(aiot_test_result(x, "hello_core"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_takes_its_time_and_leaves_a_result),
		T(it_fails_where_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
