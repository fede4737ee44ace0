/*
 * test-terminal.c - a person at a board's serial line: echo, editing, verbs, text.
 *
 * Built with buffers of several sizes, and with the smallest console (without AIOT_TEXT).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-board.h"

#define PROMPT "fake> "
#if AIOT_TEXT
#define SAID(long, short) long
#define CAT " -o cat"
#else
#define SAID(long, short) short
#define CAT
#endif
#define COUNT_DONE SAID("count: done", "count done") "\r\n" PROMPT
#define LARGE (AIOT_SERIAL_BYTES >= 1024) /* replies */

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

/* ---- a line ---- */

static void nothing_is_sent_before_the_first_byte_and_enter_shows_the_prompt(void **state)
{
	(void)state;
	fake_board_for(FAKE_S);
	assert_string_equal(fake_board_sent(), "");
	assert_string_equal(fake_board_type("\r"), "\r\n" PROMPT);
}

static void a_verb_is_echoed_and_answered_with_text_and_prompt(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("sta"), "sta");
	assert_string_equal(fake_board_type("rt count\r"), "rt count\r\n" COUNT_DONE);
	assert_int_equal(fake_board_runs, 1);
}

static void cr_lf_is_one_line_end_and_lf_is_one_too(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("start count\r\n"), "start count\r\n" COUNT_DONE);
	assert_string_equal(fake_board_type("start count\n"), "start count\r\n" COUNT_DONE);
	assert_string_equal(fake_board_type("\n"), "\r\n" PROMPT);
	assert_int_equal(fake_board_runs, 2);
}

static void lines_that_come_together_are_answered_in_order(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("start count\rstop play\rresult count\r"),
			    "start count\r\n" COUNT_DONE "stop play\r\n");
	fake_board_for(2 * FAKE_S);
	/* Without memory for what is typed ahead, that ends the wait for a slow stop. */
	assert_string_equal(
		fake_board_sent(), SAID("play.service: stopped\r\n", "") PROMPT
		"result count\r\n" SAID("count --> 7", "count done result=7") "\r\n" PROMPT);
}

#define LONG_ANSWER SAID("help", "list -a")
static void text_waits_for_room_in_the_uart_and_comes_whole(void **state)
{
	static char whole[8192];
	unsigned room;

	(void)state;
	(void)aiot_format_to(whole, sizeof(whole), "%s", fake_board_type(LONG_ANSWER "\r"));
	assert_part(whole, SAID("  stats ", "play.service running "));
	assert_part(whole, "\r\n" PROMPT);
	for (room = 16; room < 100; room += 7) { /* the echo has to fit */
		board.room = room;
		assert_string_equal(fake_board_type(LONG_ANSWER "\r"), whole);
	}
}

#if AIOT_TEXT
static void status_is_rendered_as_everywhere(void **state)
{
	(void)state;
	assert_part(fake_board_type("status play\r"), "\xe2\x97\x8f play.service: status: running "
						      "since 2026-11-21 00:35:");
	assert_part(fake_board_type("status --debug play\r"), "Stats: steps: 1\r\n");
	assert_part(fake_board_type("stats play\r"),
		    AIOT_BOARD ? " steps: 1\r\n" : "play.service  steps  1\r\n");
	assert_part(fake_board_type("debug on\r"), "debug mode: on\r\n");
	assert_part(fake_board_type("set play word='a b'\r"), "word = a b, from the next start on");
	assert_part(fake_board_type("log -n 1 -o cat\r"), "set play word\r\n");
	assert_part(fake_board_type("info\r"), "alive:");
}
#else
static void a_row_is_a_line(void **state)
{
	(void)state;
	assert_part(fake_board_type("status play\r"),
		    "\r\nplay.service running ago=0.000s runs=1\r\n" PROMPT);
	assert_part(fake_board_type("stats\r"), "play.service running steps=1\r\n");
	assert_part(fake_board_type("debug on\r"), "debug=true\r\n");
	assert_part(fake_board_type("set play word='a b'\r"),
		    "play.service key=word value=a b effect=start\r\n");
	assert_part(fake_board_type("log -n 1\r"), "s [INFO] [fake] set {\"name\":\"play\",");
}
#endif

/* ---- what is wrong ---- */

