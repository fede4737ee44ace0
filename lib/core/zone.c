/*
 * zone.c - local time, asked from the port rarely.
 *
 * Called by periods, cron and conditions.  The port can only say which offset holds at an instant;
 * from when until when is found by steps of a week in both directions, and by halving the step in
 * which it changed.  Changes less than a week apart that cancel out are not seen.  Half a year of
 * one offset is enough to know: what is asked next is mostly near.
 */
#include "zone.h"

#include "port.h"

#define WEEK_US (7 * 86400 * AIOT_US_PER_S)
#define STEPS 26

static int64_t floor_s(int64_t us)
{
	return us / AIOT_US_PER_S - (us % AIOT_US_PER_S < 0);
}

static int64_t offset_at(int64_t at_us)
{
	return aiot_port_utc_offset(floor_s(at_us)) * AIOT_US_PER_S;
}

/* The first whole second in (low, high] at which the offset is not what it is at low. */
static int64_t find_change(int64_t low_us, int64_t high_us, int64_t low_offset)
{
	int64_t low = floor_s(low_us);
	int64_t high = floor_s(high_us);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (aiot_port_utc_offset(middle) * AIOT_US_PER_S == low_offset)
			low = middle;
		else
			high = middle;
	}
	return high * AIOT_US_PER_S;
}

static int64_t clamp(int64_t at_us)
{
	if (at_us < AIOT_WALL_MIN_US)
		return AIOT_WALL_MIN_US;
	return at_us >= AIOT_WALL_MAX_US ? AIOT_WALL_MAX_US - 1 : at_us;
}

static void look_ahead(struct aiot_zone *zone, int64_t at_us)
{
	zone->until_us = at_us;
	for (unsigned i = 0; i < STEPS; i++) {
		int64_t next = zone->until_us + WEEK_US;

		if (offset_at(next) != zone->offset_us) {
			zone->until_us = find_change(zone->until_us, next, zone->offset_us);
			return;
		}
		zone->until_us = next;
	}
}

static void look_back(struct aiot_zone *zone, int64_t at_us)
{
	zone->from_us = floor_s(at_us) * AIOT_US_PER_S;
	for (unsigned i = 0; i < STEPS; i++) {
		int64_t before = zone->from_us - WEEK_US;
		int64_t offset = offset_at(before);

		if (offset != zone->offset_us) {
			zone->from_us = find_change(before, zone->from_us, offset);
			break;
		}
		zone->from_us = before;
	}
	/* Where the steps ran out there may be a change as well, by chance. */
	zone->before_us = offset_at(zone->from_us - AIOT_US_PER_S);
}

void aiot_zone_load(struct aiot_zone *zone, int64_t at_us)
{
	if (at_us >= zone->from_us && at_us < zone->until_us)
		return;
	at_us = clamp(at_us);
	zone->offset_us = offset_at(at_us);
	look_ahead(zone, at_us);
	look_back(zone, at_us);
	/* Beyond the range nothing changes any more, so that every instant is known. */
	if (at_us == AIOT_WALL_MIN_US)
		zone->from_us = INT64_MIN / 2;
	if (zone->until_us >= AIOT_WALL_MAX_US)
		zone->until_us = AIOT_NEVER_US;
}

int64_t aiot_zone_local(struct aiot_zone *zone, int64_t at_us)
{
	aiot_zone_load(zone, at_us);
	return at_us + zone->offset_us;
}

int64_t aiot_zone_utc(struct aiot_zone *zone, int64_t local_us)
{
	int64_t at_us = local_us - zone->offset_us;

	/* The offset of the wrong side of a change leads at worst to the next one. */
	for (unsigned i = 0; i < 4; i++) {
		int64_t earlier;

		aiot_zone_load(zone, at_us);
		at_us = local_us - zone->offset_us;
		earlier = local_us - zone->before_us;
		if (at_us >= zone->until_us)
			continue;
		if (at_us >= zone->from_us) /* shown twice if the time before showed it too */
			return earlier < zone->from_us ? earlier : at_us;
		if (earlier >= zone->from_us) /* neither shows it: put forward */
			return earlier;
		at_us = earlier;
	}
	return at_us;
}
