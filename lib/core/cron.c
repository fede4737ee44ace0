/*
 * cron.c - which minute matches a cron expression next; cron-read.c compiles it.
 *
 * Called by conditions and by the schedule.  On local time a match is found field by field from
 * the bit maps: the rest of this hour, the rest of this day, then the first matching day, month by
 * month.  Around that goes the time zone: local times are looked for one stretch of constant
 * offset after the other, so that what a jump of the clocks does to them is decided where the
 * stretch begins.  Never tries minutes one by one, never reads a clock.
 */
#include "cron.h"

#include "timetext.h"

#define MINUTE_US AIOT_CRON_MINUTE_US
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define MONTHS_MAX (12 * 41) /* 29 February falls on each weekday within 40 years */
#define NONE_US INT64_MIN

/* A minute on local time; day_us is the beginning of its day. */
struct place {
	int32_t year;
	unsigned month, day, hour, minute;
	unsigned weekday; /* of `day` */
	int64_t day_us;
};

static int64_t floor_to(int64_t value, int64_t step)
{
	int64_t rest = value % step;

	return value - (rest < 0 ? rest + step : rest);
}

static void place_at(int64_t local_us, struct place *ret)
{
	struct aiot_civil c;

	aiot_civil_from_s(floor_to(local_us, AIOT_US_PER_S) / AIOT_US_PER_S, &c);
	*ret = (struct place){
		.year = c.year,
		.month = c.month,
		.day = c.day,
		.hour = c.hour,
		.minute = c.minute,
		.weekday = c.weekday,
		.day_us = floor_to(local_us, DAY_US),
	};
}

/* ---- bits: the first at or above, the last at or below; -1: none ---- */

static int bit_from(uint64_t bits, unsigned at)
{
	bits = at < 64 ? bits >> at << at : 0;
	return bits ? __builtin_ctzll(bits) : -1;
}

static int bit_until(uint64_t bits, int at)
{
	if (at < 0)
		return -1;
	bits &= UINT64_MAX >> (63 - at);
	return bits ? 63 - __builtin_clzll(bits) : -1;
}

/* ---- days ---- */

static unsigned month_days(int32_t year, unsigned month)
{
	static const uint8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month] + (month == 2 && leap);
}

/* Bits 1..31: the days of the month that match, given the weekday of its first. */
static uint32_t days_of(const struct aiot_cron *cron, unsigned days, unsigned first_weekday)
{
	uint64_t week = cron->weekdays;
	uint64_t by_weekday;
	uint32_t all = (uint32_t)((UINT64_C(2) << days) - 2);
	uint32_t match;

	week |= week << 7; /* then from the first's weekday on, over and over */
	week = (week >> first_weekday) & 0x7f;
	by_weekday = (week | week << 7 | week << 14 | week << 21 | week << 28) << 1;
	if (cron->any_day || cron->any_wday)
		match = cron->days & (uint32_t)by_weekday;
	else
		match = cron->days | (uint32_t)by_weekday;
	return match & all;
}

static unsigned first_weekday(const struct place *p)
{
	return (p->weekday + 35 - (p->day - 1)) % 7;
}

/* Go to another day of a month that is `shift` months ahead or behind. */
static void next_month(struct place *p)
{
	unsigned days = month_days(p->year, p->month);

	p->day_us += (int64_t)(days - p->day + 1) * DAY_US;
	p->weekday = (first_weekday(p) + days) % 7;
	p->day = 1;
	p->year += p->month == 12;
	p->month = p->month % 12 + 1;
}

/* To the last day of the month before. */
static void last_month(struct place *p)
{
	p->day_us -= (int64_t)p->day * DAY_US;
	p->weekday = (first_weekday(p) + 6) % 7;
	p->year -= p->month == 1;
	p->month = p->month == 1 ? 12 : p->month - 1;
	p->day = month_days(p->year, p->month);
}

static void set_day(struct place *p, unsigned day)
{
	p->day_us += ((int64_t)day - p->day) * DAY_US;
	p->weekday = (first_weekday(p) + day - 1) % 7;
	p->day = day;
}

/* The first matching day at or after p's. */
static bool day_from(const struct aiot_cron *cron, struct place *p)
{
	for (unsigned i = 0; i < MONTHS_MAX; i++) {
		if (cron->months >> p->month & 1) {
			uint32_t days =
				days_of(cron, month_days(p->year, p->month), first_weekday(p));
			int day = bit_from(days, p->day);

			if (day > 0) {
				set_day(p, (unsigned)day);
				return true;
			}
		}
		next_month(p);
	}
	return false;
}

static bool day_until(const struct aiot_cron *cron, struct place *p)
{
	for (unsigned i = 0; i < MONTHS_MAX; i++) {
		if (cron->months >> p->month & 1) {
			uint32_t days =
				days_of(cron, month_days(p->year, p->month), first_weekday(p));
			int day = bit_until(days, (int)p->day);

			if (day > 0) {
				set_day(p, (unsigned)day);
				return true;
			}
		}
		last_month(p);
	}
	return false;
}

/* ---- on local time ---- */

