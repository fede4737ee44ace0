/* Local time from what the port says: where the offset changes, and both ways between. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <stdio.h>

#include "port.h"
#include "when-zones.h"

#define HOUR (3600 * AIOT_US_PER_S)

static int64_t asked_local(int64_t at_us)
{
	return at_us + aiot_port_utc_offset(at_us / AIOT_US_PER_S) * AIOT_US_PER_S;
}

static void local_time_is_what_the_port_says(void **state)
{
	uint64_t random = 1;
	struct aiot_zone zone;

	(void)state;
	for (size_t i = 0; i < ZONES; i++) {
		set_zone(all_zones[i], &zone);
		for (unsigned n = 0; n < TURNS(3000u); n++) {
			int64_t when = random_minute(&random);

			assert_int_equal(aiot_zone_local(&zone, when), asked_local(when));
			assert_true(when >= zone.from_us && when < zone.until_us);
		}
	}
}

static void each_second_around_a_change_has_its_offset(void **state)
{
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	for (int64_t when = at("2026-03-29T00:59:50Z"); when < at("2026-03-29T01:00:10Z");
	     when += AIOT_US_PER_S) {
		assert_int_equal(aiot_zone_local(&zone, when), asked_local(when));
		assert_int_equal(zone.from_us == at("2026-03-29T01:00:00Z"),
				 when >= at("2026-03-29T01:00:00Z"));
	}
	aiot_zone_load(&zone, at("2026-07-01T00:00:00Z"));
	assert_int_equal(zone.from_us, at("2026-03-29T01:00:00Z"));
	assert_int_equal(zone.before_us, HOUR);
	assert_int_equal(zone.offset_us, 2 * HOUR);
}

static void instants_go_to_local_time_and_back(void **state)
{
	uint64_t random = 2;
	struct aiot_zone zone;

	(void)state;
	for (size_t i = 0; i < ZONES; i++) {
		set_zone(all_zones[i], &zone);
		for (unsigned n = 0; n < TURNS(3000u); n++) {
			int64_t when = random_minute(&random);
			int64_t back = aiot_zone_utc(&zone, asked_local(when));

			/* The first of two; asked with the zone wherever the last one was. */
			assert_int_equal(asked_local(back), asked_local(when));
			assert_true(back <= when && when - back <= HOUR);
		}
	}
}

static int64_t local_at(const char *text)
{
	char utc[40];

	(void)snprintf(utc, sizeof(utc), "%sZ", text);
	return at(utc);
}

static void a_skipped_time_is_as_far_behind_the_jump(void **state)
{
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-03-29 02:00")),
			 at("2026-03-29 03:00+02:00"));
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-03-29 02:30")),
			 at("2026-03-29 03:30+02:00"));
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-03-29 01:59:59")),
			 at("2026-03-29 01:59:59+01:00"));
	set_zone(LORD_HOWE, &zone);
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-10-04 02:15")),
			 at("2026-10-04 02:45+11:00"));
}

/* As far behind it as is looked back: the change was then taken for a mere end of the looking. */
static void half_a_year_behind_a_change_it_is_still_known(void **state)
{
	int64_t change = at("2026-03-29 01:00Z");
	struct aiot_zone zone;

	(void)state;
	for (int weeks = 20; weeks < 31; weeks++) {
		set_zone(BERLIN, &zone);
		aiot_zone_load(&zone, change + weeks * 7 * 24 * HOUR);
		assert_true(zone.from_us >= change);
		assert_int_equal(zone.before_us, zone.from_us == change ? HOUR : 2 * HOUR);
	}
}

static void a_repeated_time_is_the_first(void **state)
{
	struct aiot_zone zone;

	(void)state;
	set_zone(BERLIN, &zone);
	aiot_zone_load(&zone, at("2026-12-01T00:00:00Z"));
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-10-25 02:30")),
			 at("2026-10-25 02:30+02:00"));
	aiot_zone_load(&zone, at("2026-08-01T00:00:00Z"));
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-10-25 02:30")),
			 at("2026-10-25 02:30+02:00"));
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-10-25 03:00")),
			 at("2026-10-25 03:00+01:00"));
	set_zone(NEW_YORK, &zone);
	assert_int_equal(aiot_zone_utc(&zone, local_at("2026-11-01 01:30")),
			 at("2026-11-01 01:30-04:00"));
}

static void the_ends_of_time_are_known(void **state)
{
	struct aiot_zone zone;

	(void)state;
	for (size_t i = 0; i < ZONES; i++) {
		set_zone(all_zones[i], &zone);
		(void)aiot_zone_local(&zone, AIOT_WALL_MIN_US);
		(void)aiot_zone_local(&zone, AIOT_WALL_MAX_US);
		assert_true(zone.until_us > AIOT_WALL_MAX_US);
		(void)aiot_zone_utc(&zone, AIOT_WALL_MIN_US - 400 * 24 * HOUR);
		(void)aiot_zone_utc(&zone, AIOT_WALL_MAX_US + 400 * 24 * HOUR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_time_is_what_the_port_says),
		cmocka_unit_test(each_second_around_a_change_has_its_offset),
		cmocka_unit_test(instants_go_to_local_time_and_back),
		cmocka_unit_test(a_skipped_time_is_as_far_behind_the_jump),
		cmocka_unit_test(half_a_year_behind_a_change_it_is_still_known),
		cmocka_unit_test(a_repeated_time_is_the_first),
		cmocka_unit_test(the_ends_of_time_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
