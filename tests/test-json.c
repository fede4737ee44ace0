/* test-json.c - json-read.c and json-number.c: values out of checked texts, to the last digit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <aiotools.h>

#include "json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct aiot_json parsed(const char *text)
{
	struct aiot_json value = {NULL, 0};

	assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

/* ---- walking ---- */

static void types_are_told(void **state)
{
	const struct aiot_json absent = {NULL, 0};

	(void)state;
	assert_int_equal(aiot_json_type(absent), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(parsed("null")), AIOT_JSON_NULL);
	assert_int_equal(aiot_json_type(parsed("true")), AIOT_JSON_BOOL);
	assert_int_equal(aiot_json_type(parsed("false")), AIOT_JSON_BOOL);
	assert_int_equal(aiot_json_type(parsed("-1")), AIOT_JSON_NUMBER);
	assert_int_equal(aiot_json_type(parsed("\"\"")), AIOT_JSON_STRING);
	assert_int_equal(aiot_json_type(parsed("[]")), AIOT_JSON_ARRAY);
	assert_int_equal(aiot_json_type(parsed("{}")), AIOT_JSON_OBJECT);
}

static void check_slice(struct aiot_json value, const char *expected)
{
	assert_int_equal(value.len, strlen(expected));
	assert_memory_equal(value.text, expected, value.len);
}

static void members_are_found_whatever_is_before_them(void **state)
{
	struct aiot_json obj = parsed(
		"{ \"skip\" : {\"name\":\"}]\\\"\",\"x\":[[],{}]} ,\"s\":\"\\\\\", \"n\":-1.5e3"
		" , \"name\":\t\"found\" ,\"name\":\"second\",\"last\":null}");

	(void)state;
	check_slice(aiot_json_get(obj, "name"), "\"found\"");
	check_slice(aiot_json_get(obj, "s"), "\"\\\\\"");
	check_slice(aiot_json_get(obj, "n"), "-1.5e3");
	check_slice(aiot_json_get(obj, "last"), "null");
	check_slice(aiot_json_get(aiot_json_get(obj, "skip"), "x"), "[[],{}]");
}

static void what_is_not_there_is_absent(void **state)
{
	struct aiot_json obj = parsed("{\"name\":1,\"nam\":2}");
	const struct aiot_json absent = {NULL, 0};

	(void)state;
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "names")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "na")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(parsed("[\"name\"]"), "name")),
			 AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(parsed("{}"), "name")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(parsed("\"name\""), "name")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(absent, "name")), AIOT_JSON_NONE);
}

static void keys_are_compared_through_escapes(void **state)
{
	struct aiot_json obj = parsed("{\"\\u006eam\\u0065\":1,\"\\u00e4\":2,\"\\ud83d\\ude00\":3,"
				      "\"a\\u0000b\":4,\"\\/\":5,\"\\u0000\":6}");

	(void)state;
	check_slice(aiot_json_get(obj, "name"), "1");
	check_slice(aiot_json_get(obj, "\xc3\xa4"), "2");
	check_slice(aiot_json_get(obj, "\xf0\x9f\x98\x80"), "3");
	check_slice(aiot_json_get(obj, "/"), "5");
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "a")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "")), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(aiot_json_get(obj, "\\u006eame")), AIOT_JSON_NONE);
}

static void iteration_gives_each_element_once(void **state)
{
	struct aiot_json array = parsed("[ 1,\"a,]\" , [2,3],{\"k\":[4]} ,null]");
	static const char *const expected[] = {"1", "\"a,]\"", "[2,3]", "{\"k\":[4]}", "null"};
	struct aiot_json_iter it = {NULL};
	struct aiot_json key = {"x", 1}, value;

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_true(aiot_json_next(array, &it, &key, &value));
		assert_int_equal(aiot_json_type(key), AIOT_JSON_NONE);
		check_slice(value, expected[i]);
	}
	assert_false(aiot_json_next(array, &it, &key, &value));
	assert_false(aiot_json_next(array, &it, &key, &value));
	check_slice(value, "null");
	assert_int_equal(aiot_json_count(array), 5);
}

static void iteration_gives_keys_of_objects(void **state)
{
	struct aiot_json obj = parsed("{\"a\":1 , \"b\\\"\" : {} }");
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;

	(void)state;
	assert_true(aiot_json_next(obj, &it, &key, &value));
	check_slice(key, "\"a\"");
	check_slice(value, "1");
	assert_true(aiot_json_next(obj, &it, &key, &value));
	check_slice(key, "\"b\\\"\"");
	check_slice(value, "{}");
	assert_false(aiot_json_next(obj, &it, &key, &value));
}