static void what_is_wrong_is_said_in_a_sentence(void **state)
{
	static const char *const wrong[][2] = {
		{"start 'a", "error: the line has an open quote"},
		{"start a a a a a a a a a a a a a a a a a a", "error: the line has too many words"},
#if AIOT_TEXT
		{"stat", "error: unknown command 'stat', did you mean 'status'?"},
		{"qqqqqqqqq", "error: unknown command 'qqqqqqqqq'; help shows all"},
		{"start nobody", "no such task: 'nobody'"},
		{"log --lines x", "error: log: "},
		{"restart", "error: restart: a NAME is needed"},
		{"help a b", "error: help takes one command"},
		{"help nothing", "error: unknown command 'nothing'"},
#else
		{"stat", "error: unknown command 'stat'"},
		{"start nobody", "error: no such task: "},
		{"log --lines x", "error: log: "},
		{"restart", "error: restart: "},
#endif
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[128];
		const char *sent;

		(void)aiot_format_to(text, sizeof(text), "%s\r", wrong[i][0]);
		sent = fake_board_type(text);
		assert_part(sent, wrong[i][1]);
		assert_string_equal(sent + strlen(sent) - 8, "\r\n" PROMPT);
	}
}

#if AIOT_HELP
static void help_tells_of_one_verb(void **state)
{
	(void)state;
	assert_part(fake_board_type("help restart\r"), "usage: restart NAME...");
	assert_part(fake_board_type("restart -h\r"), "usage: restart NAME...");
}

#endif

#if !LARGE
static void an_answer_that_does_not_fit_is_an_error(void **state)
{
	(void)state;
	(void)fake_board_type(
		"set play word=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffff\r");
	assert_part(fake_board_type("status --debug play\r"), "the answer does not fit\r\n" PROMPT);
	assert_string_equal(fake_board_type("start count\r"), "start count\r\n" COUNT_DONE);
}
#endif

#if !AIOT_TEXT /* others cut what was typed themselves */
static void a_sentence_that_was_cut_ends_in_dots(void **state)
{
	char text[AIOT_SERIAL_BYTES];
	const char *sent;

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "start %0*d\r", 140, 0);
	sent = fake_board_type(text);
	assert_part(sent, "no such task: ");
	assert_part(sent, "000...\r\n" PROMPT);
}
#endif

/* It was run cut short. */
static void a_line_that_is_too_long_rings_and_is_refused(void **state)
{
	char text[AIOT_SERIAL_BYTES];

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "start count%*s", AIOT_SESSION_LINE_MAX, "");
	assert_part(fake_board_type(text), "  \a\a");
	assert_part(fake_board_type("\r"), "\r\nerror: the line is too long\r\n" PROMPT);
	assert_int_equal(fake_board_runs, 0);
	assert_string_equal(fake_board_type("start count\r"), "start count\r\n" COUNT_DONE);
	/* What was erased behind it makes it what is seen. */
	(void)fake_board_type(text);
	assert_string_equal(fake_board_type("\b"), "\b \b");
	assert_part(fake_board_type("\r"), COUNT_DONE);
	assert_int_equal(fake_board_runs, 2);
}

/* Nothing was seen of it until a line feed came, which Enter does not send. */
static void a_brace_that_was_typed_is_answered_at_enter(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("{"), "");
	assert_part(fake_board_type("}\r"), "\r\nerror: unknown command '{}'");
	assert_string_equal(fake_board_type("start count\r"), "start count\r\n" COUNT_DONE);
	(void)fake_board_type("{");
	fake_board_for(5 * FAKE_S);
	assert_part(fake_board_type("\r"), "\r\nerror: unknown command '{'");
}

/* It is noise there, and a program knows what to do about it. */
static void a_brace_behind_a_programs_request_is_a_programs(void **state)
{
	(void)state;
	(void)fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\",\"session\":5,\"id\":1}");
	assert_part(fake_board_type("{}\rstart count\r"),
		    "{\"error\":\"io.aiotools.InvalidRequest\"");
	assert_int_equal(fake_board_runs, 0);
}

/* ---- editing ---- */

static void backspace_takes_a_character_back_also_one_of_several_bytes(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("start counx\x7ft\r"),
			    "start counx\b \bt\r\n" COUNT_DONE);
	assert_string_equal(fake_board_type("\xc3\xa9\x08\r"), "\xc3\xa9\b \b\r\n" PROMPT);
	assert_string_equal(fake_board_type("\x08\x08"), "");
}

