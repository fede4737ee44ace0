/*
 * test-session.c - a board's answers to a program: requests, pages, repeats, and what is none.
 *
 * Built with buffers of several sizes, and with the smallest console (without AIOT_TEXT).  What has
 * no room in them is test-session-room.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake-board.h"
#include "session-lines.h"
#include "wire.h"

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

/* A request's line without a Ctrl-U, with another end. */
static const char *ask_without_ctrl_u(const char *object, const char *end)
{
	char text[512];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, object);
	aiot_wire_end(&out, 0);
	out.len--;
	aiot_out_text(&out, end);
	return fake_board_type(aiot_out_str(&out));
}

/* ---- requests and repeats ---- */

static void a_request_is_answered_with_its_session_and_id(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_int_equal(fake_board_runs, 1);
}

static void the_same_request_again_runs_nothing_and_gets_the_same_reply(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_int_equal(fake_board_runs, 1);
	assert_line(fake_board_ask(COUNT_STARTS(2)), COUNTED(2));
	assert_int_equal(fake_board_runs, 2);
}

static void an_older_request_of_the_session_is_ignored(void **state)
{
	(void)state;
	(void)fake_board_ask(COUNT_STARTS(1));
	(void)fake_board_ask(COUNT_STARTS(7));
	assert_string_equal(fake_board_ask(COUNT_STARTS(6)), "");
	assert_int_equal(fake_board_runs, 2);
}

static void another_session_takes_over_from_its_first_number_on(void **state)
{
	(void)state;
	(void)fake_board_ask(COUNT_STARTS(1));
	(void)fake_board_ask(COUNT_STARTS(2));
	assert_part(fake_board_ask("{\"method\":\"io.aiotools.Task.Start\",\"parameters\":"
				   "{\"names\":[\"count\"]},\"session\":4294967295,\"id\":1}"),
		    "\"session\":4294967295,\"id\":1}*");
	assert_int_equal(fake_board_runs, 3);
	assert_part(fake_board_ask(COUNT_STARTS(3)), "does not know this session");
	assert_int_equal(fake_board_runs, 3);
}

static void what_was_asked_before_a_reset_is_not_run_again(void **state)
{
	(void)state;
	(void)fake_board_ask(COUNT_STARTS(1));
	assert_line(fake_board_ask(COUNT_STARTS(2)), COUNTED(2));
	fake_board_reset();
	assert_part(fake_board_ask(COUNT_STARTS(2)),
		    SAID("it was reset, or another program spoke to it",
			 "does not know this session") "\"},\"session\":5,\"id\":2}*");
	assert_part(fake_board_ask(COUNT_STARTS(2)), "does not know this session");
	assert_int_equal(fake_board_runs, 2);
}

static void a_line_may_end_with_cr_lf_and_need_no_ctrl_u_before_it(void **state)
{
	(void)state;
	assert_line(ask_without_ctrl_u(COUNT_STARTS(1), "\r\n"), COUNTED(1));
	assert_string_equal(fake_board_sent(), "");
	assert_line(ask_without_ctrl_u(COUNT_STARTS(2), "\r"), COUNTED(2));
}

static void a_reply_waits_for_room_in_the_uart(void **state)
{
	(void)state;
	board.room = 7;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
}

static void a_method_that_the_board_has_not_is_named_an_error(void **state)
{
	(void)state;
	assert_line(
		fake_board_ask("{\"method\":\"io.aiotools.Service.List\",\"session\":5,\"id\":1}"),
		"{\"error\":\"org.varlink.service.MethodNotImplemented\",\"parameters\":{"
		"\"message\":\"this board does not have that method\"},\"session\":5,\"id\":1}");
}

static void a_wrong_parameter_is_refused_with_a_sentence(void **state)
{
	(void)state;
	assert_part(
		fake_board_ask("{\"method\":\"io.aiotools.Task.List\",\"parameters\":{\"name\":1},"
			       "\"session\":5,\"id\":1}"),
		SAID("did you mean 'names'?", "\"message\":\"list: "));
}

/* ---- waiting ---- */

