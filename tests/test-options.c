/*
 * test-options.c - what options make of text: keys, every type at its limits, defaults and
 * arguments, and what fields look like as JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "service.h"

#define DEC3_DEFAULT "25.5"
#include "options-check.h"

static void keys_compare_without_case_underscore_and_hyphen(void **state)
{
	(void)state;
	assert_true(aiot_key_equal("task_execution", "TaskExecution"));
	assert_true(aiot_key_equal("task-execution", "TASK__EXECUTION-"));
	assert_true(aiot_key_equal("", "_-"));
	assert_false(aiot_key_equal("task", "tasks"));
	assert_false(aiot_key_equal("tasks", "task"));
	assert_false(aiot_key_equal("a.b", "ab"));
	assert_false(aiot_key_equal("a", ""));
	assert_ptr_equal(aiot_opt_find(&aiot_service_plain, opts, "DEC-3"), &opts[7]);
	assert_null(aiot_opt_find(&aiot_service_plain, opts, "dec"));
}

static void whole_numbers_reach_their_limits_and_no_further(void **state)
{
	(void)state;
	CHECK("i32", {"0", 0, 0}, {"-0", 0, 0}, {"+5", 0, 5}, {"2147483647", 0, INT32_MAX},
	      {"-2147483648", 0, INT32_MIN}, {"2147483648", -AIOT_ERANGE, 0},
	      {"-2147483649", -AIOT_ERANGE, 0}, {"99999999999999999999999", -AIOT_ERANGE, 0},
	      {"", -AIOT_EINVAL, 0}, {"-", -AIOT_EINVAL, 0}, {"+-5", -AIOT_EINVAL, 0},
	      {"1.0", -AIOT_EINVAL, 0}, {"0x10", -AIOT_EINVAL, 0}, {" 1", -AIOT_EINVAL, 0},
	      {"1 ", -AIOT_EINVAL, 0}, {"1_000", -AIOT_EINVAL, 0}, {"007", 0, 7});
	CHECK("u32", {"4294967295", 0, UINT32_MAX}, {"4294967296", -AIOT_ERANGE, 0},
	      {"-1", -AIOT_ERANGE, 0}, {"-0", 0, 0}, {"", -AIOT_EINVAL, 0});
	CHECK("i64", {"9223372036854775807", 0, INT64_MAX}, {"-9223372036854775808", 0, INT64_MIN},
	      {"9223372036854775808", -AIOT_ERANGE, 0}, {"-9223372036854775809", -AIOT_ERANGE, 0},
	      {"18446744073709551616", -AIOT_ERANGE, 0}, {"1e3", -AIOT_EINVAL, 0});
	CHECK("u64", {"18446744073709551615", 0, -1}, {"18446744073709551616", -AIOT_ERANGE, 0},
	      {"-1", -AIOT_ERANGE, 0}, {"9223372036854775808", 0, INT64_MIN},
	      {"184467440737095516150", -AIOT_ERANGE, 0}, {"one", -AIOT_EINVAL, 0});
}

static void decimals_are_thousandths(void **state)
{
	(void)state;
	CHECK("dec3", {"25.5", 0, 25500}, {"-0.001", 0, -1}, {"0.1", 0, 100}, {"7", 0, 7000},
	      {"-7.25", 0, -7250}, {"1.230", 0, 1230}, {"+1.2", 0, 1200},
	      {"9223372036854775.807", 0, INT64_MAX}, {"-9223372036854775.808", 0, INT64_MIN},
	      {"9223372036854775.808", -AIOT_ERANGE, 0}, {"-9223372036854775.809", -AIOT_ERANGE, 0},
	      {"99999999999999999999", -AIOT_ERANGE, 0}, {"1.2345", -AIOT_EINVAL, 0},
	      {"1.", -AIOT_EINVAL, 0}, {".5", -AIOT_EINVAL, 0}, {"1,5", -AIOT_EINVAL, 0},
	      {"1.2.3", -AIOT_EINVAL, 0}, {"1.-2", -AIOT_EINVAL, 0}, {"1.5x", -AIOT_EINVAL, 0},
	      {"-", -AIOT_EINVAL, 0}, {"", -AIOT_EINVAL, 0});
}

static void yes_and_no_have_four_words_each(void **state)
{
	(void)state;
	CHECK("flag", {"yes", 0, 1}, {"YES", 0, 1}, {"true", 0, 1}, {"On", 0, 1}, {"1", 0, 1},
	      {"no", 0, 0}, {"False", 0, 0}, {"off", 0, 0}, {"0", 0, 0}, {"", -AIOT_EINVAL, 0},
	      {"y", -AIOT_EINVAL, 0}, {"2", -AIOT_EINVAL, 0}, {"-1", -AIOT_EINVAL, 0},
	      {"o_n", -AIOT_EINVAL, 0}, {"yes ", -AIOT_EINVAL, 0}, {"yess", -AIOT_EINVAL, 0});
}

static void spans_are_whole_milliseconds(void **state)
{
	(void)state;
	CHECK("ms", {"500ms", 0, 500}, {"1min 30s", 0, 90000}, {"2", 0, 2000}, {"0", 0, 0},
	      {"1.5s", 0, 1500}, {"2000us", 0, 2}, {"4294967295ms", 0, UINT32_MAX},
	      {"4294967296ms", -AIOT_ERANGE, 0}, {"500us", -AIOT_ERANGE, 0},
	      {"1ms 1ns", -AIOT_ERANGE, 0}, {"-1s", -AIOT_EINVAL, 0}, {"1 parsec", -AIOT_EINVAL, 0},
	      {"", -AIOT_EINVAL, 0});
}

static void a_text_is_kept_where_it_lies(void **state)
{
	const char *text = "as it is";
	struct all self;

	(void)state;
	assert_int_equal(aiot_opt_store(&opts[0], &self, text), 0);
	assert_ptr_equal(self.str, text);
}

static void arguments_come_before_defaults_and_the_last_one_counts(void **state)
{
	static const struct aiot_arg args[] = {
		{"U-32", "7", "set"}, {"str", "hi", "set"}, {"u32", "8", "set"}};
	struct aiot_spec spec = {.service = &aiot_service_plain, .args = args, .arg_count = 3};
	static const struct aiot_arg unknown = {"u33", "7", "set"}, bad = {"u32", "x", "set"};
	struct all self;

	(void)state;
#if !AIOT_BOARD
	assert_true(aiot_service_kind(&aiot_service_plain, "main", &spec.kind));
#endif
	memset(&self, 0xa5, sizeof(self));
	assert_int_equal(aiot_opts_apply(&spec, &self), 0);
	assert_int_equal(self.u32, 8);
	assert_string_equal(self.str, "hi");
	assert_int_equal(self.flag, 1);
	assert_int_equal(self.i32, -1);
	assert_true(self.i64 == -1 && self.u64 == 1 && self.dec3 == 25500);
	assert_int_equal(self.ms, 1000);
	assert_int_equal(self.count, 0xa5a5a5a5u); /* no option: not ours to touch */
	spec.args = &unknown;
	spec.arg_count = 1;
	assert_int_equal(aiot_opts_apply(&spec, &self), -AIOT_ENOENT);
	spec.args = &bad;
	assert_int_equal(aiot_opts_apply(&spec, &self), -AIOT_EINVAL);
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
	aiot_value_json(99, &self, &json, "new");
	self.str = NULL;
	aiot_value_json(AIOT_TYPE_STR, &self.str, &json, "none");
	aiot_json_put_end_object(&json);
	assert_string_equal(aiot_out_str(&out),
			    "{\"str\":\"a\\\"b\",\"flag\":true,\"i32\":-2147483648,"
			    "\"u32\":4294967295,\"i64\":-9223372036854775808,"
			    "\"u64\":18446744073709551615,\"ms\":\"5ms\",\"dec3\":-0.001,"
			    "\"new\":null,\"none\":null}");
}

static void every_type_has_its_words(void **state)
{
	uint16_t type;

	(void)state;
	for (type = AIOT_TYPE_STR; type <= AIOT_TYPE_DEC3; type++) {
		assert_string_not_equal(aiot_type_words(type), "known");
		assert_string_not_equal(aiot_type_name(type), "unknown");
	}
	assert_string_equal(aiot_type_words(0), "known");
	assert_string_equal(aiot_type_words(9), "known");
	assert_string_equal(aiot_type_name(0), "unknown");
	assert_string_equal(aiot_type_name(UINT16_MAX), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_compare_without_case_underscore_and_hyphen),
		cmocka_unit_test(whole_numbers_reach_their_limits_and_no_further),
		cmocka_unit_test(decimals_are_thousandths),
		cmocka_unit_test(yes_and_no_have_four_words_each),
		cmocka_unit_test(spans_are_whole_milliseconds),
		cmocka_unit_test(a_text_is_kept_where_it_lies),
		cmocka_unit_test(arguments_come_before_defaults_and_the_last_one_counts),
		cmocka_unit_test(fields_become_json_of_their_type),
		cmocka_unit_test(every_type_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