static void nothing_is_inside_empty_containers_and_scalars(void **state)
{
	const struct aiot_json absent = {NULL, 0};

	(void)state;
	assert_int_equal(aiot_json_count(parsed("[ ]")), 0);
	assert_int_equal(aiot_json_count(parsed("{\n}")), 0);
	assert_int_equal(aiot_json_count(parsed("\"[1]\"")), 0);
	assert_int_equal(aiot_json_count(parsed("12")), 0);
	assert_int_equal(aiot_json_count(absent), 0);
	assert_int_equal(aiot_json_count(parsed("[[]]")), 1);
}

/* ---- strings ---- */

static void strings_are_decoded(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(aiot_json_str(parsed("\"\""), buf, 1), 0);
	assert_string_equal(buf, "");
	assert_int_equal(aiot_json_str(parsed("\"\\\"\\\\\\/\\b\\f\\n\\r\\tq\""), buf, sizeof(buf)),
			 9);
	assert_string_equal(buf, "\"\\/\b\f\n\r\tq");
	assert_int_equal(
		aiot_json_str(parsed("\"\\u0001\\u007f\\u0080\\u07ff\""), buf, sizeof(buf)), 6);
	assert_string_equal(buf, "\x01\x7f\xc2\x80\xdf\xbf");
	assert_int_equal(aiot_json_str(parsed("\"\\u0800\\uFFFF\""), buf, sizeof(buf)), 6);
	assert_string_equal(buf, "\xe0\xa0\x80\xef\xbf\xbf");
	assert_int_equal(
		aiot_json_str(parsed("\"\\ud800\\udc00\\uDBFF\\uDFFF\""), buf, sizeof(buf)), 8);
	assert_string_equal(buf, "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void a_string_that_does_not_fit_leaves_the_buffer_alone(void **state)
{
	char buf[8] = "before";

	(void)state;
	assert_int_equal(aiot_json_str(parsed("\"abc\""), buf, 3), -AIOT_ENOSPC);
	assert_int_equal(aiot_json_str(parsed("\"\""), buf, 0), -AIOT_ENOSPC);
	assert_int_equal(aiot_json_str(parsed("\"a\\u0000b\""), buf, sizeof(buf)), -AIOT_EBADMSG);
	assert_int_equal(aiot_json_str(parsed("12"), buf, sizeof(buf)), -AIOT_EINVAL);
	assert_int_equal(aiot_json_str((struct aiot_json){NULL, 0}, buf, sizeof(buf)),
			 -AIOT_EINVAL);
	assert_string_equal(buf, "before");
	assert_int_equal(aiot_json_str(parsed("\"abc\""), buf, 4), 3);
	assert_memory_equal(buf, "abc\0re", 7);
}

static void strings_go_to_an_out_too(void **state)
{
	char buf[8];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	assert_int_equal(aiot_json_str_out(parsed("\"a\\tb\""), &out), 3);
	assert_int_equal(aiot_json_str_out(parsed("\"\\u0000\""), &out), -AIOT_EBADMSG);
	assert_int_equal(aiot_json_str_out(parsed("[]"), &out), -AIOT_EINVAL);
	assert_int_equal(out.len, 3);
	assert_int_equal(aiot_json_str_out(parsed("\"cdefgh\""), &out), -AIOT_ENOSPC);
	assert_memory_equal(buf, "a\tbcdefg", 8);
}

static void str_is_compares_whole_decoded_strings(void **state)
{
	(void)state;
	assert_true(aiot_json_str_is(parsed("\"on\""), "on"));
	assert_true(aiot_json_str_is(parsed("\"\\u006Fn\""), "on"));
	assert_true(aiot_json_str_is(parsed("\"\""), ""));
	assert_false(aiot_json_str_is(parsed("\"on\""), "one"));
	assert_false(aiot_json_str_is(parsed("\"one\""), "on"));
	assert_false(aiot_json_str_is(parsed("\"\\u0000\""), ""));
	assert_false(aiot_json_str_is(parsed("true"), "true"));
}

/* ---- numbers ---- */

static void check_i64(const char *text, int rc, int64_t expected)
{
	int64_t value = 4711;

	assert_int_equal(aiot_json_i64(parsed(text), &value), rc);
	assert_true(value == (rc < 0 ? 4711 : expected));
}

static void check_u64(const char *text, int rc, uint64_t expected)
{
	uint64_t value = 4711;

	assert_int_equal(aiot_json_u64(parsed(text), &value), rc);
	assert_true(value == (rc < 0 ? 4711 : expected));
}

static void whole_numbers_at_the_ends_of_their_range(void **state)
{
	(void)state;
	check_i64("0", 0, 0);
	check_i64("-0", 0, 0);
	check_i64("-1", 0, -1);
	check_i64("9223372036854775807", 0, INT64_MAX);
	check_i64("9223372036854775808", -AIOT_ERANGE, 0);
	check_i64("-9223372036854775808", 0, INT64_MIN);
	check_i64("-9223372036854775809", -AIOT_ERANGE, 0);
	check_u64("18446744073709551615", 0, UINT64_MAX);
	check_u64("18446744073709551616", -AIOT_ERANGE, 0);
	check_u64("18446744073709551620", -AIOT_ERANGE, 0);
	check_u64("99999999999999999999999999", -AIOT_ERANGE, 0);
	check_u64("-0", 0, 0);
	check_u64("-1", -AIOT_ERANGE, 0);
}

static void numbers_are_whole_by_value_not_by_spelling(void **state)
{
	(void)state;
	check_i64("1.0", 0, 1);
	check_i64("-1.50e2", 0, -150);
	check_i64("1200e-2", 0, 12);
	check_i64("100.00E-2", 0, 1);
	check_i64("0.00005e5", 0, 5);
	check_i64("0.000e-99999999999999999999999", 0, 0);
	check_i64("0e99999999999999999999999", 0, 0);
	check_u64("1e19", 0, 10000000000000000000u);
	check_u64("1e20", -AIOT_ERANGE, 0);
	check_i64("1e18", 0, 1000000000000000000);
	check_i64("1e99999999999999999999999", -AIOT_ERANGE, 0);
	check_i64("1e-99999999999999999999999", -AIOT_EINVAL, 0);
	check_i64("1.5", -AIOT_EINVAL, 0);
	check_i64("10e-2", -AIOT_EINVAL, 0);
	check_i64("0.1", -AIOT_EINVAL, 0);
	check_u64("18446744073709551615.5", -AIOT_EINVAL, 0);
}

static void only_numbers_are_numbers(void **state)
{
	int64_t value = 3;

	(void)state;
	assert_int_equal(aiot_json_i64(parsed("\"1\""), &value), -AIOT_EINVAL);
	assert_int_equal(aiot_json_i64(parsed("true"), &value), -AIOT_EINVAL);
	assert_int_equal(aiot_json_i64((struct aiot_json){NULL, 0}, &value), -AIOT_EINVAL);
	assert_int_equal(value, 3);
}

static void bool_falls_back_for_anything_else(void **state)
{
	(void)state;
	assert_true(aiot_json_bool(parsed("true"), false));
	assert_false(aiot_json_bool(parsed("false"), true));
	assert_true(aiot_json_bool(parsed("null"), true));
	assert_false(aiot_json_bool(parsed("\"true\""), false));
	assert_true(aiot_json_bool((struct aiot_json){NULL, 0}, true));
}

static void several_members_are_found_in_one_walk(void **state)
{
	static const char *const keys[] = {"name", "none", "last", "twice"};
	static const char text[] =
		"{\"twice\":1,\"n\\u0061me\":\"a\",\"twice\":2,\"last\":[{\"name\":3}]}";
	struct aiot_json object, found[4];

	assert_int_equal(aiot_json_parse(text, sizeof(text) - 1, &object, NULL), 0);
	aiot_json_members(object, keys, 4, found);
	assert_true(aiot_json_str_is(found[0], "a"));
	assert_int_equal(aiot_json_type(found[1]), AIOT_JSON_NONE);
	assert_int_equal(aiot_json_type(found[2]), AIOT_JSON_ARRAY);
	assert_int_equal(found[3].len, 1);
	assert_int_equal(found[3].text[0], '1');
	aiot_json_members(found[2], keys, 4, found);
	assert_int_equal(aiot_json_type(found[0]), AIOT_JSON_NONE);
}

#if AIOT_TEXT /* small boards have no tables */
static void rows_are_walked_and_taken_apart_at_once(void **state)
{
	static const char *const keys[] = {"a", "b"};
	static const char text[] =
		" [ {\"b\":[{\"a\":9}],\"\\u0061\":1,\"c\":{\"b\":\"]}\"}} , 7,\n"
		"[\"a\"], { } ,{\"a\":2,\"a\":3, \"b\" : null } ]";
	struct aiot_json_iter it = {NULL};
	struct aiot_json array, row, found[2];
	static const char *const rows[] = {"{\"b\":[{\"a\":9}],\"\\u0061\":1,\"c\":{\"b\":\"]}\"}}",
					   "7", "[\"a\"]", "{ }",
					   "{\"a\":2,\"a\":3, \"b\" : null }"};
	static const char *const as[] = {"1", "", "", "", "2"};
	static const char *const bs[] = {"[{\"a\":9}]", "", "", "", "null"};

	(void)state;
	assert_int_equal(aiot_json_parse(text, sizeof(text) - 1, &array, NULL), 0);
	for (size_t i = 0; i < 5; i++) {
		assert_true(aiot_json_next_members(array, &it, keys, 2, &row, found));
		assert_int_equal(row.len, strlen(rows[i]));
		assert_memory_equal(row.text, rows[i], row.len);
		assert_int_equal(found[0].len, strlen(as[i]));
		assert_int_equal(found[1].len, strlen(bs[i]));
		if (found[0].len > 0) {
			assert_memory_equal(found[0].text, as[i], found[0].len);
			assert_memory_equal(found[1].text, bs[i], found[1].len);
		}
	}
	assert_false(aiot_json_next_members(array, &it, keys, 2, &row, found));
	it.at = NULL;
	assert_false(aiot_json_next_members(parsed("{\"a\":1}"), &it, keys, 2, &row, found));
	assert_false(aiot_json_next_members(parsed("[ ]"), &it, keys, 2, &row, found));
	assert_false(
		aiot_json_next_members((struct aiot_json){NULL, 0}, &it, keys, 2, &row, found));
}

static void rows_are_walked_without_looking_for_their_end(void **state)
{
	static const char text[] =
		"{\"x\":[{\"rows\":0}],\"r\\u006fws\":[1, [2] ],\"rows\":[3],\"not\":null}";
	struct aiot_json_iter it = {NULL};
	struct aiot_json rows = aiot_json_rows(parsed(text), "rows"), value;

	(void)state;
	assert_true(aiot_json_next(rows, &it, NULL, &value));
	assert_int_equal(value.text[0], '1');
	assert_true(aiot_json_next(rows, &it, NULL, &value));
	assert_int_equal(value.len, 3);
	assert_false(aiot_json_next(rows, &it, NULL, &value));
	assert_int_equal(aiot_json_count(aiot_json_rows(parsed(text), "not")), 0);
	assert_int_equal(aiot_json_rows(parsed(text), "none").len, 0);
	assert_int_equal(aiot_json_rows(parsed("[\"rows\"]"), "rows").len, 0);
	assert_int_equal(aiot_json_rows((struct aiot_json){NULL, 0}, "rows").len, 0);
}

/* Both ways of checking say the same of every beginning of a text, and find the same. */
static void members_are_found_while_the_text_is_checked(void **state)
{
	static const char *const keys[] = {"a", "none", "b"};
	static const char *const texts[] = {
		"{}",
		" { \"a\" : [1,{\"b\":2}] , \"\\u0062\":\"}\\\"\", \"a\":3 } \n",
		"{\"b\":{\"a\":[]},\"c\":-1e3,\"a\":true}",
		"[1]",
		"\"a\"",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{,}",
		"{\"a\":1]",
		"{\"a\":1}}",
		"{\"a\":[1}}",
		"{a:1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t len = 1; len <= strlen(texts[i]); len++) {
			struct aiot_json whole = {NULL, 0}, found[3], wanted[3];
			bool good = aiot_json_parse(texts[i], len, &whole, NULL) == 0 &&
				    aiot_json_type(whole) == AIOT_JSON_OBJECT;

			assert_int_equal(
				aiot_json_parse_members(texts[i], len, keys, 3, found) == 0, good);
			if (!good)
				continue;
			aiot_json_members(whole, keys, 3, wanted);
			for (size_t k = 0; k < 3; k++) {
				assert_ptr_equal(found[k].text, wanted[k].text);
				assert_int_equal(found[k].len, wanted[k].len);
			}
		}
	}
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_members_are_found_in_one_walk),
#if AIOT_TEXT
		cmocka_unit_test(rows_are_walked_and_taken_apart_at_once),
		cmocka_unit_test(rows_are_walked_without_looking_for_their_end),
		cmocka_unit_test(members_are_found_while_the_text_is_checked),
#endif
		cmocka_unit_test(types_are_told),
		cmocka_unit_test(members_are_found_whatever_is_before_them),
		cmocka_unit_test(what_is_not_there_is_absent),
		cmocka_unit_test(keys_are_compared_through_escapes),
		cmocka_unit_test(iteration_gives_each_element_once),
		cmocka_unit_test(iteration_gives_keys_of_objects),
		cmocka_unit_test(nothing_is_inside_empty_containers_and_scalars),
		cmocka_unit_test(strings_are_decoded),
		cmocka_unit_test(a_string_that_does_not_fit_leaves_the_buffer_alone),
		cmocka_unit_test(strings_go_to_an_out_too),
		cmocka_unit_test(str_is_compares_whole_decoded_strings),
		cmocka_unit_test(whole_numbers_at_the_ends_of_their_range),
		cmocka_unit_test(numbers_are_whole_by_value_not_by_spelling),
		cmocka_unit_test(only_numbers_are_numbers),
		cmocka_unit_test(bool_falls_back_for_anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
