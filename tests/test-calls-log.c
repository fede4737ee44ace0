/*
 * test-calls-log.c - log and follow: filters, cursors, pages, the stream, and what was lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "calls-stage.h"

static void say(const char *name, enum aiot_level level, const char *text)
{
	fake_pass(f, FAKE_S);
	aiot_core_log(&f->core, name, level, "%s", text);
}

/* Lines "1" to "n", a second apart. */
static void say_numbers(unsigned n)
{
	char text[16];
	unsigned i;

	for (i = 1; i <= n; i++) {
		(void)aiot_format_to(text, sizeof(text), "%u", i);
		say("a", AIOT_INFO, text);
	}
}

/* Enough that everything before is overwritten. */
static void flood(void)
{
	static char text[4000];
	unsigned i;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 0; i < 100; i++)
		aiot_core_log(&f->core, "flood", AIOT_INFO, "%s", text);
}

static const char *log_of(const char *params)
{
	assert_int_equal(ask("log", params), AIOT_CALL_DONE);
	return all_of("records", "text");
}

/* ---- records ---- */

static void a_record_has_its_times_and_a_cursor(void **state)
{
	struct aiot_json record;

	(void)state;
	say("hello.service", AIOT_WARN, "LED 3 \"toggled\"!");
	assert_int_equal(ask("log", NULL), AIOT_CALL_DONE);
	record = nth_of("records", 0);
	assert_string_equal(member_of(record, "seq"), "1");
	assert_string_equal(member_of(record, "cursor"), "1@626f6f74");
	assert_string_equal(member_of(record, "time_us"), "1795221311000000");
	assert_string_equal(member_of(record, "mono_us"), "1001000000");
	assert_string_equal(member_of(record, "boot"), "626f6f74000000000000000000000000");
	assert_string_equal(member_of(record, "level"), "warn");
	assert_string_equal(member_of(record, "name"), "hello.service");
	assert_string_equal(member_of(record, "text"), "LED 3 \"toggled\"!");
	assert_string_equal(member_of(record, "cut"), "false");
	assert_string_equal(member_of(reply, "lost"), "-");
}

