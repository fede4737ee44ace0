/*
 * test-peek.c - memory that is gone is read without harm.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "peek.h"

/* qemu-user has no such system call; what is not there is then a crash. */
static bool emulated(void)
{
	return getenv("AIOT_EMULATED") != NULL;
}

static void texts_are_copied_up_to_their_end_or_the_room(void **state)
{
	char got[8];

	(void)state;
	aiot_peek_text("hello", got, sizeof(got));
	assert_string_equal(got, "hello");
	aiot_peek_text("hello, world", got, sizeof(got));
	assert_string_equal(got, "hello, ");
}

static void nothing_is_at_null(void **state)
{
	struct aiot_peek_site site;
	char got[8] = "before";

	(void)state;
	assert_int_equal(aiot_peek(NULL, got, 1), -AIOT_EIO);
	aiot_peek_text(NULL, got, sizeof(got));
	assert_string_equal(got, "");
	aiot_peek_site(NULL, &site);
	assert_string_equal(site.file, "");
}

static void a_text_at_the_end_of_what_is_there_is_whole(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char got[100], *two;

	(void)state;
	if (emulated())
		return;
	two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(two != MAP_FAILED);
	memcpy(two + page - 6, "hello", 6);
	assert_int_equal(munmap(two + page, page), 0);
	aiot_peek_text(two + page - 6, got, sizeof(got));
	assert_string_equal(got, "hello");
	two[page - 1] = '!'; /* it goes on where nothing is */
	aiot_peek_text(two + page - 6, got, sizeof(got));
	assert_string_equal(got, "hello!");
	assert_int_equal(munmap(two, page), 0);
	assert_int_equal(aiot_peek(two, got, 1), -AIOT_EIO);
}

static void a_site_is_copied_with_its_texts(void **state)
{
	static const struct aiot_site at = {"fn", "a/file.c", 12};
	struct aiot_peek_site site;

	(void)state;
	aiot_peek_site(&at, &site);
	assert_string_equal(site.function, "fn");
	assert_string_equal(site.file, "a/file.c");
	assert_int_equal(site.line, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_copied_up_to_their_end_or_the_room),
		cmocka_unit_test(nothing_is_at_null),
		cmocka_unit_test(a_text_at_the_end_of_what_is_there_is_whole),
		cmocka_unit_test(a_site_is_copied_with_its_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
