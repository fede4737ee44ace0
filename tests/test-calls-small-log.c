/*
 * test-calls-small-log.c - log and follow on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calls-stage.h"

static void say(const char *name, enum aiot_level level, const char *text)
{
	aiot_core_log(&f->core, name, level, "%s", text);
}

/* The texts of all pages, with blanks between. */
static const char *read_log(const char *verb, const char *params)
{
	static char told[1024];
	struct aiot_out out;
	enum aiot_call_result r;

	aiot_out_init(&out, told, sizeof(told));
	begin(verb, params, true);
	do {
		r = call_step();
		if (r != AIOT_CALL_STREAM && nth_of("records", 0).text != NULL)
			aiot_format(&out, "%s ", member_of(nth_of("records", 0), "text"));
	} while (r == AIOT_CALL_PAGE);
	return aiot_out_str(&out);
}

static void records_are_read_by_name_level_and_number(void **state)
{
	(void)state;
	say("a.service", AIOT_INFO, "one");
	say("b", AIOT_ERROR, "two");
	say("a.service", AIOT_WARN, "three");
	say("a.service", AIOT_DEBUG, "four");
	assert_string_equal(read_log("log", NULL), "one two three ");
	assert_string_equal(read_log("log", "{'names':['a']}"), "one three ");
	assert_string_equal(read_log("log", "{'level':4}"), "two three ");
	assert_string_equal(read_log("log", "{'lines':1}"), "three ");
	assert_string_equal(read_log("log", "{'lines':1,'names':['b']}"), "two ");
	assert_string_equal(read_log("log", "{'names':['nobody']}"), "");
}

static void a_reader_goes_on_behind_its_cursor_and_misses_nothing(void **state)
{
	char params[80];

	(void)state;
	say("a", AIOT_INFO, "one");
	say("a", AIOT_INFO, "two");
	assert_string_equal(read_log("log", NULL), "one two ");
	assert_string_equal(member_of(reply, "cursor"), "2");
	(void)aiot_format_to(params, sizeof(params), "{'after_cursor':'%s'}",
			     member_of(reply, "cursor"));
	assert_string_equal(read_log("log", params), "");
	say("a", AIOT_INFO, "three");
	assert_string_equal(read_log("log", params), "three ");
	memcpy(params + 2, "cursor':'1'}", 13);
	assert_string_equal(read_log("log", params), "one two three ");
}

/* Found on a board whose task logs faster than its serial line tells: log never ended. */
static void a_busy_log_was_read_for_ever(void **state)
{
	unsigned pages = 0;

	(void)state;
	say("a", AIOT_INFO, "one");
	begin("log", "{'lines':1}", true);
	while (call_step() == AIOT_CALL_PAGE) {
		assert_true(++pages <= 1);
		say("a", AIOT_INFO, "another");
	}
	assert_int_equal(pages, 1);
	assert_string_equal(member_of(reply, "cursor"), "1");
	assert_string_equal(read_log("log", "{'after_cursor':'1'}"), "another ");
}

static void a_cursor_of_another_log_begins_anew(void **state)
{
	(void)state;
	say("a", AIOT_INFO, "one");
	assert_string_equal(read_log("log", "{'after_cursor':'77'}"), "one ");
	assert_string_equal(read_log("log", "{'after_cursor':'1@01'}"), "one ");
	assert_string_equal(read_log("log", "{'after_cursor':'nothing'}"), "one ");
	assert_string_equal(read_log("log", "{'after_cursor':'1'}"), "");
}

static void what_was_overwritten_is_counted(void **state)
{
	uint64_t first;
	char lost[16];

	(void)state;
	say("a", AIOT_INFO, "one");
	while (f->ring.first_seq < 10)
		say("a", AIOT_INFO, "a long record, so that the oldest ones have to make room");
	first = f->ring.first_seq;
	begin("log", "{'after_cursor':'1'}", true);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	(void)aiot_format_to(lost, sizeof(lost), "%u", (unsigned)first - 2);
	assert_string_equal(member_of(reply, "lost"), lost);
}

static void a_text_that_does_not_fit_is_cut(void **state)
{
	char text[400], small[320];
	struct aiot_out out;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	say("a", AIOT_INFO, text);
	begin("log", NULL, true);
	aiot_out_init(&out, small, sizeof(small));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_PAGE);
	assert_int_equal(out.error, 0);
	assert_non_null(strstr(aiot_out_str(&out), "xxx...\",\"cut\":true}"));
}

/* A quote takes two bytes, and what is no UTF-8 six: for that there was an error, at each reading.
 */
static void a_record_that_grows_when_it_is_quoted_does_not_end_the_log(void **state)
{
	char text[170], small[320];
	struct aiot_out out;
	unsigned i;

	(void)state;
	text[sizeof(text) - 1] = '\0';
	memset(text, '"', sizeof(text) - 1);
	say("a", AIOT_INFO, text);
	memset(text, 0xff, sizeof(text) - 1);
	say("a", AIOT_INFO, text);
	say("a", AIOT_INFO, "behind them");
	begin("log", NULL, true);
	for (i = 0; i < 3; i++) {
		aiot_out_init(&out, small, sizeof(small));
		assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_PAGE);
		assert_int_equal(out.error, 0);
		assert_true((strstr(aiot_out_str(&out), "...\",\"cut\":true}") != NULL) == (i < 2));
	}
	assert_non_null(strstr(small, "behind them"));
}

static void follow_begins_with_the_newest_and_waits_for_more(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++)
		say("a", AIOT_INFO, i < 2 ? "old" : "one");
	assert_string_equal(read_log("follow", NULL), "one one one one one one one one one one ");
	assert_string_equal(read_log("follow", "{'after_cursor':'11'}"), "one ");
	assert_string_equal(read_log("follow", "{'lines':1}"), "one ");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	say("a", AIOT_INFO, "two");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("records", "text"), "two");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(records_are_read_by_name_level_and_number),
		T(a_reader_goes_on_behind_its_cursor_and_misses_nothing),
		T(a_busy_log_was_read_for_ever),
		T(a_cursor_of_another_log_begins_anew),
		T(what_was_overwritten_is_counted),
		T(a_text_that_does_not_fit_is_cut),
		T(a_record_that_grows_when_it_is_quoted_does_not_end_the_log),
		T(follow_begins_with_the_newest_and_waits_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
