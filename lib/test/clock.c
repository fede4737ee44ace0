/*
 * clock.c - the host's clocks as a test sets them; in the place of lib/host's clock.c and
 * stepclock.c.
 *
 * One clock for the whole program, for those functions are asked without a host.  It begins so far
 * ahead that the loop's timer, which the kernel keeps, never goes off: harness.c alone says when a
 * task's time has come.
 */
#include "harness.h"
#include "stepclock.h"

/* Ticks of a nanosecond, so that nothing is late; 8 bits x 7 levels span two years. */
const struct aiot_geometry aiot_clock_geometry = {0, {8, 7, 0}};

static uint64_t mono_ns = AIOT_TEST_BEGIN_NS;
static int64_t wall_ns;

uint64_t aiot_clock_mono_ns(void)
{
	return mono_ns;
}

int64_t aiot_clock_wall_ns(void)
{
	return wall_ns;
}

void aiot_test_clock_set(uint64_t mono, int64_t wall)
{
	mono_ns = mono;
	wall_ns = wall;
}

/* A step takes no time at all. */
void aiot_stepclock_init(struct aiot_stepclock *c)
{
	*c = (struct aiot_stepclock){.usable = false};
}

void aiot_stepclock_set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void))
{
	(void)c;
	(void)clock_ns;
}

uint64_t aiot_stepclock_ns(const struct aiot_stepclock *c)
{
	(void)c;
	return 0;
}
