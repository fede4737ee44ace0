/*
 * stuck.c - a task of the native board that never yields, for the watchdog to find; but only once
 * it was told to (`set stuck hang=yes`), for `start` without a name starts it like all others.
 */
#include <aiotools.h>

struct stuck {
	uint8_t hang;
	uint32_t turns;
};

static enum aiot_co stuck(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct stuck, self);
	while (self->hang)
		*(volatile uint32_t *)&self->turns += 1;
	aiot_info(t, "set stuck hang=yes, and the next start hangs");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_BOOL(struct stuck, hang, "hang", "no", "whether it never yields"),
	{0},
};

AIOT_SERVICE(stuck, struct stuck, .info = "never yields", .main = stuck, .opts = opts);
