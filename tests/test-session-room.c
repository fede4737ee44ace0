/*
 * test-session-room.c - what finds no room in a board's one buffer for its serial line: beside the
 * last reply, beside what a call was asked for, and where a person types.
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
#include "session-lines.h"
#include "wire.h"

#define AGAIN NAK("another call was in the way, send it again")
#define WRONG_SUM NAK("the check sum is wrong, or there is none")
#define BUSY "{\"busy\":true,\"session\":5,\"id\":1}"

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

/*
 * A request that names a task first and play as often as a call's parameters may: so long, that it
 * has no room beside them.
 */
static const char *long_request(const char *verb, const char *name, unsigned id)
{
	static char text[AIOT_SERIAL_BYTES];
	struct aiot_out out;
	size_t start;

	aiot_out_init(&out, text, sizeof(text));
	aiot_format(&out, "{\"method\":\"io.aiotools.Task.%s\",\"parameters\":", verb);
	start = out.len;
	aiot_format(&out, "{\"names\":[\"%s\"", name);
	while (out.len - start + 7 + 2 <= AIOT_SESSION_LINE_MAX)
		aiot_out_text(&out, ",\"play\"");
	aiot_format(&out, "]},\"session\":5,\"id\":%u}", id);
	assert_int_equal(out.error, 0);
	return aiot_out_str(&out);
}

/* The line of an object that is as long as this, by blanks behind it. */
static const char *padded(const char *object, size_t len)
{
	static char text[AIOT_SERIAL_BYTES];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, object);
	assert_true(out.len + AIOT_WIRE_TAIL - 1 <= len);
	aiot_out_pad(&out, ' ', len - (AIOT_WIRE_TAIL - 1) - out.len);
	return aiot_out_str(&out);
}

/* Of an object's line: how many bytes find room now. */
static size_t room(void)
{
	return AIOT_SERIAL_BYTES - board.session.out.len - board.session.kept;
}

/* The whole line of an object, in two pieces: first what the board gets before `at`. */
static const char *line_of(const char *object)
{
	static char text[AIOT_SERIAL_BYTES + 8];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, object);
	aiot_wire_end(&out, 0);
	return aiot_out_str(&out);
}

static void put_half(const char *object)
{
	fake_board_put("\x15", 1);
	fake_board_put(line_of(object), 20);
	fake_board_turn();
}

static const char *put_rest(const char *object)
{
	return fake_board_type(line_of(object) + 20);
}

/* A request that finds no room beside its reply, which takes most of the buffer. */
static const char *read_long_record(void)
{
	return padded("{\"method\":\"io.aiotools.Log.Read\",\"parameters\":{\"lines\":1},"
		      "\"session\":5,\"id\":1}",
		      AIOT_SERIAL_BYTES - 64);
}

static const char *ask_for_long_record(void)
{
	static char reply[AIOT_SERIAL_BYTES + 1];

	aiot_core_log(&board.f->core, "x", AIOT_INFO, "%0*d", AIOT_SERIAL_BYTES, 0);
	(void)aiot_format_to(reply, sizeof(reply), "%s", fake_board_ask(read_long_record()));
	assert_part(reply, "\"cut\":true");
	assert_true(board.session.out.len > AIOT_SERIAL_BYTES / 2);
	return reply;
}

/* ---- beside the last reply ---- */

static void a_request_that_just_fits_beside_the_last_reply_is_taken_at_once(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), room())), COUNTED(2));
	assert_int_equal(fake_board_runs, 2);
}

static void one_that_is_a_byte_longer_is_asked_for_again_and_runs_once(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), room() + 1)), AGAIN);
	assert_int_equal(fake_board_runs, 1);
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), AIOT_SERIAL_BYTES - 64)), COUNTED(2));
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), AIOT_SERIAL_BYTES - 64)), COUNTED(2));
	assert_int_equal(fake_board_runs, 2);
}

static void a_request_that_does_not_fit_beside_its_own_reply_is_known_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_line(fake_board_ask(padded(COUNT_STARTS(1), AIOT_SERIAL_BYTES)), COUNTED(1));
	assert_int_equal(fake_board_runs, 1);
}

/* A peer sends it four times. */
static void the_longest_request_is_run_at_the_third_try_whatever_is_in_its_way(void **state)
{
	(void)state;
	(void)ask_for_long_record();
	for (int i = 0; i < 2 && fake_board_runs == 0; i++)
		if (board.session.out.len > 0 || board.session.kept > 0)
			assert_line(fake_board_ask(padded(COUNT_STARTS(2), AIOT_SERIAL_BYTES)),
				    AGAIN);
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), AIOT_SERIAL_BYTES)), COUNTED(2));
	assert_int_equal(fake_board_runs, 1);
}

