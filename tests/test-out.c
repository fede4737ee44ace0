/* test-out.c - out.c: cutting, growing, passing on, and numbers at the ends of their ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <aiotools.h>

#include "config.h"
#include "out.h"

#define CHECK_TEXT(out, text)                                                                      \
	do {                                                                                       \
		assert_int_equal((out)->len, strlen(text));                                        \
		assert_memory_equal((out)->buf, (text), strlen(text));                             \
	} while (0)

static void what_fits_exactly_is_no_error(void **state)
{
	char buf[5];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "hell");
	aiot_out_char(&out, 'o');
	CHECK_TEXT(&out, "hello");
	assert_int_equal(out.error, 0);
}

static void one_byte_too_many_is_cut_and_said(void **state)
{
	char buf[6] = {0, 0, 0, 0, 0, 'x'};
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, 5);
	aiot_out_text(&out, "hello!");
	CHECK_TEXT(&out, "hello");
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_int_equal(buf[5], 'x');
}

static void after_an_error_nothing_is_written(void **state)
{
	char buf[8];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "ab");
	out.error = -AIOT_EIO;
	aiot_out_char(&out, 'c');
	aiot_out_pad(&out, 'd', 2);
	aiot_out_text(&out, "too long for it anyway");
	CHECK_TEXT(&out, "ab");
	assert_int_equal(out.error, -AIOT_EIO);
}

static void padding_is_cut_too(void **state)
{
	char buf[4];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_pad(&out, '-', SIZE_MAX);
	CHECK_TEXT(&out, "----");
	assert_int_equal(out.error, -AIOT_ENOSPC);
}

static void without_a_buffer_text_goes_nowhere(void **state)
{
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, NULL, 0);
	aiot_out_mem(&out, NULL, 0);
	assert_int_equal(out.error, 0);
	aiot_out_char(&out, 'a');
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_null(aiot_out_str(&out));
}

static void str_costs_a_full_buffer_its_last_byte(void **state)
{
	char buf[3];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "ab");
	assert_string_equal(aiot_out_str(&out), "ab");
	assert_int_equal(out.error, 0);
	aiot_out_char(&out, 'c');
	assert_string_equal(aiot_out_str(&out), "ab");
	assert_int_equal(out.len, 2);
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_string_equal(aiot_out_str(&out), "ab");
}

/* A hook that gives the next bytes of a large array, up to ctx's count. */
static int grow_in_place(struct aiot_out *out, size_t need)
{
	size_t most = *(size_t *)out->ctx;

	if (out->len + need > most)
		return -AIOT_ENOMEM;
	out->size = out->len + need;
	return 0;
}

static void a_growing_buffer_loses_nothing(void **state)
{
	char buf[64];
	size_t most = sizeof(buf);
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, 0);
	out.grow = grow_in_place;
	out.ctx = &most;
	aiot_out_char(&out, 'a');
	aiot_out_text(&out, "bcdefghij");
	aiot_out_pad(&out, '.', 3);
	assert_string_equal(aiot_out_str(&out), "abcdefghij...");
	assert_int_equal(out.error, 0);
}

static void a_refused_growth_is_the_error(void **state)
{
	char buf[8];
	size_t most = 4;
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, 0);
	out.grow = grow_in_place;
	out.ctx = &most;
	aiot_out_text(&out, "abc");
	aiot_out_text(&out, "def");
	aiot_out_char(&out, 'g');
	CHECK_TEXT(&out, AIOT_TEXT ? "abc" : "abcd"); /* small boards go byte by byte */
	assert_int_equal(out.error, -AIOT_ENOMEM);
}

static int grow_by_nothing(struct aiot_out *out, size_t need)
{
	(void)out;
	(void)need;
	return 0;
}

static void a_hook_that_does_nothing_is_not_asked_for_ever(void **state)
{
	char buf[2];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	out.grow = grow_by_nothing;
	aiot_out_text(&out, "abc");
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_string_equal(aiot_out_str(&out), "a");
}

struct sink {
	char text[64];
	size_t len;
};

/* A hook that passes the text on and starts over. */
static int hand_on(struct aiot_out *out, size_t need)
{
	struct sink *sink = out->ctx;

	(void)need;
	memcpy(sink->text + sink->len, out->buf, out->len);
	sink->len += out->len;
	out->len = 0;
	return 0;
}

