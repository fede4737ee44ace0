/*
 * hang - a service for tests that blocks the loop for ever, `after` it was started: what a watchdog
 * is for.  A stop before that is logged.
 */
#include <unistd.h>

#include <aiotools.h>

struct hang {
	uint32_t after_ms;
};

static enum aiot_co hang(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct hang, self);
	AIOT_SLEEP_MS(t, self->after_ms);
	aiot_error(t, "hanging");
	for (;;)
		(void)pause();
	AIOT_FINALLY(t);
	aiot_info(t, "let go");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct hang, after_ms, "after", "100ms", "when the loop is blocked"),
	{0},
};

AIOT_SERVICE(hang, struct hang, .info = "Blocks the loop for ever", .main = hang, .opts = opts);