static void noise_in_a_repeat_that_does_not_fit_loses_no_reply(void **state)
{
	const char *reply = ask_for_long_record();
	const char *line = line_of(read_long_record());
	size_t len = strlen(line) - 1;

	(void)state;
	for (size_t i = 1; i < len; i++) {
		char text[AIOT_SERIAL_BYTES];

		(void)aiot_format_to(text, sizeof(text), "\x15%s", line);
		text[1 + i] ^= 1;
		if ((text[1 + i] | 1) == '\v') /* that would be another noise: a line's end */
			continue;
		assert_line(fake_board_type(text), WRONG_SUM);
	}
	assert_string_equal(fake_board_ask(read_long_record()), reply);
	assert_string_equal(fake_board_ask(read_long_record()), reply);
}

static void noise_without_an_end_loses_no_reply(void **state)
{
	const char *reply = ask_for_long_record();
	char text[3 * AIOT_SERIAL_BYTES];

	(void)state;
	memset(text, '*', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	text[0] = '{';
	(void)fake_board_type(text);
	assert_string_equal(fake_board_ask(read_long_record()), reply);
}

#if !LARGE
/* In its way is the reply alone: the call goes on. */
static void a_next_page_that_finds_no_room_is_asked_for_again_and_comes(void **state)
{
	(void)state;
	assert_part(fake_board_ask("{\"method\":\"io.aiotools.Task.List\",\"parameters\":{"
				   "\"all\":true},\"session\":5,\"id\":1}"),
		    "\"name\":\"count\"");
	assert_true(room() >=
		    sizeof("{\"session\":4294967295,\"id\":4294967295,\"next\":true}*1A2B"));
	assert_line(fake_board_ask(padded(NEXT(2), room() + 1)), AGAIN);
	assert_part(fake_board_ask(NEXT(2)), "\"name\":\"play.service\"");
}
#endif

/* ---- beside a call ---- */

static void a_long_request_is_known_again_though_it_does_not_fit_beside_its_parameters(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(long_request("Stop", "play", 1)), "");
	assert_line(fake_board_ask(long_request("Stop", "play", 1)), BUSY);
	assert_line(fake_board_ask(long_request("Stop", "play", 1)), BUSY);
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_sent(), "\"state\":\"stopped\"");
}

static void a_new_long_request_in_the_way_of_another_is_asked_for_again(void **state)
{
	const char *other;

	(void)state;
	assert_string_equal(fake_board_ask(long_request("Stop", "play", 1)), "");
	other = long_request("Stop", "count*", 2);
	assert_line(fake_board_ask(other), AGAIN);
	assert_null(strstr(fake_board_ask(other), "io.aiotools.InvalidRequest"));
}

/* Its beginning was sent when the call that it answers was dropped. */
static void half_a_reply_is_never_repeated(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	assert_line(fake_board_ask(padded(COUNT_STARTS(2), AIOT_SERIAL_BYTES - 8)), AGAIN);
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	assert_int_equal(fake_board_runs, 0);
}

static void a_line_that_is_too_long_is_told_and_the_next_one_works(void **state)
{
	char text[2 * AIOT_SERIAL_BYTES];

	(void)state;
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[sizeof(text) - 1] = '\0';
	assert_line(fake_board_ask(text), NAK("the line is too long for this board"));
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
}

static void behind_the_longest_parameters_there_is_room_for_busy_and_for_another_call(void **state)
{
	char text[AIOT_SERIAL_BYTES + 16];
	char *session;

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "%s", long_request("Stop", "play", 1));
	session = strstr(text, "5,");
	memmove(session + 10, session + 1, strlen(session));
	memcpy(session, "4294967295", 10);
	assert_string_equal(fake_board_ask(text), "");
	assert_line(fake_board_ask(text), "{\"busy\":true,\"session\":4294967295,\"id\":1}");
	assert_part(fake_board_ask("{\"session\":4294967295,\"id\":4294967295,\"next\":true}"),
		    NO_PAGE "\"},\"session\":4294967295,\"id\":4294967295}");
	fake_board_for(2 * FAKE_S);
	assert_string_equal(fake_states(board.f, "play.service"),
			    "starting running stopping stopped");
}

static void parameters_that_leave_a_reply_no_room_are_refused(void **state)
{
	char text[AIOT_SERIAL_BYTES + 16];
	size_t at;

	(void)state;
	(void)aiot_format_to(text, sizeof(text), "%s", long_request("Stop", "play", 1));
	at = (size_t)(strstr(text, "play") - text);
	memmove(text + at + 7, text + at, strlen(text + at) + 1);
	memcpy(text + at, "play\",\"", 7);
	assert_line(fake_board_ask(text),
		    "{\"error\":\"io.aiotools.Limit\",\"parameters\":{\"message\":"
		    "\"the line is too long\"},\"session\":5,\"id\":1}");
	assert_string_equal(fake_states(board.f, "play.service"), "starting running");
}

static void a_line_that_is_half_in_when_a_call_ends_is_known_again(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	put_half(PLAY_STOPS);
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_sent(), "\"state\":\"stopped\"");
	assert_part(put_rest(PLAY_STOPS), "\"state\":\"stopped\"");
}

static void a_line_that_is_half_in_when_a_call_goes_on_is_known_again(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	put_half(PLAY_STOPS);
	aiot_core_log(&board.f->core, "x", AIOT_INFO, "news");
	fake_board_turn();
	assert_line(put_rest(PLAY_STOPS), BUSY);
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_sent(), "\"state\":\"stopped\"");
}

