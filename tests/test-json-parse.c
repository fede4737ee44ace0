/* test-json-parse.c - json-parse.c: what is JSON and what is not, and where it stops being so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A copy without a terminator, so that a byte read behind it is an error under ASan. */
static char *exact(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

static int try_parse(const char *text, size_t len, size_t *ret_offset)
{
	struct aiot_json value;
	char *copy = exact(text, len);
	int rc = aiot_json_parse(copy, len, &value, ret_offset);

	free(copy);
	return rc;
}

static struct aiot_json parsed(const char *text)
{
	struct aiot_json value = {NULL, 0};

	assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

static void good_texts_are_accepted(void **state)
{
	static const char *const good[] = {
		"null",
		"true",
		"false",
		"0",
		"-0",
		"1",
		"-1",
		"10",
		"0.0",
		"1.5e300",
		"1E+2",
		"1e-2",
		"123456789012345678901234567890",
		"\"\"",
		"\"a\"",
		"{}",
		"[]",
		" [ ] ",
		"\t\r\n {\"a\" : [ 1 , 2 , { } ] , \"b\":null}\n",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u0000\\u001f\\uFFFF\\uabCD\"",
		"\"\\ud83d\\ude00\"",
		"\"\\uD800\\uDC00\"",
		"\"\x7f\"",
		"\"\xc2\x80\"",
		"\"\xdf\xbf\"",
		"\"\xe0\xa0\x80\"",
		"\"\xed\x9f\xbf\"",
		"\"\xee\x80\x80\"",
		"\"\xef\xbf\xbf\"",
		"\"\xf0\x90\x80\x80\"",
		"\"\xf4\x8f\xbf\xbf\"",
		"{\"a\":1,\"a\":2}",
		"{\"\":0}",
		"\"12345678 is more than eight \xe2\x82\xac and then some more of it\"",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		int rc = try_parse(good[i], strlen(good[i]), NULL);

		if (rc != 0)
			print_error("%s\n", good[i]);
		assert_int_equal(rc, 0);
	}
}

static void every_shortened_text_is_refused_at_its_end(void **state)
{
	static const char *const whole[] = {
		"{\"a\":[1,{\"b\":\"x\\u00e4\\ud83d\\ude00y\"},true,false,null],\"c\":{}}",
		"[\"\xf0\x9f\x98\x80 and \xe2\x82\xac\",-0.5e-7]",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(whole); i++) {
		assert_int_equal(try_parse(whole[i], strlen(whole[i]), NULL), 0);
		for (size_t len = 0; len < strlen(whole[i]); len++)
			assert_int_equal(try_parse(whole[i], len, NULL), -AIOT_EBADMSG);
	}
}

struct bad {
	const char *text;
	size_t offset;
};

static void bad_texts_are_refused_where_they_are_bad(void **state)
{
	static const struct bad bad[] = {
		{"", 0},
		{"  ", 2},
		{"x", 0},
		{"nul", 3},
		{"nulL", 3},
		{"truefalse", 4},
		{"1 2", 2},
		{"01", 1},
		{"-01", 2},
		{"-", 1},
		{"+1", 0},
		{".5", 0},
		{"1.", 2},
		{"1.e5", 2},
		{"1e", 2},
		{"1e+", 3},
		{"1e5.5", 3},
		{"0x10", 1},
		{"NaN", 0},
		{"-Infinity", 1},
		{"'a'", 0},
		{"\"a", 2},
		{"\"a\nb\"", 2},
		{"\"\x1f\"", 1},
		{"\"\t\"", 1},
		{"\"\\", 2},
		{"\"\\a\"", 2},
		{"\"\\U0041\"", 2},
		{"\"\\u004\"", 6},
		{"\"\\u00g0\"", 5},
		{"\"\\u+041\"", 3},
		/* lone and wrong halves of surrogate pairs */
		{"\"\\ud800\"", 3},
		{"\"\\udc00\"", 3},
		{"\"\\udc00\\udc00\"", 3},
		{"\"\\ud800x\"", 3},
		{"\"\\ud800\\n\"", 3},
		{"\"\\ud800\\u0041\"", 9},
		{"\"\\ud800\\ud800\"", 9},
		/* not UTF-8: stray, cut, overlong, a surrogate, beyond the last */
		{"\"\x80\"", 1},
		{"\"\xff\"", 1},
		{"\"\xc2\"", 1},
		{"\"\xc0\x80\"", 1},
		{"\"\xc1\xbf\"", 1},
		{"\"\xe0\x9f\xbf\"", 1},
		{"\"\xe2\x82\"", 1},
		{"\"\xed\xa0\x80\"", 1},
		{"\"\xed\xbf\xbf\"", 1},
		{"\"\xf0\x8f\xbf\xbf\"", 1},
		{"\"\xf4\x90\x80\x80\"", 1},
		{"\"\xf5\x80\x80\x80\"", 1},
		{"\"\xf0\x9f\x98\"", 1},
		{"\"\xe2\x28\xa1\"", 1},
		{"\"\xf0\x9f\x28\x80\"", 1},
		{"\"eight..\xc2", 8},
		{"\xef\xbb\xbf{}", 0},
		{"[", 1},
		{"[1", 2},
		{"[1,", 3},
		{"[1,]", 3},
		{"[,1]", 1},
		{"[1 2]", 3},
		{"]", 0},
		{"[1}", 2},
		{"{\"a\":1]", 6},
		{"{", 1},
		{"{\"a\"", 4},
		{"{\"a\"}", 4},
		{"{\"a\":", 5},
		{"{\"a\":}", 5},
		{"{\"a\" 1}", 5},
		{"{a:1}", 1},
		{"{1:1}", 1},
		{"{\"a\":1,}", 7},
		{"{,}", 1},
		{"{\"a\":1 \"b\":2}", 7},
		{"[]]", 2},
		{"{}}", 2},
		{"[/**/]", 1},
		{"{\"\\ud800\":1}", 4},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t offset = 12345;
		int rc = try_parse(bad[i].text, strlen(bad[i].text), &offset);

		if (rc != -AIOT_EBADMSG || offset != bad[i].offset)
			print_error("%s: %d at %zu\n", bad[i].text, rc, offset);
		assert_int_equal(rc, -AIOT_EBADMSG);
		assert_int_equal(offset, bad[i].offset);
	}
}

static void each_control_character_is_refused_at_each_place_of_a_word(void **state)
{
	(void)state;
	for (size_t at = 1; at < 20; at++) {
		for (unsigned c = 0; c < 0x20; c++) {
			char text[] = "\"abcdefghijklmnopqrstuvwxyz\"";
			size_t offset = 0;

			text[at] = (char)c;
			assert_int_equal(try_parse(text, sizeof(text) - 1, &offset), -AIOT_EBADMSG);
			assert_int_equal(offset, at);
		}
	}
}

static void a_nul_byte_is_no_white_space(void **state)
{
	size_t offset = 0;

	(void)state;
	assert_int_equal(try_parse("{}\0", 3, &offset), -AIOT_EBADMSG);
	assert_int_equal(offset, 2);
	assert_int_equal(try_parse("\"\\\0\"", 4, &offset), -AIOT_EBADMSG);
	assert_int_equal(offset, 2);
}

static void no_bytes_at_all_are_no_json(void **state)
{
	struct aiot_json value = {"kept", 4};
	size_t offset = 7;

	(void)state;
	assert_int_equal(aiot_json_parse(NULL, 0, &value, &offset), -AIOT_EBADMSG);
	assert_int_equal(offset, 0);
	assert_string_equal(value.text, "kept");
}

/* "[{"x":[{"x": ... 1 ... }]}]", `depth` deep. */
static size_t make_nested(char *text, unsigned depth)
{
	size_t len = 0;

	for (unsigned i = 0; i < depth; i++) {
		const char *open = i % 2 ? "{\"x\":" : "[";

		memcpy(text + len, open, strlen(open));
		len += strlen(open);
	}
	text[len++] = '1';
	for (unsigned i = depth; i-- > 0;)
		text[len++] = i % 2 ? '}' : ']';
	return len;
}

static void depth_is_limited_to_the_level(void **state)
{
	char text[256];
	size_t len = make_nested(text, AIOT_JSON_DEPTH), offset = 0;

	(void)state;
	assert_int_equal(try_parse(text, len, NULL), 0);
	len = make_nested(text, AIOT_JSON_DEPTH + 1);
	assert_int_equal(try_parse(text, len, &offset), -AIOT_EOVERFLOW);
	assert_int_equal(offset, AIOT_JSON_DEPTH / 2 * strlen("[{\"x\":"));
	memset(text, '[', sizeof(text));
	assert_int_equal(try_parse(text, sizeof(text), NULL), -AIOT_EOVERFLOW);
}

static void many_containers_one_after_the_other_are_not_deep(void **state)
{
	char text[200] = "[";

	(void)state;
	for (int i = 0; i < 40; i++)
		memcpy(text + 1 + 4 * i, i % 2 ? "[]  " : "{}  ", 4);
	for (int i = 0; i < 39; i++)
		text[1 + 4 * i + 3] = ',';
	text[1 + 160] = ']';
	assert_int_equal(try_parse(text, 162, NULL), 0);
}

static void the_value_comes_without_white_space(void **state)
{
	struct aiot_json value = parsed(" \n[1 , 2] \t");

	(void)state;
	assert_int_equal(value.len, 7);
	assert_memory_equal(value.text, "[1 , 2]", 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_texts_are_accepted),
		cmocka_unit_test(every_shortened_text_is_refused_at_its_end),
		cmocka_unit_test(bad_texts_are_refused_where_they_are_bad),
		cmocka_unit_test(each_control_character_is_refused_at_each_place_of_a_word),
		cmocka_unit_test(a_nul_byte_is_no_white_space),
		cmocka_unit_test(no_bytes_at_all_are_no_json),
		cmocka_unit_test(depth_is_limited_to_the_level),
		cmocka_unit_test(many_containers_one_after_the_other_are_not_deep),
		cmocka_unit_test(the_value_comes_without_white_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
