/* Times and spans: the calendar's corners, what is written, what is read, and the hours that a
 * change of the clocks skips or repeats. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiotools.h"
#include "timetext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define S ((int64_t)AIOT_NS_PER_S)
#define NOW_S 1795221310 /* 2026-11-21 00:35:10 UTC, a Saturday */

static const char central_europe[] = "CET-1CEST,M3.5.0,M10.5.0/3";

static void zone(const char *tz)
{
	assert_int_equal(setenv("TZ", tz, 1), 0);
	tzset();
}

/* ---- calendar ---- */

static void every_day_of_600_years_goes_there_and_back(void **state)
{
	struct aiot_civil c;
	int last_weekday = -1;

	(void)state;
	for (int64_t day = -106000; day < 106000; day++) {
		aiot_civil_from_ns(day * 86400 * S + 86399 * S + 999999999, 0, &c);
		assert_int_equal(aiot_civil_to_s(&c), day * 86400 + 86399);
		assert_int_equal(c.nanosecond, 999999999);
		assert_in_range(c.month, 1, 12);
		assert_in_range(c.day, 1, 31);
		if (last_weekday >= 0)
			assert_int_equal(c.weekday, (last_weekday + 1) % 7);
		last_weekday = c.weekday;
	}
}

static void civil_seconds_know_years_1_to_9999(void **state)
{
	struct aiot_civil first = {.year = 1, .month = 1, .day = 1};
	struct aiot_civil last = {
		.year = 9999, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 59};
	struct aiot_civil leap = {.year = 2000, .month = 2, .day = 29};

	(void)state;
	assert_int_equal(aiot_civil_to_s(&first), -62135596800);
	assert_int_equal(aiot_civil_to_s(&last), 253402300799);
	assert_int_equal(aiot_civil_to_s(&leap), 951782400);
}

static void the_ends_of_64_bits_do_not_overflow(void **state)
{
	struct aiot_civil c;

	(void)state;
	aiot_civil_from_ns(INT64_MAX, 14 * 3600, &c);
	assert_int_equal(c.year, 2262);
	assert_int_equal(c.nanosecond, 854775807);
	aiot_civil_from_ns(INT64_MIN, -14 * 3600, &c);
	assert_int_equal(c.year, 1677);
	assert_int_equal(c.nanosecond, 145224192);
}

static void one_ns_before_1970_is_1969(void **state)
{
	struct aiot_civil c;

	(void)state;
	aiot_civil_from_ns(-1, 0, &c);
	assert_int_equal(c.year, 1969);
	assert_int_equal(c.second, 59);
	assert_int_equal(c.nanosecond, 999999999);
	assert_int_equal(c.weekday, 2);
}

/* ---- writing ---- */

static void check_time(const char *tz, int64_t ns, const char *plain, const char *iso)
{
	char buf[64];
	struct aiot_out out;

	zone(tz);
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_time(&out, ns);
	assert_string_equal(aiot_out_str(&out), plain);
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_time_iso(&out, ns);
	assert_string_equal(aiot_out_str(&out), iso);
}

static void times_are_local_and_iso_says_by_how_much(void **state)
{
	(void)state;
	check_time("UTC0", NOW_S * S + 123456789, "2026-11-21 00:35:10",
		   "2026-11-21T00:35:10.123456+00:00");
	check_time(central_europe, NOW_S * S, "2026-11-21 01:35:10",
		   "2026-11-21T01:35:10.000000+01:00");
	check_time(central_europe, 1782864000 * S, "2026-07-01 02:00:00",
		   "2026-07-01T02:00:00.000000+02:00");
	check_time("XXX3:30", NOW_S * S, "2026-11-20 21:05:10", "2026-11-20T21:05:10.000000-03:30");
	check_time("XXX0:30", NOW_S * S, "2026-11-21 00:05:10", "2026-11-21T00:05:10.000000-00:30");
	/* An offset with seconds cannot be written: the instant stays right. */
	check_time("XXX-0:19:32", NOW_S * S, "2026-11-21 00:54:42",
		   "2026-11-21T00:54:10.000000+00:19");
	check_time("UTC0", -1, "1969-12-31 23:59:59", "1969-12-31T23:59:59.999999+00:00");
}

static const struct ago_case {
	int64_t ns;
	const char *text;
} ago_cases[] = {
	{0, "0 s"},
	{S - 1, "0 s"},
	{9 * S + 999999999, "9 s"},
	{60 * S - 1, "59 s"},
	{60 * S, "00:01:00"},
	{151 * S, "00:02:31"},
	{86400 * S - 1, "23:59:59"},
	{86400 * S, "1 days, 00:00:00"},
	{90061 * S, "1 days, 01:01:01"},
	{-151 * S, "00:02:31"},
	{INT64_MIN, "106751 days, 23:47:16"},
};

