/*
 * test-calls-board.c - what boards answer beside the core's commands: Node.Hello and Node.Poll.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-board.h"

static int open_board(void **state)
{
	(void)state;
	fake_board_open();
	return 0;
}

static int close_board(void **state)
{
	(void)state;
	fake_board_close();
	return 0;
}

static void hello_tells_who_it_is_and_gives_a_clock_to_a_board_without_one(void **state)
{
	static const struct aiot_board_crash crash = {"watchdog", "play.service", "play.c", 7, 16,
						      32};

	char answer[256];

	(void)state;
	(void)aiot_format_to(
		answer, sizeof(answer),
		"{\"parameters\":{\"protocol\":1,\"board\":\"fake\",\"version\":\"1.0\",\"boots\":"
		"1,"
		"\"now_us\":1000000000,\"line_max\":%d,\"reset\":\"power-on\"},\"session\":5,"
		"\"id\":1}",
		AIOT_SESSION_LINE_MAX);
	assert_line(
		fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\",\"parameters\":{\"wall_us\":"
			       "1800000000000000},\"session\":5,\"id\":1}"),
		answer);
	assert_int_equal(board.f->wall_ns, 1800000000000000000);
	board.facts.crash = &crash;
	assert_part(fake_board_ask(
			    "{\"method\":\"io.aiotools.Node.Hello\",\"parameters\":{\"wall_us\":1},"
			    "\"session\":5,\"id\":2}"),
		    "\"fault\":{\"what\":\"watchdog\",\"task\":\"play.service\",\"file\":\"play."
		    "c\",\"line\":7,"
		    "\"pc\":16,\"lr\":32}");
	assert_int_equal(board.f->wall_ns, 1800000000000000000);
}

#define POLL(id, change, seq, wait)                                                                \
	"{\"method\":\"io.aiotools.Node.Poll\",\"parameters\":{\"change\":" #change                \
	",\"seq\":" #seq ",\"wait_ms\":" #wait "},\"session\":5,\"id\":" #id "}"

static void poll_waits_for_a_change_a_record_or_the_time(void **state)
{
	(void)state;
	assert_part(fake_board_ask(POLL(1, 99, 1, 1000)), "\"change\":2,\"seq\":1}");
	assert_string_equal(fake_board_ask(POLL(2, 2, 1, 1000)), "");
	fake_board_for(999 * FAKE_MS);
	assert_string_equal(fake_board_sent(), "");
	fake_board_for(2 * FAKE_MS);
	assert_part(fake_board_sent(), "\"change\":2,\"seq\":1}");
	assert_string_equal(fake_board_ask(POLL(3, 2, 1, 60000)), "");
	fake_board_for(5 * FAKE_S);
	assert_int_equal(aiot_core_start(&board.f->core, aiot_core_find(&board.f->core, "count")),
			 0);
	fake_board_turn();
	assert_part(fake_board_sent(), "\"boots\":1,\"change\":4,\"seq\":1}");
	assert_string_equal(fake_board_ask(POLL(4, 4, 1, 60000)), "");
	fake_board_for(9 * FAKE_S);
	assert_string_equal(fake_board_sent(), "");
	fake_board_for(FAKE_S + FAKE_MS); /* no longer than ten seconds */
	assert_part(fake_board_sent(), "\"change\":4,\"seq\":1}");
	assert_string_equal(fake_board_ask(POLL(5, 4, 1, 60000)), "");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "news");
	fake_board_turn();
	assert_part(fake_board_sent(), "\"change\":4,\"seq\":2}");
}

int main(void)
{
#define on_board(test) cmocka_unit_test_setup_teardown(test, open_board, close_board)
	const struct CMUnitTest tests[] = {
		on_board(hello_tells_who_it_is_and_gives_a_clock_to_a_board_without_one),
		on_board(poll_waits_for_a_change_a_record_or_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
