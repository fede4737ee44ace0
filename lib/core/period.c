/*
 * period.c - a part of each second, minute, hour, day, week, month or year; see period.h.
 *
 * Called by conditions.  A period has one window for each unit of time (each day, each hour): unit
 * by unit, beginning with the one around the instant asked about, windows are computed from their
 * two marks until one fits; there is no stepping within a unit.  All counting is done on local
 * time as if it were UTC; only finished marks become instants.  Never reads a clock.
 */
#include "period.h"

#include "timetext.h"

#define S AIOT_US_PER_S
#define HOUR (3600 * S)
#define DAY (24 * HOUR)
#define LEAP_DAY 59		   /* of a year, from 0 */
#define EPOCH_WEEKDAY_US (3 * DAY) /* 1970-01-01 was a Thursday */
#define UNITS_MAX 24		   /* that are looked at: two years of months */

int64_t aiot_period_unit_us(enum aiot_period_unit unit)
{
	static const int64_t sizes[] = {S, 60 * S, HOUR, DAY, 7 * DAY, 31 * DAY, 366 * DAY};

	return sizes[unit];
}

bool aiot_period_is_full(const struct aiot_period *p)
{
	return p->start_us == p->end_us ||
	       (p->start_us == 0 && p->end_us == aiot_period_unit_us(p->unit));
}

static bool in_range(int64_t at_us)
{
	return at_us >= AIOT_WALL_MIN_US && at_us < AIOT_WALL_MAX_US;
}

static int64_t floor_to(int64_t value, int64_t step)
{
	int64_t rest = value % step;

	return value - (rest < 0 ? rest + step : rest);
}

static int64_t floor_s(int64_t us)
{
	return floor_to(us, S) / S;
}

/* ---- units, on local time ---- */

