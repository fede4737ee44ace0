/*
 * spin - a service for tests that keeps the loop to itself: for `hold`, or for good, behind its
 * first sleep.  Host only.
 */
#include <time.h>

#include <aiotools.h>

struct spin {
	uint32_t hold_ms;
	uint8_t forever;
};

static uint64_t now_ms(void)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void spin_for(const struct spin *self)
{
	uint64_t from = now_ms();

	while (self->forever || now_ms() - from < self->hold_ms)
		continue;
}

static enum aiot_co spin(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct spin, self);
	AIOT_SLEEP_MS(t, 1);
	spin_for(self);
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct spin, hold_ms, "hold", "1s", "for how long"),
	AIOT_OPT_BOOL(struct spin, forever, "forever", "no", "for good"),
	{0},
};

AIOT_SERVICE(spin, struct spin, .info = "Spins", .main = spin, .opts = opts);
