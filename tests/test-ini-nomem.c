/*
 * The INI reader without memory: the n-th allocation fails, for every n, and each time the answer
 * is -AIOT_ENOMEM, nothing leaks and the document can be finished.
 */
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "inifile.h"
#include "mem.h"

static const char text[] = "[Service]\nModule = ${INI_ONE}\n  two\nModule = again\nfoo\n"
			   "Code = a\n  b\n[Args]\nx = ${INI_NONE}\n[args]\ny = 1\n";

static void each_allocation_may_fail(void **state)
{
	int rc = -AIOT_ENOMEM;
	long n;

	(void)state;
	(void)setenv("INI_ONE", "one", 1);
	(void)unsetenv("INI_NONE");
	for (n = 1; rc == -AIOT_ENOMEM; n++) {
		struct aiot_ini doc;

		(void)aiot_mem_fail((unsigned long)n, ULONG_MAX / 2);
		rc = aiot_ini_parse("label", text, sizeof(text) - 1, &doc);
		if (rc == -AIOT_EINVAL)
			assert_int_equal(doc.errors.count, 3);
		aiot_ini_finish(&doc);
	}
	(void)aiot_mem_fail(0, 0);
	assert_int_equal(rc, -AIOT_EINVAL);
	assert_true(n > 20);
}

static void so_may_those_of_reading_a_file(void **state)
{
	(void)state;
	for (unsigned long n = 1; n <= 2; n++) {
		struct aiot_ini doc;

		(void)aiot_mem_fail(n, ULONG_MAX / 2);
		assert_int_equal(aiot_ini_read("/dev/null", &doc), -AIOT_ENOMEM);
		aiot_ini_finish(&doc);
	}
	(void)aiot_mem_fail(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(so_may_those_of_reading_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
