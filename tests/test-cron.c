/* Cron expressions: what is read, what is refused, and every match of a while against all minutes
 * tried one by one. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "aiotools.h"
#include "cron.h"
#include "when-zones.h"

#define MINUTE AIOT_CRON_MINUTE_US
#define DAY (1440 * MINUTE)

static struct aiot_cron compile(const char *text)
{
	struct aiot_cron cron;
	struct aiot_when_error error = {0};

	if (aiot_cron_compile(text, strlen(text), &cron, &error) < 0)
		fail_msg("%s: column %u: %s", text, error.column, error.text);
	return cron;
}

static void text_is_as_short_as_can_be(void **state)
{
	static const char *const rows[][2] = {
		{"* * * * *", "* * * * *"},
		{"30", "30 * * * *"},
		{"5 4", "5 4 * * *"},
		{"0-59 * * * *", "* * * * *"},
		{"*/15 * * * *", "*/15 * * * *"},
		{"0/20 * * * *", "*/20 * * * *"},
		{"10/20 * * * *", "10,30,50 * * * *"},
		{"0 22-2 * * *", "0 0-2,22,23 * * *"},
		{"0 0-23 * * *", "0 0-23 * * *"},
		{"0 */12 * * *", "0 */12 * * *"},
		{"0 0,12 * * *", "0 0,12 * * *"},
		{"0,30 * * * *", "0,30 * * * *"},
		{"0 */6 1-31 * *", "0 */6 1-31 * *"},
		{"0 0 1,15 jan,DEC fri-mon", "0 0 1,15 1,12 0,1,5,6"},
		{"0 0 * * 7", "0 0 * * 0"},
		{"0 0 * * 5-7", "0 0 * * 0,5,6"},
		{"0 0 * * 0-7", "0 0 * * 0-6"},
		{"0 0 * * 7-7", "0 0 * * 0"}, /* was every day */
		{"0 0 * * 7-2", "0 0 * * 0-2"},
		{"0 0 * * 7/2", "0 0 * * */2"},
		{"0 0 * * 5-7/2", "0 0 * * 0,5"},
		{"0 0 * February,may Friday", "0 0 * 2,5 5"},
		{"0 0 * JANUARY-mar sunday-TUE", "0 0 * 1-3 0-2"},
		{"0 0 * * tue-fri/2", "0 0 * * 2,4"},
		{"  1,1,2   3 * * *  ", "1,2 3 * * *"},
		{"@hourly", "0 * * * *"},
		{"@Weekly", "0 0 * * 0"},
		{"@annually", "0 0 1 1 *"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aiot_cron cron = compile(rows[i][0]);
		struct aiot_cron again;
		char buf[256];
		struct aiot_out out;

		aiot_out_init(&out, buf, sizeof(buf));
		aiot_cron_text(&cron, &out);
		assert_string_equal(aiot_out_str(&out), rows[i][1]);
		again = compile(buf);
		assert_int_equal(again.minutes, cron.minutes);
		assert_int_equal(again.hours, cron.hours);
		assert_int_equal(again.days, cron.days);
		assert_int_equal(again.weekdays, cron.weekdays);
		assert_int_equal(again.real_hour, cron.real_hour);
		assert_int_equal(again.any_day, cron.any_day);
		assert_int_equal(again.any_wday, cron.any_wday);
	}
}