static void a_call_that_waits_is_busy_and_replies_when_it_is_done(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	assert_line(fake_board_ask(PLAY_STOPS), "{\"busy\":true,\"session\":5,\"id\":1}");
	fake_board_for(500 * FAKE_MS);
	assert_string_equal(fake_board_sent(), "");
	assert_line(fake_board_ask(PLAY_STOPS), "{\"busy\":true,\"session\":5,\"id\":1}");
	fake_board_for(FAKE_S);
	assert_part(fake_board_sent(), "\"state\":\"stopped\"");
	assert_part(fake_board_ask(PLAY_STOPS), "\"state\":\"stopped\"");
}

static void a_new_call_drops_the_one_that_waits_and_what_it_ordered_goes_on(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	assert_line(fake_board_ask(COUNT_STARTS(2)), COUNTED(2));
	fake_board_for(2 * FAKE_S);
	assert_string_equal(fake_board_sent(), "");
	assert_string_equal(fake_states(board.f, "play.service"),
			    "starting running stopping stopped");
}

#define PADDING "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static void a_reply_that_a_persons_has_replaced_is_not_repeated_and_runs_nothing(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	fake_board_for(2 * FAKE_S);
	(void)fake_board_type("list\r");
	assert_string_equal(fake_board_ask(COUNT_STARTS(1)), "");
	assert_int_equal(fake_board_runs, 1);
}

/* ---- pages ---- */

#define LIST_ALL                                                                                   \
	"{\"method\":\"io.aiotools.Task.List\",\"parameters\":{\"all\":true},\"session\":5,"       \
	"\"id\":1}"

#if !LARGE
static void a_small_board_gives_a_row_a_page(void **state)
{
	const char *line;

	(void)state;
	line = fake_board_ask(LIST_ALL);
	assert_part(line, "\"name\":\"count\"");
	assert_part(line, ",\"continues\":true,\"session\":5,\"id\":1}*");
	line = fake_board_ask(NEXT(2));
	assert_part(line, "\"name\":\"play.service\"");
	assert_part(line, ",\"continues\":true,\"session\":5,\"id\":2}*");
	line = fake_board_ask(NEXT(2)); /* its first try was lost */
	assert_part(line, "\"name\":\"play.service\"");
	assert_line(fake_board_ask(NEXT(3)),
		    "{\"parameters\":{\"tasks\":[]},\"session\":5,\"id\":3}");
	assert_part(fake_board_ask(NEXT(4)), NO_PAGE);
}

static void the_request_of_a_paged_call_again_is_its_first_page_until_there_is_a_next(void **state)
{
	(void)state;
	(void)fake_board_ask(LIST_ALL);
	assert_part(fake_board_ask(LIST_ALL), "\"name\":\"count\"");
	assert_part(fake_board_ask(NEXT(2)), "\"name\":\"play.service\"");
	assert_string_equal(fake_board_ask(LIST_ALL), "");
}

#endif

static void a_next_page_of_nothing_or_of_another_session_is_an_error_with_its_id(void **state)
{
	(void)state;
	(void)fake_board_ask("{\"method\":\"io.aiotools.Node.Hello\",\"session\":5,\"id\":1}");
	assert_line(fake_board_ask(NEXT(9)),
		    "{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":"
		    "\"" NO_PAGE "\"},\"session\":5,\"id\":9}");
	(void)fake_board_ask("{\"method\":\"io.aiotools.Task.List\",\"parameters\":{\"all\":true},"
			     "\"session\":6,\"id\":1}");
	assert_part(fake_board_ask(NEXT(10)), "does not know this session");
	assert_part(fake_board_ask("{\"session\":6,\"id\":2,\"next\":true}"),
		    "does not know this session");
}

static void a_reset_in_the_midst_of_pages_is_told_by_the_next(void **state)
{
	(void)state;
	(void)fake_board_ask(LIST_ALL);
	fake_board_reset();
	assert_part(fake_board_ask(NEXT(2)), "\"error\":\"io.aiotools.InvalidRequest\"");
}

static void nothing_is_followed_over_the_wire(void **state)
{
	(void)state;
	assert_part(
		fake_board_ask("{\"method\":\"io.aiotools.Log.Follow\",\"session\":5,\"id\":1}"),
		"read the log by its cursor\"},\"session\":5,\"id\":1}*");
	assert_part(fake_board_ask(
			    "{\"method\":\"io.aiotools.Log.Read\",\"parameters\":{\"follow\":true},"
			    "\"session\":5,\"id\":2}"),
		    SAID("read the log by its cursor", "\"message\":\"log: "));
}

