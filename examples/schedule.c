/*
 * schedule.c - a task that runs now and then, and a condition of its own for When=.
 *
 * When it runs is said by [Schedule] of its INI file, or while the daemon runs:
 *	aiotoolsctl schedule schedule --every 10s
 *	aiotoolsctl schedule schedule --cron '0 6 * * MON-FRI'
 *	aiotoolsctl schedule schedule --when 'thirsty & time of day between 06:00 and 22:00'
 *	aiotoolsctl timers			what comes, and when
 *	aiotoolsctl trigger schedule litres=5	one extra run, with an option of its own
 */
#include <aiotools.h>

struct garden {
	uint32_t litres;   /* an option */
	uint32_t moisture; /* percent; dries by a tenth an hour */
	uint64_t since_ns;
	uint32_t runs;
};

static void dry(struct aiot_task *t, struct garden *self)
{
	uint64_t hours = (aiot_now_ns(t) - self->since_ns) / 3600000000000ull;

	if (self->since_ns == 0)
		hours = 10;
	self->since_ns = aiot_now_ns(t);
	self->moisture = hours * 10 < self->moisture ? self->moisture - (uint32_t)hours * 10 : 0;
}

/* Asked ten times a second where the rest of When= leaves it to this. */
static int thirsty(struct aiot_task *t, void *instance, const char *arg)
{
	const struct garden *self = instance;

	(void)arg;
	return aiot_now_ns(t) - self->since_ns > 4 * 3600000000000ull || self->moisture < 30;
}

static enum aiot_co water(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct garden, self);
	dry(t, self);
	if (self->moisture > 80) {
		aiot_inaction(t); /* done, and neither a success nor a failure for conditions */
		AIOT_RETURN(t);
	}
	AIOT_SLEEP_MS(t, self->litres * 100);
	self->moisture += self->litres * 10;
	self->runs++;
	if (aiot_result_int(t, self->moisture) < 0)
		aiot_warn(t, "no memory for the result");
	AIOT_FINALLY(t);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct garden, litres, "litres", "5", "how much at a time"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct garden, moisture, "percent"),
	AIOT_STAT_U32(struct garden, runs, "times that it was watered"),
	{0},
};
static const struct aiot_cond conditions[] = {
	AIOT_CONDITION("thirsty", thirsty, "the garden has not been watered for long"),
	{0},
};

AIOT_SERVICE(schedule, struct garden, .info = "Example: schedule", .main = water, .opts = opts,
	     .stats = stats, .conditions = conditions);