static void ago_is_seconds_then_a_clock_then_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ago_cases); i++) {
		char buf[64];
		struct aiot_out out;

		aiot_out_init(&out, buf, sizeof(buf));
		aiot_out_ago(&out, ago_cases[i].ns);
		assert_string_equal(aiot_out_str(&out), ago_cases[i].text);
	}
}

static const struct ago_case span_cases[] = {
	{0, "0s"},
	{1, "1ns"},
	{999, "999ns"},
	{1000, "1us"},
	{500 * 1000000, "500ms"},
	{90 * S, "1min 30s"},
	{7200 * S, "2h"},
	{86400 * S + 4000, "1d 4us"},
	{14 * 86400 * S, "14d"},
	{90061 * S + 1001001, "1d 1h 1min 1s 1ms 1us 1ns"},
};

static void spans_are_written_largest_unit_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(span_cases); i++) {
		char buf[64];
		struct aiot_out out;
		uint64_t back = 0;

		aiot_out_init(&out, buf, sizeof(buf));
		aiot_out_span(&out, (uint64_t)span_cases[i].ns);
		assert_string_equal(aiot_out_str(&out), span_cases[i].text);
		assert_int_equal(aiot_span_parse(out.buf, out.len, &back, NULL), 0);
		assert_int_equal(back, span_cases[i].ns);
	}
}

static void a_full_buffer_cuts_and_says_so(void **state)
{
	char buf[8];
	struct aiot_out out;

	(void)state;
	zone("UTC0");
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_time(&out, NOW_S * S);
	assert_int_equal(out.error, -AIOT_ENOSPC);
}

/* ---- reading spans ---- */

static const struct read_case {
	const char *text;
	int rc;
	int64_t ns;    /* when rc is 0 */
	size_t column; /* otherwise */
} span_texts[] = {
	{"0", 0, 0, 0},
	{"30", 0, 30 * S, 0},
	{"1.5", 0, 1500000000, 0},
	{" 30 s ", 0, 30 * S, 0},
	{"1h 30min", 0, 5400 * S, 0},
	{"1h30min", 0, 5400 * S, 0},
	{"1min, 30s", 0, 90 * S, 0},
	{"1min ,30s", 0, 90 * S, 0},
	{"1 hour 30 minutes", 0, 5400 * S, 0},
	{"2 hr", 0, 7200 * S, 0},
	{"5m", 0, 300 * S, 0},
	{"5ms", 0, 5000000, 0},
	{"7us 3ns", 0, 7003, 0},
	{"1w 2d", 0, 9 * 86400 * S, 0},
	{"1 week 2 days", 0, 9 * 86400 * S, 0},
	{"2 seconds 1 sec 1 second", 0, 4 * S, 0},
	{"1 minute 1 hour 1 day 2 weeks 2 hours 1 minutes", 0,
	 15 * 86400 * S + 3 * 3600 * S + 120 * S, 0},
	{"0.1h", 0, 360 * S, 0},
	{"0.000000001s", 0, 1, 0},
	{"0.9ns", 0, 0, 0},
	{"1.999999999999999999999999999999999999999s", 0, 1999999999, 0},
	{"0.33333333333333333333w", 0, 201599999999999, 0},
	{"36525d", 0, 36525 * (86400 * S), 0},
	{"5 secs, 2 mins 3 hrs", 0, (5 + 120 + 3 * 3600) * S, 0},
	{"01:20:30", 0, 4830 * S, 0},
	{"1 day 100:00:00.25 1ms", 0, (86400 + 360000) * S + 251000000, 0},
	{"01:20", -AIOT_EINVAL, 0, 5},
	{"1:60:00", -AIOT_EINVAL, 0, 2},
	{"1:00:00 s", -AIOT_EINVAL, 0, 8},
	{"1d 876600:00:00", -AIOT_ERANGE, 0, 3},
	{"99999999999999:00:00", -AIOT_ERANGE, 0, 0},
	{"", -AIOT_EINVAL, 0, 0},
	{"   ", -AIOT_EINVAL, 0, 3},
	{"s", -AIOT_EINVAL, 0, 0},
	{"-5s", -AIOT_EINVAL, 0, 0},
	{"+5s", -AIOT_EINVAL, 0, 0},
	{"5x", -AIOT_EINVAL, 0, 1},
	{"5 S", -AIOT_EINVAL, 0, 2},
	{"5sek", -AIOT_EINVAL, 0, 1},
	{".5s", 0, 500000000, 0},
	{"5.s", 0, 5 * S, 0},
	{"1 h .25 min", 0, 3615 * S, 0},
	{"1.", 0, 1 * S, 0},
	{".", -AIOT_EINVAL, 0, 1},
	{".s", -AIOT_EINVAL, 0, 1},
	{"..5s", -AIOT_EINVAL, 0, 1},
	{"1.:20:30", -AIOT_EINVAL, 0, 2},
	{"1.5:20:30", -AIOT_EINVAL, 0, 3},
	{".5:20:30", -AIOT_EINVAL, 0, 2},
	{"1.2.3s", -AIOT_EINVAL, 0, 3},
	{"1h 30", -AIOT_EINVAL, 0, 5},
	{"30 1h", -AIOT_EINVAL, 0, 3},
	{"1min,", -AIOT_EINVAL, 0, 5},
	{"1min, ", -AIOT_EINVAL, 0, 6},
	{"1min,,2s", -AIOT_EINVAL, 0, 5},
	{",1min", -AIOT_EINVAL, 0, 0},
	{"1min; 2s", -AIOT_EINVAL, 0, 4},
	{"1e3s", -AIOT_EINVAL, 0, 1},
	{"36525d 1ns", -AIOT_ERANGE, 0, 7},
	{"36525.1d", -AIOT_ERANGE, 0, 0},
	{"1h 999999w", -AIOT_ERANGE, 0, 3},
	{"18446744073709551615ns", -AIOT_ERANGE, 0, 0},
	{"18446744073709551616ns", -AIOT_ERANGE, 0, 19},
	{"99999999999999999999999999", -AIOT_ERANGE, 0, 19},
};

