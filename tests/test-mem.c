/*
 * test-mem.c - the host's heap, and how it runs out for tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aiotools.h"
#include "mem.h"
#include "out.h"

static int let_all_pass(void **state)
{
	(void)state;
	(void)aiot_mem_fail(0, 0);
	return 0;
}

static void the_nth_request_and_those_behind_it_fail(void **state)
{
	void *block;

	(void)state;
	(void)aiot_mem_fail(2, 2);
	block = aiot_mem_alloc(8);
	assert_non_null(block);
	assert_null(aiot_mem_realloc(block, 16));
	assert_null(aiot_mem_strdup("text"));
	block = aiot_mem_realloc(block, 16); /* what failed left it alone */
	assert_non_null(block);
	aiot_mem_free(block);
	aiot_mem_free(NULL);
	assert_int_equal(aiot_mem_fail(1, 1), 4);
	assert_null(aiot_mem_zalloc(8));
	assert_int_equal(aiot_mem_fail(0, 0), 1);
}

static void what_was_used_before_is_zero_again(void **state)
{
	static const size_t sizes[] = {1, 24, 1024, 1025, 70000};
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *block = aiot_mem_alloc(sizes[i]);

		assert_non_null(block);
		memset(block, 0xa5, sizes[i]);
		aiot_mem_free(block);
		block = aiot_mem_zalloc(sizes[i]);
		assert_non_null(block);
		for (at = 0; at < sizes[i]; at++)
			assert_int_equal(block[at], 0);
		aiot_mem_free(block);
	}
}

static void a_text_grows_until_there_is_no_memory(void **state)
{
	struct aiot_out out = {.grow = aiot_mem_grow};
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		aiot_out_text(&out, "0123456789");
	assert_int_equal(out.error, 0);
	assert_int_equal(out.len, 10000);
	copy = aiot_mem_strdup(aiot_out_str(&out));
	assert_non_null(copy);
	assert_int_equal(strlen(copy), 10000);
	assert_int_equal(strspn(copy, "0123456789"), 10000);
	(void)aiot_mem_fail(1, 1000);
	for (i = 0; i < 10000 && out.error == 0; i++)
		aiot_out_text(&out, "0123456789");
	assert_int_equal(out.error, -AIOT_ENOMEM);
	assert_memory_equal(out.buf, copy, 10000);
	aiot_mem_free(copy);
	aiot_mem_free(out.buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_nth_request_and_those_behind_it_fail, let_all_pass),
		cmocka_unit_test(what_was_used_before_is_zero_again),
		cmocka_unit_test_teardown(a_text_grows_until_there_is_no_memory, let_all_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
