/*
 * The INI reader without memory: the n-th allocation fails, for every n, and each time the answer
 * is -AIOT_ENOMEM, nothing leaks and the document can be finished.
 *
 * The reader's files are compiled in here with their allocator replaced.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static long allocations_left = -1; /* -1: no limit */

static void *scarce_realloc(void *old, size_t size)
{
	if (allocations_left == 0)
		return NULL;
	if (allocations_left > 0)
		allocations_left--;
	return realloc(old, size);
}

#define malloc(size) scarce_realloc(NULL, size)
#define realloc(old, size) scarce_realloc(old, size)
#include "../lib/host/ini.c"

#include "../lib/host/ini-read.c"
#include "../lib/host/ini-text.c"

static const char text[] = "[Service]\nModule = ${INI_ONE}\n  two\nModule = again\nfoo\n"
			   "Code = a\n  b\n[Args]\nx = ${INI_NONE}\n[args]\ny = 1\n";

static void each_allocation_may_fail(void **state)
{
	int rc = -AIOT_ENOMEM;
	long n;

	(void)state;
	(void)setenv("INI_ONE", "one", 1);
	(void)unsetenv("INI_NONE");
	for (n = 0; rc == -AIOT_ENOMEM; n++) {
		struct aiot_ini doc;

		allocations_left = n;
		rc = aiot_ini_parse("label", text, sizeof(text) - 1, &doc);
		if (rc == -AIOT_EINVAL)
			assert_int_equal(doc.errors.count, 3);
		aiot_ini_finish(&doc);
	}
	allocations_left = -1;
	assert_int_equal(rc, -AIOT_EINVAL);
	assert_true(n > 20);
}

static void so_may_those_of_reading_a_file(void **state)
{
	(void)state;
	for (long n = 0; n < 2; n++) {
		struct aiot_ini doc;

		allocations_left = n;
		assert_int_equal(aiot_ini_read("/dev/null", &doc), -AIOT_ENOMEM);
		aiot_ini_finish(&doc);
	}
	allocations_left = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(so_may_those_of_reading_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
