/*
 * supervise-stage.h - for the tests of supervision: a task that fails, and its policy.
 */
#ifndef SUPERVISE_STAGE_H
#define SUPERVISE_STAGE_H

#include "fake.h"
#include "more.h"
#include "supervise.h"
#include "trail.h"

/* Fails after `i` milliseconds as long as `code` is negative. */
static enum aiot_co fails(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'r');
	AIOT_YIELD(t);
	if (self->i > 0)
		AIOT_SLEEP_MS(t, self->i);
	if (self->code < 0)
		AIOT_FAIL(t, self->code, "no luck");
	AIOT_END(t);
}
AIOT_SERVICE(failing, struct trail, .main = fails);

static const struct aiot_policy policy = {
	.restart = AIOT_RESTART_ON_FAILURE,
	.burst = 100,
	.interval_ns = 10 * FAKE_S,
	.delay_ns = 100 * FAKE_MS,
	.max_ns = 30 * FAKE_S,
	.reset_ns = 60 * FAKE_S,
};

/* A task "t" under this policy that fails at once; not started. */
static inline struct aiot_task *add_with(struct fake *f, const struct aiot_service *service,
					 const struct aiot_policy *p)
{
	struct aiot_task *t = trail_add(f, service, "t");

	fake_spec(&t->entry)->policy = *p;
	trail_of(t)->code = -AIOT_EIO;
	return t;
}

static inline struct aiot_task *start_with(struct fake *f, const struct aiot_policy *p)
{
	struct aiot_task *t = add_with(f, &aiot_service_failing, p);

	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	return t;
}

static inline const struct aiot_supervised *of(const struct aiot_task *t)
{
	return t->entry.more->supervised;
}

/* Go to the next attempt, and tell how long the pause before it was. */
static inline uint64_t next_pause(struct fake *f, struct aiot_task *t)
{
	uint64_t since = t->entry.since_ns, due = of(t)->due_ns;

	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	fake_until(f, due + FAKE_TICK);
	return due - since;
}

#endif