static void spans_are_read_whole_or_refused_at_a_column(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(span_texts); i++) {
		const struct read_case *c = &span_texts[i];
		uint64_t ns = 42;
		size_t column = 4242;
		int rc = aiot_span_parse(c->text, strlen(c->text), &ns, &column);

		if (rc != c->rc || ns != (rc ? 42 : (uint64_t)c->ns) ||
		    column != (rc ? c->column : 4242))
			fail_msg("'%s': %d, %llu ns, column %zu", c->text, rc,
				 (unsigned long long)ns, column);
		assert_int_equal(aiot_span_parse(c->text, strlen(c->text), &ns, NULL), c->rc);
	}
}

static void a_span_ends_where_its_length_says(void **state)
{
	uint64_t ns = 0;

	(void)state;
	assert_int_equal(aiot_span_parse("5min", 2, &ns, NULL), 0);
	assert_int_equal(ns, 300 * S);
	assert_int_equal(aiot_span_parse("5\0s", 3, &ns, NULL), -AIOT_EINVAL);
}

/* ---- reading times ---- */

static void check_times(const char *tz, const struct read_case *cases, size_t count)
{
	zone(tz);
	for (size_t i = 0; i < count; i++) {
		const struct read_case *c = &cases[i];
		int64_t ns = 42;
		size_t column = 4242;
		int rc = aiot_time_parse(c->text, strlen(c->text), NOW_S * S + 5, &ns, &column);

		if (rc != c->rc || ns != (rc ? 42 : c->ns) || column != (rc ? c->column : 4242))
			fail_msg("'%s' in %s: %d, %lld ns, column %zu", c->text, tz, rc,
				 (long long)ns, column);
		assert_int_equal(aiot_time_parse(c->text, strlen(c->text), 0, &ns, NULL), c->rc);
	}
}

