/*
 * zone.h - local time, asked from the port rarely.
 *
 * A zone remembers the offset that holds around the last instant asked about, and from when until
 * when it holds; only an instant outside asks the port again.  The memory is the caller's: zeroed,
 * it knows nothing yet, and zeroing it is how it learns that the system's time zone has changed.
 * Units: microseconds; `local` counts as if UTC.
 */
#ifndef AIOT_ZONE_H
#define AIOT_ZONE_H

#include <stdint.h>

#define AIOT_US_PER_S 1000000ll
/* 1678-01-01 and 2262-01-01 UTC: what lies outside never happens. */
#define AIOT_WALL_MIN_US (-9214560000ll * AIOT_US_PER_S)
#define AIOT_WALL_MAX_US (9214646400ll * AIOT_US_PER_S)
#define AIOT_NEVER_US INT64_MAX

struct aiot_zone {
	/* private */
	int64_t from_us, until_us; /* the offset holds in [from, until); both 0: unknown */
	int64_t offset_us;	   /* local - UTC */
	int64_t before_us;	   /* the offset that held just before from_us */
};

struct aiot_interval {
	int64_t start_us;
	int64_t end_us; /* not in it; AIOT_NEVER_US: without end */
};

/* Make the zone hold what is true at `at_us`. */
void aiot_zone_load(struct aiot_zone *zone, int64_t at_us);

int64_t aiot_zone_local(struct aiot_zone *zone, int64_t at_us);

/*
 * The instant at which clocks on the wall show `local_us`.  Of two the first; where there is none
 * (clocks were put forward), the instant as far behind the jump as it would have been.
 */
int64_t aiot_zone_utc(struct aiot_zone *zone, int64_t local_us);

#endif
