/*
 * test-hello.c - services.d/hello.c, as any author tests a service.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <aiotools-test.h>

extern const struct aiot_service aiot_service_hello;

static int open_stage(void **state)
{
	*state = aiot_test_open(NULL);
	return 0;
}

static int close_stage(void **state)
{
	return aiot_test_close(*state);
}

static void it_greets_at_once_and_then_every_so_often(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello, AIOT_TEST_ARGS("every", "10s")),
			 0);
	aiot_test_advance_ms(x, 25000);
	assert_string_equal(aiot_test_log(x), "[INFO] [hello.service] hello, world\n"
					      "[INFO] [hello.service] hello, world\n"
					      "[INFO] [hello.service] hello, world\n");
	assert_string_equal(aiot_test_stat(x, "hello", "greeted"), "3");
}

static void whom_it_greets_can_be_changed_while_it_runs(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello, NULL), 0);
	aiot_test_forget_log(x);
	assert_int_equal(aiot_test_ctl(x, "set hello whom=Ada"), 0);
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_log(x), "[INFO] [hello.service] hello, Ada\n");
}

static void a_pause_that_is_none_is_refused(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_hello, AIOT_TEST_ARGS("every", "soon")),
			 -AIOT_EINVAL);
	assert_string_equal(aiot_test_why(x),
			    "added: every: 'soon' is not a time span such as 500ms or 1min 30s, "
			    "whole ms, up to 49 days");
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_greets_at_once_and_then_every_so_often),
		T(whom_it_greets_can_be_changed_while_it_runs),
		T(a_pause_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
