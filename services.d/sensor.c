/*
 * sensor - reads a value every now and then, keeps its extremes, and tells when it is too high.
 * The runtime runs watch(), which ends only when it is stopped; its result is the last value.
 * Portable: it asks for nothing but aiotools.h and aiotools-pin.h, so that the same source runs on
 * Linux and on a board.  Without a pin it invents values: a slow random walk between 0 and 1000,
 * the same one after each start of the program.
 */
#include <aiotools-pin.h>

#include <stdbool.h>

#define WALK_MAX 1000
#define WALK_STEP 25 /* at most so far between two values */
#define WALK_SEED 2463534242u

struct sensor {
	const char *pin;
	uint32_t every_ms;
	int32_t alarm, margin;
	uint32_t random; /* 0: not begun */
	int32_t now;
	int code;			/* of the last reading: 0, or why there was none */
	uint8_t high;			/* the alarm was given, and is not over */
	int64_t value, lowest, highest; /* as stats show them */
	uint32_t readings, alarms;
};

/* Numbers that look random, with one word of memory (xorshift). */
static uint32_t next_random(struct sensor *self)
{
	uint32_t x = self->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	self->random = x;
	return x;
}

static int32_t walk(struct sensor *self)
{
	int32_t value;

	if (self->random == 0) {
		self->random = WALK_SEED;
		return WALK_MAX / 2;
	}
	value = self->now + (int32_t)(next_random(self) % (2 * WALK_STEP + 1)) - WALK_STEP;
	if (value < 0)
		return 0;
	return value > WALK_MAX ? WALK_MAX : value;
}

static int read_value(struct aiot_task *t, struct sensor *self)
{
	if (self->pin[0] != '\0')
		return aiot_pin_read(t, self->pin, &self->now);
	self->now = walk(self);
	return 0;
}

static void keep(struct sensor *self)
{
	self->value = self->now;
	if (self->readings == 0 || self->value < self->lowest)
		self->lowest = self->value;
	if (self->readings == 0 || self->value > self->highest)
		self->highest = self->value;
	self->readings++;
}

/* Once when it gets too high, once when it is well below: a value at the edge is not told often. */
static void watch_alarm(struct aiot_task *t, struct sensor *self)
{
	if (!self->high && self->now >= self->alarm) {
		self->high = true;
		self->alarms++;
		aiot_warn(t, "%d is too high, the limit is %d", self->now, self->alarm);
	} else if (self->high && (int64_t)self->now < (int64_t)self->alarm - self->margin) {
		self->high = false;
		aiot_info(t, "%d is well below %d again", self->now, self->alarm);
	}
}

static enum aiot_co watch(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sensor, self);
	self->high = false;
	if (self->pin[0] == '\0')
		aiot_info(t, "values are simulated; pin= names a real one");
	for (;;) {
		self->code = read_value(t, self);
		if (self->code < 0)
			AIOT_FAIL(t, self->code, "pin '%s': %s", self->pin,
				  self->code == -AIOT_ENOENT ? "there is no such input"
							     : "it cannot be read");
		keep(self);
		watch_alarm(t, self);
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_END(t);
}

static void leave_result(struct aiot_task *t, void *instance)
{
	const struct sensor *self = instance;

	if (self->readings > 0 && aiot_result_int(t, self->value) < 0)
		aiot_warn(t, "no room for the result");
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct sensor, pin, "pin", "", "what is read; empty: values are simulated"),
	AIOT_OPT_MS_LIVE(struct sensor, every_ms, "every", "1s", "pause between two readings"),
	AIOT_OPT_I32_LIVE(struct sensor, alarm, "alarm", "900", "from there on it is too high"),
	AIOT_OPT_I32_LIVE(struct sensor, margin, "margin", "50",
			  "so far below the alarm is well again"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_I64(struct sensor, value, "the last value"),
	AIOT_STAT_I64(struct sensor, lowest, "the lowest one"),
	AIOT_STAT_I64(struct sensor, highest, "the highest one"),
	AIOT_STAT_U32(struct sensor, readings, "values read"),
	AIOT_STAT_U32(struct sensor, alarms, "times it got too high"),
	{0},
};

AIOT_SERVICE(sensor, struct sensor, .info = "Sensor example v1.0", .main = watch, .opts = opts,
	     .stats = stats, .on_stop = leave_result);
