/*
 * flaky - a service for tests whose first runs fail: `fails` of them, each after `after`; then it
 * sleeps on.  With `hang` a run sleeps for an hour instead of failing, with `misuse` it calls the
 * API wrongly.
 */
#include <aiotools.h>

struct flaky {
	uint32_t fails, after_ms, runs;
	uint8_t hang, misuse;
};

static enum aiot_co flaky(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct flaky, self);
	self->runs++;
	AIOT_SLEEP_MS(t, self->after_ms);
	if (self->runs <= self->fails && self->hang)
		AIOT_SLEEP_MS(t, 3600000);
	if (self->runs <= self->fails && self->misuse) {
		aiot_sleep_ms_(t, 1); /* and does not sleep */
		aiot_sleep_ms_(t, 1);
	}
	if (self->runs <= self->fails)
		AIOT_FAIL(t, -AIOT_EIO, "run %u has no luck", self->runs);
	for (;;)
		AIOT_SLEEP_MS(t, 50);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct flaky, fails, "fails", "1", "runs that fail"),
	AIOT_OPT_MS(struct flaky, after_ms, "after", "1ms", "how long they take"),
	AIOT_OPT_BOOL(struct flaky, hang, "hang", "no", "they hang instead"),
	AIOT_OPT_BOOL(struct flaky, misuse, "misuse", "no", "they use the API wrongly instead"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct flaky, runs, "runs so far"),
	{0},
};

AIOT_SERVICE(flaky, struct flaky, .info = "Fails at first", .main = flaky, .opts = opts,
	     .stats = stats);
