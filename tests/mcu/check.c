/*
 * check.c - see include/cmocka.h: runs groups of tests, and judges assertions.
 *
 * A test that fails is left by a jump; what it had allocated stays allocated.  The last line counts
 * as tools/count-tests reads it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "shim.h"

#define LINE_MAX 400

static void *jump[5]; /* to the group's loop; what the compiler's __builtin_setjmp fills */
static int failing;

/* ---- running ---- */

static void run_one(const struct CMUnitTest *test, void **state)
{
	if (test->setup != NULL && test->setup(state) != 0)
		shim_fail(test->name, 0, "its set-up failed");
	test->test(state);
}

/* Not inlined: what is kept in registers over the jump would be lost. */
__attribute__((noinline)) static void guarded(const struct CMUnitTest *test, void **state,
					      void (*run)(const struct CMUnitTest *test,
							  void **state))
{
	if (__builtin_setjmp(jump) == 0)
		run(test, state);
}

static void tear_down(const struct CMUnitTest *test, void **state)
{
	if (test->teardown != NULL && test->teardown(state) != 0)
		shim_fail(test->name, 0, "its tear-down failed");
}

void shim_say(const char *fmt, ...)
{
	char text[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	shim_write(text);
}

_Noreturn int shim_run(const struct CMUnitTest *tests, size_t count, int (*setup)(void **state),
		       int (*teardown)(void **state))
{
	static void *group; /* what the group's set-up made */
	unsigned failed = 0;
	size_t i;

	if (setup != NULL && setup(&group) != 0) {
		shim_say("the group's set-up failed\n0 passed, %u failed\n", (unsigned)count);
		shim_exit(1);
	}
	for (i = 0; i < count; i++) {
		void *state = group;

		failing = 0;
		shim_running = tests[i].name;
		guarded(&tests[i], &state, run_one);
		guarded(&tests[i], &state, tear_down);
		shim_running = NULL;
		if (failing)
			shim_say("%s: FAILED\n", tests[i].name);
		failed += failing ? 1 : 0;
	}
	if (teardown != NULL && teardown(&group) != 0) {
		shim_say("the group's tear-down failed\n");
		failed++;
	}
	if (failed == 0 && shim_blocks() > 0) {
		shim_say("%u blocks of memory were never freed\n", (unsigned)shim_blocks());
		failed++;
	}
	shim_say("%u passed, %u failed\n", (unsigned)count > failed ? (unsigned)count - failed : 0u,
		 failed);
	shim_exit(failed == 0 ? 0 : 1);
}

/* ---- judging ---- */

/* Not inlined: a jump must come from another function than the one it goes to. */
__attribute__((noinline)) static _Noreturn void leave_test(void)
{
	failing = 1;
	__builtin_longjmp(jump, 1);
}

_Noreturn void shim_fail(const char *file, unsigned line, const char *fmt, ...)
{
	char text[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	shim_say("%s:%u: %s\n", file, line, text);
	leave_test();
}

/* Tests are skipped on machines that lack something; a board lacks nothing that they may ask for.
 */
_Noreturn void shim_skip(void)
{
	shim_say("%s: skipped\n", shim_running);
	leave_test();
}

void shim_check_true(int holds, const char *what, const char *file, unsigned line)
{
	if (!holds)
		shim_fail(file, line, "%s", what);
}

void shim_check_equal(uintmax_t a, uintmax_t b, const char *what, const char *file, unsigned line)
{
	if (a != b)
		shim_fail(file, line, "%s: %lld (0x%llx) and %lld (0x%llx)", what, (long long)a,
			  (unsigned long long)a, (long long)b, (unsigned long long)b);
}

void shim_check_range(uintmax_t n, uintmax_t low, uintmax_t high, const char *what,
		      const char *file, unsigned line)
{
	if (n < low || n > high)
		shim_fail(file, line, "%s: %llu is not within %llu to %llu", what,
			  (unsigned long long)n, (unsigned long long)low, (unsigned long long)high);
}

void shim_check_text(const char *a, const char *b, int same, const char *what, const char *file,
		     unsigned line)
{
	if ((strcmp(a, b) == 0) != same)
		shim_fail(file, line, "%s: \"%.120s\" and \"%.120s\"", what, a, b);
}

void shim_check_memory(const void *a, const void *b, size_t size, const char *what,
		       const char *file, unsigned line)
{
	const unsigned char *x = a, *y = b;
	size_t i = 0;

	while (i < size && x[i] == y[i])
		i++;
	if (i < size)
		shim_fail(file, line, "%s: byte %u is 0x%02x and 0x%02x", what, (unsigned)i, x[i],
			  y[i]);
}
