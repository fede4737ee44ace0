/*
 * tidy - a service for tests: waits for ever and says so when it is stopped; `last` is how long its
 * FINALLY takes, `child` makes a coroutine that it awaits wait instead.
 */
#include <aiotools.h>

struct wait {
	struct aiot_frame co;
};

struct tidy {
	const char *what;
	uint32_t last_ms;
	uint8_t child;
	struct wait wait;
};

static enum aiot_co wait_inside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct wait, self);
	for (;;)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	aiot_info(t, "tidied inside");
	AIOT_END(t);
}

static enum aiot_co tidy(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct tidy, self);
	aiot_info(t, "waiting, %s", self->what);
	if (self->child)
		AIOT_AWAIT(t, wait_inside, &self->wait);
	for (;;)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	if (self->last_ms > 0)
		AIOT_SLEEP_MS(t, self->last_ms);
	aiot_info(t, "tidied up");
	AIOT_END(t);
}

static void tidy_stopped(struct aiot_task *t, void *self)
{
	(void)self;
	(void)aiot_result_text(t, "stopped in order");
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct tidy, what, "what", "nothing", "what it says at its start"),
	AIOT_OPT_MS(struct tidy, last_ms, "last", "0", "how long the end takes"),
	AIOT_OPT_BOOL(struct tidy, child, "child", "no", "wait in a coroutine that is awaited"),
	{0},
};

AIOT_SERVICE(tidy, struct tidy, .info = "Says when it ends", .main = tidy, .opts = opts,
	     .on_stop = tidy_stopped);
