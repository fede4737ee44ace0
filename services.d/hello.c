/*
 * hello - greets, waits, greets again: the smallest whole service, and the one to copy.
 * The runtime fills in whom and every_ms, then runs greet() and resumes it after each sleep; it
 * ends only when it is stopped.  Portable: it asks for nothing but aiotools.h.
 */
#include <aiotools.h>

struct hello {
	const char *whom;
	uint32_t every_ms;
	uint32_t greeted;
};

static enum aiot_co greet(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct hello, self);
	for (;;) {
		aiot_info(t, "hello, %s", self->whom);
		self->greeted++;
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR_LIVE(struct hello, whom, "whom", "world", "who to greet"),
	AIOT_OPT_MS_LIVE(struct hello, every_ms, "every", "1s", "pause between greetings"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct hello, greeted, "greetings sent"),
	{0},
};

AIOT_SERVICE(hello, struct hello, .info = "Hello example runner v1.0", .main = greet, .opts = opts,
	     .stats = stats);
