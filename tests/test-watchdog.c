/*
 * test-watchdog.c - WatchdogSec=: a run that makes no step in that time has failed, and none that
 * does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "supervise.h"
#include "trail.h"

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, self->i);
	AIOT_END(t);
}
AIOT_SERVICE(sleeping, struct trail, .main = sleeps);

/* A task "t" under this policy; not started. */
static struct aiot_task *add_with(struct fake *f, const struct aiot_service *service,
				  const struct aiot_policy *p)
{
	struct aiot_task *t = trail_add(f, service, "t");

	fake_spec(&t->entry)->policy = *p;
	return t;
}

static const struct aiot_policy watched = {.watchdog_ns = 10 * FAKE_S};

static struct aiot_task *start_watched(struct fake *f, const struct aiot_service *service)
{
	struct aiot_task *t = add_with(f, service, &watched);

	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	return t;
}

static void a_policy_that_changes_counts_for_the_run_under_way(void **state)
{
	static const struct aiot_policy unwatched = {.restart = AIOT_RESTART_NO};
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_sleeping, &unwatched);

	(void)state;
	trail_of(t)->i = 3600000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_until(f, f->mono_ns + 100 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_spec(&t->entry)->policy = watched;
	assert_int_equal(aiot_supervise_change(&f->core, &t->entry), 0);
	fake_until(f, f->mono_ns + 9 * FAKE_S);
	fake_spec(&t->entry)->policy = unwatched;
	assert_int_equal(aiot_supervise_change(&f->core, &t->entry), 0);
	fake_until(f, f->mono_ns + 100 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_spec(&t->entry)->policy = watched;
	fake_spec(&t->entry)->policy.restart = AIOT_RESTART_ON_FAILURE;
	fake_spec(&t->entry)->policy.delay_ns = FAKE_S;
	fake_spec(&t->entry)->policy.max_ns = FAKE_S;
	assert_int_equal(aiot_supervise_change(&f->core, &t->entry), 0);
	fake_until(f, f->mono_ns + 13 * FAKE_S);
	assert_int_equal(t->entry.fail, AIOT_ETIMEDOUT);
	fake_until(f, f->mono_ns + 2 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(t->entry.restarts, 1);
	fake_close(f);
}

static void a_task_without_a_step_in_its_time_has_failed(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t;
	uint64_t start;

	(void)state;
	t = add_with(f, &aiot_service_sleeping, &watched);
	trail_of(t)->i = 3600000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	start = f->mono_ns;
	fake_until(f, start + 10 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_until(f, start + 13 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.fail, AIOT_ETIMEDOUT);
	assert_string_equal(aiot_outcome_of(&t->entry)->text,
			    "made no step within its WatchdogSec of 10s");
	assert_string_equal(fake_traced(aiot_outcome_of(&t->entry)), "sleeps");
	fake_close(f);
}

static enum aiot_co sleeps_often(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (;;)
		AIOT_SLEEP_MS(t, 9000);
	AIOT_END(t);
}
AIOT_SERVICE(sleepy, struct trail, .main = sleeps_often);

static enum aiot_co yields_on(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (self->i = 0; self->i < 100; self->i++)
		AIOT_YIELD(t);
	AIOT_WAIT(t, aiot_task_wait(t, "nobody", 1));
	for (;;) {
		fake_pass((struct fake *)self->core->ctx, FAKE_S);
		AIOT_YIELD(t);
	}
	AIOT_END(t);
}
AIOT_SERVICE(yielding, struct trail, .main = yields_on);

static struct aiot_event event;

static enum aiot_co waits_often(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (;;)
		AIOT_WAIT(t, aiot_event_wait(t, &event, AIOT_FOREVER));
	AIOT_END(t);
}
AIOT_SERVICE(waiting, struct trail, .main = waits_often);

static void a_task_that_sleeps_for_less_is_left_alone(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_watched(f, &aiot_service_sleepy);

	(void)state;
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_close(f);
}

static void a_task_that_is_always_ready_is_left_alone(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_watched(f, &aiot_service_yielding);
	unsigned i;

	(void)state;
	for (i = 0; i < 400; i++)
		(void)fake_run(f);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_close(f);
}

static void a_task_whose_waits_end_is_left_alone_until_they_do_not(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t;
	unsigned i;

	(void)state;
	memset(&event, 0, sizeof(event));
	t = start_watched(f, &aiot_service_waiting);
	for (i = 0; i < 100; i++) {
		fake_for(f, 9 * FAKE_S);
		aiot_event_pulse(&event);
	}
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_for(f, 13 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	fake_close(f);
}

static void a_watched_task_is_not_watched_between_its_runs(void **state)
{
	struct fake *f = fake_open();
	struct aiot_plan plan;
	char text[100];
	struct aiot_out why;
	struct aiot_task *t = add_with(f, &aiot_service_sleeping, &watched);

	(void)state;
	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.every_ns = FAKE_HOUR;
	assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	assert_int_equal(t->entry.last, AIOT_ENDED);
	fake_close(f);
}

static void a_hung_task_is_begun_anew(void **state)
{
	struct aiot_policy p = {
		.restart = AIOT_RESTART_ON_FAILURE,
		.delay_ns = 100 * FAKE_MS,
		.max_ns = FAKE_S,
		.reset_ns = FAKE_MINUTE,
	};
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.watchdog_ns = FAKE_S;
	t = add_with(f, &aiot_service_sleeping, &p);
	trail_of(t)->i = 3600000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 10 * FAKE_S);
	assert_in_range(t->entry.runs, 4, 9);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_without_a_step_in_its_time_has_failed),
		cmocka_unit_test(a_policy_that_changes_counts_for_the_run_under_way),
		cmocka_unit_test(a_task_that_sleeps_for_less_is_left_alone),
		cmocka_unit_test(a_task_that_is_always_ready_is_left_alone),
		cmocka_unit_test(a_task_whose_waits_end_is_left_alone_until_they_do_not),
		cmocka_unit_test(a_watched_task_is_not_watched_between_its_runs),
		cmocka_unit_test(a_hung_task_is_begun_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
