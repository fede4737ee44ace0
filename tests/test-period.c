/* Periods: in or out against the clock itself, windows in order, and the days clocks change. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "period.h"
#include "when-zones.h"

#define S AIOT_US_PER_S
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct aiot_period of(enum aiot_period_unit unit, int64_t start, int64_t end)
{
	return (struct aiot_period){.start_us = start, .end_us = end, .unit = (uint8_t)unit};
}

static bool is_in(const struct aiot_period *p, struct aiot_zone *zone, int64_t when)
{
	struct aiot_interval window;

	return aiot_period_window(p, zone, when, &window) && when < window.end_us;
}

/* Where the clock is in its unit, worked out the slow way. */
static int64_t place(enum aiot_period_unit unit, int64_t local)
{
	static const uint16_t days[] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335};
	struct aiot_civil c;
	int64_t us = local % S;
	int64_t clock;

	aiot_civil_from_s(local / S, &c);
	clock = ((c.hour * 60 + c.minute) * 60 + c.second) * S + us;
	switch (unit) {
	case AIOT_SECOND:
		return us;
	case AIOT_MINUTE:
		return c.second * S + us;
	case AIOT_HOUR:
		return clock % HOUR;
	case AIOT_DAY:
		return clock;
	case AIOT_WEEK:
		return c.weekday * DAY + clock;
	case AIOT_MONTH:
		return (c.day - 1) * DAY + clock;
	default:
		return (days[c.month - 1] + c.day - 1) * DAY + clock;
	}
}

static void in_and_out_are_what_the_clock_says(void **state)
{
	uint64_t random = 3;
	struct aiot_zone zone;

	(void)state;
	set_zone(KATHMANDU, &zone);
	for (unsigned n = 0; n < TURNS(60000u); n++) {
		enum aiot_period_unit unit = (enum aiot_period_unit)(n % 7);
		int64_t size = aiot_period_unit_us(unit);
		int64_t start = (int64_t)(next_random(&random) % 60) * size / 60;
		int64_t end = (int64_t)(next_random(&random) % 60) * size / 60;
		struct aiot_period p = of(unit, start, end);
		int64_t when = random_minute(&random) + (int64_t)(next_random(&random) % MINUTE);
		int64_t at_place = place(unit, aiot_zone_local(&zone, when));
		bool expected = start == end  ? true
				: start < end ? at_place >= start && at_place < end
					      : at_place >= start || at_place < end;

		if (is_in(&p, &zone, when) != expected)
			fail_msg("unit %d %lld..%lld at %lld", (int)unit, (long long)start,
				 (long long)end, (long long)when);
	}
}

static void windows_follow_one_another(void **state)
{
	uint64_t random = 4;

	(void)state;
	for (size_t z = 0; z < ZONES; z++) {
		struct aiot_zone zone;

		set_zone(all_zones[z], &zone);
		for (unsigned n = 0; n < TURNS(6000u); n++) {
			enum aiot_period_unit unit = (enum aiot_period_unit)(n % 7);
			int64_t size = aiot_period_unit_us(unit);
			struct aiot_period p =
				of(unit, (int64_t)(next_random(&random) % 12) * size / 12,
				   (int64_t)(next_random(&random) % 12) * size / 12);
			int64_t when = random_minute(&random);
			struct aiot_interval now, next, again;

			assert_true(aiot_period_window(&p, &zone, when, &now));
			assert_true(now.start_us <= when && now.start_us < now.end_us);
			assert_true(aiot_period_after(&p, &zone, when, &next));
			assert_true(next.start_us > when && next.start_us < next.end_us);
			assert_true(now.end_us <= next.start_us);
			/* None lies between, and each is found from inside. */
			assert_true(aiot_period_after(&p, &zone, now.start_us, &again));
			assert_int_equal(again.start_us, next.start_us);
			assert_true(aiot_period_window(&p, &zone, next.start_us, &again));
			assert_int_equal(again.start_us, next.start_us);
			assert_int_equal(again.end_us, next.end_us);
		}
	}
}

static void check(const struct aiot_period *p, const char *from, const char *start, const char *end)
{
	struct aiot_zone zone = {0};
	struct aiot_interval found;

	assert_true(aiot_period_next(p, &zone, at(from), &found));
	assert_int_equal(found.start_us, at(start));
	assert_int_equal(found.end_us, at(end));
}

