/*
 * test-out-taken.c - text in memory of the core's: it grows, up to a limit, and all is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fake.h"
#include "out-taken.h"

static int grow(struct aiot_out *out, size_t need)
{
	return aiot_out_take(out, need, 1000);
}

static void a_text_grows_as_it_is_written(void **state)
{
	struct fake *f = fake_open();
	struct aiot_out out = {.grow = grow, .ctx = &f->core};
	unsigned i;

	(void)state;
	for (i = 0; i < 300; i++)
		aiot_out_text(&out, "abc");
	assert_int_equal(out.error, 0);
	assert_int_equal(out.len, 900);
	assert_memory_equal(out.buf + 897, "abc", 3);
	aiot_out_give(&out);
	assert_null(out.buf);
	aiot_out_give(&out); /* nothing is left to give */
	fake_close(f);	     /* which sees that nothing is missing */
}

static void what_is_too_much_is_left_out(void **state)
{
	struct fake *f = fake_open();
	struct aiot_out out = {.grow = grow, .ctx = &f->core};
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++)
		aiot_out_char(&out, 'x');
	assert_int_equal(out.error, 0);
	aiot_out_char(&out, 'x');
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_int_equal(out.len, 1000);
	aiot_out_give(&out);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_grows_as_it_is_written),
		cmocka_unit_test(what_is_too_much_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