static const struct read_case utc_times[] = {
	{"2026-11-21 00:35:10", 0, NOW_S *S, 0},
	{"  2026-11-21T00:35:10\t", 0, NOW_S *S, 0},
	{"2026-11-21 00:35:10.000000005", 0, NOW_S *S + 5, 0},
	{"2026-11-21 00:35:10.5999999999999", 0, NOW_S *S + 599999999, 0},
	{"2026-11-21 00:35", 0, (NOW_S - 10) * S, 0},
	{"2026-11-21", 0, 1795219200 * S, 0},
	{"2026-11-21 00:35:10Z", 0, NOW_S *S, 0},
	{"2026-11-21 00:35:10 Z", 0, NOW_S *S, 0},
	{"2026-11-21T01:35:10+01:00", 0, NOW_S *S, 0},
	{"2026-11-20 21:05:10-03:30", 0, NOW_S *S, 0},
	{"2026-11-21 +01:00", 0, 1795215600 * S, 0},
	{"00:35", 0, (NOW_S - 10) * S, 0},
	{"00:35:10.25", 0, NOW_S *S + 250000000, 0},
	/* Today in a zone where it is yesterday still. */
	{"22:35:10-02:00", 0, NOW_S *S, 0},
	{"now", 0, NOW_S *S + 5, 0},
	{"today", 0, 1795219200 * S, 0},
	{"yesterday", 0, (1795219200 - 86400) * S, 0},
	{"-5min", 0, (NOW_S - 300) * S + 5, 0},
	{"- 1h 30min", 0, (NOW_S - 5400) * S + 5, 0},
	{"5min ago", 0, (NOW_S - 300) * S + 5, 0},
	{"1h, 5min ago", 0, (NOW_S - 3900) * S + 5, 0},
	{"+5min", 0, (NOW_S + 300) * S + 5, 0},
	{"+5", 0, (NOW_S + 5) * S + 5, 0},
	{"@1795221310", 0, NOW_S *S, 0},
	{"@1795221310.5", 0, NOW_S *S + 500000000, 0},
	{"@0", 0, 0, 0},
	{"1969-12-31 23:59:59.5", 0, -500000000, 0},
	{"2000-02-29", 0, 951782400 * S, 0},
	{"1900-02-28", 0, -2203977600 * S, 0},
	{"", -AIOT_EINVAL, 0, 0},
	{"soon", -AIOT_EINVAL, 0, 0},
	{"nowadays", -AIOT_EINVAL, 0, 0},
	{"today 12:00", -AIOT_EINVAL, 0, 0},
	{"5min", -AIOT_EINVAL, 0, 1},
	{"ago", -AIOT_EINVAL, 0, 0},
	{" ago", -AIOT_EINVAL, 0, 1},
	{"5minago", -AIOT_EINVAL, 0, 1},
	{"-5min ago", -AIOT_EINVAL, 0, 6},
	{"+", -AIOT_EINVAL, 0, 1},
	{"-", -AIOT_EINVAL, 0, 1},
	{"@", -AIOT_EINVAL, 0, 1},
	{"@-5", -AIOT_EINVAL, 0, 1},
	{"@5.", -AIOT_EINVAL, 0, 3},
	{"@5x", -AIOT_EINVAL, 0, 2},
	{"2026-13-01", -AIOT_EINVAL, 0, 5},
	{"2026-00-01", -AIOT_EINVAL, 0, 5},
	{"2026-02-29", -AIOT_EINVAL, 0, 8},
	{"1900-02-29", -AIOT_EINVAL, 0, 8},
	{"2026-04-31", -AIOT_EINVAL, 0, 8},
	{"2026-01-00", -AIOT_EINVAL, 0, 8},
	{"0000-01-01", -AIOT_EINVAL, 0, 0},
	{"2026-1-01", -AIOT_EINVAL, 0, 6},
	{"2026-01-01T", -AIOT_EINVAL, 0, 11},
	{"2026-01-01 24:00", -AIOT_EINVAL, 0, 11},
	{"2026-01-01 00:60", -AIOT_EINVAL, 0, 14},
	{"2026-01-01 00:00:60", -AIOT_EINVAL, 0, 17},
	{"2026-01-01 00:00:", -AIOT_EINVAL, 0, 17},
	{"2026-01-01 00:00:00.", -AIOT_EINVAL, 0, 20},
	{"2026-01-01 00:00 +1:00", -AIOT_EINVAL, 0, 19},
	{"2026-01-01 00:00 +24:00", -AIOT_EINVAL, 0, 18},
	{"2026-01-01 00:00 Zulu", -AIOT_EINVAL, 0, 18},
	{"2026-01-01 00:00 noon", -AIOT_EINVAL, 0, 17},
	{"2026-01-01  00:00", -AIOT_EINVAL, 0, 12},
	{"9999-12-31", -AIOT_ERANGE, 0, 10},
	{"0001-01-01", -AIOT_ERANGE, 0, 10},
	{"@9223372036854775807", -AIOT_ERANGE, 0, 20},
	{"@18446744073709551615", -AIOT_ERANGE, 0, 21},
	{"+101 w 99999999 d", -AIOT_ERANGE, 0, 7},
};

static void times_are_read_whole_or_refused_at_a_column(void **state)
{
	(void)state;
	check_times("UTC0", utc_times, COUNT(utc_times));
}