static void a_day_on_which_clocks_are_put_forward(void **state)
{
	struct aiot_period early = of(AIOT_DAY, 90 * MINUTE, 150 * MINUTE);
	struct aiot_period late = of(AIOT_DAY, 150 * MINUTE, 195 * MINUTE);
	struct aiot_period whole = of(AIOT_DAY, 0, DAY);
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	/* 01:30 to 02:30, which is 03:30: an hour as on any day. */
	check(&early, "2026-03-29 00:00+01:00", "2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00");
	/* 02:30 to 03:15: the start would come behind the end, so it is the jump. */
	check(&late, "2026-03-29 00:00+01:00", "2026-03-29 03:00+02:00", "2026-03-29 03:15+02:00");
	check(&whole, "2026-03-29 00:00+01:00", "2026-03-29 00:00+01:00", "2026-03-30 00:00+02:00");
}

static void a_day_on_which_clocks_are_put_back(void **state)
{
	struct aiot_period two = of(AIOT_DAY, 2 * HOUR, 3 * HOUR);
	struct aiot_period half = of(AIOT_DAY, 135 * MINUTE, 165 * MINUTE);
	struct aiot_period minutes = of(AIOT_HOUR, 15 * MINUTE, 45 * MINUTE);
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	check(&two, "2026-10-25 00:00+02:00", "2026-10-25 02:00+02:00", "2026-10-25 03:00+01:00");
	/* Once, in the first of the two hours. */
	check(&half, "2026-10-25 00:00+02:00", "2026-10-25 02:15+02:00", "2026-10-25 02:45+02:00");
	check(&half, "2026-10-25 02:00+01:00", "2026-10-26 02:15+01:00", "2026-10-26 02:45+01:00");
	/* Each real hour has its own. */
	check(&minutes, "2026-10-25 02:50+02:00", "2026-10-25 02:15+01:00",
	      "2026-10-25 02:45+01:00");
}

static void half_an_hour_of_summer_time(void **state)
{
	struct aiot_period minutes = of(AIOT_HOUR, 15 * MINUTE, 45 * MINUTE);
	struct aiot_period late = of(AIOT_HOUR, 50 * MINUTE, 55 * MINUTE);
	struct aiot_zone zone;

	(void)state;
	set_zone(LORD_HOWE, &zone);
	/* 02:00 becomes 02:30, in the middle of the window. */
	check(&minutes, "2026-10-04 01:50+10:30", "2026-10-04 02:30+11:00",
	      "2026-10-04 02:45+11:00");
	/* 02:00 becomes 01:30: the hour from 01:00 has two such windows. */
	check(&minutes, "2026-04-05 01:46+11:00", "2026-04-05 01:30+10:30",
	      "2026-04-05 01:45+10:30");
	check(&late, "2026-04-05 01:56+11:00", "2026-04-05 01:50+10:30", "2026-04-05 01:55+10:30");
}

static void months_have_the_days_they_have(void **state)
{
	struct aiot_period last = of(AIOT_MONTH, 30 * DAY, 0); /* on 31st */
	struct aiot_zone zone;
	struct aiot_interval found;

	(void)state;
	set_zone("UTC0", &zone);
	check(&last, "2026-02-10Z", "2026-03-31Z", "2026-04-01Z");
	assert_true(aiot_period_window(&last, &zone, at("2026-05-30Z"), &found));
	assert_int_equal(found.start_us, at("2026-03-31Z"));
	assert_true(aiot_period_after(&last, &zone, at("2026-03-31Z"), &found));
	assert_int_equal(found.start_us, at("2026-05-31Z"));
}

static void nothing_happens_beyond_the_range(void **state)
{
	struct aiot_period day = of(AIOT_DAY, HOUR, 2 * HOUR);
	struct aiot_period year = of(AIOT_YEAR, 0, 366 * DAY);
	struct aiot_zone zone;
	struct aiot_interval found;

	(void)state;
	set_zone(AUCKLAND, &zone);
	assert_false(aiot_period_after(&day, &zone, AIOT_WALL_MAX_US, &found));
	assert_false(aiot_period_after(&day, &zone, INT64_MAX, &found));
	assert_false(aiot_period_window(&day, &zone, INT64_MIN, &found));
	assert_false(aiot_period_next(&year, &zone, INT64_MAX, &found));
	assert_false(aiot_period_after(&year, &zone, AIOT_WALL_MAX_US - 1, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_and_out_are_what_the_clock_says),
		cmocka_unit_test(windows_follow_one_another),
		cmocka_unit_test(a_day_on_which_clocks_are_put_forward),
		cmocka_unit_test(a_day_on_which_clocks_are_put_back),
		cmocka_unit_test(half_an_hour_of_summer_time),
		cmocka_unit_test(months_have_the_days_they_have),
		cmocka_unit_test(nothing_happens_beyond_the_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
