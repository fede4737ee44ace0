/*
 * clock.c - the clocks that a host goes by, and how finely its core tells times apart.
 *
 * Asked by the whole host; nothing else of it reads a clock for what tasks see.  So a service's
 * tests, which have the host as it is, only put another file in the place of this one
 * (lib/test/clock.c).
 */
#include <time.h>

#include "host.h"
#include "timetext.h"

/* 262 us a tick, well below the millisecond of loop.c; 8 bits x 5 levels span nine years. */
const struct aiot_geometry aiot_clock_geometry = {18, {8, 5, 3}};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * AIOT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t aiot_clock_mono_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

int64_t aiot_clock_wall_ns(void)
{
	return (int64_t)clock_ns(CLOCK_REALTIME);
}
