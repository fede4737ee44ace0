/*
 * test-split.c - split.c: each stream is fed whole and byte by byte and must give the same list.
 *
 * The expected list is text: "O" object, "L" line, "!" too long, each but the last with its bytes
 * behind a colon, separated by '|'; "+" at the end says that an unfinished message is pending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "split.h"

#define TEXT(s) (s), sizeof(s) - 1 /* a literal that may have NULs in it */

/* Take every message out of one buffer; returns the bytes consumed. */
static size_t take_all(struct aiot_split *s, const char *buf, size_t len, struct aiot_out *list)
{
	size_t total = 0;

	for (;;) {
		const char *text = NULL;
		size_t text_len = 0, used = SIZE_MAX;
		enum aiot_split_kind kind =
			aiot_split_next(s, buf + total, len - total, &text, &text_len, &used);

		assert_true(used <= len - total);
		total += used;
		if (kind == AIOT_SPLIT_MORE)
			return total;
		assert_true(used > 0);
		if (list->len > 0)
			aiot_out_char(list, '|');
		aiot_out_char(list, "?OL!"[kind]);
		if (kind == AIOT_SPLIT_TOO_LONG)
			continue;
		aiot_out_char(list, ':');
		aiot_out_mem(list, text, text_len);
	}
}

/* Feed the stream in reads of `piece` bytes, each in an allocation of its own exact size. */
static void feed(struct aiot_split *s, const char *stream, size_t len, size_t piece,
		 struct aiot_out *list)
{
	size_t from = 0, to = 0;

	while (to < len) {
		to = len - to < piece ? len : to + piece;
		char *buf = malloc(to - from);
		assert_non_null(buf);
		memcpy(buf, stream + from, to - from);
		from += take_all(s, buf, to - from, list);
		free(buf);
	}
	if (aiot_split_pending(s, to - from))
		aiot_out_char(list, '+');
}

static void check_limit(size_t limit, const char *stream, size_t len, const char *expected)
{
	static const size_t pieces[] = {1, 2, 3, 7, SIZE_MAX};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		char buf[512];
		struct aiot_out list;
		struct aiot_split s;

		aiot_out_init(&list, buf, sizeof(buf));
		aiot_split_init(&s, limit);
		feed(&s, stream, len, pieces[i], &list);
		assert_string_equal(aiot_out_str(&list), expected);
	}
}

static void check(const char *stream, size_t len, const char *expected)
{
	check_limit(1000, stream, len, expected);
}

static void nothing_is_no_message(void **state)
{
	struct aiot_split s;
	const char *text;
	size_t len, used = 5;

	(void)state;
	aiot_split_init(&s, 10);
	assert_int_equal(aiot_split_next(&s, NULL, 0, &text, &len, &used), AIOT_SPLIT_MORE);
	assert_int_equal(used, 0);
	assert_false(aiot_split_pending(&s, 0));
	assert_true(aiot_split_pending(&s, 1));
}

static void objects_end_with_nul(void **state)
{
	(void)state;
	check(TEXT("{\"a\":1}\0{\"b\":2}\0"), "O:{\"a\":1}|O:{\"b\":2}");
	check(TEXT("{\"a\":1}\0{\"b\""), "O:{\"a\":1}+");
}

static void objects_end_with_lf(void **state)
{
	(void)state;
	check(TEXT("{\"a\":1}\n{\"b\":2}\n"), "O:{\"a\":1}|O:{\"b\":2}");
	check(TEXT("{\"a\":1}\r\n{}\n"), "O:{\"a\":1}\r|O:{}");
	check(TEXT("{\"a\":1}"), "+");
}

static void an_object_may_be_spread_over_lines(void **state)
{
	(void)state;
	check(TEXT("{\n \"a\": {\n }\n}\n{}\n"), "O:{\n \"a\": {\n }\n}|O:{}");
	check(TEXT("{\"a\":\n[1,\n2]\n}\n"), "O:{\"a\":\n[1,\n2]\n}");
}

static void braces_in_strings_do_not_count(void **state)
{
	(void)state;
	check(TEXT("{\"}\":\"\\\"}\"\n}\n{}\n"), "O:{\"}\":\"\\\"}\"\n}|O:{}");
	check(TEXT("{\"\\\\\"}\n{}\n"), "O:{\"\\\\\"}|O:{}");
	check(TEXT("{\"{\"}\n{}\n"), "O:{\"{\"}|O:{}");
}

static void an_lf_inside_a_string_ends_nothing(void **state)
{
	(void)state;
	check(TEXT("{\"a\n\"}\n{}\n"), "O:{\"a\n\"}|O:{}");
	check(TEXT("{}\n{\"a}\n"), "O:{}+");
}

static void wrong_json_still_ends(void **state)
{
	(void)state;
	check(TEXT("{\"a\":[1}\n{}\n"), "O:{\"a\":[1}|O:{}");
	check(TEXT("{]}\n{}}\n{}\n"), "O:{]}|O:{}}|O:{}");
	check(TEXT("{}{}\n{}\n"), "O:{}{}|O:{}");
}

static void the_first_end_seen_is_the_connections_for_good(void **state)
{
	(void)state;
	/* NUL: an LF at depth 0 no longer ends anything. */
	check(TEXT("{}\0{\"a\":1}\n{\"b\":2}\n\0"), "O:{}|O:{\"a\":1}\n{\"b\":2}\n");
	/* LF: a NUL is a byte like any other. */
	check(TEXT("{}\n{}\0{}\n"), "O:{}|O:{}");
}

