/*
 * test-node-log.c - lib/host/node-log.c: a board's log in ours, each line once and at its time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "node-stage.h"

#define RECORD(seq, mono, time, text)                                                              \
	"{'cursor':'" seq "@00000000','mono_us':" mono ",'time_us':" time                          \
	",'level':'warn','name':'hello','text':'" text "'}"
#define RECORDS(rows) "{'parameters':{'records':[" rows "]}}"

static struct aiot_ring_record last;

/* The n-th record of the board's from the end; false: there is none. */
static bool from_end(unsigned n)
{
	struct aiot_ring_cursor cursor;

	aiot_ring_newest(f->core.ring, &cursor);
	while (aiot_ring_prev(f->core.ring, &cursor, &last)) {
		if (last.name_len > 6 && memcmp(last.name, "board:", 6) == 0 && n-- == 0)
			return true;
	}
	return false;
}

#define assert_text(n, words)                                                                      \
	do {                                                                                       \
		assert_true(from_end(n));                                                          \
		assert_int_equal(last.text_len, strlen(words));                                    \
		assert_memory_equal(last.text, words, last.text_len);                              \
	} while (0)

static void hear_log(const char *text)
{
	static unsigned seq;

	answer("Log.Read", text);
	news(0, ++seq + 100);
	pass(100 * FAKE_MS);
}

static void a_line_has_its_name_level_and_time(void **state)
{
	(void)state;
	connect_node();
	hear_log(RECORDS(RECORD("4", "58000000", "0", "hello there")));
	assert_text(0, "hello there");
	assert_int_equal(last.level, AIOT_WARN);
	assert_memory_equal(last.name, "board:hello", 11);
	assert_int_equal(last.mono_ns, board.began_ns + 58 * FAKE_S);
	assert_int_equal(node->lines, 1);
}

static void reading_goes_on_behind_the_last_line(void **state)
{
	(void)state;
	connect_node();
	assert_string_equal(board.params, ""); /* of all of it, at first */
	hear_log(RECORDS(RECORD("4", "1", "0", "a") "," RECORD("5", "2", "0", "b")));
	hear_log(RECORDS(""));
	assert_string_equal(board.params, "{\"after_cursor\":\"5@00000000\"}");
	assert_int_equal(node->lines, 2);
}

static void lines_that_were_overwritten_are_counted_and_told(void **state)
{
	(void)state;
	connect_node();
	hear_log("{'parameters':{'records':[],'lost':12}}");
	assert_int_equal(node->lost, 12);
	assert_int_equal(fake_logged(f, AIOT_WARN, "lost=12 lines of the board's log"), 1);
}

static void what_no_task_is_called_is_the_boards_own(void **state)
{
	(void)state;
	connect_node();
	hear_log(RECORDS(
		"{'name':'../x\\u001b[2J','text':'t','mono_us':1},"
		"{'name':'0123456789012345678901234567890123456789012345678901234567890123',"
		"'text':'long','mono_us':2}"));
	assert_text(1, "t");
	assert_memory_equal(last.name, "board:board", 11);
	assert_text(0, "long");
	assert_int_equal(last.name_len, AIOT_RING_NAME_MAX);
	assert_int_equal(last.level, AIOT_INFO);
}

static void lines_above_the_log_level_are_not_kept(void **state)
{
	(void)state;
	connect_node();
	f->core.log_level = AIOT_ERROR;
	hear_log(RECORDS(RECORD("4", "1", "0", "a")));
	assert_false(from_end(0));
}

static void lines_of_the_run_before_a_reset_have_their_wall_time(void **state)
{
	char text[512];
	int64_t wall_us;

	(void)state;
	connect_node();
	hear_log(RECORDS(RECORD("1", "59000000", "0", "a")));
	wall_us = f->wall_ns / 1000 - 3000000;
	(void)aiot_format_to(
		text, sizeof(text),
		RECORDS(RECORD("2", "63000000", "%lld", "unread") "," RECORD(
			"3", "64000000", "0", "clockless") "," RECORD("4", "7000", "0", "anew")),
		(long long)wall_us);
	board.boots++;
	board.began_ns = f->mono_ns;
	answer("Log.Read", text);
	news(1, 9);
	pass(100 * FAKE_MS);
	assert_text(2, "unread");
	assert_true(last.wall_ns / 1000 - wall_us < 200000 && last.wall_ns / 1000 >= wall_us);
	assert_text(1, "clockless"); /* no later than the reset */
	assert_true(last.mono_ns >= board.began_ns && last.mono_ns < board.began_ns + FAKE_MS);
	assert_text(0, "anew");
	assert_true(last.mono_ns >= board.began_ns + 7 * FAKE_MS);
}

static void a_line_from_before_this_system_began_has_its_time(void **state)
{
	(void)state;
	board.began_ns = f->mono_ns - 5000 * FAKE_S; /* which runs for 1000 s */
	connect_node();
	hear_log(RECORDS(RECORD("1", "1000000", "0", "old")));
	assert_text(0, "old");
	assert_true(f->wall_ns - last.wall_ns > (int64_t)(4990 * FAKE_S));
	assert_true(f->wall_ns - last.wall_ns < (int64_t)(5010 * FAKE_S));
}

static void the_next_run_of_the_program_knows_where_this_one_ended(void **state)
{
	char dir[] = "/tmp/test-node-log-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	stage_host.runtime_dir = dir;
	(void)aiot_format_to(path, sizeof(path), "%s/node-board", dir);
	connect_node();
	hear_log(RECORDS(RECORD("77", "1", "0", "a")));
	memset(node->cursor, 0, sizeof(node->cursor));
	node->boots = 0;
	aiot_node_cursor_load(node);
	assert_string_equal(node->cursor, "77@00000000");
	assert_int_equal(node->boots, 1);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	stage_host.runtime_dir = NULL;
}

static void a_torn_file_is_as_good_as_none(void **state)
{
	static const char *const texts[] = {
		"",
		"7",
		"x y\n",
		"7 77@0",
		"7\n",
		"4294967296999 1@0\n",
		("1 0123456789012345678901234567890123456789012345678\n"),
	};
	char dir[] = "/tmp/test-node-log-XXXXXX", path[64];
	unsigned i;

	(void)state;
	assert_non_null(mkdtemp(dir));
	stage_host.runtime_dir = dir;
	(void)aiot_format_to(path, sizeof(path), "%s/node-board", dir);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		assert_true(fputs(texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		aiot_node_cursor_load(node);
		assert_string_equal(node->cursor, "");
		assert_int_equal(node->boots, 0);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	stage_host.runtime_dir = NULL;
}

static void a_time_that_cannot_be_is_the_boards_beginning(void **state)
{
	(void)state;
	connect_node();
	hear_log(RECORDS(RECORD("4", "18446744073709551615", "0", "a")));
	assert_text(0, "a");
	assert_int_equal(last.mono_ns, board.began_ns);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(a_line_has_its_name_level_and_time),
		S(reading_goes_on_behind_the_last_line),
		S(lines_that_were_overwritten_are_counted_and_told),
		S(what_no_task_is_called_is_the_boards_own),
		S(lines_above_the_log_level_are_not_kept),
		S(lines_of_the_run_before_a_reset_have_their_wall_time),
		S(a_line_from_before_this_system_began_has_its_time),
		S(the_next_run_of_the_program_knows_where_this_one_ended),
		S(a_torn_file_is_as_good_as_none),
		S(a_time_that_cannot_be_is_the_boards_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
