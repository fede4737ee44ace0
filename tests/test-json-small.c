/*
 * test-json-small.c - the JSON of boards that have little flash: what it takes, refuses, reads and
 * writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "json.h"

static int parse(const char *text, struct aiot_json *ret)
{
	return aiot_json_parse(text, strlen(text), ret, NULL);
}

static void what_is_json_is_taken(void **state)
{
	static const char *const texts[] = {"{}",
					    "[]",
					    " [ 1 , -2 , 3.5e2 ] ",
					    "{\"a\" : [true,false,null,{\"b\":\"\\u00e4\\n\"}]}",
					    "\"\"",
					    "0",
					    "\t-12\r\n",
					    "{\"a\":{\"b\":{}},\"c\":[[]]}"};
	struct aiot_json value;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], &value), 0);
}

static void what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {
		"",	  "{",	     "[",   "[1",  "[1,]",  "{\"a\"}",	"{\"a\":}", "{\"a\":1,}",
		"[}",	  "{]",	     "]",   "\"a", "\"\\",  "tru",	"truex",    "-",
		"1 2",	  "{1:2}",   "[,]", "{,}", "[1:2]", "\"a\nb\"", "[1 2]",    "{\"a\" 1}",
		"{\"a\"", "{\"a\":", "1,",  "{}}", "1x"};
	struct aiot_json value;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], &value), -AIOT_EBADMSG);
}

/* No byte behind a cut text is looked at: sanitizers see that. */
static void every_beginning_of_a_text_is_refused(void **state)
{
	static const char text[] = "{\"a\":[\"\\u0041\\\\\",{\"b\":null}],\"c\":-1.5}";
	char copy[sizeof(text)];
	struct aiot_json value;

	(void)state;
	for (size_t len = 0; len + 1 < sizeof(text); len++) {
		char *end = copy + sizeof(copy) - len;

		memcpy(end, text, len);
		assert_int_equal(aiot_json_parse(end, len, &value, NULL), -AIOT_EBADMSG);
	}
	assert_int_equal(parse(text, &value), 0);
}

static void it_is_as_deep_as_it_may_be(void **state)
{
	struct aiot_json value;

	(void)state;
	assert_int_equal(parse("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", &value), 0);
	assert_int_equal(parse("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", &value), -AIOT_EOVERFLOW);
}

static void members_are_found_as_their_keys_stand(void **state)
{
	static const char *const keys[] = {"n", "none", "x"};
	struct aiot_json object, list, value, members[3];
	struct aiot_json_iter it = {NULL};

	(void)state;
	assert_int_equal(
		parse(" { \"x\" : \"a\\\"}\" , \"l\":[ 1 ,[2,[]], {\"l\":3}],\"n\":true}", &object),
		0);
	list = aiot_json_get(object, "l");
	assert_int_equal(aiot_json_count(list), 3);
	assert_true(aiot_json_next(list, &it, NULL, &value));
	assert_int_equal(value.len, 1);
	assert_true(aiot_json_next(list, &it, &members[0], &value));
	assert_int_equal(value.len, 6);
	assert_int_equal(members[0].len, 0);
	assert_true(aiot_json_next(list, &it, NULL, &value));
	assert_int_equal(aiot_json_type(aiot_json_get(value, "l")), AIOT_JSON_NUMBER);
	assert_false(aiot_json_next(list, &it, NULL, &value));
	assert_false(aiot_json_next(list, &it, NULL, &value));
	assert_int_equal(aiot_json_type(aiot_json_get(object, "none")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(list, "l")), AIOT_JSON_NONE);
	aiot_json_members(object, keys, 3, members);
	assert_int_equal(aiot_json_type(members[0]), AIOT_JSON_BOOL);
	assert_true(aiot_json_bool(members[0], false));
	assert_true(aiot_json_bool(members[1], true));
	assert_int_equal(aiot_json_type(members[2]), AIOT_JSON_STRING);
	assert_false(aiot_json_bool(members[2], false));
}

static void types_are_told_by_the_first_byte(void **state)
{
	static const char *const texts[] = {"null", "false", "-1", "\"\"", "[]", "{}"};
	struct aiot_json value;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(parse(texts[i], &value), 0);
		assert_int_equal(aiot_json_type(value), AIOT_JSON_NULL + i);
	}
}

static void strings_are_compared_and_decoded(void **state)
{
	struct aiot_json value;
	char text[12] = "as before";

	(void)state;
	assert_int_equal(parse("\"a\\\"}\\n\\/\xc3\xa4\"", &value), 0);
	assert_int_equal(aiot_json_str(value, text, 7), -AIOT_ENOSPC);
	assert_string_equal(text, "");
	assert_int_equal(aiot_json_str(value, text, 8), 7);
	assert_string_equal(text, "a\"}\n/\xc3\xa4");
	assert_int_equal(parse("\"abc\"", &value), 0);
	assert_true(aiot_json_str_is(value, "abc"));
	assert_false(aiot_json_str_is(value, "ab"));
	assert_false(aiot_json_str_is(value, "abcd"));
	assert_int_equal(parse("[\"abc\"]", &value), 0);
	assert_false(aiot_json_str_is(value, "\"abc\""));
	assert_int_equal(aiot_json_str(value, text, 8), -AIOT_EINVAL);
	assert_false(aiot_json_str_is((struct aiot_json){NULL, 0}, ""));
}

