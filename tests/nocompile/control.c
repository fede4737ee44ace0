/*
 * The control: everything that is allowed, in one file.  If this is refused, nothing that the
 * others show can be trusted.
 *
 * accepted by gcc
 * accepted by clang
 */
#include <aiotools.h>

struct fetch {
	struct aiot_frame co;
	uint32_t tries;
};

struct control {
	const char *text;
	uint8_t yes;
	int32_t i32;
	uint32_t u32;
	uint32_t ms;
	int64_t dec3;
	int64_t i64;
	uint64_t u64;
	uint32_t n;
	struct fetch one;
	struct aiot_event event;
	struct aiot_queue queue;
};

static enum aiot_co fetch(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct fetch, self);
	for (self->tries = 0; self->tries < 3; self->tries++) {
		uint32_t pause_ms = 10 * self->tries; /* dies before the await is over */
		if (pause_ms == 20)
			AIOT_RETURN(t);
		aiot_debug(t, "try %u", (unsigned)self->tries);
	}
	AIOT_YIELD(t);
	if (self->tries != 0) {
		aiot_debug(t, "behind an await");
		uint32_t late = self->tries; /* may follow a statement there */
		aiot_debug(t, "%u", (unsigned)late);
	}
	AIOT_FAIL(t, -AIOT_EIO, "no answer after %u tries", (unsigned)self->tries);
	AIOT_END(t);
}

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct control, self);
	for (self->n = 0; self->n < self->u32; self->n++) {
		AIOT_TRY(t, fetch, &self->one);
		if (aiot_caught(t, NULL) < 0)
			aiot_warn(t, "once more");
		switch (self->n) { /* a switch without an await */
		case 1:
			aiot_info(t, "one");
			break;
		default:
			break;
		}
		AIOT_SLEEP_MS(t, self->ms);
	}
	AIOT_AWAIT(t, fetch, &self->one);
	AIOT_WAIT(t, aiot_event_wait(t, &self->event, 1000));
	if (aiot_waited(t) == -AIOT_ETIMEDOUT)
		AIOT_WAIT(t, aiot_queue_get(t, &self->queue, &self->n, AIOT_FOREVER));
	else
		AIOT_WAIT(t, aiot_task_wait(t, "other", 0));
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}

static int start(struct aiot_task *t, void *self)
{
	(void)self;
	return aiot_fail(t, -AIOT_ENODEV, "no such pin: %d", 2);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct control, text, "text", "", "a text"),
	AIOT_OPT_BOOL(struct control, yes, "yes", "no", "a bool"),
	AIOT_OPT_I32(struct control, i32, "i32", "-1", "a number"),
	AIOT_OPT_U32(struct control, u32, "u32", "1", "a number"),
	AIOT_OPT_MS(struct control, ms, "ms", "1s", "a time span"),
	AIOT_OPT_DEC3(struct control, dec3, "dec3", "1.5", "a decimal"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct control, n, "a number"),
	AIOT_STAT_U64(struct control, u64, "a number"),
	AIOT_STAT_I64(struct control, i64, "a number"),
	AIOT_STAT_DEC3(struct control, dec3, "a decimal"),
	AIOT_STAT_STR(struct control, text, "a text"),
	{0},
};

AIOT_SERVICE(control, struct control, .info = "The control", .main = run, .opts = opts,
	     .stats = stats, .init = start);
