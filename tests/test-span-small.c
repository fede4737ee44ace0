/*
 * test-span-small.c - time spans on boards that have little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aiotools.h"
#include "timetext.h"

static void reads(const char *text, int result, uint32_t ms)
{
	uint64_t ns = 1;
	uint32_t got = 1;

	if (aiot_span_ms(text, strlen(text), &got) != result)
		fail_msg("'%s' is not %d", text, result);
	assert_int_equal(aiot_span_parse(text, strlen(text), &ns, NULL), result);
	assert_int_equal(got, result < 0 ? 1 : ms);
	assert_int_equal(ns, result < 0 ? 1 : ms * AIOT_NS_PER_MS);
}

static void whole_numbers_with_units_are_summed(void **state)
{
	(void)state;
	reads("5", 0, 5000);
	reads("0", 0, 0);
	reads("500ms", 0, 500);
	reads(" 90 s ", 0, 90000);
	reads("1min 30s", 0, 90000);
	reads("1m 30s", 0, 90000);
	reads("1d2h3min4s5ms", 0, 93784005);
	reads("49d", 0, 49u * 86400000u);
	reads("4294967289ms", 0, UINT32_MAX - 6);
}

static void what_it_does_not_know_is_refused(void **state)
{
	(void)state;
	reads("", -AIOT_EINVAL, 0);
	reads("  ", -AIOT_EINVAL, 0);
	reads("soon", -AIOT_EINVAL, 0);
	reads("s", -AIOT_EINVAL, 0);
	reads("-1s", -AIOT_EINVAL, 0);
	reads("1.5s", -AIOT_EINVAL, 0);
	reads("1 hour", -AIOT_EINVAL, 0);
	reads("1sec", -AIOT_EINVAL, 0);
	reads("1us", -AIOT_EINVAL, 0);
	reads("1M", -AIOT_EINVAL, 0);
	reads("1h 30", -AIOT_EINVAL, 0); /* minutes may be meant */
	reads("1h, 30s", -AIOT_EINVAL, 0);
	reads("01:30:00", -AIOT_EINVAL, 0);
	reads("50d", -AIOT_ERANGE, 0);
	reads("49d 49d", -AIOT_ERANGE, 0);
	reads("4294967296ms", -AIOT_ERANGE, 0);
	reads("99999999999s", -AIOT_ERANGE, 0);
}

/* A parameter of a call is a part of its request. */
static void no_more_than_the_text_is_read(void **state)
{
	static const char request[] = "10s\",\"every\":\"5min\"";
	uint64_t ns;

	(void)state;
	assert_int_equal(aiot_span_parse(request, 3, &ns, NULL), 0);
	assert_int_equal(ns, 10 * AIOT_NS_PER_S);
	assert_int_equal(aiot_span_parse(request + 14, 4, &ns, NULL), 0);
	assert_int_equal(ns, 300 * AIOT_NS_PER_S);
}

static void shows(uint32_t ms, const char *text)
{
	struct aiot_out out;
	char buf[16];

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_span_ms(&out, ms);
	assert_string_equal(aiot_out_str(&out), text);
	reads(text, 0, ms);
}

static void they_are_shown_in_the_largest_unit_that_fits(void **state)
{
	(void)state;
	shows(0, "0s");
	shows(1, "1ms");
	shows(1500, "1500ms");
	shows(90000, "90s");
	shows(120000, "2min");
	shows(3600000, "1h");
	shows(4u * 86400000u, "4d");
	shows(UINT32_MAX - 6, "4294967289ms");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_with_units_are_summed),
		cmocka_unit_test(what_it_does_not_know_is_refused),
		cmocka_unit_test(no_more_than_the_text_is_read),
		cmocka_unit_test(they_are_shown_in_the_largest_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
