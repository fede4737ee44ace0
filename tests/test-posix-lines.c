/*
 * test-posix-lines.c - what a process writes, cut into lines of the log.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aiotools-posix.h"
#include "host-stage.h"
#include "posix.h"

struct writes {
	uint32_t unused;
};

static enum aiot_co writes(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct writes, self);
	self->unused = 0;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
AIOT_SERVICE(writes, struct writes, .main = writes);

static struct aiot_posix_lines lines;

static struct aiot_task *begin(void)
{
	assert_int_equal(aiot_host_add_task(host, &aiot_service_writes, NULL, "w", NULL, NULL), 0);
	settle();
	lines = (struct aiot_posix_lines){.level = AIOT_WARN};
	return aiot_task_of(aiot_core_find(&host->core, "w"));
}

static void pieces_are_one_line(void **state)
{
	struct aiot_task *t = begin();

	(void)state;
	aiot_posix_lines_add(&lines, t, "one pie", 7);
	assert_int_equal(logged("one"), 0);
	aiot_posix_lines_add(&lines, t, "ce\r\n\ntwo\nthr", 12);
	assert_int_equal(logged("one piece"), 1);
	assert_int_equal(logged("two"), 1);
	assert_int_equal(logged("thr"), 0);
	aiot_posix_lines_end(&lines, t);
	aiot_posix_lines_end(&lines, t);
	assert_int_equal(logged("thr"), 1);
}

static void a_line_without_end_is_told_in_pieces(void **state)
{
	struct aiot_task *t = begin();
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(lines.line); i++)
		aiot_posix_lines_add(&lines, t, "x", 1);
	assert_int_equal(logged("xxx"), 0);
	aiot_posix_lines_add(&lines, t, "y\n", 2);
	assert_int_equal(logged("xxx"), 1);
	assert_int_equal(logged("y"), 1);
}

static void without_a_task_nobody_is_told(void **state)
{
	(void)begin();
	(void)state;
	aiot_posix_lines_add(&lines, NULL, "lost\nand gone", 13);
	aiot_posix_lines_end(&lines, NULL);
	assert_int_equal(lines.len, 0);
	assert_int_equal(logged("lost") + logged("gone"), 0);
}

static void a_buffer_keeps_what_fits_and_counts_the_rest(void **state)
{
	struct aiot_process p = {0};
	char out[8];

	(void)state;
	aiot_posix_buffer_add(&p, "no buffer", 9);
	assert_int_equal(p.out_lost, 9);
	p = (struct aiot_process){.out = out, .out_size = sizeof(out)};
	aiot_posix_buffer_add(&p, "five!", 5);
	assert_string_equal(out, "five!");
	aiot_posix_buffer_add(&p, "and four", 8);
	assert_string_equal(out, "five!an");
	assert_int_equal(p.out_len, 7);
	assert_int_equal(p.out_lost, 6);
}

#define L(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		L(pieces_are_one_line),
		L(a_line_without_end_is_told_in_pieces),
		L(without_a_task_nobody_is_told),
		cmocka_unit_test(a_buffer_keeps_what_fits_and_counts_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
