/*
 * test-out-format.c - text appended to what is there, and text into a buffer that may be too small.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "out.h"

static void it_is_appended_to_what_is_there(void **state)
{
	char buf[16];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_format(&out, "%s %d", "run", 1);
	aiot_format(&out, ", %u", 2u);
	assert_string_equal(aiot_out_str(&out), "run 1, 2");
}

static void a_buffer_that_is_too_small_gets_the_beginning_and_its_end(void **state)
{
	char buf[6] = "xxxxx";

	(void)state;
	assert_int_equal(aiot_format_to(buf, sizeof(buf), "%s", "hello, world"), 5);
	assert_string_equal(buf, "hello");
	assert_int_equal(aiot_format_to(buf, sizeof(buf), "%d", 42), 2);
	assert_string_equal(buf, "42");
	assert_int_equal(aiot_format_to(buf, 1, "%d", 42), 0);
	assert_string_equal(buf, "");
}

static void a_buffer_of_no_size_is_left_alone(void **state)
{
	char untouched = 'x';

	(void)state;
	assert_int_equal(aiot_format_to(&untouched, 0, "%d", 42), 0);
	assert_int_equal(untouched, 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_appended_to_what_is_there),
		cmocka_unit_test(a_buffer_that_is_too_small_gets_the_beginning_and_its_end),
		cmocka_unit_test(a_buffer_of_no_size_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
