/*
 * cmocka.h - the part of cmocka's interface that the core's tests use, for boards.
 *
 * The tests include it as they include cmocka's own on a host, and need no change; check.c
 * implements it.  An assertion that fails prints where and what, and ends its test: the tear-down
 * runs, then the next test.
 */
#ifndef AIOT_TESTS_MCU_CMOCKA_H
#define AIOT_TESTS_MCU_CMOCKA_H

#include <stddef.h>
#include <stdint.h>

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
	int (*setup)(void **state);
	int (*teardown)(void **state);
};

#define cmocka_unit_test(f)                                                                        \
	{                                                                                          \
#f, f, NULL, NULL                                                                  \
	}
#define cmocka_unit_test_setup(f, setup)                                                           \
	{                                                                                          \
#f, f, setup, NULL                                                                 \
	}
#define cmocka_unit_test_setup_teardown(f, setup, teardown)                                        \
	{                                                                                          \
#f, f, setup, teardown                                                             \
	}

/* Does not return: there is nobody to return to. */
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	shim_run((tests), sizeof(tests) / sizeof((tests)[0]), (setup), (teardown))

#define assert_true(c) shim_check_true((c) ? 1 : 0, #c, __FILE__, __LINE__)
#define assert_false(c) shim_check_true((c) ? 0 : 1, "!(" #c ")", __FILE__, __LINE__)
#define assert_null(p) shim_check_true((p) == NULL, #p " == NULL", __FILE__, __LINE__)
#define assert_non_null(p) shim_check_true((p) != NULL, #p " != NULL", __FILE__, __LINE__)
#define assert_ptr_equal(a, b)                                                                     \
	shim_check_equal((uintptr_t)(a), (uintptr_t)(b), #a " == " #b, __FILE__, __LINE__)
#define assert_int_equal(a, b)                                                                     \
	shim_check_equal((uintmax_t)(a), (uintmax_t)(b), #a " == " #b, __FILE__, __LINE__)
#define assert_in_range(n, low, high)                                                              \
	shim_check_range((uintmax_t)(n), (uintmax_t)(low), (uintmax_t)(high), #n, __FILE__,        \
			 __LINE__)
#define assert_string_equal(a, b) shim_check_text((a), (b), 1, #a " == " #b, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) shim_check_text((a), (b), 0, #a " != " #b, __FILE__, __LINE__)
#define assert_memory_equal(a, b, size)                                                            \
	shim_check_memory((a), (b), (size), #a " == " #b, __FILE__, __LINE__)
#define fail() shim_fail(__FILE__, __LINE__, "fail()")
#define fail_msg(...) shim_fail(__FILE__, __LINE__, __VA_ARGS__)
#define skip() shim_skip()
#define print_error(...) shim_say(__VA_ARGS__)

_Noreturn int shim_run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **state),
		       int (*teardown)(void **state));
void shim_check_true(int holds, const char *what, const char *file, unsigned line);
void shim_check_equal(uintmax_t a, uintmax_t b, const char *what, const char *file, unsigned line);
void shim_check_range(uintmax_t n, uintmax_t low, uintmax_t high, const char *what,
		      const char *file, unsigned line);
void shim_check_text(const char *a, const char *b, int same, const char *what, const char *file,
		     unsigned line);
void shim_check_memory(const void *a, const void *b, size_t size, const char *what,
		       const char *file, unsigned line);
_Noreturn void shim_fail(const char *file, unsigned line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void shim_skip(void);
void shim_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