/* No pointer is made of one that is NULL. */
static void a_value_that_is_absent_has_no_members_and_no_text(void **state)
{
	struct aiot_json none = {NULL, 0}, value;
	struct aiot_json_iter it = {NULL};
	char text[4] = "abc";

	(void)state;
	assert_false(aiot_json_next(none, &it, NULL, &value));
	assert_null(it.at);
	assert_int_equal(aiot_json_str(none, text, sizeof(text)), -AIOT_EINVAL);
	assert_string_equal(text, "");
}

static void escapes_that_are_not_read_are_refused_and_not_guessed(void **state)
{
	static const char *const texts[] = {"\"ab\\u0041\"", "\"ab\\ud800\"", "\"ab\\u12\"",
					    "\"ab\\x\""};
	struct aiot_json value;
	char text[12] = "as before";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(parse(texts[i], &value), 0);
		assert_int_equal(aiot_json_str(value, text, sizeof(text)), -AIOT_EBADMSG);
		assert_string_equal(text, "");
	}
}

static void whole_numbers_are_read_and_others_refused(void **state)
{
	static const struct {
		const char *text;
		int result;
	} others[] = {
		{"-5", -AIOT_ERANGE},	 {"99999999999999999999", -AIOT_ERANGE},
		{"1.5", -AIOT_EINVAL},	 {"1e3", -AIOT_EINVAL},
		{"\"1\"", -AIOT_EINVAL}, {"true", -AIOT_EINVAL},
	};
	struct aiot_json value;
	uint64_t u = 7;
	int64_t i = 7;

	(void)state;
	assert_int_equal(parse("1795221310000000", &value), 0);
	assert_int_equal(aiot_json_u64(value, &u), 0);
	assert_true(u == 1795221310000000u);
	assert_int_equal(aiot_json_i64(value, &i), 0);
	assert_true(i == 1795221310000000);
	for (size_t n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
		assert_int_equal(parse(others[n].text, &value), 0);
		assert_int_equal(aiot_json_u64(value, &u), others[n].result);
	}
	assert_int_equal(aiot_json_u64((struct aiot_json){NULL, 0}, &u), -AIOT_EINVAL);
	assert_int_equal(parse("9999999999999999999", &value), 0);
	assert_int_equal(aiot_json_i64(value, &i), -AIOT_ERANGE);
	assert_true(i == 1795221310000000);
	assert_true(u == 1795221310000000u);
}

/* A record's text is cut where the reply ends. */
static void a_character_that_was_cut_is_replaced(void **state)
{
	struct aiot_json_out j;
	struct aiot_out out;
	char buf[32];

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_json_begin(&j, &out);
	aiot_json_put_strn(&j, NULL, "a\xe2\x82\xac", 3);
	assert_string_equal(aiot_out_str(&out), "\"a\\ufffd\\ufffd\"");
}

static void what_is_written_is_json_whatever_the_bytes(void **state)
{
	struct aiot_json value;
	struct aiot_json_out j;
	struct aiot_out out;
	char buf[256];

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_json_begin(&j, &out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_str(&j, "s", "\"\\\n\x01\xc3\xa4\xe2\x82\xac\xff\xe0\x80\x80z");
	aiot_json_put_str(&j, "n", NULL);
	aiot_json_put_array(&j, "a");
	aiot_json_put_i64(&j, NULL, -3);
	aiot_json_put_bool(&j, NULL, true);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_object(&j, "b");
	aiot_json_put_end_object(&j);
	aiot_json_put_end_object(&j);
	aiot_json_put_decimal(&j, NULL, 2579, 2);
	aiot_json_put_end_array(&j);
	aiot_json_put_raw(&j, "r", (struct aiot_json){NULL, 0});
	aiot_json_put_end_object(&j);
	assert_string_equal(
		aiot_out_str(&out),
		"{\"s\":"
		"\"\\\"\\\\\\u000a\\u0001\xc3\xa4\xe2\x82\xac\\ufffd\\ufffd\\ufffd\\ufffdz\","
		"\"n\":null,\"a\":[-3,true,{\"b\":{}},25.79],\"r\":null}");
	assert_int_equal(parse(buf, &value), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_json_is_taken),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(every_beginning_of_a_text_is_refused),
		cmocka_unit_test(it_is_as_deep_as_it_may_be),
		cmocka_unit_test(members_are_found_as_their_keys_stand),
		cmocka_unit_test(types_are_told_by_the_first_byte),
		cmocka_unit_test(strings_are_compared_and_decoded),
		cmocka_unit_test(a_value_that_is_absent_has_no_members_and_no_text),
		cmocka_unit_test(escapes_that_are_not_read_are_refused_and_not_guessed),
		cmocka_unit_test(whole_numbers_are_read_and_others_refused),
		cmocka_unit_test(a_character_that_was_cut_is_replaced),
		cmocka_unit_test(what_is_written_is_json_whatever_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
