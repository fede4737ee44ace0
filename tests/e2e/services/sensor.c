/*
 * sensor - a service for tests that declares a condition: `over 'N'`, whether its value is more
 * than that.  It fails when the value is 0, as a sensor that is not there would.
 */
#include <aiotools.h>

struct sensor {
	uint32_t value;
	uint32_t asked;
};

static enum aiot_co watches(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sensor, self);
	(void)aiot_result_int(t, self->value);
	AIOT_END(t);
}

static int is_over(struct aiot_task *t, void *ctx, const char *arg)
{
	struct sensor *self = ctx;
	uint32_t bound = 0;

	self->asked++;
	if (self->value == 0)
		return aiot_fail(t, -AIOT_EIO, "nobody answers");
	for (; arg != NULL && *arg; arg++) {
		if (*arg < '0' || *arg > '9')
			return aiot_fail(t, -AIOT_EINVAL, "over wants a number");
		bound = bound * 10 + (uint32_t)(*arg - '0');
	}
	return self->value > bound;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32_LIVE(struct sensor, value, "value", "1", "what it measures; 0: nothing"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct sensor, asked, "how often it was asked"),
	{0},
};

static const struct aiot_cond conditions[] = {
	AIOT_CONDITION("over", is_over, "whether its value is more than that, or than 0"),
	{0},
};

AIOT_SERVICE(sensor, struct sensor, .info = "Measures", .main = watches, .opts = opts,
	     .stats = stats, .conditions = conditions);
