/*
 * test-options-small.c - what options make of text, and what fields look like as JSON, on boards
 * that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "service.h"

#define DEC3_DEFAULT "25"
#include "options-check.h"

static void whole_numbers_reach_their_limits_and_no_further(void **state)
{
	(void)state;
	CHECK("i32", {"0", 0, 0}, {"-0", 0, 0}, {"2147483647", 0, INT32_MAX},
	      {"-2147483648", 0, INT32_MIN}, {"2147483648", -AIOT_ERANGE, 0},
	      {"-2147483649", -AIOT_ERANGE, 0}, {"", -AIOT_EINVAL, 0}, {"-", -AIOT_EINVAL, 0},
	      {"+5", -AIOT_EINVAL, 0}, {"--5", -AIOT_ERANGE, 0}, {"1.0", -AIOT_EINVAL, 0},
	      {"0x10", -AIOT_EINVAL, 0}, {" 1", -AIOT_EINVAL, 0}, {"1 ", -AIOT_EINVAL, 0},
	      {"true", -AIOT_EINVAL, 0}, {"007", 0, 7});
	CHECK("u32", {"4294967295", 0, UINT32_MAX}, {"4294967296", -AIOT_ERANGE, 0},
	      {"-1", -AIOT_ERANGE, 0}, {"-0", 0, 0}, {"", -AIOT_EINVAL, 0});
	CHECK("i64", {"9223372036854775807", 0, INT64_MAX}, {"-9223372036854775807", 0, -INT64_MAX},
	      {"9223372036854775808", -AIOT_ERANGE, 0}, {"18446744073709551616", -AIOT_ERANGE, 0},
	      {"1e3", -AIOT_EINVAL, 0});
	CHECK("u64", {"9223372036854775807", 0, INT64_MAX},
	      {"9223372036854775808", -AIOT_ERANGE, 0}, {"-1", -AIOT_ERANGE, 0},
	      {"one", -AIOT_EINVAL, 0});
}

static void decimals_are_thousandths_and_given_whole(void **state)
{
	(void)state;
	CHECK("dec3", {"7", 0, 7000}, {"-7", 0, -7000}, {"0", 0, 0},
	      {"2147483647", 0, 2147483647000}, {"2147483648", -AIOT_ERANGE, 0},
	      {"25.5", -AIOT_EINVAL, 0}, {"1.", -AIOT_EINVAL, 0}, {"1,5", -AIOT_EINVAL, 0},
	      {"1x", -AIOT_EINVAL, 0}, {"-", -AIOT_EINVAL, 0}, {"", -AIOT_EINVAL, 0});
}

static void yes_and_no_have_four_words_each(void **state)
{
	(void)state;
	CHECK("flag", {"yes", 0, 1}, {"true", 0, 1}, {"on", 0, 1}, {"1", 0, 1}, {"no", 0, 0},
	      {"false", 0, 0}, {"off", 0, 0}, {"0", 0, 0}, {"", -AIOT_EINVAL, 0},
	      {"y", -AIOT_EINVAL, 0}, {"2", -AIOT_EINVAL, 0}, {"YES", -AIOT_EINVAL, 0},
	      {"yes ", -AIOT_EINVAL, 0}, {"yess", -AIOT_EINVAL, 0});
}

static void spans_are_whole_milliseconds(void **state)
{
	(void)state;
	CHECK("ms", {"500ms", 0, 500}, {"1min 30s", 0, 90000}, {"2", 0, 2000}, {"0", 0, 0},
	      {"4294967289ms", 0, UINT32_MAX - 6}, {"4294967296ms", -AIOT_ERANGE, 0},
	      {"1.5s", -AIOT_EINVAL, 0}, {"-1s", -AIOT_EINVAL, 0}, {"", -AIOT_EINVAL, 0});
}

static void a_text_is_kept_where_it_lies(void **state)
{
	const char *text = "as it is";
	struct all self;

	(void)state;
	assert_int_equal(aiot_opt_store(&opts[0], &self, text), 0);
	assert_ptr_equal(self.str, text);
}

static void fields_become_json_of_their_type(void **state)
{
	struct all self = {"a\"b", INT64_MIN, UINT64_MAX, -1, INT32_MIN, UINT32_MAX, 5, 1, 0};
	struct aiot_json_out json;
	struct aiot_out out;
	char text[256];
	unsigned i;

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	for (i = 0; opts[i].key; i++)
		aiot_value_json(opts[i].type, (char *)&self + opts[i].off, &json, opts[i].key);
	self.str = NULL;
	aiot_value_json(AIOT_TYPE_STR, &self.str, &json, "none");
	aiot_json_put_end_object(&json);
	assert_string_equal(aiot_out_str(&out),
			    "{\"str\":\"a\\\"b\",\"flag\":true,\"i32\":-2147483648,"
			    "\"u32\":4294967295,\"i64\":-9223372036854775808,"
			    "\"u64\":18446744073709551615,\"ms\":\"5ms\",\"dec3\":-0.001,"
			    "\"none\":null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_reach_their_limits_and_no_further),
		cmocka_unit_test(decimals_are_thousandths_and_given_whole),
		cmocka_unit_test(yes_and_no_have_four_words_each),
		cmocka_unit_test(spans_are_whole_milliseconds),
		cmocka_unit_test(a_text_is_kept_where_it_lies),
		cmocka_unit_test(fields_become_json_of_their_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
