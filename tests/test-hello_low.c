/*
 * test-hello_low.c - services.d/hello_low.c: it builds on what hello_core left; without that it
 * says what to do.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_hello_core;
extern const struct aiot_service aiot_service_hello_low;

static void its_result_is_made_of_the_others(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello_core, NULL), 0);
	aiot_test_advance_ms(x, 100);
	assert_int_equal(aiot_test_start(x, &aiot_service_hello_low, NULL), 0);
	assert_int_equal(aiot_test_until(x, "hello_low", "done", 100), 0);
	assert_string_equal(aiot_test_result(x, "hello_low"), "{\"below\":\"core\"}");
}

static void assert_lacks(struct aiot_test *x)
{
	assert_int_equal(aiot_test_until(x, "hello_low", "failed", 100), 0);
	assert_string_equal(aiot_test_failure(x, "hello_low"),
			    "'hello_core' has no result to build on; Requires= in this one's file "
			    "makes it wait");
}

static void without_the_other_it_fails_with_advice(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello_low, NULL), 0);
	assert_lacks(x);
	assert_int_equal(
		aiot_test_start(x, &aiot_service_hello_core, AIOT_TEST_ARGS("fail", "yes")), 0);
	assert_int_equal(aiot_test_ctl(x, "start hello_low"), 1); /* the other still runs */
	assert_lacks(x);
	aiot_test_advance_ms(x, 100);
	assert_string_equal(aiot_test_state(x, "hello_core"), "failed");
	assert_int_equal(aiot_test_ctl(x, "start hello_low"), 1);
	assert_lacks(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(its_result_is_made_of_the_others),
		T(without_the_other_it_fails_with_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