static int64_t minute_us(const struct place *p, int hour, int minute)
{
	return p->day_us + hour * HOUR_US + minute * MINUTE_US;
}

/* The first match at or after local_us. */
static int64_t local_from(const struct aiot_cron *cron, int64_t local_us)
{
	struct place p;
	int64_t day_us;
	int hour, minute;

	place_at(local_us + MINUTE_US - 1, &p);
	day_us = p.day_us;
	if (!day_from(cron, &p))
		return AIOT_NEVER_US;
	if (p.day_us == day_us) {
		hour = bit_from(cron->hours, p.hour);
		minute = bit_from(cron->minutes, hour == (int)p.hour ? p.minute : 0);
		if (hour >= 0 && minute < 0) {
			hour = bit_from(cron->hours, p.hour + 1);
			minute = bit_from(cron->minutes, 0);
		}
		if (hour >= 0)
			return minute_us(&p, hour, minute);
		p.day_us += DAY_US;
		place_at(p.day_us, &p);
		if (!day_from(cron, &p))
			return AIOT_NEVER_US;
	}
	return minute_us(&p, bit_from(cron->hours, 0), bit_from(cron->minutes, 0));
}

/* The last match at or before local_us. */
static int64_t local_until(const struct aiot_cron *cron, int64_t local_us)
{
	struct place p;
	int64_t day_us;
	int hour, minute;

	place_at(local_us, &p);
	day_us = p.day_us;
	if (!day_until(cron, &p))
		return NONE_US;
	if (p.day_us == day_us) {
		hour = bit_until(cron->hours, (int)p.hour);
		minute = bit_until(cron->minutes, hour == (int)p.hour ? (int)p.minute : 59);
		if (hour >= 0 && minute < 0) {
			hour = bit_until(cron->hours, (int)p.hour - 1);
			minute = bit_until(cron->minutes, 59);
		}
		if (hour >= 0)
			return minute_us(&p, hour, minute);
		place_at(p.day_us - 1, &p);
		if (!day_until(cron, &p))
			return NONE_US;
	}
	return minute_us(&p, bit_until(cron->hours, 23), bit_until(cron->minutes, 59));
}

/* ---- instants ---- */

static int64_t max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Local times that the zone's stretch shows as its own: all of it, or, for what fires once for
 * each local time, without those that the stretch before has shown already.
 */
static int64_t own_from(const struct aiot_cron *cron, const struct aiot_zone *zone)
{
	int64_t offset = cron->real_hour ? zone->offset_us : max(zone->offset_us, zone->before_us);

	return zone->from_us + offset;
}

/* What was put off from the skipped local times before the stretch, into it. */
static bool has_skipped(const struct aiot_cron *cron, const struct aiot_zone *zone)
{
	return !cron->real_hour && zone->offset_us > zone->before_us;
}

static int64_t next_in(const struct aiot_cron *cron, const struct aiot_zone *zone, int64_t from_us)
{
	int64_t found = local_from(cron, max(from_us + zone->offset_us, own_from(cron, zone)));
	int64_t skipped;

	if (found != AIOT_NEVER_US)
		found -= zone->offset_us;
	if (!has_skipped(cron, zone))
		return found;
	skipped = local_from(cron, from_us + zone->before_us);
	if (skipped >= zone->from_us + zone->offset_us)
		return found;
	return min(found, skipped - zone->before_us);
}

static int64_t prev_in(const struct aiot_cron *cron, const struct aiot_zone *zone, int64_t from_us)
{
	int64_t found = local_until(cron, from_us + zone->offset_us);
	int64_t skipped;

	found = found < own_from(cron, zone) ? NONE_US : found - zone->offset_us;
	if (!has_skipped(cron, zone))
		return found;
	skipped = local_until(cron,
			      min(from_us + zone->before_us, zone->from_us + zone->offset_us - 1));
	if (skipped < zone->from_us + zone->before_us)
		return found;
	return max(found, skipped - zone->before_us);
}

int64_t aiot_cron_next(const struct aiot_cron *cron, struct aiot_zone *zone, int64_t from_us)
{
	from_us = max(from_us, AIOT_WALL_MIN_US);
	while (from_us < AIOT_WALL_MAX_US) {
		int64_t found;

		aiot_zone_load(zone, from_us);
		found = next_in(cron, zone, from_us);
		if (found < zone->until_us)
			return found < AIOT_WALL_MAX_US ? found : AIOT_NEVER_US;
		if (found == AIOT_NEVER_US)
			return found;
		from_us = zone->until_us;
	}
	return AIOT_NEVER_US;
}

int64_t aiot_cron_prev(const struct aiot_cron *cron, struct aiot_zone *zone, int64_t from_us)
{
	from_us = min(from_us, AIOT_WALL_MAX_US - 1);
	while (from_us >= AIOT_WALL_MIN_US) {
		int64_t found;

		aiot_zone_load(zone, from_us);
		found = prev_in(cron, zone, from_us);
		if (found != NONE_US)
			return found >= AIOT_WALL_MIN_US ? found : NONE_US;
		from_us = zone->from_us - 1;
	}
	return NONE_US;
}
