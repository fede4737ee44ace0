/*
 * fails.c - tests of which each fails in a way of its own, and one that passes: test_fails.py sees
 * whether the stand-in for cmocka says so.  KIND: which of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "port.h"

static int torn_down;

static int tear_down(void **state)
{
	(void)state;
	torn_down++;
	return 0;
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(-1, 7);
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal("one", "two");
}

static void memory(void **state)
{
	(void)state;
	assert_memory_equal("abc", "abd", 3);
}

static void range(void **state)
{
	(void)state;
	assert_in_range(9, 1, 8);
}

static void pointer(void **state)
{
	(void)state;
	assert_null(state);
}

static void passes(void **state)
{
	(void)state;
	assert_int_equal(torn_down, 2);
	assert_string_not_equal("one", "two");
}

static void leaks(void **state)
{
	(void)state;
	assert_non_null(malloc(10));
}

static void panics(void **state)
{
	(void)state;
	AIOT_ASSERT(torn_down == 77);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_setup_teardown(numbers, NULL, tear_down),
		cmocka_unit_test_setup_teardown(texts, NULL, tear_down),
		cmocka_unit_test(memory),
		cmocka_unit_test(range),
		cmocka_unit_test(pointer),
		cmocka_unit_test(passes),
		cmocka_unit_test(passes),
	};
	const struct CMUnitTest panic[] = {cmocka_unit_test(panics)};
	const struct CMUnitTest leak[] = {cmocka_unit_test(leaks)};

	if (strcmp(KIND, "panics") == 0)
		return cmocka_run_group_tests(panic, NULL, NULL);
	if (strcmp(KIND, "leaks") == 0)
		return cmocka_run_group_tests(leak, NULL, NULL);
	return cmocka_run_group_tests(all, NULL, NULL);
}