static void before_the_end_is_fixed_a_nul_ends_even_a_broken_object(void **state)
{
	(void)state;
	check(TEXT("{\"a\0{}\0"), "O:{\"a|O:{}");
	check(TEXT("{\"a\":{\n\0{}\0"), "O:{\"a\":{\n|O:{}");
}

static void after_nul_is_fixed_strings_and_depth_do_not_matter(void **state)
{
	(void)state;
	check(TEXT("{}\0{\"a\0{{\0{}\0"), "O:{}|O:{\"a|O:{{|O:{}");
}

static void the_end_that_was_found_can_be_asked_for(void **state)
{
	struct aiot_split s;
	const char *text;
	size_t len, used;

	(void)state;
	aiot_split_init(&s, 10);
	(void)aiot_split_next(&s, TEXT("help\n"), &text, &len, &used);
	assert_false(s.fixed);
	(void)aiot_split_next(&s, TEXT("{}\n"), &text, &len, &used);
	assert_true(s.fixed);
	assert_int_equal(s.end, '\n');
}

static void console_lines_end_with_lf_and_lose_a_cr(void **state)
{
	(void)state;
	check(TEXT("help\nstatus a\r\n\n\r\nx\r\r\n"), "L:help|L:status a|L:|L:|L:x\r");
	check(TEXT("a\rb\n"), "L:a\rb");
	check(TEXT("hel"), "+");
}

static void a_line_is_what_does_not_begin_with_a_brace(void **state)
{
	(void)state;
	check(TEXT(" {}\n[1]\n{}\n"), "L: {}|L:[1]|O:{}");
}

static void lines_and_objects_take_turns(void **state)
{
	(void)state;
	check(TEXT("help\n{\"a\":1}\nstatus\n{}\n"), "L:help|O:{\"a\":1}|L:status|O:{}");
	check(TEXT("{}\0help\n{}\0"), "O:{}|L:help|O:{}");
}

static void blanks_after_an_object_are_skipped(void **state)
{
	(void)state;
	check(TEXT("{}\n\n \t\r\n {}\n\n"), "O:{}|O:{}");
	check(TEXT("{}\0\n{}\0\n\n"), "O:{}|O:{}");
	check(TEXT("{}\n\0{}\n\0"), "O:{}|O:{}");
	check(TEXT("{}\n\n  help\n\n"), "O:{}|L:help|L:");
}

static void a_nul_where_a_message_would_begin_is_skipped(void **state)
{
	(void)state;
	check(TEXT("\0help\n\0\0{}\0"), "L:help|O:{}");
}

static void a_message_of_the_limit_passes_and_one_more_does_not(void **state)
{
	(void)state;
	check_limit(4, TEXT("abcd\nabcde\nab\n"), "L:abcd|!|L:ab");
	check_limit(4, TEXT("abcd\r\nabcde\r\nab\n"), "L:abcd|!|L:ab");
	check_limit(4, TEXT("abcd\rx\nabcd\r\r\n\n"), "!|!|L:");
	check_limit(4, TEXT("{12}\n{123}\n{}\n"), "O:{12}|!|O:{}");
	check_limit(4, TEXT("{12}\0{123}\0{}\0"), "O:{12}|!|O:{}");
	check_limit(0, TEXT("\na\n\r\n"), "L:|!|L:");
}

static void too_long_is_said_once_and_the_rest_is_dropped(void **state)
{
	(void)state;
	check_limit(5, TEXT("a very long line\nok\n"), "!|L:ok");
	check_limit(5, TEXT("{}\n{\"a\":\n\"}\n\"\n}\n{}\n"), "O:{}|!|O:{}");
	check_limit(5, TEXT("a very long line"), "!+");
	check_limit(5, TEXT("abcdef"), "!+");
}

static void a_first_object_that_is_too_long_fixes_the_end_too(void **state)
{
	(void)state;
	check_limit(5, TEXT("{\"a\":\"\n\"\n}\0{}\n{}\0"), "!|O:{}\n{}");
	check_limit(5, TEXT("{\"a\":\"\n\"\n}\n{}\n{}\n"), "!|O:{}|O:{}");
}

static void the_largest_limit_is_no_overflow(void **state)
{
	(void)state;
	check_limit(SIZE_MAX, TEXT("help\r\n{}\n"), "L:help|O:{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_no_message),
		cmocka_unit_test(objects_end_with_nul),
		cmocka_unit_test(objects_end_with_lf),
		cmocka_unit_test(an_object_may_be_spread_over_lines),
		cmocka_unit_test(braces_in_strings_do_not_count),
		cmocka_unit_test(an_lf_inside_a_string_ends_nothing),
		cmocka_unit_test(wrong_json_still_ends),
		cmocka_unit_test(the_first_end_seen_is_the_connections_for_good),
		cmocka_unit_test(before_the_end_is_fixed_a_nul_ends_even_a_broken_object),
		cmocka_unit_test(after_nul_is_fixed_strings_and_depth_do_not_matter),
		cmocka_unit_test(the_end_that_was_found_can_be_asked_for),
		cmocka_unit_test(console_lines_end_with_lf_and_lose_a_cr),
		cmocka_unit_test(a_line_is_what_does_not_begin_with_a_brace),
		cmocka_unit_test(lines_and_objects_take_turns),
		cmocka_unit_test(blanks_after_an_object_are_skipped),
		cmocka_unit_test(a_nul_where_a_message_would_begin_is_skipped),
		cmocka_unit_test(a_message_of_the_limit_passes_and_one_more_does_not),
		cmocka_unit_test(too_long_is_said_once_and_the_rest_is_dropped),
		cmocka_unit_test(a_first_object_that_is_too_long_fixes_the_end_too),
		cmocka_unit_test(the_largest_limit_is_no_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
