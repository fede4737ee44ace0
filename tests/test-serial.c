/*
 * test-serial.c - the peer's end of a serial line by itself: what it writes, when it tries again,
 * and what it takes for an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "serial.h"
#include "wire.h"

#define MS 1000000ull
#define LIST "io.aiotools.Task.List"
#define REQUEST(id) "{\"method\":\"" LIST "\",\"session\":7,\"id\":" #id "}"
#define ANSWER(id) "{\"parameters\":{\"a\":1},\"session\":7,\"id\":" #id "}"

static struct aiot_serial s;
static char line[300], input[256], text[2048];
static uint64_t now;
static const struct aiot_json none = {NULL, 0};

static void open_with(uint32_t baud)
{
	const struct aiot_serial_options options = {7,	   baud,	 line, sizeof(line),
						    input, sizeof(input)};

	now = 1000 * MS;
	aiot_serial_init(&s, &options);
}

static int open_socket(void **state)
{
	(void)state;
	open_with(0);
	return 0;
}

/* An object's line; Ctrl-U before it if it is the peer's. */
static const char *line_of(const char *before, const char *object)
{
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, before);
	aiot_out_text(&out, object);
	aiot_wire_end(&out, strlen(before));
	return aiot_out_str(&out);
}

/* All that is to be written, and is now. */
static void assert_writes(const char *object)
{
	const char *out, *expected = object ? line_of("\x15", object) : "";
	size_t len = aiot_serial_output(&s, &out);

	assert_int_equal(len, strlen(expected));
	assert_memory_equal(out, expected, len);
	aiot_serial_wrote(&s, len, now);
	assert_int_equal(aiot_serial_output(&s, &out), 0);
}

static void call(const char *method)
{
	assert_int_equal(aiot_serial_call(&s, method, none, now), 0);
}

static enum aiot_serial_event feed(const char *bytes)
{
	enum aiot_serial_event event = AIOT_SERIAL_NONE;
	size_t len = strlen(bytes), used = aiot_serial_feed(&s, bytes, len, now, &event);

	if (event == AIOT_SERIAL_NONE)
		assert_int_equal(used, len);
	return event;
}

static enum aiot_serial_event answer(const char *object)
{
	return feed(line_of("", object));
}

/* Time passes up to what is due. */
static enum aiot_serial_event due(uint64_t expected_ns)
{
	assert_int_equal(aiot_serial_due(&s) - now, expected_ns);
	now += expected_ns - 1;
	assert_int_equal(aiot_serial_tick(&s, now), AIOT_SERIAL_NONE);
	now++;
	return aiot_serial_tick(&s, now);
}

/* ---- ---- */

static void a_call_is_one_line_and_its_answer_the_reply(void **state)
{
	(void)state;
	assert_false(aiot_serial_busy(&s));
	assert_true(aiot_serial_due(&s) == AIOT_SERIAL_NEVER);
	call(LIST);
	assert_true(aiot_serial_busy(&s));
	assert_writes(REQUEST(1));
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
	assert_false(aiot_serial_busy(&s));
	assert_null(s.reply.error.text);
	assert_false(s.reply.continues);
	assert_int_equal(aiot_json_count(s.reply.parameters), 1);
	assert_true(aiot_serial_due(&s) == AIOT_SERIAL_NEVER);
	call(LIST);
	assert_writes(REQUEST(2));
	assert_int_equal(s.requests, 2);
	assert_int_equal(s.retries, 0);
}

static void parameters_are_sent_unless_there_are_none(void **state)
{
	struct aiot_json params;

	(void)state;
	assert_int_equal(aiot_json_parse("{\"names\":[\"a\"]}", 15, &params, NULL), 0);
	assert_int_equal(aiot_serial_call(&s, "M", params, now), 0);
	assert_writes(
		"{\"method\":\"M\",\"parameters\":{\"names\":[\"a\"]},\"session\":7,\"id\":1}");
	assert_int_equal(aiot_json_parse("{}", 2, &params, NULL), 0);
	assert_int_equal(aiot_serial_call(&s, "M", params, now), 0);
	assert_writes("{\"method\":\"M\",\"session\":7,\"id\":2}");
}