#if !LARGE
static void an_answer_that_does_not_fit_is_an_error(void **state)
{
	(void)state;
	(void)fake_board_ask(
		"{\"method\":\"io.aiotools.Task.Set\",\"parameters\":{\"name\":\"play\","
		"\"args\":{\"word\":\"" PADDING "\"}},\"session\":5,\"id\":1}");
	assert_part(
		fake_board_ask(
			"{\"method\":\"io.aiotools.Task.Status\",\"parameters\":{\"debug\":true,"
			"\"names\":[\"play\"]},\"session\":5,\"id\":2}"),
		"\"error\":\"io.aiotools.Limit\"");
	assert_part(fake_board_ask(COUNT_STARTS(3)), "\"name\":\"count\",\"state\":\"done\"");
}
#endif

static void say(const char *name, char letter, size_t len)
{
	aiot_core_log(&board.f->core, name, AIOT_INFO, "%c%0*d", letter, (int)len, 0);
}

#if LARGE
/* status NAME was an error on a board as soon as the task had said something. */
static void status_has_as_many_log_lines_as_fit_the_newest(void **state)
{
	const char *line;
	char letter;

	(void)state;
	for (letter = 'a'; letter <= 'j'; letter++)
		say("play.service", letter, 80);
	line = fake_board_ask("{\"method\":\"io.aiotools.Task.Status\",\"parameters\":{\"names\":"
			      "[\"play\"]},\"session\":5,\"id\":1}");
	assert_part(line, "\"log\":[{\"seq\":");
	assert_part(line, "\"text\":\"j000");
	assert_null(strstr(line, "\"text\":\"a000"));
	say("play.service", 'z', 2000);
	assert_part(
		fake_board_ask("{\"method\":\"io.aiotools.Task.Status\",\"parameters\":{\"names\":"
			       "[\"play\"]},\"session\":5,\"id\":2}"),
		"\"log\":[]");
}

#else
static void a_log_line_that_does_not_fit_is_cut(void **state)
{
	const char *line;

	(void)state;
	say("x", 'a', 10);
	say("x", 'b', 2000);
	line = fake_board_ask("{\"method\":\"io.aiotools.Log.Read\",\"session\":5,\"id\":1}");
	assert_part(line, "\"text\":\"a0");
	assert_null(strstr(line, "\"cut\":true"));
	line = fake_board_ask(NEXT(2));
	assert_part(line, "\"text\":\"b0");
	assert_part(line, "\"cut\":true");
}
#endif

/* ---- what is no request ---- */

static void a_wrong_sum_and_no_request_are_told_without_an_id(void **state)
{
	static const char *const no_requests[] = {
		"{}",
		"{\"method\":\"io.aiotools.Task.List\"}",
		"{\"method\":\"io.aiotools.Task.List\",\"session\":5}",
		"{\"method\":\"io.aiotools.Task.List\",\"session\":0,\"id\":1}",
		"{\"method\":\"io.aiotools.Task.List\",\"session\":5,\"id\":0}",
		"{\"method\":\"io.aiotools.Task.List\",\"session\":5,\"id\":4294967296}",
		"{\"method\":\"io.aiotools.Task.List\",\"session\":5,\"id\":-1}",
		"{\"session\":5,\"id\":1,\"next\":true",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(no_requests) / sizeof(no_requests[0]); i++)
		assert_line(fake_board_ask(no_requests[i]),
			    NAK("no request: method or next, session and id"));
	assert_line(fake_board_type("\x15{\"session\":5,\"id\":1}*0000\n"),
		    NAK("the check sum is wrong, or there is none"));
	assert_line(fake_board_type("\x15{\"session\":5,\"id\":1}\n"),
		    NAK("the check sum is wrong, or there is none"));
}

