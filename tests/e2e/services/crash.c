/*
 * crash - a service for tests that crashes the whole program: `how` says by what, `after` how long
 * its run has been going then, `in` whether it is the run at all.  Host only.
 */
#include <stdlib.h>
#include <string.h>

#include <aiotools-posix.h>

struct crash {
	const char *how, *in;
	uint32_t after_ms;
	uint32_t runs;
};

static void overflow(volatile char *below, unsigned depth)
{
	volatile char frame[4096];

	frame[0] = below[0];
	if (depth < 1u << 20)
		overflow(frame, depth + 1);
	below[0] = frame[0];
}

/* Sanitizers are to leave that alone. */
__attribute__((no_sanitize("address", "undefined"))) static void crash_now(const struct crash *self)
{
	volatile int *nowhere = NULL, zero = 0;
	volatile char here = 0;

	if (strcmp(self->how, "abort") == 0)
		abort();
	if (strcmp(self->how, "stack") == 0)
		overflow(&here, 0);
	if (strcmp(self->how, "divide") == 0)
		zero = 7 / zero; /* of 1 compilers make comparisons */
	*nowhere = zero;
}

static void work(void *arg)
{
	crash_now(arg);
}

static enum aiot_co crash(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct crash, self);
	self->runs++;
	aiot_info(t, "about to crash by %s", self->how);
	if (strcmp(self->in, "start") == 0)
		crash_now(self);
	AIOT_SLEEP_MS(t, self->after_ms);
	if (strcmp(self->in, "thread") == 0)
		AIOT_WAIT(t, aiot_work(t, work, self));
	if (strcmp(self->in, "run") == 0)
		crash_now(self);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	const struct crash *c = self;

	(void)t;
	if (strcmp(c->in, "init") == 0)
		crash_now(c);
	return 0;
}

static int now(struct aiot_task *t, void *self, const void *args)
{
	(void)t;
	(void)args;
	crash_now(self);
	return 0;
}

static const struct aiot_verb verbs[] = {
	{.name = "now", .help = "crash", .fn = now},
	{0},
};

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct crash, how, "how", "null", "null, abort, stack or divide"),
	AIOT_OPT_STR(struct crash, in, "in", "run", "run, start, init, thread or nothing"),
	AIOT_OPT_MS(struct crash, after_ms, "after", "10ms", "when"),
	{0},
};

AIOT_SERVICE(crash, struct crash, .info = "Crashes", .main = crash, .init = init, .opts = opts,
	     .verbs = verbs);