static void a_reply_without_parameters_has_an_empty_object_also_before_cr_lf(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(feed("{\"session\":7,\"id\":1}*CE6B\r\n"), AIOT_SERIAL_REPLY);
	assert_int_equal(s.reply.parameters.len, 2);
	assert_memory_equal(s.reply.parameters.text, "{}", 2);
}

static void an_error_is_a_reply(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer("{\"error\":\"io.aiotools.NoSuchTask\",\"parameters\":{},"
				"\"session\":7,\"id\":1}"),
			 AIOT_SERIAL_REPLY);
	assert_true(aiot_json_str_is(s.reply.error, "io.aiotools.NoSuchTask"));
}

static void it_is_written_as_the_line_takes_it(void **state)
{
	const char *out;
	size_t len;

	(void)state;
	call(LIST);
	len = aiot_serial_output(&s, &out);
	assert_int_equal(out[0], 0x15);
	aiot_serial_wrote(&s, 5, now);
	assert_int_equal(aiot_serial_output(&s, &out), len - 5);
	assert_memory_equal(out, "thod", 4);
}

/* ---- time ---- */

static void without_an_answer_it_is_asked_four_times(void **state)
{
	int i;

	(void)state;
	call(LIST);
	for (i = 0; i < 3; i++) {
		assert_writes(REQUEST(1));
		assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	}
	assert_writes(REQUEST(1));
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NO_ANSWER);
	assert_false(aiot_serial_busy(&s));
	assert_int_equal(s.retries, 3);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_NONE);
}

/* A try that comes late is not to be taken for one of the next call. */
static void behind_silence_a_new_session_begins(void **state)
{
	const char *out;
	int i;

	(void)state;
	call(LIST);
	for (i = 0; i < 4; i++)
		(void)due(250 * MS);
	call(LIST);
	assert_true(aiot_serial_output(&s, &out) > 0);
	assert_memory_equal(out + 1, "{\"method\":\"" LIST "\",\"session\":", 44);
	assert_true(s.session != 7 && s.session != 0);
	assert_int_equal(s.id, 1);
}

static void a_line_that_takes_nothing_is_given_up_too(void **state)
{
	(void)state;
	call(LIST);
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NO_ANSWER);
}

static void a_slow_line_has_its_own_time_beside(void **state)
{
	size_t bytes;

	(void)state;
	open_with(1000); /* ten milliseconds a byte */
	call(LIST);
	bytes = strlen(line_of("\x15", REQUEST(1)));
	assert_writes(REQUEST(1));
	assert_int_equal(aiot_serial_due(&s) - now, (250 + 10 * bytes) * MS);
	/* And while an answer comes, the time that is left does not run out. */
	now = aiot_serial_due(&s) - 1;
	assert_int_equal(feed("{\"parameters\""), AIOT_SERIAL_NONE);
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
}

static void noise_does_not_put_a_try_off_for_ever(void **state)
{
	uint64_t start;

	(void)state;
	open_with(115200);
	call(LIST);
	assert_writes(REQUEST(1));
	start = now;
	while (s.retries == 0) {
		now += MS;
		assert_int_equal(feed("#"), AIOT_SERIAL_NONE);
		(void)aiot_serial_tick(&s, now);
		assert_true(now - start < 300 * MS);
	}
}

static void busy_is_asked_again_without_end(void **state)
{
	int i;

	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	for (i = 0; i < 1000; i++) {
		assert_int_equal(answer("{\"busy\":true,\"session\":7,\"id\":1}"),
				 AIOT_SERIAL_NONE);
		assert_writes(NULL);
		assert_int_equal(due(500 * MS), AIOT_SERIAL_NONE);
		assert_writes(REQUEST(1));
	}
	/* Unless it falls silent. */
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_writes(REQUEST(1));
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_writes(REQUEST(1));
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_writes(REQUEST(1));
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NO_ANSWER);
}

