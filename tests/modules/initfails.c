/*
 * initfails - a service for tests whose init fails: with words, or as `mute`, without.
 */
#include <aiotools.h>

struct initfails {
	uint8_t mute;
};

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct initfails, self);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	if (((struct initfails *)self)->mute)
		return -AIOT_EIO;
	return aiot_fail(t, -AIOT_ENODEV, "no such pin: %u", 7u);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_BOOL(struct initfails, mute, "mute", "no", "say nothing"),
	{0},
};

AIOT_SERVICE(initfails, struct initfails, .main = run, .init = init, .opts = opts);
