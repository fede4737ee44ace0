/*
 * deep - a service for tests that fails three awaits deep, each in a function of its own.
 */
#include <aiotools.h>

struct sensor {
	struct aiot_frame co;
};

struct bus {
	struct aiot_frame co;
	struct sensor sensor;
};

struct deep {
	const char *which;
	struct bus bus;
};

static enum aiot_co read_sensor(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sensor, self);
	AIOT_SLEEP_MS(t, 1);
	AIOT_FAIL(t, -AIOT_EIO, "sensor %s is silent", ((struct deep *)aiot_self(t))->which);
	AIOT_END(t);
}

static enum aiot_co open_bus(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct bus, self);
	AIOT_AWAIT(t, read_sensor, &self->sensor);
	AIOT_END(t);
}

static enum aiot_co deep(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct deep, self);
	AIOT_AWAIT(t, open_bus, &self->bus);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct deep, which, "which", "17", "the sensor's name"),
	{0},
};

AIOT_SERVICE(deep, struct deep, .info = "Fails three awaits deep", .main = deep, .opts = opts);
