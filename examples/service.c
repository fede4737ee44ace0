/*
 * service.c - a whole service: options that are checked when it is loaded and changed while it
 * runs, stats, something that is acquired and given back, a report.
 *
 * A heater that is switched on below one temperature and off above another; both are pins
 * (aiotools-pin.h), so that it runs on Linux and on boards.
 *	aiotoolsctl load service
 *	aiotoolsctl status --debug service
 *	aiotoolsctl set service low=19 high=22
 *	aiotoolsctl report service
 */
#include <aiotools-pin.h>

struct heater {
	/* options */
	const char *sensor, *output;
	int32_t low, high;
	uint32_t every_ms;
	/* stats */
	int64_t celsius;
	uint32_t switched, on_s;
	/* its own */
	uint32_t on;
};

/* Once, before the first run; a negative code is why it does not load. */
static int init(struct aiot_task *t, void *instance)
{
	const struct heater *self = instance;

	if (self->low >= self->high)
		return aiot_fail(t, -AIOT_EINVAL, "low (%d) has to be below high (%d)", self->low,
				 self->high);
	return 0;
}

static int turn(struct aiot_task *t, struct heater *self, uint32_t on)
{
	int r = self->on == on ? 0 : aiot_pin_write(t, self->output, (int32_t)on);

	if (r == 0 && self->on != on) {
		self->on = on;
		self->switched++;
		aiot_info(t, "%lld degrees, heater %s", (long long)self->celsius,
			  on ? "on" : "off");
	}
	return r;
}

/* 0, or the code of what does not work. */
static int look(struct aiot_task *t, struct heater *self)
{
	int32_t value = 0;
	int r = aiot_pin_read(t, self->sensor, &value);

	if (r < 0)
		return r;
	self->celsius = value;
	if (self->on)
		self->on_s += self->every_ms / 1000;
	if (value < self->low)
		return turn(t, self, 1);
	return value >= self->high ? turn(t, self, 0) : 0;
}

static enum aiot_co heat(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct heater, self);
	for (;;) {
		{ /* a block of its own: what is local is gone before the next await */
			int r = look(t, self);

			if (r < 0)
				AIOT_FAIL(t, r, "sensor '%s' or output '%s' does not work",
					  self->sensor, self->output);
		}
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_FINALLY(t); /* also when it fails: nothing stays hot */
	if (turn(t, self, 0) < 0)
		aiot_error(t, "output '%s' may still be on", self->output);
	AIOT_END(t);
}

static int report(struct aiot_task *t, void *instance)
{
	const struct heater *self = instance;

	aiot_print(t, "%lld degrees, kept between %d and %d; the heater is %s\n",
		   (long long)self->celsius, self->low, self->high, self->on ? "on" : "off");
	aiot_print(t, "switched %u times, on for %u s\n", self->switched, self->on_s);
	return 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct heater, sensor, "sensor", "thermal_zone0/temp", "what is read"),
	AIOT_OPT_STR(struct heater, output, "output", "heater", "what is switched"),
	AIOT_OPT_I32_LIVE(struct heater, low, "low", "20", "on below this"),
	AIOT_OPT_I32_LIVE(struct heater, high, "high", "23", "off from this on"),
	AIOT_OPT_MS_LIVE(struct heater, every_ms, "every", "10s", "pause between two looks"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_I64(struct heater, celsius, "degrees at the last look"),
	AIOT_STAT_U32(struct heater, switched, "times it was switched on or off"),
	AIOT_STAT_U32(struct heater, on_s, "seconds it was on"),
	{0},
};

AIOT_SERVICE(service, struct heater, .info = "Example: a whole service",
	     .docs = "https://example.org/heater", .main = heat, .opts = opts, .stats = stats,
	     .init = init, .report = report);
