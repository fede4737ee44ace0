/*
 * test-supervise-limit.c - what fails too often is held, unless a schedule brings its next run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "supervise-stage.h"

/* ---- too often ---- */

static void what_fails_too_often_is_held_until_it_is_asked_for(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;
	unsigned i;

	(void)state;
	p.burst = 5;
	t = start_with(f, &p);
	for (i = 0; i < 5; i++)
		(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_HELD);
	assert_true(aiot_entry_failed(&t->entry));
	assert_int_equal(
		fake_logged(f, AIOT_ERROR, "held: it was started again 5 times within 10s"), 1);
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.runs, 6);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(of(t)->attempt, 1);
	for (i = 0; i < 5; i++)
		(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_HELD);
	assert_true(aiot_core_reset(&f->core, &t->entry));
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(of(t)->starts, 0);
	fake_close(f);
}

static void starts_that_people_order_are_not_counted(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;
	unsigned i;

	(void)state;
	p.burst = 2;
	t = start_with(f, &p);
	for (i = 0; i < 20; i++) {
		assert_int_equal(t->entry.state, AIOT_BACKOFF);
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
		fake_idle(f);
	}
	(void)next_pause(f, t);
	(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_HELD);
	fake_close(f);
}

static void failures_far_apart_are_never_too_many(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.burst = 2;
	p.delay_ns = p.max_ns = 20 * FAKE_S;
	t = start_with(f, &p);
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_true(t->entry.runs > 4000);
	fake_close(f);
}

static void without_a_limit_it_is_never_held(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.burst = 0;
	p.max_ns = 100 * FAKE_MS;
	t = start_with(f, &p);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	fake_close(f);
}

/* ---- with a schedule ---- */

static void give_schedule(struct fake *f, struct aiot_task *t, uint64_t every_ns)
{
	struct aiot_plan plan;
	char text[100];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.every_ns = every_ns;
	assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
}

static void a_scheduled_run_that_failed_is_repeated_and_the_schedule_goes_on(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);

	(void)state;
	give_schedule(f, t, FAKE_HOUR);
	fake_for(f, 10 * FAKE_MS);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	trail_of(t)->code = 0;
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	assert_int_equal(t->entry.last, AIOT_ENDED);
	assert_int_equal(t->entry.runs, 2);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 3);
	fake_close(f);
}

static void a_scheduled_run_takes_the_place_of_the_repeated_one(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.delay_ns = p.max_ns = FAKE_MINUTE;
	t = add_with(f, &aiot_service_failing, &p);
	give_schedule(f, t, 10 * FAKE_S);
	fake_for(f, 95 * FAKE_S);
	assert_int_equal(t->entry.runs, 10);
	assert_int_equal(t->entry.restarts, 0);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	fake_close(f);
}

static void what_has_a_schedule_is_not_held_but_waits_for_that(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.burst = 3;
	t = add_with(f, &aiot_service_failing, &p);
	give_schedule(f, t, FAKE_HOUR);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	assert_int_equal(t->entry.last, AIOT_FAILURE);
	assert_int_equal(t->entry.runs, 4);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "not tried again before its schedule"), 1);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 8);
	fake_close(f);
}

static void always_with_a_schedule_leaves_good_ends_to_it(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.restart = AIOT_RESTART_ALWAYS;
	t = add_with(f, &aiot_service_failing, &p);
	trail_of(t)->code = 0;
	give_schedule(f, t, FAKE_HOUR);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	fake_close(f);
}

static void a_stop_that_keeps_the_schedule_ends_the_pause_alone(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);

	(void)state;
	give_schedule(f, t, FAKE_HOUR);
	fake_for(f, 10 * FAKE_MS);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, true), 0);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 1);
	fake_for(f, FAKE_HOUR);
	assert_true(t->entry.runs > 1);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	fake_close(f);
}

/* A condition that stays true would begin the next run at once, pause or not. */
static void a_condition_that_stays_true_waits_for_the_repeated_run(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;
	struct aiot_plan plan;
	char text[100];
	struct aiot_out why;

	(void)state;
	p.delay_ns = p.max_ns = 10 * FAKE_S;
	t = add_with(f, &aiot_service_failing, &p);
	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.when = "time of day before 23:59";
	assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
	fake_for(f, 5 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_int_equal(t->entry.runs, 1);
	fake_for(f, 50 * FAKE_S);
	assert_in_range(t->entry.runs, 4, 7);
	fake_close(f);
}

/* ---- held by its owner ---- */

static void what_is_held_runs_when_it_is_asked_for(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);
	static const char why[] = "harmed all";

	(void)state;
	trail_of(t)->code = 0;
	give_schedule(f, t, FAKE_HOUR);
	aiot_supervise_hold(
		&f->core, &t->entry,
		aiot_outcome_error(&f->core, -AIOT_EIO, why, sizeof(why) - 1, NULL, NULL));
	assert_int_equal(t->entry.state, AIOT_HELD);
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.runs, 0);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_too_often_is_held_until_it_is_asked_for),
		cmocka_unit_test(starts_that_people_order_are_not_counted),
		cmocka_unit_test(failures_far_apart_are_never_too_many),
		cmocka_unit_test(without_a_limit_it_is_never_held),
		cmocka_unit_test(a_scheduled_run_that_failed_is_repeated_and_the_schedule_goes_on),
		cmocka_unit_test(a_scheduled_run_takes_the_place_of_the_repeated_one),
		cmocka_unit_test(what_has_a_schedule_is_not_held_but_waits_for_that),
		cmocka_unit_test(always_with_a_schedule_leaves_good_ends_to_it),
		cmocka_unit_test(a_stop_that_keeps_the_schedule_ends_the_pause_alone),
		cmocka_unit_test(a_condition_that_stays_true_waits_for_the_repeated_run),
		cmocka_unit_test(what_is_held_runs_when_it_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
