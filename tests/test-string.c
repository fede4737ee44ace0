/*
 * test-string.c - lib/mcu/string.c against the C library's own, at every alignment and length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* The same names under others. */
#define memchr board_memchr
#define memcmp board_memcmp
#define memcpy board_memcpy
#define memmove board_memmove
#define memset board_memset
#define strchr board_strchr
#define strcmp board_strcmp
#define strcspn board_strcspn
#define strlen board_strlen
#define strncmp board_strncmp
#define strspn board_strspn
#undef AIOT_MCU_STRING_H
#include "../lib/mcu/include/string.h"

#include "../lib/mcu/string.c"
#undef memchr
#undef memcmp
#undef memcpy
#undef memmove
#undef memset
#undef strchr
#undef strcmp
#undef strcspn
#undef strlen
#undef strncmp
#undef strspn

#define SIZE 64

static unsigned char have[SIZE], want[SIZE];

static void fill(void)
{
	unsigned i;

	for (i = 0; i < SIZE; i++)
		have[i] = want[i] = (unsigned char)(i * 7 + 1);
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void memory_is_copied_moved_and_set_as_by_the_library(void **state)
{
	size_t to, from, n;

	(void)state;
	for (to = 0; to < 12; to++) {
		for (from = 0; from < 12; from++) {
			for (n = 0; n < 24; n++) {
				fill();
				assert_ptr_equal(board_memmove(have + to, have + from, n),
						 have + to);
				memmove(want + to, want + from, n);
				assert_memory_equal(have, want, SIZE);
				fill();
				assert_ptr_equal(board_memcpy(have + to, have + 36 + from % 4, n),
						 have + to);
				memcpy(want + to, want + 36 + from % 4, n);
				assert_memory_equal(have, want, SIZE);
				fill();
				assert_ptr_equal(board_memset(have + to, (int)(from * 30), n),
						 have + to);
				memset(want + to, (int)(from * 30), n);
				assert_memory_equal(have, want, SIZE);
			}
		}
	}
}

static void memory_is_compared_and_searched_as_by_the_library(void **state)
{
	size_t n, at;

	(void)state;
	for (n = 0; n < 16; n++) {
		for (at = 0; at < 16; at++) {
			fill();
			have[at] = 0xff;
			assert_int_equal(sign(board_memcmp(have, want, n)),
					 sign(memcmp(have, want, n)));
			assert_int_equal(sign(board_memcmp(want, have, n)),
					 sign(memcmp(want, have, n)));
			assert_ptr_equal(board_memchr(have, 0xff, n), memchr(have, 0xff, n));
			assert_ptr_equal(board_memchr(have, 0x1ff, n), memchr(have, 0x1ff, n));
		}
	}
}

static void texts_are_read_as_by_the_library(void **state)
{
	static const char *const texts[] = {"",	    "a",     "b",   "ab",    "abc", "abd",
					    "\xff", "a\xff", "aab", "cabba", "xyz", "ABC"};
	size_t count = sizeof(texts) / sizeof(texts[0]), i, k, n;

	(void)state;
	for (i = 0; i < count; i++) {
		const char *a = texts[i];

		assert_int_equal(board_strlen(a), strlen(a));
		assert_ptr_equal(board_strchr(a, 'b'), strchr(a, 'b'));
		assert_ptr_equal(board_strchr(a, '\0'), strchr(a, '\0'));
		assert_ptr_equal(board_strchr(a, 0xff), strchr(a, 0xff));
		for (k = 0; k < count; k++) {
			const char *b = texts[k];

			assert_int_equal(sign(board_strcmp(a, b)), sign(strcmp(a, b)));
			assert_int_equal(board_strspn(a, b), strspn(a, b));
			assert_int_equal(board_strcspn(a, b), strcspn(a, b));
			for (n = 0; n < 5; n++)
				assert_int_equal(sign(board_strncmp(a, b, n)),
						 sign(strncmp(a, b, n)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_copied_moved_and_set_as_by_the_library),
		cmocka_unit_test(memory_is_compared_and_searched_as_by_the_library),
		cmocka_unit_test(texts_are_read_as_by_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
