/*
 * stuck.c - a task of the native board that never yields, for the watchdog to find.
 */
#include <aiotools.h>

struct stuck {
	uint32_t turns;
};

static enum aiot_co stuck(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct stuck, self);
	for (;;)
		*(volatile uint32_t *)&self->turns += 1;
	AIOT_END(t);
}

AIOT_SERVICE(stuck, struct stuck, .info = "never yields", .main = stuck);