static void what_is_wrong_is_said_with_its_column(void **state)
{
	static const struct {
		const char *text;
		uint32_t column;
		const char *says;
	} rows[] = {
		{"", 1, "a cron expression"},
		{"60 * * * *", 1, "minute from 0 to 59"},
		{"* 24 * * *", 3, "hour from 0 to 23"},
		{"* * 0 * *", 5, "day of month from 1 to 31"},
		{"* * * 13 *", 7, "month from 1 to 12"},
		{"* * * * 8", 9, "day of week from 0 to 7"},
		{"* * * Foo *", 7, "month"},
		{"* * * Janu *", 7, "month"},
		{"* * * * JAN", 9, "day of week"},
		{"* January * * *", 3, "hour"},
		{"* * L * *", 5, "L, the last one, is not known"},
		{"* * * * * *", 11, "no more than five"},
		{"*/0 * * * *", 3, "step"},
		{"5- * * * *", 3, "minute"},
		{"5x * * * *", 2, "blank"},
		{"1,,2 * * * *", 3, "minute"},
		{"99999999999999999999 * * * *", 1, "minute"},
		{"0 0 30 2 *", 5, "30.2. never comes"},
		{"0 0 31 4,6,9,11 *", 5, "never comes"},
		{"@dayly", 1, "@daily"},
		{"@daily 5", 8, "nothing behind"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct aiot_cron cron;
		struct aiot_when_error error = {0};

		if (aiot_cron_compile(rows[i].text, strlen(rows[i].text), &cron, &error) !=
		    -AIOT_EINVAL)
			fail_msg("accepted: %s", rows[i].text);
		if (error.column != rows[i].column || !strstr(error.text, rows[i].says))
			fail_msg("'%s': column %u: %s", rows[i].text, error.column, error.text);
	}
}

/* 29 February, the 31st beside a weekday: these come. */
static void rare_dates_come(void **state)
{
	struct aiot_zone zone;
	struct aiot_cron leap = compile("0 0 29 2 *");
	struct aiot_cron either = compile("0 0 30 2 MON");

	(void)state;
	set_zone("UTC0", &zone);
	assert_int_equal(aiot_cron_next(&leap, &zone, at("2097-01-01 00:00Z")),
			 at("2104-02-29 00:00Z"));
	assert_int_equal(aiot_cron_prev(&leap, &zone, at("2103-12-31 00:00Z")),
			 at("2096-02-29 00:00Z"));
	assert_int_equal(aiot_cron_next(&either, &zone, at("2026-02-03 00:00Z")),
			 at("2026-02-09 00:00Z"));
	assert_int_equal(aiot_cron_next(&leap, &zone, at("2261-01-01 00:00Z")), AIOT_NEVER_US);
	assert_int_equal(aiot_cron_next(&leap, &zone, INT64_MAX), AIOT_NEVER_US);
	assert_int_equal(aiot_cron_prev(&leap, &zone, INT64_MIN), INT64_MIN);
}

/* Minute by minute, on the map of a local time to its instant. */
static bool matches(const struct aiot_cron *cron, int64_t local_us)
{
	struct aiot_civil c;
	bool day, weekday;

	aiot_civil_from_s(local_us / AIOT_US_PER_S, &c);
	day = cron->days >> c.day & 1;
	weekday = cron->weekdays >> c.weekday & 1;
	return cron->minutes >> c.minute & 1 && cron->hours >> c.hour & 1 &&
	       cron->months >> c.month & 1 &&
	       (cron->any_day || cron->any_wday ? day && weekday : day || weekday);
}

/* Which of the local minutes around the tried ones match, a bit each, for they are asked for over
 * and over: from a day before the first one to a day behind the last. */
#define TRIED TURNS(4 * 1440)
#define AROUND (TRIED + 2 * 1440)
static uint8_t around[(AROUND + 7) / 8];
static int64_t around_from;

static void look_around(const struct aiot_cron *cron, int64_t start)
{
	memset(around, 0, sizeof(around));
	around_from = start - DAY;
	for (unsigned i = 0; i < AROUND; i++)
		around[i / 8] |= (uint8_t)(matches(cron, around_from + i * MINUTE) << i % 8);
}

static bool matches_around(int64_t local_us)
{
	int64_t i = (local_us - around_from) / MINUTE;

	if (local_us < around_from || i >= AROUND)
		fail_msg("%lld is not around", (long long)local_us);
	return around[i / 8] >> i % 8 & 1;
}

static bool fires(const struct aiot_cron *cron, struct aiot_zone *zone, int64_t when)
{
	int64_t local = aiot_zone_local(zone, when);

	if (cron->real_hour)
		return matches(cron, local);
	/* Any local time of the two hours around that is mapped here. */
	for (int64_t other = local - 120 * MINUTE; other <= local + 120 * MINUTE; other += MINUTE) {
		if (matches_around(other) && aiot_zone_utc(zone, other) == when)
			return true;
	}
	return false;
}

static void every_match_is_found_and_no_other(void **state)
{
	static const char *const texts[] = {
		"*/7 * * * *",	"30 2 * * *",	"0,30 1-3 * * *",
		"15 */2 * * *", "0 0 1 * *",	"10 2 25-31 * SUN",
		"59 23 31 * *", "5 0-23 * * *", "45 1,2 * 3,4,10,11 0",
	};
	/* Weeks in which some clocks change. */
	static const char *const weeks[] = {"2026-03-05Z", "2026-03-27Z", "2026-04-03Z",
					    "2026-09-25Z", "2026-10-02Z", "2026-10-23Z",
					    "2026-10-30Z"};

	(void)state;
	for (size_t z = 0; z < ZONES; z += EVERY(3)) {
		struct aiot_zone zone;

		set_zone(all_zones[z], &zone);
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) * 7; i += EVERY(5)) {
			struct aiot_cron cron = compile(texts[i / 7]);
			int64_t start = at(weeks[i % 7]);
			int64_t expected = aiot_cron_next(&cron, &zone, start);
			int64_t before = aiot_cron_prev(&cron, &zone, start - MINUTE);

			look_around(&cron, start);
			for (int64_t when = start; when < start + TRIED * MINUTE; when += MINUTE) {
				bool found = expected == when;

				if (fires(&cron, &zone, when) != found)
					fail_msg("%s in %s at %lld: %d", texts[i / 7], all_zones[z],
						 (long long)(when / AIOT_US_PER_S), found);
				if (found) {
					before = when;
					expected = aiot_cron_next(&cron, &zone, when + 1);
				}
				if (when % (97 * MINUTE) == 0)
					assert_int_equal(
						aiot_cron_prev(&cron, &zone, when + MINUTE - 1),
						before);
			}
		}
	}
}