static void a_busy_board_answers_when_it_is_done(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer("{\"busy\":true,\"session\":7,\"id\":1}"), AIOT_SERIAL_NONE);
	now += 3 * MS;
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
}

static void a_dropped_call_has_no_answer(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	aiot_serial_drop(&s);
	assert_false(aiot_serial_busy(&s));
	assert_true(aiot_serial_due(&s) == AIOT_SERIAL_NEVER);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_NONE);
	call(LIST);
	assert_writes(REQUEST(2));
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(2)), AIOT_SERIAL_REPLY);
}

/* ---- what is no answer ---- */

static void what_is_not_the_answer_is_passed_over(void **state)
{
	static const char *const others[] = {
		ANSWER(2), /* of a request that was not made */
		"{\"parameters\":{},\"session\":8,\"id\":1}",
		"{\"parameters\":{},\"id\":1}",
		"{\"parameters\":{},\"session\":7}",
		"{\"parameters\":{},\"session\":\"7\",\"id\":1}",
		"[1]",
		"{",
		"{\"error\":\"io.aiotools.NoSuchTask\"}",
	};
	size_t i;

	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(answer(others[i]), AIOT_SERIAL_NONE);
	assert_int_equal(feed("native> status\r\n\xff\x00\n{}\n{\"a\":*1234\n"), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
}

/* A board whose end of the line lost our Ctrl-U takes the request for a person's, and echoes it. */
static void the_echo_of_the_request_is_no_answer(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer(REQUEST(1)), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
	aiot_serial_next(&s, now);
	assert_writes("{\"session\":7,\"id\":2,\"next\":true}");
	assert_int_equal(answer("{\"session\":7,\"id\":2,\"next\":true}"), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(2)), AIOT_SERIAL_REPLY);
}

static void an_answer_is_found_behind_noise_and_behind_half_an_answer(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(feed("\r\x1b[Knative> {{{"), AIOT_SERIAL_NONE);
	assert_int_equal(feed("{\"parameters\":{\"tasks\":[{\"na"), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
}

/* To look for an answer behind each would take a fifth of a second. */
static void a_line_of_nothing_but_braces_is_soon_given_up(void **state)
{
	static char many[8192], bytes[8000];
	const struct aiot_serial_options options = {7, 0, line, sizeof(line), many, sizeof(many)};

	(void)state;
	aiot_serial_init(&s, &options);
	call(LIST);
	memset(bytes, '{', sizeof(bytes) - 1);
	assert_int_equal(feed(bytes), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_NONE);
	assert_int_equal(s.bad_lines, 1);
	bytes[100] = '\0'; /* as noise may have them */
	assert_int_equal(feed(bytes), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
}

static void a_line_that_is_too_long_is_thrown_away(void **state)
{
	int i;

	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	for (i = 0; i < 1000; i++)
		assert_int_equal(feed("{aaaaaa"), AIOT_SERIAL_NONE);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_NONE);
	assert_int_equal(s.bad_lines, 1);
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
}

#define NAK "{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"m\"}}"

static void a_nak_is_answered_by_another_try_at_once(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer(NAK), AIOT_SERIAL_NONE);
	assert_writes(REQUEST(1));
	assert_int_equal(answer(ANSWER(1)), AIOT_SERIAL_REPLY);
	assert_int_equal(s.naks, 1);
}

static void what_the_board_never_understands_is_an_error(void **state)
{
	int i;

	(void)state;
	call(LIST);
	for (i = 0; i < 3; i++) {
		assert_writes(REQUEST(1));
		assert_int_equal(answer(NAK), AIOT_SERIAL_NONE);
	}
	assert_writes(REQUEST(1));
	assert_int_equal(answer(NAK), AIOT_SERIAL_REPLY);
	assert_true(aiot_json_str_is(s.reply.error, "io.aiotools.InvalidRequest"));
}

/* ---- pages ---- */

