/*
 * crash - a service for tests that crashes the whole program: `how` says by what, `after` how long
 * its run has been going then, `in` whether it is the run at all, or what else of a service.  Host
 * only.
 */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include <aiotools-posix.h>

struct crash {
	const char *how, *in;
	uint32_t after_ms;
	uint32_t runs, steps;
	uv_timer_t timer;
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
	char *volatile block;
	sigset_t all;

	if (strcmp(self->how, "abort") == 0)
		abort();
	if (strcmp(self->how, "stack") == 0)
		overflow(&here, 0);
	if (strcmp(self->how, "divide") == 0)
		zero = 7 / zero; /* of 1 compilers make comparisons */
	if (strcmp(self->how, "assert") == 0)
		assert(zero != 0);
	if (strcmp(self->how, "deaf") == 0) {
		(void)sigfillset(&all);
		(void)pthread_sigmask(SIG_BLOCK, &all, NULL);
	}
	while (strcmp(self->how, "sleep") == 0 || strcmp(self->how, "deaf") == 0)
		(void)pause();
	if (strcmp(self->how, "trap") == 0)
		__builtin_trap();
	if (strcmp(self->how, "exit") == 0)
		exit(0);
	if (strcmp(self->how, "heap") == 0) {
		block = malloc(100);
		free(block);
		free(block);
	}
	*nowhere = zero;
}

/* Whether this is the place to crash in. */
static void perhaps(const struct crash *self, const char *place)
{
	if (strcmp(self->in, place) == 0)
		crash_now(self);
}

static void work(void *arg)
{
	crash_now(arg);
}

static void *work_alone(void *arg)
{
	crash_now(arg);
	return NULL;
}

/* Of libuv's, which knows of no task. */
static void ticked(uv_timer_t *timer)
{
	crash_now(timer->data);
}

static void start_timer(struct aiot_task *t, struct crash *self)
{
	self->timer.data = self;
	(void)uv_timer_init(aiot_uv_loop(t), &self->timer);
	(void)uv_timer_start(&self->timer, ticked, self->after_ms, 0);
}

static void start_thread(struct crash *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work_alone, self) == 0)
		(void)pthread_detach(thread);
}

static enum aiot_co crash(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct crash, self);
	self->runs++;
	aiot_info(t, "about to crash by %s", self->how);
	perhaps(self, "start");
	AIOT_SLEEP_MS(t, self->after_ms);
	if (strcmp(self->in, "work") == 0)
		AIOT_WAIT(t, aiot_work(t, work, self));
	for (self->steps = 0; strcmp(self->in, "step100") == 0 && self->steps < 100; self->steps++)
		AIOT_YIELD(t);
	perhaps(self, "step100");
	perhaps(self, "run");
	if (strcmp(self->in, "timer") == 0)
		start_timer(t, self);
	if (strcmp(self->in, "thread") == 0)
		start_thread(self);
	if (strcmp(self->in, "on_error") == 0)
		AIOT_FAIL(t, -AIOT_EIO, "to see on_error");
	while (strcmp(self->in, "nothing") != 0)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	perhaps(self, "finally");
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	perhaps(self, "init");
	if (strcmp(((struct crash *)self)->in, "init_timer") == 0)
		start_timer(t, self);
	return 0;
}

static void fini(void *self)
{
	perhaps(self, "fini");
}

static void on_stop(struct aiot_task *t, void *self)
{
	(void)t;
	perhaps(self, "on_stop");
}

static int on_error(struct aiot_task *t, void *self, int code, const char *message)
{
	(void)t;
	(void)message;
	perhaps(self, "on_error");
	return code;
}

static int report(struct aiot_task *t, void *self)
{
	(void)t;
	perhaps(self, "report");
	return 0;
}

static int warm(struct aiot_task *t, void *self, const char *arg)
{
	(void)t;
	(void)arg;
	perhaps(self, "condition");
	return 1;
}

static int now(struct aiot_task *t, void *self, const void *args)
{
	(void)t;
	(void)args;
	crash_now(self);
	return 0;
}

static int hand_over(struct aiot_task *t, void *self, const void *old, uint32_t old_size,
		     uint32_t old_version)
{
	(void)t;
	(void)old;
	(void)old_size;
	(void)old_version;
	perhaps(self, "hand_over");
	return 0;
}

__attribute__((destructor)) static void go(void)
{
	if (getenv("CRASH_AT_THE_END") != NULL)
		abort();
}

static const struct aiot_verb verbs[] = {
	{.name = "now", .help = "crash", .fn = now},
	{0},
};

static const struct aiot_cond conditions[] = {
	AIOT_CONDITION("warm", warm, "whether it is"),
	{0},
};

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct crash, how, "how", "null",
		     "null, abort, stack, divide, assert, trap, exit, heap, sleep or deaf"),
	AIOT_OPT_STR(struct crash, in, "in", "run",
		     "run, start, step100, finally, init, fini, on_stop, on_error, report, "
		     "condition, hand_over, work, thread, timer, init_timer or nothing"),
	AIOT_OPT_MS(struct crash, after_ms, "after", "10ms", "when"),
	{0},
};

AIOT_SERVICE(crash, struct crash, .info = "Crashes", .main = crash, .init = init, .fini = fini,
	     .on_stop = on_stop, .on_error = on_error, .report = report, .opts = opts,
	     .verbs = verbs, .conditions = conditions, .hand_over = hand_over);
