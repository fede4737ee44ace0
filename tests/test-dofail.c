/*
 * test-dofail.c - services.d/dofail.c: it does not load, and says so; with parts it does.
 */
#define _GNU_SOURCE

#include "service-stage.h"

extern const struct aiot_service aiot_service_dofail;

static void it_does_not_load(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_dofail, NULL), -AIOT_EDOM);
	assert_non_null(strstr(aiot_test_why(x), "divide by zero"));
	assert_string_equal(aiot_test_state(x, "dofail"), "");
}

static void with_parts_it_shares_out(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_dofail,
					 AIOT_TEST_ARGS("whole", "12", "parts", "4")),
			 0);
	assert_string_equal(aiot_test_state(x, "dofail"), "done");
	assert_string_equal(aiot_test_result(x, "dofail"), "3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_does_not_load),
		T(with_parts_it_shares_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