static void ctrl_u_and_ctrl_c_throw_the_line_away(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("stop\x15"), "stop\r\x1b[K" PROMPT);
	assert_string_equal(fake_board_type("\r"), "\r\n" PROMPT);
	assert_string_equal(fake_board_type("stop\x03"), "stop^C\r\n" PROMPT);
	assert_string_equal(fake_board_type("\r"), "\r\n" PROMPT);
	assert_string_equal(fake_board_type("\x15"), "");
	assert_string_equal(fake_states(board.f, "play.service"), "starting running");
}

#if AIOT_TEXT
static void ctrl_d_on_an_empty_line_leaves_no_prompt(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("\x04"), "\r\n");
	assert_string_equal(fake_board_type("a\x04"), "a");
}

static void up_brings_the_last_line_back(void **state)
{
	(void)state;
	(void)fake_board_type("start count\r");
	assert_string_equal(fake_board_type("\x1b[A\r"), "start count\r\n" COUNT_DONE);
	assert_string_equal(fake_board_type("\x1bOA"), "start count");
	assert_string_equal(fake_board_type("\x1b[A"), "");
	assert_string_equal(fake_board_type("x\x7f\r"), "x\b \b\r\n" COUNT_DONE);
	(void)fake_board_type("set play word=\"x y\"\r");
	assert_part(fake_board_type("\x1b[A\r"), "set play word=\"x y\"\r\n");
}

#endif

static void other_keys_of_a_terminal_type_nothing(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("\x1b[B\x1b[C\x1b[3~\x1b[1;5D\t\x01"), "");
	assert_string_equal(fake_board_type("\x1b\r"), "\r\n" PROMPT);
}

static void bytes_that_were_lost_throw_the_line_away(void **state)
{
	(void)state;
	(void)fake_board_type("stop ");
	board.overrun = true;
	assert_string_equal(fake_board_type(""), "\r\x1b[K" PROMPT);
}

/* ---- calls that take time ---- */

#if AIOT_TEXT
static void ctrl_c_ends_the_wait_behind_what_was_typed_ahead(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("stop play\r"), "stop play\r\n");
	assert_string_equal(fake_board_type("li"), "");
	assert_non_null(strstr(fake_board_type("\x03"), "^C\r\n" PROMPT));
}

static void what_is_typed_ahead_is_taken_when_the_call_is_over(void **state)
{
	const char *sent;
	char many[201];

	(void)state;
	assert_string_equal(fake_board_type("stop play\r"), "stop play\r\n");
	assert_string_equal(fake_board_type("is-active play\r"), "");
	fake_board_for(2 * FAKE_S);
	sent = fake_board_sent();
	assert_non_null(strstr(sent, PROMPT "is-active play\r\n"));
	assert_non_null(strstr(strstr(sent, "\r\n" PROMPT) + 1, "\r\n" PROMPT));
	(void)fake_board_type("start play\r");
	fake_board_for(2 * FAKE_S);
	(void)fake_board_type("stop play\r");
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_string_equal(fake_board_type(many), ""); /* a few of them, and nothing else */
	fake_board_for(2 * FAKE_S);
	assert_non_null(strstr(fake_board_sent(), PROMPT "xxxx"));
	assert_non_null(strstr(fake_board_type("\x15"
					       "is-active play\r"),
			       "is-active play\r\n"));
}

#else
static void what_is_typed_ends_the_wait_and_begins_a_line(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("stop play\r"), "stop play\r\n");
	fake_board_for(600 * FAKE_MS);
	assert_string_equal(fake_board_type("result"), PROMPT "result");
	fake_board_for(2 * FAKE_S);
	assert_string_equal(fake_board_sent(), "");
	assert_part(fake_board_type(" play\r"),
		    " play\r\nplay.service stopped result=null\r\n" PROMPT);
}
#endif

static void a_program_is_heard_behind_what_was_typed_ahead(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("stop play\r"), "stop play\r\n");
	fake_board_for(600 * FAKE_MS);
	assert_string_equal(fake_board_type("li"), SAID("", PROMPT "li"));
	assert_non_null(strstr(fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\","
					      "\"session\":7,\"id\":1}"),
			       "\"protocol\":1"));
}

static void ctrl_c_ends_the_wait_and_not_what_was_ordered(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("stop play\r"), "stop play\r\n");
	fake_board_for(600 * FAKE_MS);
	assert_string_equal(fake_board_type("\x03"), SAID("", PROMPT) "^C\r\n" PROMPT);
	fake_board_for(2 * FAKE_S);
	assert_string_equal(fake_board_sent(), "");
	assert_string_equal(fake_states(board.f, "play.service"),
			    "starting running stopping stopped");
}