static void pages_are_asked_for_under_numbers_of_their_own(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer("{\"parameters\":{},\"continues\":true,\"session\":7,\"id\":1}"),
			 AIOT_SERIAL_REPLY);
	assert_true(s.reply.continues);
	aiot_serial_next(&s, now);
	assert_writes("{\"session\":7,\"id\":2,\"next\":true}");
	assert_int_equal(due(250 * MS), AIOT_SERIAL_NONE);
	assert_writes("{\"session\":7,\"id\":2,\"next\":true}");
	assert_int_equal(answer("{\"parameters\":{},\"session\":7,\"id\":2}"), AIOT_SERIAL_REPLY);
	assert_false(s.reply.continues);
}

static void a_board_that_was_reset_does_not_know_the_next_page(void **state)
{
	(void)state;
	call(LIST);
	assert_writes(REQUEST(1));
	assert_int_equal(answer("{\"parameters\":{},\"continues\":true,\"session\":7,\"id\":1}"),
			 AIOT_SERIAL_REPLY);
	aiot_serial_next(&s, now);
	assert_writes("{\"session\":7,\"id\":2,\"next\":true}");
	assert_int_equal(answer("{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{},"
				"\"session\":7,\"id\":2}"),
			 AIOT_SERIAL_FORGOTTEN);
	assert_false(aiot_serial_busy(&s));
}

/* ---- how long a request may be ---- */

static void a_request_longer_than_the_board_takes_is_not_sent(void **state)
{
	char params[400] = "{\"a\":\"";
	struct aiot_json json = {params, 0};
	const char *out;
	size_t bytes;

	(void)state;
	memset(params + 6, 'x', 180);
	memcpy(params + 186, "\"}", 3);
	json.len = 188;
	bytes = aiot_serial_line_bytes(&s, LIST, json);
	assert_true(bytes > 256 && bytes < 300);
	assert_int_equal(aiot_serial_call(&s, LIST, json, now), -AIOT_EMSGSIZE);
	assert_false(aiot_serial_busy(&s));
	s.line_max = bytes - 1;
	assert_int_equal(aiot_serial_call(&s, LIST, json, now), -AIOT_EMSGSIZE);
	s.line_max = bytes;
	assert_int_equal(aiot_serial_call(&s, LIST, json, now), 0);
	assert_int_equal(aiot_serial_output(&s, &out), bytes + 1);
	s.line_max = 1000; /* the board would take it, our own buffer does not */
	params[186] = 'x';
	memset(params + 186, 'x', 100);
	memcpy(params + 286, "\"}", 3);
	json.len = 288;
	assert_int_equal(aiot_serial_call(&s, LIST, json, now), -AIOT_EMSGSIZE);
}

int main(void)
{
#define on_socket(test) cmocka_unit_test_setup(test, open_socket)
	const struct CMUnitTest tests[] = {
		on_socket(a_call_is_one_line_and_its_answer_the_reply),
		on_socket(parameters_are_sent_unless_there_are_none),
		on_socket(a_reply_without_parameters_has_an_empty_object_also_before_cr_lf),
		on_socket(an_error_is_a_reply),
		on_socket(it_is_written_as_the_line_takes_it),
		on_socket(without_an_answer_it_is_asked_four_times),
		on_socket(behind_silence_a_new_session_begins),
		on_socket(a_line_that_takes_nothing_is_given_up_too),
		on_socket(a_slow_line_has_its_own_time_beside),
		on_socket(noise_does_not_put_a_try_off_for_ever),
		on_socket(busy_is_asked_again_without_end),
		on_socket(a_busy_board_answers_when_it_is_done),
		on_socket(a_dropped_call_has_no_answer),
		on_socket(what_is_not_the_answer_is_passed_over),
		on_socket(the_echo_of_the_request_is_no_answer),
		on_socket(an_answer_is_found_behind_noise_and_behind_half_an_answer),
		on_socket(a_line_that_is_too_long_is_thrown_away),
		on_socket(a_line_of_nothing_but_braces_is_soon_given_up),
		on_socket(a_nak_is_answered_by_another_try_at_once),
		on_socket(what_the_board_never_understands_is_an_error),
		on_socket(pages_are_asked_for_under_numbers_of_their_own),
		on_socket(a_board_that_was_reset_does_not_know_the_next_page),
		on_socket(a_request_longer_than_the_board_takes_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
