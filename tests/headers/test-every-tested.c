/*
 * test-every-tested.c - the generated service that takes the address of every public function runs
 * under lib/test, too: none is missing there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <aiotools-test.h>

extern const struct aiot_service aiot_service_every;

static void a_service_that_calls_any_function_can_be_tested(void **state)
{
	struct aiot_test *x = aiot_test_open(NULL);

	(void)state;
	assert_int_equal(aiot_test_start(x, &aiot_service_every, NULL), 0);
	assert_string_equal(aiot_test_state(x, "every"), "done");
	assert_true(strtol(aiot_test_result(x, "every"), NULL, 10) >= 20);
	assert_int_equal(aiot_test_close(x), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_that_calls_any_function_can_be_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