/* The text at the end of what was sent, which is a line of the log. */
static void assert_line_of_log(const char *text)
{
	const char *sent = fake_board_sent();
	size_t len = strlen(text), sent_len = strlen(sent);

	assert_true(sent_len >= len);
	assert_string_equal(sent + sent_len - len, text);
}

static void follow_shows_what_comes_until_a_key_is_pressed(void **state)
{
	(void)state;
	assert_string_equal(fake_board_type("follow" CAT "\r"), "follow" CAT "\r\n");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "one");
	fake_board_turn();
	assert_line_of_log(SAID("", "s [INFO] [x] ") "one\r\n");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "two");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "three");
	fake_board_turn();
	assert_line_of_log(SAID("two\r\n", "s [INFO] [x] ") "three\r\n");
	assert_string_equal(fake_board_type(SAID("q", "\r")), SAID("", PROMPT "\r\n") PROMPT);
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "four");
	fake_board_turn();
	assert_string_equal(fake_board_sent(), "");
	assert_string_equal(fake_board_type("start count\r"), "start count\r\n" COUNT_DONE);
}

static void the_lf_of_the_line_s_end_ends_no_follow(void **state)
{
	(void)state;
	(void)fake_board_type("follow" CAT "\r\n");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "one");
	fake_board_turn();
	assert_line_of_log("one\r\n");
}

static void a_program_s_request_ends_a_person_s_call(void **state)
{
	(void)state;
	(void)fake_board_type("follow\r");
	assert_part(
		fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\",\"session\":5,\"id\":1}"),
		"{\"parameters\":{\"protocol\":1,");
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "one");
	fake_board_turn();
	assert_string_equal(fake_board_sent(), "");
}

static void the_line_is_a_program_s_for_a_second_behind_its_request(void **state)
{
	(void)state;
	(void)fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\",\"session\":5,\"id\":1}");
	assert_string_equal(fake_board_type("start count\r"), "");
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_type("start count\r"), "" COUNT_DONE);
	assert_int_equal(fake_board_runs, 1);
}

int main(void)
{
#define on_board(test) cmocka_unit_test_setup_teardown(test, open_board, close_board)
	const struct CMUnitTest tests[] = {
		on_board(nothing_is_sent_before_the_first_byte_and_enter_shows_the_prompt),
		on_board(a_verb_is_echoed_and_answered_with_text_and_prompt),
		on_board(cr_lf_is_one_line_end_and_lf_is_one_too),
		on_board(lines_that_come_together_are_answered_in_order),
		on_board(text_waits_for_room_in_the_uart_and_comes_whole),
		on_board(what_is_wrong_is_said_in_a_sentence),
		on_board(a_line_that_is_too_long_rings_and_is_refused),
		on_board(a_brace_that_was_typed_is_answered_at_enter),
		on_board(a_brace_behind_a_programs_request_is_a_programs),
		on_board(backspace_takes_a_character_back_also_one_of_several_bytes),
		on_board(ctrl_u_and_ctrl_c_throw_the_line_away),
		on_board(other_keys_of_a_terminal_type_nothing),
		on_board(bytes_that_were_lost_throw_the_line_away),
		on_board(a_program_is_heard_behind_what_was_typed_ahead),
		on_board(ctrl_c_ends_the_wait_and_not_what_was_ordered),
		on_board(follow_shows_what_comes_until_a_key_is_pressed),
		on_board(the_lf_of_the_line_s_end_ends_no_follow),
		on_board(a_program_s_request_ends_a_person_s_call),
		on_board(the_line_is_a_program_s_for_a_second_behind_its_request),
#if AIOT_TEXT
		on_board(status_is_rendered_as_everywhere),
		on_board(ctrl_d_on_an_empty_line_leaves_no_prompt),
		on_board(up_brings_the_last_line_back),
		on_board(ctrl_c_ends_the_wait_behind_what_was_typed_ahead),
		on_board(what_is_typed_ahead_is_taken_when_the_call_is_over),
#else
		on_board(a_row_is_a_line),
		on_board(a_sentence_that_was_cut_ends_in_dots),
		on_board(what_is_typed_ends_the_wait_and_begins_a_line),
#endif
#if AIOT_HELP
		on_board(help_tells_of_one_verb),
#endif
#if !LARGE
		on_board(an_answer_that_does_not_fit_is_an_error),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
