/*
 * test-fdwatch.c - a number of open files that grows is told from one that goes up and down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fdwatch.h"

#define LIMIT 1024

static enum aiot_fd_verdict after(struct aiot_fdwatch *w, const uint32_t *samples, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		aiot_fdwatch_add(w, samples[i]);
	return aiot_fdwatch_verdict(w, samples[count - 1], LIMIT);
}

static void a_leak_is_seen_within_a_quarter_of_an_hour(void **state)
{
	struct aiot_fdwatch w = {{0}};
	uint32_t open = 20, minute;

	(void)state;
	for (minute = 1; minute < AIOT_FDWATCH_SAMPLES; minute++) {
		aiot_fdwatch_add(&w, open++);
		assert_int_equal(aiot_fdwatch_verdict(&w, open, LIMIT), AIOT_FD_FINE);
	}
	aiot_fdwatch_add(&w, open);
	assert_int_equal(aiot_fdwatch_verdict(&w, open, LIMIT), AIOT_FD_GROWING);
	assert_int_equal(w.growth, 10);
	for (minute = 0; minute < 2 * AIOT_FDWATCH_SAMPLES; minute++)
		aiot_fdwatch_add(&w, open);
	assert_int_equal(aiot_fdwatch_verdict(&w, open, LIMIT), AIOT_FD_FINE);
}

static void what_comes_and_goes_is_no_leak(void **state)
{
	static const uint32_t steps[] = {20, 20, 20, 20, 20, 30, 30, 30, 30, 30,
					 30, 30, 30, 30, 30, 30, 30, 30, 30, 30};
	struct aiot_fdwatch w = {{0}};
	uint32_t saw[60], i;

	(void)state;
	for (i = 0; i < 60; i++)
		saw[i] = 20 + i % 5 * 40 + i / 20; /* grows, and falls back nearly as often */
	assert_int_equal(after(&w, saw, 60), AIOT_FD_FINE);
	w = (struct aiot_fdwatch){{0}};
	assert_int_equal(after(&w, steps, 20), AIOT_FD_FINE);
}

static void a_few_more_are_no_leak_yet(void **state)
{
	static const uint32_t few[] = {20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22};
	struct aiot_fdwatch w = {{0}};

	(void)state;
	assert_int_equal(after(&w, few, 15), AIOT_FD_FINE);
}

static void three_quarters_of_what_is_allowed_are_many(void **state)
{
	struct aiot_fdwatch w = {{0}};

	(void)state;
	assert_int_equal(aiot_fdwatch_verdict(&w, 768, 1024), AIOT_FD_FINE);
	assert_int_equal(aiot_fdwatch_verdict(&w, 769, 1024), AIOT_FD_MANY);
}

static void open_files_are_counted(void **state)
{
	uint32_t before, with, limit;
	int fd;

	(void)state;
	assert_int_equal(aiot_fd_count(&before, &limit), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(aiot_fd_count(&with, &limit), 0);
	(void)close(fd);
	assert_int_equal(with, before + 1);
	assert_true(limit >= with);
}

/* That they are counted takes one, too. */
static void files_that_are_all_taken_are_counted(void **state)
{
	struct rlimit before, none;
	uint32_t open, limit;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(aiot_fd_count(&open, &limit), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(open, 3);
	assert_int_equal(limit, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_leak_is_seen_within_a_quarter_of_an_hour),
		cmocka_unit_test(what_comes_and_goes_is_no_leak),
		cmocka_unit_test(a_few_more_are_no_leak_yet),
		cmocka_unit_test(three_quarters_of_what_is_allowed_are_many),
		cmocka_unit_test(open_files_are_counted),
		cmocka_unit_test(files_that_are_all_taken_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
