/*
 * test-node-talk.c - lib/host/node-talk.c: what is asked when, and how long an answer is waited
 * for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node-stage.h"

static void a_board_is_greeted_read_and_polled(void **state)
{
	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(100 * FAKE_MS);
	assert_asked("Node.Hello Task.Status Log.Read Node.Poll ");
	assert_state("board.service", "running");
	assert_state("board:hello", "running");
	assert_false(node->away);
}

static void nothing_is_read_while_there_is_no_news(void **state)
{
	(void)state;
	connect_node();
	pass(2 * FAKE_S);
	/* It is asked whether it is still at it, by the very same line. */
	assert_true(board.lines >= 7 && board.lines <= 9);
	assert_int_equal(node->serial.requests, 4);
}

static void news_of_tasks_and_of_the_log_are_read_apart(void **state)
{
	(void)state;
	connect_node();
	news(0, 0);
	pass(50 * FAKE_MS);
	assert_asked("Node.Poll ");
	board.asked[0] = '\0';
	news(1, 0);
	pass(50 * FAKE_MS);
	assert_asked("Task.Status Node.Poll ");
	board.asked[0] = '\0';
	news(1, 5);
	pass(50 * FAKE_MS);
	assert_asked("Log.Read Node.Poll ");
}

static void figures_are_read_anew_now_and_then(void **state)
{
	(void)state;
	node->refresh_ms = 10000;
	connect_node();
	pass(10 * FAKE_S);
	board.asked[0] = '\0';
	news(0, 0);
	pass(50 * FAKE_MS);
	assert_asked("Task.Status Node.Poll Node.Poll "); /* one for the clock */
}

static void an_order_takes_the_place_of_a_poll(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", "{'parameters':{'failed':[],'done':[{'name':'hello'}]}}");
	answer("Task.Status", TASKS(ROW("hello", "stopped") "," ROW("world", "done")));
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	assert_state("board:hello", "stopping");
	pass(50 * FAKE_MS);
	assert_asked("Task.Stop Task.Status Node.Poll ");
	assert_state("board:hello", "stopped");
}

static void who_always_has_news_is_not_asked_all_the_time(void **state)
{
	unsigned i;

	(void)state;
	connect_node();
	for (i = 0; i < 200; i++) {
		pass(FAKE_MS);
		if (board.poll_mark[0] != '\0')
			news(i + 1, 0);
	}
	assert_true(node->serial.requests < 30);
}

static void a_stop_that_takes_long_does_not_hold_up_the_rest(void **state)
{
	uint64_t began;

	(void)state;
	connect_node();
	answer("Task.Stop", BUSY);
	answer("Task.Status", TASKS(ROW("hello", "stopping") "," ROW("world", "done")));
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(FAKE_MS);
	began = f->mono_ns;
	while (board.poll_mark[0] == '\0' && f->mono_ns - began < 10 * FAKE_S)
		pass(10 * FAKE_MS);
	assert_true(f->mono_ns - began < 3 * FAKE_S);
	assert_state("board:hello", "stopping");
	answer("Task.Status", TASKS(ROW("hello", "stopped") "," ROW("world", "done")));
	pass(100 * FAKE_MS);
	news(7, 0);
	pass(100 * FAKE_MS);
	assert_state("board:hello", "stopped");
}

/* Of its tasks and log, which it can tell at once; so it hung up all orders behind that for good.
 */
static void a_board_that_is_busy_without_end_still_gets_orders(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", "{'parameters':{'failed':[],'done':[{'name':'hello'}]}}");
	answer("Task.Status", BUSY);
	news(1, 0);
	pass(50 * FAKE_MS);
	board.asked[0] = '\0';
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(9 * FAKE_S);
	assert_asked("");
	pass(11 * FAKE_S);
	assert_asked("Node.Hello Task.Stop Task.Status ");
	pass(30 * FAKE_S);
	assert_int_equal(fake_logged(f, AIOT_WARN, "the board does not tell its tasks"), 1);
	answer("Task.Status", TASKS(ROW("hello", "stopped") "," ROW("world", "done")));
	news(2, 0);
	pass(11 * FAKE_S);
	assert_state("board:hello", "stopped");
}