/* 2026-03-29 01:00 UTC: 02:00 becomes 03:00.  2026-10-25 01:00 UTC: 03:00 becomes 02:00. */
static const struct read_case central_europe_times[] = {
	{"2026-11-21 01:35:10", 0, NOW_S *S, 0},
	{"01:35:10", 0, NOW_S *S, 0},
	{"today", 0, 1795215600 * S, 0},
	{"2026-07-01 02:00", 0, 1782864000 * S, 0},
	{"2026-03-29 01:59:59", 0, 1774745999 * S, 0},
	{"2026-03-29 02:00", 0, 1774746000 * S, 0},
	{"2026-03-29 02:30", 0, 1774747800 * S, 0},
	{"2026-03-29 03:00", 0, 1774746000 * S, 0},
	{"2026-03-29 03:30", 0, 1774747800 * S, 0},
	{"2026-10-25 01:59:59", 0, 1792886399 * S, 0},
	{"2026-10-25 02:00", 0, 1792886400 * S, 0},
	{"2026-10-25 02:59:59", 0, 1792889999 * S, 0},
	{"2026-10-25 03:00", 0, 1792893600 * S, 0},
	{"2026-10-25 02:30+01:00", 0, 1792891800 * S, 0},
};

static void skipped_and_repeated_hours_have_one_answer(void **state)
{
	(void)state;
	check_times(central_europe, central_europe_times, COUNT(central_europe_times));
}

/* South of the equator, where the clocks go forward at the year's end. */
static const struct read_case sydney_times[] = {
	{"2026-10-04 01:59:59", 0, 1791043199 * S, 0}, {"2026-10-04 02:30", 0, 1791045000 * S, 0},
	{"2026-10-04 03:30", 0, 1791045000 * S, 0},    {"2026-04-05 02:30", 0, 1775316600 * S, 0},
	{"2026-04-05 03:00", 0, 1775322000 * S, 0},
};

/* Where midnight itself is skipped, the day begins at 01:00. */
static const struct read_case beirut_times[] = {
	{"2026-03-29", 0, 1774735200 * S, 0},
	{"2026-03-29 00:30", 0, 1774737000 * S, 0},
	{"2026-03-29 01:00", 0, 1774735200 * S, 0},
	{"2026-03-28 23:59:59", 0, 1774735199 * S, 0},
};

static void other_rules_of_daylight_saving_too(void **state)
{
	(void)state;
	check_times("AEST-10AEDT,M10.1.0,M4.1.0/3", sydney_times, COUNT(sydney_times));
	check_times("EET-2EEST,M3.5.0/0,M10.5.0/0", beirut_times, COUNT(beirut_times));
}

static void yesterday_is_a_calendar_day_not_24_hours(void **state)
{
	int64_t ns = 0;

	(void)state;
	zone(central_europe);
	/* Now: 2026-03-30 12:00 CEST; yesterday began in winter time, 35 hours ago. */
	assert_int_equal(aiot_time_parse("yesterday", 9, 1774864800 * S, &ns, NULL), 0);
	assert_int_equal(ns, 1774738800 * S);
}

static void relative_times_stop_at_the_ends_of_64_bits(void **state)
{
	int64_t ns = 42;

	(void)state;
	assert_int_equal(aiot_time_parse("+1ns", 4, INT64_MAX, &ns, NULL), -AIOT_ERANGE);
	assert_int_equal(aiot_time_parse("-1ns", 4, INT64_MIN, &ns, NULL), -AIOT_ERANGE);
	assert_int_equal(ns, 42);
	assert_int_equal(aiot_time_parse("+1ns", 4, INT64_MAX - 1, &ns, NULL), 0);
	assert_int_equal(ns, INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_of_600_years_goes_there_and_back),
		cmocka_unit_test(civil_seconds_know_years_1_to_9999),
		cmocka_unit_test(the_ends_of_64_bits_do_not_overflow),
		cmocka_unit_test(one_ns_before_1970_is_1969),
		cmocka_unit_test(times_are_local_and_iso_says_by_how_much),
		cmocka_unit_test(ago_is_seconds_then_a_clock_then_days),
		cmocka_unit_test(spans_are_written_largest_unit_first),
		cmocka_unit_test(a_full_buffer_cuts_and_says_so),
		cmocka_unit_test(spans_are_read_whole_or_refused_at_a_column),
		cmocka_unit_test(a_span_ends_where_its_length_says),
		cmocka_unit_test(times_are_read_whole_or_refused_at_a_column),
		cmocka_unit_test(skipped_and_repeated_hours_have_one_answer),
		cmocka_unit_test(other_rules_of_daylight_saving_too),
		cmocka_unit_test(yesterday_is_a_calendar_day_not_24_hours),
		cmocka_unit_test(relative_times_stop_at_the_ends_of_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