static bool is_leap(int32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t month_start(int32_t year, int32_t month)
{
	struct aiot_civil c = {.day = 1};

	c.year = year + (month > 12) - (month < 1);
	c.month = (uint8_t)(month > 12 ? 1 : month < 1 ? 12 : month);
	return aiot_civil_to_s(&c) * S;
}

/* The beginning of the unit `steps` (-1, 0, 1) away from the one around `local`. */
static int64_t unit_start(enum aiot_period_unit unit, int64_t local, int steps)
{
	struct aiot_civil c;
	int64_t size = aiot_period_unit_us(unit);

	if (unit == AIOT_WEEK)
		return floor_to(local + EPOCH_WEEKDAY_US, size) - EPOCH_WEEKDAY_US + steps * size;
	if (unit < AIOT_WEEK)
		return floor_to(local, size) + steps * size;
	aiot_civil_from_s(floor_s(local), &c);
	if (unit == AIOT_MONTH)
		return month_start(c.year, c.month + steps);
	return month_start(c.year + steps, 1);
}

/* The mark `at` of the unit that begins at `start`, no later than the unit's end. */
static int64_t mark(enum aiot_period_unit unit, int64_t start, int64_t at)
{
	struct aiot_civil c;

	if (unit == AIOT_MONTH) {
		int64_t next = unit_start(unit, start, 1);

		return start + at < next ? start + at : next;
	}
	if (unit == AIOT_YEAR) {
		aiot_civil_from_s(floor_s(start), &c);
		if (!is_leap(c.year) && at >= LEAP_DAY * DAY)
			at = at < (LEAP_DAY + 1) * DAY ? LEAP_DAY * DAY : at - DAY;
	}
	return start + at;
}

/* The window of the unit that begins at `start`, on local time. */
static struct aiot_interval local_window(const struct aiot_period *p, int64_t start)
{
	bool wraps = p->end_us <= p->start_us;
	int64_t end_unit = wraps ? unit_start(p->unit, start, 1) : start;

	return (struct aiot_interval){
		.start_us = mark(p->unit, start, p->start_us),
		.end_us = mark(p->unit, end_unit, p->end_us),
	};
}

/* ---- instants ---- */

/*
 * Units of a day and more.  A window of which a jump of the clocks leaves nothing, because its
 * start was put off behind its end, begins at the jump.
 */
static struct aiot_interval date_window(const struct aiot_period *p, struct aiot_zone *zone,
					int64_t start)
{
	struct aiot_interval local = local_window(p, start);
	struct aiot_interval ret = {0, 0};

	if (local.start_us >= local.end_us)
		return ret;
	ret.start_us = aiot_zone_utc(zone, local.start_us);
	ret.end_us = aiot_zone_utc(zone, local.end_us);
	if (ret.start_us >= ret.end_us) {
		aiot_zone_load(zone, ret.end_us);
		ret.start_us = zone->from_us;
	}
	return ret;
}

/* Whether a change of the offset moves the marks of a unit. */
static bool moves(const struct aiot_period *p, const struct aiot_zone *zone)
{
	return (zone->offset_us - zone->before_us) % aiot_period_unit_us(p->unit) != 0;
}

/* Units of an hour and less: with the offset that the zone holds, cut where that begins. */
static struct aiot_interval clock_window(const struct aiot_period *p, const struct aiot_zone *zone,
					 int64_t start)
{
	struct aiot_interval ret = local_window(p, start);

	ret.start_us -= zone->offset_us;
	ret.end_us -= zone->offset_us;
	if (moves(p, zone) && ret.start_us < zone->from_us)
		ret.start_us = zone->from_us;
	if (ret.start_us >= ret.end_us)
		return (struct aiot_interval){0, 0};
	return ret;
}

/*
 * The same cut where the offset ends.  Only Lord Howe Island and a few places of the past move the
 * marks of an hour, so that this looks twice for them alone.
 */
static struct aiot_interval hour_window(const struct aiot_period *p, struct aiot_zone *zone,
					int64_t start)
{
	struct aiot_interval ret = clock_window(p, zone, start);
	struct aiot_zone next;

	if (ret.end_us <= zone->until_us || zone->until_us == AIOT_NEVER_US)
		return ret;
	next = *zone;
	aiot_zone_load(&next, zone->until_us);
	if (!moves(p, &next))
		return ret;
	ret.end_us = zone->until_us;
	return ret.start_us < ret.end_us ? ret : (struct aiot_interval){0, 0};
}

static struct aiot_interval window(const struct aiot_period *p, struct aiot_zone *zone,
				   int64_t start)
{
	return p->unit < AIOT_DAY ? hour_window(p, zone, start) : date_window(p, zone, start);
}

static bool is_empty(const struct aiot_interval *i)
{
	return i->start_us >= i->end_us;
}

bool aiot_period_window(const struct aiot_period *p, struct aiot_zone *zone, int64_t at_us,
			struct aiot_interval *ret)
{
	int64_t local, start;

	if (!in_range(at_us))
		return false;
	local = aiot_zone_local(zone, at_us);
	/* Two equal hours may show the date before the one that has begun already. */
	start = unit_start(p->unit, local, p->unit < AIOT_DAY ? 0 : 1);
	for (unsigned i = 0; i < UNITS_MAX; i++) {
		struct aiot_interval found = window(p, zone, start);

		if (!is_empty(&found) && found.start_us <= at_us) {
			*ret = found;
			return true;
		}
		if (p->unit < AIOT_DAY && start - zone->offset_us <= zone->from_us) {
			/* into the time of the offset before */
			aiot_zone_load(zone, zone->from_us - 1);
			start = unit_start(p->unit, zone->until_us - 1 + zone->offset_us, 0);
		} else {
			start = unit_start(p->unit, start, -1);
		}
	}
	return false;
}

/* The first instant of the time of the next offset, where windows of small units begin anew. */
static int64_t enter_next(const struct aiot_period *p, struct aiot_zone *zone)
{
	aiot_zone_load(zone, zone->until_us);
	return unit_start(p->unit, zone->from_us + zone->offset_us, 0);
}

bool aiot_period_after(const struct aiot_period *p, struct aiot_zone *zone, int64_t at_us,
		       struct aiot_interval *ret)
{
	int64_t local, start;

	if (at_us < AIOT_WALL_MIN_US)
		at_us = AIOT_WALL_MIN_US;
	if (!in_range(at_us))
		return false;
	local = aiot_zone_local(zone, at_us);
	start = unit_start(p->unit, local, p->unit < AIOT_DAY ? 0 : -1);
	for (unsigned i = 0; i < UNITS_MAX; i++) {
		struct aiot_interval found = window(p, zone, start);

		if (!is_empty(&found) && found.start_us > at_us &&
		    (p->unit >= AIOT_DAY || found.start_us < zone->until_us)) {
			*ret = found;
			return in_range(found.start_us);
		}
		start = unit_start(p->unit, start, 1);
		if (p->unit < AIOT_DAY && start - zone->offset_us >= zone->until_us &&
		    zone->until_us != AIOT_NEVER_US)
			start = enter_next(p, zone);
	}
	return false;
}

/* ---- for people ---- */

/* Where `local` is in its unit, counted as marks are. */
static int64_t place_in(enum aiot_period_unit unit, int64_t local)
{
	struct aiot_civil c;
	int64_t place = local - unit_start(unit, local, 0);

	if (unit != AIOT_YEAR)
		return place;
	aiot_civil_from_s(floor_s(local), &c);
	return place + (!is_leap(c.year) && c.month > 2 ? DAY : 0);
}

/* How far the next unit's mark is from this one's: of a month its days, of a year always 366. */
static int64_t cycle_of(enum aiot_period_unit unit, int64_t local)
{
	if (unit == AIOT_MONTH)
		return unit_start(unit, local, 1) - unit_start(unit, local, 0);
	return aiot_period_unit_us(unit);
}

static int64_t next_mark(enum aiot_period_unit unit, int64_t local, int64_t at)
{
	int64_t place = place_in(unit, local);

	return local + at - place + (place < at ? 0 : cycle_of(unit, local));
}

static bool place_is_in(const struct aiot_period *p, int64_t place)
{
	if (aiot_period_is_full(p))
		return true;
	if (p->start_us <= p->end_us)
		return place >= p->start_us && place < p->end_us;
	return place >= p->start_us || place < p->end_us;
}

/* Months and years, counted on from the unit around `local`. */
static bool count_on(const struct aiot_period *p, int64_t local, struct aiot_interval *ret)
{
	for (unsigned i = 0; i < UNITS_MAX; i++) {
		bool within = place_is_in(p, place_in(p->unit, local));

		ret->start_us = within ? local : next_mark(p->unit, local, p->start_us);
		ret->end_us = next_mark(p->unit, local, p->end_us);
		if (!is_empty(ret))
			return true;
		/* the 31st of a month that has none */
		local = unit_start(p->unit, local, 1);
	}
	return false;
}

bool aiot_period_next(const struct aiot_period *p, struct aiot_zone *zone, int64_t from_us,
		      struct aiot_interval *ret)
{
	struct aiot_interval found;

	if (!in_range(from_us))
		return false;
	if (p->unit >= AIOT_MONTH) {
		if (!count_on(p, aiot_zone_local(zone, from_us), &found))
			return false;
		found.start_us = aiot_zone_utc(zone, found.start_us);
		found.end_us = aiot_zone_utc(zone, found.end_us);
	} else if (!aiot_period_window(p, zone, from_us, &found) ||
		   found.end_us - p->end_early <= from_us) {
		if (!aiot_period_after(p, zone, from_us, &found))
			return false;
	}
	found.start_us -= p->start_early;
	found.end_us -= p->end_early;
	if (found.start_us < from_us)
		found.start_us = from_us;
	*ret = found;
	return in_range(found.start_us) && !is_empty(ret);
}