static void check(const char *text, const char *from, const char *const *times)
{
	struct aiot_cron cron = compile(text);
	struct aiot_zone zone = {0};
	int64_t when = at(from);

	for (; *times; times++) {
		when = aiot_cron_next(&cron, &zone, when);
		assert_int_equal(when, at(*times));
		when++;
	}
}

static void a_fixed_hour_fires_once_when_clocks_change(void **state)
{
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	check("30 2 * * *", "2026-03-28 12:00+01:00",
	      (const char *[]){"2026-03-29 03:30+02:00", "2026-03-30 02:30+02:00", NULL});
	check("30 2 * * *", "2026-10-24 12:00+02:00",
	      (const char *[]){"2026-10-25 02:30+02:00", "2026-10-26 02:30+01:00", NULL});
	/* 02:30 is put off to 03:30, where another one is: once. */
	check("30 2,3 * * *", "2026-03-28 12:00+01:00",
	      (const char *[]){"2026-03-29 03:30+02:00", "2026-03-30 02:30+02:00", NULL});
}

static void an_open_hour_fires_in_both_equal_hours(void **state)
{
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	check("30 * * * *", "2026-10-25 01:45+02:00",
	      (const char *[]){"2026-10-25 02:30+02:00", "2026-10-25 02:30+01:00",
			       "2026-10-25 03:30+01:00", NULL});
	check("30 * * * *", "2026-03-29 01:00+01:00",
	      (const char *[]){"2026-03-29 01:30+01:00", "2026-03-29 03:30+02:00", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_as_short_as_can_be),
		cmocka_unit_test(what_is_wrong_is_said_with_its_column),
		cmocka_unit_test(rare_dates_come),
		cmocka_unit_test(every_match_is_found_and_no_other),
		cmocka_unit_test(a_fixed_hour_fires_once_when_clocks_change),
		cmocka_unit_test(an_open_hour_fires_in_both_equal_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