static void a_device_that_is_not_there_is_looked_for_each_second(void **state)
{
	(void)state;
	board.there = false;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(5 * FAKE_S + 500 * FAKE_MS);
	assert_state("board.service", "restarting");
	assert_int_equal(fake_logged(f, AIOT_WARN, "not reachable: cannot open /dev/board"), 1);
	assert_true(node->task->entry.runs == 1);
	assert_int_equal(board.lines, 0);
	board.there = true;
	pass(FAKE_S + 100 * FAKE_MS);
	assert_state("board.service", "running");
	assert_state("board:hello", "running");
}

static void a_line_that_hangs_up_is_opened_again(void **state)
{
	(void)state;
	connect_node();
	board.gone = true;
	board_say("x", 1);
	pass(10 * FAKE_MS);
	assert_true(node->away);
	assert_string_equal(node->why, "its device is gone");
	assert_state("board:hello", "running");
	board.gone = false;
	pass(FAKE_S + 100 * FAKE_MS);
	assert_false(node->away);
	assert_int_equal(node->connects, 2);
}

static void each_line_has_a_session_of_its_own(void **state)
{
	uint32_t first;

	(void)state;
	connect_node();
	first = node->serial.o.session;
	board.gone = true;
	board_say("x", 1);
	pass(10 * FAKE_MS);
	board.gone = false;
	pass(FAKE_S + 100 * FAKE_MS);
	assert_true(node->serial.o.session != first && node->serial.o.session != 0);
	assert_true(node->requests >= 8); /* those of both */
}

static void a_line_with_little_room_gets_its_requests_in_pieces(void **state)
{
	(void)state;
	board.room = 7;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(200 * FAKE_MS);
	assert_state("board:hello", "running");
	assert_int_equal(node->serial.retries, 0);
}

static void a_flood_of_noise_is_taken_in_turns(void **state)
{
	static char noise[60000];

	(void)state;
	connect_node();
	memset(noise, '{', sizeof(noise));
	board_say(noise, sizeof(noise));
	fake_run(f);
	assert_true(board.in_len > 0); /* not all of it at once */
	news(1, 0);
	pass(3 * FAKE_S);
	assert_false(node->away);
	assert_state("board:hello", "running");
}

static void a_stopped_node_asks_nothing_and_keeps_what_it_was_told(void **state)
{
	(void)state;
	connect_node();
	assert_int_equal(aiot_core_stop(&f->core, &node->task->entry, false), 0);
	pass(FAKE_S);
	assert_state("board.service", "stopped");
	assert_state("board:hello", "running");
	assert_null(node->line);
	assert_true(node->away);
	assert_asked("");
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(100 * FAKE_MS);
	assert_false(node->away);
}

/* It writes faster than the line takes. */
static void a_log_without_end_does_not_hide_what_becomes_of_tasks(void **state)
{
	static const char page[] = "{'parameters':{'records':[{'name':'hello','text':'x',"
				   "'mono_us':1,'cursor':'1@1'}]},'continues':true}";

	(void)state;
	connect_node();
	answer("Log.Read", page);
	answer("Next", page);
	news(0, 7);
	pass(FAKE_S);
	answer("Task.Status", TASKS(ROW("hello", "failed") "," ROW("world", "done")));
	board.asked[0] = '\0';
	pass(5 * FAKE_S);
	assert_non_null(strstr(board.asked, "Node.Poll"));
	assert_non_null(strstr(board.asked, "Log.Read"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(a_board_is_greeted_read_and_polled),
		S(nothing_is_read_while_there_is_no_news),
		S(news_of_tasks_and_of_the_log_are_read_apart),
		S(figures_are_read_anew_now_and_then),
		S(an_order_takes_the_place_of_a_poll),
		S(who_always_has_news_is_not_asked_all_the_time),
		S(a_stop_that_takes_long_does_not_hold_up_the_rest),
		S(a_board_that_is_busy_without_end_still_gets_orders),
		S(a_device_that_is_not_there_is_looked_for_each_second),
		S(a_line_that_hangs_up_is_opened_again),
		S(each_line_has_a_session_of_its_own),
		S(a_line_with_little_room_gets_its_requests_in_pieces),
		S(a_flood_of_noise_is_taken_in_turns),
		S(a_stopped_node_asks_nothing_and_keeps_what_it_was_told),
		S(a_log_without_end_does_not_hide_what_becomes_of_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
