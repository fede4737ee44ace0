/*
 * when-zones.h - time zones for the tests of local time, and instants as people write them.
 *
 * Zones are rules, not names, so that no test depends on the machine's files.
 */
#ifndef TEST_WHEN_ZONES_H
#define TEST_WHEN_ZONES_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "timetext.h"
#include "turns.h"
#include "zone.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define LORD_HOWE "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0" /* half an hour */
#define AUCKLAND "NZST-12NZDT,M9.5.0,M4.1.0/3"
#define KATHMANDU "<+0545>-5:45"

static const char *const all_zones[] = {"UTC0", BERLIN, NEW_YORK, LORD_HOWE, AUCKLAND, KATHMANDU};
#define ZONES (sizeof(all_zones) / sizeof(all_zones[0]))

static inline void set_zone(const char *tz, struct aiot_zone *ret)
{
	assert_int_equal(setenv("TZ", tz, 1), 0);
	tzset();
	memset(ret, 0, sizeof(*ret));
}

/* "2026-03-29 01:30" (local), or with Z or +02:00 behind it, in microseconds. */
static inline int64_t at(const char *text)
{
	int64_t ns = 0;

	if (aiot_time_parse(text, strlen(text), 0, &ns, NULL) < 0)
		fail_msg("not a time: %s", text);
	return ns / 1000 - (ns % 1000 < 0);
}

/* A sequence that is the same each time. */
static inline uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 20;
}

/* A whole minute between 1990 and 2060. */
static inline int64_t random_minute(uint64_t *state)
{
	return (int64_t)(631152000 / 60 + next_random(state) % (2209032000u / 60)) * 60 *
	       AIOT_US_PER_S;
}

#endif
