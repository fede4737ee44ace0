/*
 * block - a service for tests that does what none may: it blocks the loop, for `hold`, each time it
 * is started.  The log has a line before and one behind.
 */
#include <time.h>

#include <aiotools.h>

struct block {
	uint32_t hold_ms;
};

static void hold(uint32_t ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0)
		continue;
}

static enum aiot_co block(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct block, self);
	aiot_info(t, "blocking");
	hold(self->hold_ms);
	aiot_info(t, "blocked");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct block, hold_ms, "hold", "1s", "how long the loop stands still"),
	{0},
};

AIOT_SERVICE(block, struct block, .info = "Blocks the loop", .main = block, .opts = opts);