static void a_small_buffer_passes_long_text_on(void **state)
{
	char buf[4];
	struct sink sink = {.len = 0};
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	out.grow = hand_on;
	out.ctx = &sink;
	aiot_out_text(&out, "abc");
	aiot_out_text(&out, "defghijklmnop");
	aiot_out_pad(&out, '-', 9);
	aiot_out_u64(&out, UINT64_MAX);
	(void)hand_on(&out, 0);
	assert_int_equal(out.error, 0);
	sink.text[sink.len] = '\0';
	assert_string_equal(sink.text, "abcdefghijklmnop---------18446744073709551615");
}

static void check_i64(int64_t value, const char *expected)
{
	char buf[32];
	struct aiot_out out;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_i64(&out, value);
	assert_string_equal(aiot_out_str(&out), expected);
}

static void whole_numbers_at_the_ends_of_their_range(void **state)
{
	(void)state;
	check_i64(0, "0");
	check_i64(-1, "-1");
	check_i64(9, "9");
	check_i64(10, "10");
	check_i64(99, "99");
	check_i64(100, "100");
	check_i64(INT64_MAX, "9223372036854775807");
	check_i64(INT64_MIN, "-9223372036854775808");
}

static void every_power_of_ten_has_all_its_digits(void **state)
{
	char expected[24], buf[24];
	uint64_t power = 1;
	struct aiot_out out;

	(void)state;
	for (unsigned zeros = 0; zeros < 20; zeros++, power *= 10) {
		memset(expected, '0', sizeof(expected));
		expected[0] = '1';
		expected[zeros + 1] = '\0';
		aiot_out_init(&out, buf, sizeof(buf));
		aiot_out_u64(&out, power);
		assert_string_equal(aiot_out_str(&out), expected);

		memset(expected, '9', sizeof(expected));
		expected[zeros == 0 ? 1 : zeros] = '\0';
		aiot_out_init(&out, buf, sizeof(buf));
		aiot_out_u64(&out, zeros == 0 ? 9 : power - 1);
		assert_string_equal(aiot_out_str(&out), expected);
	}
}

static void check_decimal(int64_t value, unsigned digits, const char *expected)
{
	char buf[64];
	struct aiot_out out;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_decimal(&out, value, digits);
	assert_string_equal(aiot_out_str(&out), expected);
}

static void decimals_show_all_digits_and_a_leading_zero(void **state)
{
	(void)state;
	check_decimal(2579, 2, "25.79");
	check_decimal(-5, 3, "-0.005");
	check_decimal(0, 0, "0");
	check_decimal(0, 3, "0.000");
	check_decimal(2500, 2, "25.00");
	check_decimal(100, 3, "0.100");
	check_decimal(1000, 3, "1.000");
	check_decimal(-7, 0, "-7");
	check_decimal(INT64_MIN, 18, "-9.223372036854775808");
	check_decimal(7, 18, "0.000000000000000007");
#if AIOT_TEXT /* small boards have no more digits */
	check_decimal(1, 25, "0.0000000000000000000000001");
	check_decimal(INT64_MIN, 19, "-0.9223372036854775808");
#endif
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_exactly_is_no_error),
		cmocka_unit_test(one_byte_too_many_is_cut_and_said),
		cmocka_unit_test(after_an_error_nothing_is_written),
		cmocka_unit_test(padding_is_cut_too),
		cmocka_unit_test(without_a_buffer_text_goes_nowhere),
		cmocka_unit_test(str_costs_a_full_buffer_its_last_byte),
		cmocka_unit_test(a_growing_buffer_loses_nothing),
		cmocka_unit_test(a_refused_growth_is_the_error),
		cmocka_unit_test(a_hook_that_does_nothing_is_not_asked_for_ever),
		cmocka_unit_test(a_small_buffer_passes_long_text_on),
		cmocka_unit_test(whole_numbers_at_the_ends_of_their_range),
		cmocka_unit_test(every_power_of_ten_has_all_its_digits),
		cmocka_unit_test(decimals_show_all_digits_and_a_leading_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
