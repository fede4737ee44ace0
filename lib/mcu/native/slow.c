/*
 * slow.c - a task of the native board whose stop takes a while, so that who asked for it waits.
 */
#include <aiotools.h>

struct slow {
	uint32_t unused;
};

static enum aiot_co slow(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct slow, self);
	(void)self;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 1500);
	AIOT_END(t);
}

AIOT_SERVICE(slow, struct slow, .info = "stops slowly", .main = slow);