static void a_new_line_that_is_half_in_when_a_call_ends_is_asked_for_again(void **state)
{
	(void)state;
	assert_string_equal(fake_board_ask(PLAY_STOPS), "");
	put_half(COUNT_STARTS(2));
	fake_board_for(2 * FAKE_S);
	assert_part(fake_board_sent(), "\"state\":\"stopped\"");
	assert_line(put_rest(COUNT_STARTS(2)), AGAIN);
	assert_int_equal(fake_board_runs, 0);
	assert_line(fake_board_ask(COUNT_STARTS(2)), COUNTED(2));
	assert_int_equal(fake_board_runs, 1);
}

/* ---- a person ---- */

static void a_person_s_line_that_needs_the_room_of_a_reply_takes_it(void **state)
{
	char text[AIOT_SERIAL_BYTES];

	(void)state;
	(void)ask_for_long_record();
	fake_board_for(2 * FAKE_S);
	(void)aiot_format_to(text, sizeof(text), "start%*s", AIOT_SESSION_LINE_MAX - 12, "count");
	assert_string_equal(fake_board_type(text), text);
	assert_null(strchr(fake_board_ask(read_long_record()), '{'));
	fake_board_for(2 * FAKE_S);
	(void)fake_board_type(text);
	assert_part(fake_board_type("\r"), SAID("count: done", "count done"));
	assert_int_equal(fake_board_runs, 1);
}

static void what_a_person_began_leaves_the_reply_where_there_is_room(void **state)
{
	(void)state;
	assert_line(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	fake_board_for(2 * FAKE_S);
	assert_string_equal(fake_board_type("start count"), "start count");
	assert_part(fake_board_ask(COUNT_STARTS(1)), COUNTED(1));
	assert_int_equal(fake_board_runs, 1);
}

/* Neither the reply to it, nor what `up` would bring back. */
static void nothing_that_a_person_left_is_in_a_program_s_way(void **state)
{
	(void)state;
	assert_part(fake_board_type("start count\r"), SAID("count: done", "count done"));
	assert_line(fake_board_ask(padded(COUNT_STARTS(1), AIOT_SERIAL_BYTES)), COUNTED(1));
	assert_int_equal(fake_board_runs, 2);
}

/* Few of many letters, many of few: what they become is longer. */
static void words_of_any_length_are_answered(void **state)
{
	(void)state;
	for (int words = 1; words <= 9; words++) {
		for (int len = 1; 5 + words * (len + 1) < AIOT_SESSION_LINE_MAX; len++) {
			char text[AIOT_SERIAL_BYTES];
			struct aiot_out out;
			const char *sent;

			aiot_out_init(&out, text, sizeof(text));
			aiot_out_text(&out, "start");
			for (int i = 0; i < words; i++)
				aiot_format(&out, " %0*d", len, 0);
			aiot_out_char(&out, '\r');
			sent = fake_board_type(aiot_out_str(&out));
			assert_true(strstr(sent, "\r\nerror: ") != NULL ||
				    strstr(sent, "\r\nno such task: ") != NULL);
			assert_string_equal(sent + strlen(sent) - 8, "\r\nfake> ");
		}
	}
	assert_part(fake_board_type("start count\r"), SAID("count: done", "count done"));
}

int main(void)
{
#define on_board(test) cmocka_unit_test_setup_teardown(test, open_board, close_board)
	const struct CMUnitTest tests[] = {
		on_board(a_request_that_just_fits_beside_the_last_reply_is_taken_at_once),
		on_board(one_that_is_a_byte_longer_is_asked_for_again_and_runs_once),
		on_board(a_request_that_does_not_fit_beside_its_own_reply_is_known_again),
		on_board(the_longest_request_is_run_at_the_third_try_whatever_is_in_its_way),
		on_board(noise_in_a_repeat_that_does_not_fit_loses_no_reply),
		on_board(noise_without_an_end_loses_no_reply),
#if !LARGE
		on_board(a_next_page_that_finds_no_room_is_asked_for_again_and_comes),
#endif
		on_board(
			a_long_request_is_known_again_though_it_does_not_fit_beside_its_parameters),
		on_board(a_new_long_request_in_the_way_of_another_is_asked_for_again),
		on_board(half_a_reply_is_never_repeated),
		on_board(a_line_that_is_too_long_is_told_and_the_next_one_works),
		on_board(behind_the_longest_parameters_there_is_room_for_busy_and_for_another_call),
		on_board(parameters_that_leave_a_reply_no_room_are_refused),
		on_board(a_line_that_is_half_in_when_a_call_ends_is_known_again),
		on_board(a_line_that_is_half_in_when_a_call_goes_on_is_known_again),
		on_board(a_new_line_that_is_half_in_when_a_call_ends_is_asked_for_again),
		on_board(a_person_s_line_that_needs_the_room_of_a_reply_takes_it),
		on_board(what_a_person_began_leaves_the_reply_where_there_is_room),
		on_board(nothing_that_a_person_left_is_in_a_program_s_way),
		on_board(words_of_any_length_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
