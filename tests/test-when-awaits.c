/*
 * test-when-awaits.c - which tasks a condition cannot do without.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "when.h"

static char block[65536] __attribute__((aligned(8)));

/* The names of those, each with a blank behind it. */
static const char *awaited(const char *text)
{
	static char names[256];
	struct aiot_when_error error;
	struct aiot_when *w;
	struct aiot_out out;
	unsigned i;

	assert_int_equal(
		aiot_when_compile(text, strlen(text), NULL, block, sizeof(block), &w, &error), 0);
	aiot_out_init(&out, names, sizeof(names));
	for (i = 0; i < aiot_when_task_count(w); i++) {
		if (aiot_when_awaits(w, i))
			aiot_format(&out, "%s ", aiot_when_task_name(w, i));
	}
	return aiot_out_str(&out);
}

static void only_what_nothing_else_can_replace(void **state)
{
	static const struct {
		const char *text, *names;
	} rows[] = {
		{"after task 'a'", "a "},
		{"after task 'a' failed", "a "},
		{"after tasks 'a', 'b'", "a b "},
		{"after any tasks 'a', 'b'", ""},
		{"after task 'a' & after task 'b'", "a b "},
		{"after task 'a' | after task 'b'", ""},
		{"after task 'a' | after task 'a' failed", "a "},
		{"after task 'a' & (daily | after task 'b')", "a "},
		{"after task 'a' | daily", ""},
		{"after task 'a' | false", "a "},
		{"~after task 'a'", ""},
		{"~~after task 'a'", ""},
		{"~false & after task 'a'", "a "},
		{"task 'a' is running", ""},
		{"task 'a' has succeeded | after task 'b'", ""},
		{"daily", ""},
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(awaited(rows[i].text), rows[i].names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_nothing_else_can_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
