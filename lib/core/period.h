/*
 * period.h - a part of each second, minute, hour, day, week, month or year: "10:00 to 12:00 of each
 * day".
 *
 * Used by conditions.  A period is anchored: its start and end are microseconds from the beginning
 * of the unit, and it wraps where start > end (22:00 to 02:00).  start == end is the whole unit,
 * anchored there.  Marks of a day or more are local times, mapped to instants as zone.h does;
 * smaller units go by the offset that holds at the very instant.  Pure functions.
 */
#ifndef AIOT_PERIOD_H
#define AIOT_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "zone.h"

enum aiot_period_unit {
	AIOT_SECOND,
	AIOT_MINUTE,
	AIOT_HOUR,
	AIOT_DAY,
	AIOT_WEEK,
	AIOT_MONTH,
	AIOT_YEAR,
};

/*
 * Years are measured in a leap year's days, so that 1 March is always the 61st; months in 31 days.
 * What a month or year does not have (the 31st of June) is not in the period.
 */
struct aiot_period {
	int64_t start_us, end_us;
	uint8_t unit;
	uint8_t start_early, end_early; /* a quarter but the last is told 1 us early */
};

/* How long a unit is, counted as above. */
int64_t aiot_period_unit_us(enum aiot_period_unit unit);

/* Whether it is the whole unit, so that every instant is in it. */
bool aiot_period_is_full(const struct aiot_period *p);

/*
 * The last window that has begun at `at_us` or before; it may have ended.  false: none in the range
 * of zone.h, here and below.
 */
bool aiot_period_window(const struct aiot_period *p, struct aiot_zone *zone, int64_t at_us,
			struct aiot_interval *ret);
/* The first window that begins after `at_us`. */
bool aiot_period_after(const struct aiot_period *p, struct aiot_zone *zone, int64_t at_us,
		       struct aiot_interval *ret);

/*
 * What is left of the window at `from_us`, or the next one: for people.  Months and years are
 * counted on from the present one without looking how long the next is (see lib/DESIGN.md).
 */
bool aiot_period_next(const struct aiot_period *p, struct aiot_zone *zone, int64_t from_us,
		      struct aiot_interval *ret);

#endif
