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
					    "0"};
	struct aiot_json value;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(texts[i], &value), 0);
}

static void what_is_none_is_refused(void **state)
{
	static const char *const texts[] = {
		"",	     "{",	    "[",     "[1",	 "[1,]", "{\"a\"}",
		"{\"a\":}",  "{\"a\":1,}",  "[}",    "]",	 "\"a",	 "\"\\x\"",
		"\"\\u12\"", "\"\\ud800\"", "tru",   "truex",	 "-",	 "1 2",
		"{1:2}",     "\"a\nb\"",    "[1 2]", "{\"a\" 1}"};
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

static void members_are_found_and_strings_decoded(void **state)
{
	struct aiot_json object, list, value;
	struct aiot_json_iter it = {NULL};
	char text[16] = "as before";

	(void)state;
	assert_int_equal(
		parse(" { \"x\\\\\" : \"a\\\"}\\u00e4\\u20ac\" , \"l\":[ 1 ,[2], {\"l\":3}],"
		      "\"n\":\"\\u0000\"}",
		      &object),
		0);
	assert_int_equal(aiot_json_str(aiot_json_get(object, "x\\"), text, sizeof(text)), 8);
	assert_string_equal(text, "a\"}\xc3\xa4\xe2\x82\xac");
	assert_int_equal(aiot_json_str(aiot_json_get(object, "x\\"), text, 8), -AIOT_ENOSPC);
	assert_int_equal(aiot_json_str(aiot_json_get(object, "n"), text, 8), -AIOT_EBADMSG);
	assert_int_equal(aiot_json_str(aiot_json_get(object, "l"), text, 8), -AIOT_EINVAL);
	assert_string_equal(text, "a\"}\xc3\xa4\xe2\x82\xac");
	list = aiot_json_get(object, "l");
	assert_int_equal(aiot_json_count(list), 3);
	assert_true(aiot_json_next(list, &it, NULL, &value));
	assert_int_equal(value.len, 1);
	assert_int_equal(aiot_json_type(aiot_json_get(object, "none")), AIOT_JSON_NONE);
	assert_true(aiot_json_str_is(aiot_json_get(object, "x\\"), "a\"}\xc3\xa4\xe2\x82\xac"));
	assert_false(aiot_json_str_is(aiot_json_get(object, "x\\"), "a\"}"));
	assert_false(aiot_json_str_is(aiot_json_get(object, "x\\"), "a\"}\xc3\xa4\xe2\x82\xac!"));
}

static void whole_numbers_are_read_and_others_refused(void **state)
{
	struct aiot_json value;
	uint64_t u = 7;
	int64_t i = 7;

	(void)state;
	assert_int_equal(parse("1795221310000000", &value), 0);
	assert_int_equal(aiot_json_u64(value, &u), 0);
	assert_true(u == 1795221310000000u);
	assert_int_equal(parse("-5", &value), 0);
	assert_int_equal(aiot_json_u64(value, &u), -AIOT_ERANGE);
	assert_int_equal(aiot_json_i64(value, &i), 0);
	assert_true(i == -5);
	assert_int_equal(parse("1.5", &value), 0);
	assert_int_equal(aiot_json_u64(value, &u), -AIOT_EINVAL);
	assert_int_equal(parse("99999999999999999999", &value), 0);
	assert_int_equal(aiot_json_u64(value, &u), -AIOT_ERANGE);
	assert_int_equal(parse("\"1\"", &value), 0);
	assert_int_equal(aiot_json_i64(value, &i), -AIOT_EINVAL);
	assert_true(i == -5);
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
	aiot_json_put_decimal(&j, NULL, 2579, 2);
	aiot_json_put_end_array(&j);
	aiot_json_put_raw(&j, "r", (struct aiot_json){NULL, 0});
	aiot_json_put_end_object(&j);
	assert_string_equal(
		aiot_out_str(&out),
		"{\"s\":\"\\\"\\\\\\n\\u0001\xc3\xa4\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd\xef\xbf\xbdz\",\"n\":null,\"a\":[-3,true,25.79],"
		"\"r\":null}");
	assert_int_equal(parse(buf, &value), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_json_is_taken),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(every_beginning_of_a_text_is_refused),
		cmocka_unit_test(it_is_as_deep_as_it_may_be),
		cmocka_unit_test(members_are_found_and_strings_decoded),
		cmocka_unit_test(whole_numbers_are_read_and_others_refused),
		cmocka_unit_test(what_is_written_is_json_whatever_the_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