static void an_empty_log_is_an_empty_array(void **state)
{
	(void)state;
	assert_int_equal(ask("log", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "records"), "[]");
	assert_int_equal(ask("log", "{'lines':5,'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "records"), "[]");
}

/* ---- filters ---- */

static void lines_are_the_newest_that_pass_oldest_first(void **state)
{
	(void)state;
	say_numbers(5);
	say("b", AIOT_INFO, "other");
	assert_string_equal(log_of(NULL), "1 2 3 4 5 other");
	assert_string_equal(log_of("{'lines':2}"), "5 other");
	assert_string_equal(log_of("{'lines':2,'names':['a']}"), "4 5");
	assert_string_equal(log_of("{'lines':0}"), "");
	assert_string_equal(log_of("{'lines':99}"), "1 2 3 4 5 other");
	assert_string_equal(log_of("{'lines':null,'names':null,'cursor':null,'grep':null}"),
			    "1 2 3 4 5 other");
}

static void names_are_plain_or_patterns_or_meant_without_service(void **state)
{
	(void)state;
	say("hello.service", AIOT_INFO, "1");
	say("hello", AIOT_INFO, "2");
	say("hello.service.x", AIOT_INFO, "3");
	say("aiotoolsd", AIOT_INFO, "4");
	assert_string_equal(log_of("{'names':['hello']}"), "1 2");
	assert_string_equal(log_of("{'names':['hello.service']}"), "1");
	assert_string_equal(log_of("{'names':['hello*','aiot?oolsd']}"), "1 2 3");
	assert_string_equal(log_of("{'names':['nobody','aiotoolsd']}"), "4");
	assert_string_equal(log_of("{'names':['hell']}"), "");
}

static void levels_are_kept_up_to_the_one_asked_for(void **state)
{
	(void)state;
	f->core.log_level = AIOT_DEBUG;
	say("a", AIOT_ERROR, "e");
	say("a", AIOT_WARN, "w");
	say("a", AIOT_INFO, "i");
	say("a", AIOT_DEBUG, "d");
	assert_string_equal(log_of(NULL), "e w i d");
	assert_string_equal(log_of("{'level':7}"), "e w i d");
	assert_string_equal(log_of("{'level':6}"), "e w i");
	assert_string_equal(log_of("{'level':4}"), "e w");
	assert_string_equal(log_of("{'level':3}"), "e");
	assert_int_equal(ask("log", "{'level':5}"), AIOT_CALL_ERROR);
}

static void grep_is_a_part_of_the_text_or_a_pattern_for_all_of_it(void **state)
{
	(void)state;
	say("a", AIOT_INFO, "aab");
	say("a", AIOT_INFO, "b");
	say("a", AIOT_INFO, "");
	say("a", AIOT_INFO, "ab.");
	assert_string_equal(log_of("{'grep':'ab'}"), "aab ab.");
	assert_string_equal(log_of("{'grep':'b'}"), "aab b ab.");
	assert_string_equal(log_of("{'grep':'aaab'}"), "");
	assert_string_equal(log_of("{'grep':''}"), "aab b  ab.");
	assert_string_equal(log_of("{'grep':'*b'}"), "aab b");
	assert_string_equal(log_of("{'grep':'?'}"), "b");
	assert_string_equal(log_of("{'grep':'b.'}"), "ab.");
}

static void a_grep_pattern_that_is_too_long_is_refused_not_ignored(void **state)
{
	char params[400] = "{'grep':'";

	(void)state;
	say_numbers(1);
	memset(params + 9, '1', 256);
	memcpy(params + 9 + 255, "'}", 3);
	assert_string_equal(log_of(params), "");
	params[9 + 255] = '1';
	memcpy(params + 9 + 256, "'}", 3);
	assert_int_equal(ask("log", params), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "a pattern for --grep has at most 255 bytes");
	assert_string_equal(member_of(reply, "parameter"), "grep");
}

static void since_and_until_include_their_own_instant(void **state)
{
	(void)state;
	say_numbers(4); /* at ...311 to ...314 */
	assert_string_equal(log_of("{'since_us':1795221312000000}"), "2 3 4");
	assert_string_equal(log_of("{'since_us':1795221312000001}"), "3 4");
	assert_string_equal(log_of("{'until_us':1795221312000000}"), "1 2");
	assert_string_equal(log_of("{'until_us':1795221311999999}"), "1");
	assert_string_equal(
		log_of("{'since_us':1795221312000000,'until_us':1795221313000000,'lines':1}"), "3");
	assert_string_equal(log_of("{'until_us':-1}"), "");
	assert_int_equal(ask("log", "{'since_us':9223372036854775807}"), AIOT_CALL_ERROR);
}

/* ---- cursors ---- */

static void a_cursor_begins_at_its_record_and_after_it_behind(void **state)
{
	(void)state;
	say_numbers(4);
	assert_string_equal(log_of("{'cursor':'3@626f6f74'}"), "3 4");
	assert_string_equal(log_of("{'after_cursor':'3@626f6f74'}"), "4");
	assert_string_equal(log_of("{'after_cursor':'4@626f6f74'}"), "");
	assert_string_equal(log_of("{'cursor':'1@626f6f74'}"), "1 2 3 4");
	assert_string_equal(member_of(reply, "lost"), "-");
}

static void with_a_cursor_lines_are_the_newest_of_those_behind_it(void **state)
{
	(void)state;
	say_numbers(6);
	assert_string_equal(log_of("{'cursor':'2@626f6f74','lines':3}"), "4 5 6");
	assert_string_equal(log_of("{'after_cursor':'5@626f6f74','lines':3}"), "6");
	assert_string_equal(log_of("{'cursor':'2@626f6f74','lines':0}"), "");
}

static void a_name_that_nothing_is_called_is_told(void **state)
{
	(void)state;
	say("gone.service", AIOT_INFO, "bye");
	add(&aiot_service_play, "mute");
	assert_int_equal(ask("log", "{'names':['helo','gone','mute','x*']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "unknown"), "[\"helo\"]");
	assert_string_equal(all_of("records", "text"), "bye");
	assert_int_equal(ask("log", "{'names':['gone']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "unknown"), "-");
	/* Whoever follows is told at once, not with the first record. */
	begin("follow", "{'names':['helo']}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(member_of(reply, "unknown"), "[\"helo\"]");
}

static void a_beginning_behind_the_end_is_refused(void **state)
{
	(void)state;
	say_numbers(2);
	assert_int_equal(ask("log", "{'since_us':1795221311000001,'until_us':1795221311000000}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "--since is after --until");
	assert_int_equal(ask("log", "{'since_us':1795221311000000,'until_us':1795221311000000}"),
			 AIOT_CALL_DONE);
}

static void a_cursor_that_is_not_of_this_log_is_told(void **state)
{
	(void)state;
	say_numbers(3);
	assert_string_equal(log_of("{'cursor':'9@626f6f74'}"), "1 2 3");
	assert_string_equal(member_of(reply, "foreign"), "true");
	assert_string_equal(log_of("{'after_cursor':'2@00000000'}"), "1 2 3");
	assert_string_equal(member_of(reply, "foreign"), "true");
	assert_string_equal(log_of("{'after_cursor':'3@626f6f74'}"), "");
	assert_string_equal(member_of(reply, "foreign"), "-");
}

static void a_cursor_of_another_ring_begins_at_the_oldest(void **state)
{
	(void)state;
	say_numbers(3);
	assert_string_equal(log_of("{'after_cursor':'2@00000000'}"), "1 2 3");
	assert_string_equal(log_of("{'after_cursor':'4@626f6f74'}"), "1 2 3");
	assert_string_equal(log_of("{'after_cursor':'99999@626f6f74'}"), "1 2 3");
	assert_string_equal(member_of(reply, "lost"), "-");
}

static void what_is_no_cursor_is_refused_with_a_hint(void **state)
{
	static const char *const bad[] = {
		"",
		"@",
		"3",
		"3@",
		"@626f6f74",
		"x@626f6f74",
		"3@626f6f7",
		"3@626f6f740",
		"99999999999999999999@626f6f74",
		"-3@626f6f74",
		" 3@626f6f74",
	};
	char params[256];
	unsigned i;

	(void)state;
	say_numbers(3);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char sentence[128];

		(void)aiot_format_to(params, sizeof(params), "{'after_cursor':'%s'}", bad[i]);
		(void)aiot_format_to(sentence, sizeof(sentence),
				     "'--after-cursor %s' is not a cursor; log --show-cursor "
				     "prints one",
				     bad[i]);
		assert_int_equal(ask("log", params), AIOT_CALL_ERROR);
		assert_error(AIOT_ERR_INVALID_PARAMETER, sentence);
	}
	(void)aiot_format_to(params, sizeof(params), "{'cursor':'3@%0100d'}", 1);
	assert_int_equal(ask("log", params), AIOT_CALL_ERROR);
	assert_string_equal(member_of(reply, "parameter"), "cursor");
}

static void a_cursor_that_was_overwritten_tells_how_many_are_lost(void **state)
{
	uint64_t first;
	char lost[32];

	(void)state;
	say_numbers(3);
	flood();
	first = f->ring.first_seq;
	assert_true(first > 3);
	assert_int_equal(ask("log", "{'after_cursor':'2@626f6f74'}"), AIOT_CALL_DONE);
	(void)aiot_format_to(lost, sizeof(lost), "%llu", (unsigned long long)first - 3);
	assert_string_equal(member_of(reply, "lost"), lost);
	assert_int_equal(ask("log", "{'cursor':'2@626f6f74','names':['a']}"), AIOT_CALL_DONE);
	(void)aiot_format_to(lost, sizeof(lost), "%llu", (unsigned long long)first - 2);
	assert_string_equal(member_of(reply, "lost"), lost);
	assert_string_equal(member_of(reply, "records"), "[]");
	assert_int_equal(ask("log", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "lost"), "-");
}

/* ---- pages ---- */

static void pages_go_on_where_the_one_before_ended(void **state)
{
	(void)state;
	say_numbers(3);
	begin("log", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("records", "text"), "1");
	say("a", AIOT_INFO, "late");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("records", "text"), "2");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("records", "text"), "late");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "records"), "[]");
	begin("log", NULL, false);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
}

static void records_overwritten_between_pages_are_counted_once(void **state)
{
	uint64_t lost = 0, value;
	unsigned told = 0, pages;

	(void)state;
	say_numbers(3);
	begin("log", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	flood();
	for (pages = 0; call_step() == AIOT_CALL_PAGE && pages < 1000; pages++) {
		if (aiot_json_u64(aiot_json_get(reply, "lost"), &value) == 0) {
			lost += value;
			told++;
		}
	}
	assert_int_equal(told, 1);
	assert_true(lost == f->ring.first_seq - 2);
}

/* ---- follow ---- */

static void follow_without_more_is_refused(void **state)
{
	(void)state;
	begin("follow", NULL, false);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_EXPECTED_MORE,
		     "following the log takes several replies: ask with \"more\":true");
	begin("log", "{'follow':true}", false);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
}

static void follow_begins_with_ten_lines_and_goes_on_with_what_comes(void **state)
{
	(void)state;
	say_numbers(12);
	begin("follow", NULL, true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "3 4 5 6 7 8 9 10 11 12");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_null(reply.text); /* nothing new: nothing is sent */
	say("a", AIOT_INFO, "new");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "new");
}

static void log_with_follow_is_follow(void **state)
{
	(void)state;
	say_numbers(12);
	begin("log", "{'follow':true,'lines':1}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "12");
	begin("log", "{'follow':true,'lines':0}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_null(reply.text);
	begin("follow", "{'since_us':0}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "1 2 3 4 5 6 7 8 9 10 11 12");
	begin("follow", "{'after_cursor':'11@626f6f74'}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "12");
}

static void a_stream_that_nothing_passes_stays_silent(void **state)
{
	(void)state;
	begin("follow", "{'names':['b']}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	say("a", AIOT_INFO, "1");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_null(reply.text);
	say("b", AIOT_INFO, "2");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "2");
}

static void a_follower_that_fell_behind_is_told_with_its_next_records(void **state)
{
	uint64_t lost;

	(void)state;
	say_numbers(1);
	begin("follow", "{'names':['a']}", true);
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	flood();
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_null(reply.text); /* a loss alone is no news */
	lost = f->ring.first_seq - 2;
	say("a", AIOT_INFO, "back");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(all_of("records", "text"), "back");
	assert_true((uint64_t)strtoull(member_of(reply, "lost"), NULL, 10) == lost);
	say("a", AIOT_INFO, "next");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_string_equal(member_of(reply, "lost"), "-");
}

static void a_stream_sends_pages_when_it_has_much(void **state)
{
	(void)state;
	say_numbers(3);
	begin("follow", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("records", "text"), "3");
	assert_int_equal(call_step(), AIOT_CALL_STREAM);
	assert_null(reply.text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_record_has_its_times_and_a_cursor),
		T(an_empty_log_is_an_empty_array),
		T(lines_are_the_newest_that_pass_oldest_first),
		T(names_are_plain_or_patterns_or_meant_without_service),
		T(levels_are_kept_up_to_the_one_asked_for),
		T(grep_is_a_part_of_the_text_or_a_pattern_for_all_of_it),
		T(a_grep_pattern_that_is_too_long_is_refused_not_ignored),
		T(since_and_until_include_their_own_instant),
		T(a_cursor_begins_at_its_record_and_after_it_behind),
		T(with_a_cursor_lines_are_the_newest_of_those_behind_it),
		T(a_name_that_nothing_is_called_is_told),
		T(a_beginning_behind_the_end_is_refused),
		T(a_cursor_that_is_not_of_this_log_is_told),
		T(a_cursor_of_another_ring_begins_at_the_oldest),
		T(what_is_no_cursor_is_refused_with_a_hint),
		T(a_cursor_that_was_overwritten_tells_how_many_are_lost),
		T(pages_go_on_where_the_one_before_ended),
		T(records_overwritten_between_pages_are_counted_once),
		T(follow_without_more_is_refused),
		T(follow_begins_with_ten_lines_and_goes_on_with_what_comes),
		T(log_with_follow_is_follow),
		T(a_stream_that_nothing_passes_stays_silent),
		T(a_follower_that_fell_behind_is_told_with_its_next_records),
		T(a_stream_sends_pages_when_it_has_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