static void a_request_without_a_method_is_an_error(void **state)
{
	static const char *const no_methods[] = {
		"{\"session\":5,\"id\":1}",
		"{\"session\":5,\"id\":2,\"next\":1}",
		"{\"method\":5,\"session\":5,\"id\":3}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(no_methods) / sizeof(no_methods[0]); i++)
		assert_part(fake_board_ask(no_methods[i]), "this board does not have that method");
}

static void a_nak_in_between_leaves_the_last_reply_to_be_repeated(void **state)
{
	(void)state;
	(void)fake_board_ask(COUNT_STARTS(1));
	(void)fake_board_type("\x15{torn\n\x15{\"session\":5,\"id\":1}*0000\n");
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_int_equal(fake_board_runs, 1);
}

static void the_rest_of_a_torn_line_is_no_persons(void **state)
{
	(void)state;
	assert_line(fake_board_type("\x15{\"a\":\"\nstart count\n"),
		    NAK("the check sum is wrong, or there is none"));
	assert_int_equal(fake_board_runs, 0);
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
}

static void a_torn_line_that_ends_with_cr_lf_takes_no_other_one_along(void **state)
{
	(void)state;
	(void)fake_board_ask(COUNT_STARTS(1));
	assert_line(fake_board_type("{\"torn\r\n"),
		    NAK("the check sum is wrong, or there is none"));
	assert_line(ask_without_ctrl_u(COUNT_STARTS(2), "\r\n"), COUNTED(2));
}

static void after_a_pause_a_person_is_heard_again(void **state)
{
	(void)state;
	(void)fake_board_type("\x15{\"a\":\"\n");
	assert_string_equal(fake_board_type("start count\n"), "");
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_type("start count\n"), SAID("count: done", "count done"));
	assert_int_equal(fake_board_runs, 1);
}

static void ctrl_u_makes_the_board_forget_whatever_came_before(void **state)
{
	(void)state;
	(void)fake_board_type("sta");
	assert_part(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	(void)fake_board_type("{\"half\":");
	assert_line(fake_board_ask(COUNT_STARTS(2)), COUNTED(2));
	(void)fake_board_type("\x1b[");
	assert_part(fake_board_ask(COUNT_STARTS(3)), COUNTED(3));
}

int main(void)
{
#define on_board(test) cmocka_unit_test_setup_teardown(test, open_board, close_board)
	const struct CMUnitTest tests[] = {
		on_board(a_request_is_answered_with_its_session_and_id),
		on_board(the_same_request_again_runs_nothing_and_gets_the_same_reply),
		on_board(an_older_request_of_the_session_is_ignored),
		on_board(another_session_takes_over_from_its_first_number_on),
		on_board(what_was_asked_before_a_reset_is_not_run_again),
		on_board(a_line_may_end_with_cr_lf_and_need_no_ctrl_u_before_it),
		on_board(a_reply_waits_for_room_in_the_uart),
		on_board(a_method_that_the_board_has_not_is_named_an_error),
		on_board(a_wrong_parameter_is_refused_with_a_sentence),
		on_board(a_call_that_waits_is_busy_and_replies_when_it_is_done),
		on_board(a_new_call_drops_the_one_that_waits_and_what_it_ordered_goes_on),
		on_board(a_reply_that_a_persons_has_replaced_is_not_repeated_and_runs_nothing),
#if LARGE
		on_board(status_has_as_many_log_lines_as_fit_the_newest),
#else
		on_board(a_small_board_gives_a_row_a_page),
		on_board(the_request_of_a_paged_call_again_is_its_first_page_until_there_is_a_next),
		on_board(an_answer_that_does_not_fit_is_an_error),
		on_board(a_log_line_that_does_not_fit_is_cut),
#endif
		on_board(a_next_page_of_nothing_or_of_another_session_is_an_error_with_its_id),
		on_board(a_reset_in_the_midst_of_pages_is_told_by_the_next),
		on_board(nothing_is_followed_over_the_wire),
		on_board(a_wrong_sum_and_no_request_are_told_without_an_id),
		on_board(a_request_without_a_method_is_an_error),
		on_board(a_nak_in_between_leaves_the_last_reply_to_be_repeated),
		on_board(the_rest_of_a_torn_line_is_no_persons),
		on_board(a_torn_line_that_ends_with_cr_lf_takes_no_other_one_along),
		on_board(after_a_pause_a_person_is_heard_again),
		on_board(ctrl_u_makes_the_board_forget_whatever_came_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
