/*
 * test-task-stop.c - ending a run from outside: stop, its time-out, restart and delete, at every
 * moment of a task's life.  The length is that of many short cases on one stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

/* ---- stopping ---- */

static enum aiot_co inner(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	trail_mark(self->own, '2');
	AIOT_SLEEP_MS(t, 3600000);
	trail_mark(self->own, '!');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'x');
	AIOT_SLEEP_MS(t, 100);
	trail_mark(self->own, 'y');
	AIOT_END(t);
}

static enum aiot_co middle(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_TRY(t, inner, &self->own->b);
	trail_mark(self->own, '!');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'z');
	AIOT_END(t);
}

static enum aiot_co outer(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, '1');
	AIOT_AWAIT(t, middle, &self->a);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'w');
	AIOT_END(t);
}

static void on_stop(struct aiot_task *t, void *self)
{
	trail_mark(self, 's');
	(void)aiot_result_text(t, "stopped in time");
}
AIOT_SERVICE(deep, struct trail, .main = outer, .on_stop = on_stop);

static void stop_runs_finally_innermost_first_then_on_stop(struct fake *f)
{
	struct aiot_task *t = trail_start(f, &aiot_service_deep);

	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "12");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	assert_string_equal(trail_of(t)->letters, "12"); /* nothing runs inside an order */
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "12x");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), -AIOT_EALREADY);
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "12xyzws");
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	if (f->failed_takes == 0)
		assert_string_equal(aiot_outcome_of(&t->entry)->text, "stopped in time");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), -AIOT_EALREADY);
	assert_string_equal(fake_states(f, "t"), "starting running stopping stopped");
	assert_int_equal(f->records, 0);
}

static void stop_unwinds_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(stop_runs_finally_innermost_first_then_on_stop);
}

static void stop_before_the_first_run_runs_nothing(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_deep, "t");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	fake_for(f, FAKE_HOUR);
	assert_string_equal(trail_of(t)->letters, "");
#if AIOT_COUNTERS
	assert_int_equal(f->core.steps, 0);
#endif
	fake_close(f);
}

static void a_stop_that_is_over_leaves_no_alarm_behind(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_deep);

	(void)state;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	fake_close(f);
}

static enum aiot_co cleans_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_AWAIT(t, inner, &self->b);
	trail_mark(self, 'g');
	AIOT_END(t);
}
AIOT_SERVICE(long_cleaner, struct trail, .main = cleans_long, .on_stop = on_stop);

/* inner sleeps an hour on behalf of the FINALLY: a stop does not cut that short. */
static void stop_during_finally_lets_it_go_on(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_long_cleaner);

	(void)state;
	fake_spec(&t->entry)->stop_timeout_ms = 7200000;
	assert_string_equal(trail_of(t)->letters, "f2");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_MINUTE);
	assert_string_equal(trail_of(t)->letters, "f2");
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	fake_for(f, FAKE_HOUR);
	assert_string_equal(trail_of(t)->letters, "f2!xygs");
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	fake_close(f);
}

static enum aiot_co fails_on_stop(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_FAIL(t, -AIOT_EIO, "could not let go");
	AIOT_END(t);
}
AIOT_SERVICE(stop_failer, struct trail, .main = fails_on_stop, .on_stop = on_stop);

static void a_failure_inside_finally_makes_a_stop_a_failure(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_stop_failer);

	(void)state;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "could not let go");
	assert_string_equal(trail_of(t)->letters, "");
	fake_close(f);
}

static enum aiot_co stops_itself(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'a');
	assert_int_equal(aiot_core_stop(self->core, self->entry, false), 0);
	AIOT_SLEEP_MS(t, 3600000);
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_YIELD(t);
	trail_mark(self, 'g');
	AIOT_END(t);
}
AIOT_SERVICE(suicide, struct trail, .main = stops_itself, .on_stop = on_stop);

static void a_stop_out_of_its_own_step_unwinds_at_the_next_wait(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_suicide);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "afgs");
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_string_equal(fake_states(f, "t"), "starting stopping stopped");
	if (AIOT_DELETE)
		assert_true(f->next_ns == AIOT_CORE_NEVER);
	fake_close(f);
}

/* ---- time-out ---- */

#if AIOT_TEXT
#define ERROR_WORD(word) word ": "
#define LATE FAKE_TICK
#else
#define ERROR_WORD(word) ""
#define LATE FAKE_S /* small boards look from time to time */
#endif

static enum aiot_co never_lets_go(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	for (;;)
		AIOT_SLEEP_MS(t, 1000);
	AIOT_END(t);
}
AIOT_SERVICE(clinger, struct trail, .main = never_lets_go, .on_stop = on_stop);

static void a_stop_over_its_time_is_given_up(struct fake *f)
{
	struct aiot_task *t = trail_start(f, &aiot_service_clinger);
	uint64_t due;

	fake_pass(f, FAKE_MINUTE);
	fake_spec(&t->entry)->stop_timeout_ms = 5000;
	due = f->mono_ns + 5 * FAKE_S;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_until(f, due - FAKE_COARSE);
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	assert_string_equal(trail_of(t)->letters, "f");
	fake_until(f, due + LATE);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: " ERROR_WORD("ETIMEDOUT")), 1);
	if (f->failed_takes == 0) {
		assert_int_equal(aiot_outcome_of(&t->entry)->code, -AIOT_ETIMEDOUT);
		assert_string_equal(fake_traced(aiot_outcome_of(&t->entry)), "never_lets_go");
	}
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
}

static void a_stop_over_its_time_is_given_up_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(a_stop_over_its_time_is_given_up);
}

/* Orders came with the time of the last step: after an hour without any, every stop was over its
 * time before it began. */
static void a_stop_after_an_idle_hour_has_its_full_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_deep);

	(void)state;
	fake_pass(f, 50 * FAKE_MINUTE);
	fake_spec(&t->entry)->stop_timeout_ms = 10000;
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_true(fake_entered_at(&t->entry, f->mono_ns));
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_string_equal(trail_of(t)->letters, "12xyzws");
	fake_close(f);
}

static void each_stop_is_given_up_at_its_own_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t[3];
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		static const char *const names[] = {"a", "b", "c"};

		t[i] = trail_add(f, &aiot_service_clinger, names[i]);
		assert_int_equal(aiot_core_start(&f->core, &t[i]->entry), 0);
		fake_spec(&t[i]->entry)->stop_timeout_ms = i == 0 ? 10000 : i == 1 ? 60000 : 5000;
	}
	fake_idle(f);
	assert_int_equal(aiot_core_stop(&f->core, &t[1]->entry, false), 0);
	assert_int_equal(aiot_core_stop(&f->core, &t[0]->entry, false), 0);
	fake_for(f, 11 * FAKE_S);
	assert_int_equal(t[0]->entry.state, AIOT_FAILURE);
	assert_int_equal(aiot_core_stop(&f->core, &t[2]->entry, false), 0);
	fake_for(f, 6 * FAKE_S); /* 5 s, although the alarm was set to the other's 60 */
	assert_int_equal(t[2]->entry.state, AIOT_FAILURE);
	assert_int_equal(t[1]->entry.state, AIOT_STOPPING);
	fake_for(f, 45 * FAKE_S);
	assert_int_equal(t[1]->entry.state, AIOT_FAILURE);
	fake_close(f);
}

/* It did, with all that comes of it, on a stack that had room for one order. */
static void an_order_ends_no_other_task_that_is_over_its_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *late = trail_add(f, &aiot_service_clinger, "late");
	struct aiot_task *other = trail_add(f, &aiot_service_clinger, "other");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &late->entry), 0);
	assert_int_equal(aiot_core_start(&f->core, &other->entry), 0);
	fake_spec(&late->entry)->stop_timeout_ms = 5000;
	fake_idle(f);
	assert_int_equal(aiot_core_stop(&f->core, &late->entry, false), 0);
	fake_pass(f, FAKE_MINUTE);
	assert_int_equal(aiot_core_stop(&f->core, &other->entry, false), 0);
	assert_int_equal(late->entry.state, AIOT_STOPPING);
	fake_idle(f);
	assert_int_equal(late->entry.state, AIOT_FAILURE);
	assert_int_equal(other->entry.state, AIOT_STOPPING);
	fake_close(f);
}

/* ---- restart ---- */

static void restart_stops_first_and_starts_again(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_deep);

	(void)state;
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "12xyzws12");
	assert_int_equal(t->entry.runs, 2);
	assert_string_equal(fake_states(f, "t"),
			    "starting running stopping stopped starting running");
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPED); /* the later order counts */
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_close(f);
}

static void restart_before_the_first_run_runs_once(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_deep, "t");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	assert_int_equal(t->entry.state, AIOT_STARTING);
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "12");
	fake_close(f);
}

static void a_restart_that_is_given_up_starts_all_the_same(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_clinger);

	(void)state;
	fake_spec(&t->entry)->stop_timeout_ms = 5000;
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, 6 * FAKE_S);
	assert_string_equal(fake_states(f, "t"),
			    "starting running stopping failed starting running");
	fake_close(f);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct trail, i, "i", "0", "a number"),
	{0},
};
AIOT_SERVICE(optioned, struct trail, .main = outer, .opts = opts);

static void a_restart_that_is_refused_shows_as_failed(struct fake *f)
{
	static const struct aiot_arg bad = {"i", "many", "set"};
	struct aiot_task *t = trail_start(f, &aiot_service_optioned);

	fake_spec(&t->entry)->args = &bad;
	fake_spec(&t->entry)->arg_count = 1;
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: " ERROR_WORD("EINVAL") "could not"),
			 1);
	if (AIOT_TEXT && f->failed_takes == 0)
		assert_string_equal(aiot_outcome_of(&t->entry)->text, "could not be started");
	assert_int_equal(aiot_core_start(&f->core, &t->entry), -AIOT_EINVAL);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
}

static void a_refused_restart_shows_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(a_restart_that_is_refused_shows_as_failed);
}

/* ---- delete ---- */

#if AIOT_DELETE
static void deleting_a_running_task_drops_it_once_after_its_finally(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_deep);

	(void)state;
	f->keep_dropped = true;
	aiot_core_delete(&f->core, &t->entry);
	aiot_core_delete(&f->core, &t->entry);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0); /* too late: it leaves */
	assert_int_equal(f->dropped, 0);
	assert_non_null(aiot_core_find(&f->core, "t"));
	fake_for(f, FAKE_S);
	assert_int_equal(f->dropped, 1);
	assert_ptr_equal(f->last_dropped, &t->entry);
	assert_null(aiot_core_find(&f->core, "t"));
	assert_string_equal(trail_of(t)->letters, "12xyzws");
	assert_string_equal(fake_states(f, "t"), "starting running stopping stopped");
	assert_int_equal(f->core.alive, 0);
	fake_free_dropped(f);
	fake_close(f);
}

static void deleting_what_never_ran_does_not_touch_it_afterwards(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_deep, "t");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	aiot_core_delete(&f->core, &t->entry); /* its memory is gone with this */
	assert_int_equal(f->dropped, 1);
	t = trail_add(f, &aiot_service_deep, "t");
	aiot_core_delete(&f->core, &t->entry);
	assert_int_equal(f->dropped, 2);
	assert_true(fake_run(f) == AIOT_CORE_NEVER);
	fake_close(f);
}

static void deleting_what_will_not_stop_ends_with_its_time_out(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t, *other;

	(void)state;
	t = trail_start(f, &aiot_service_clinger);
	other = trail_add(f, &aiot_service_clinger, "u");
	assert_int_equal(aiot_core_start(&f->core, &other->entry), 0);
	fake_idle(f);
	aiot_core_delete(&f->core, &t->entry);
	aiot_core_delete(&f->core, &other->entry);
	fake_for(f, 89 * FAKE_S);
	assert_int_equal(f->dropped, 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(f->dropped, 2);
	assert_int_equal(aiot_core_count(&f->core), 0);
	fake_close(f);
}

static enum aiot_co deletes_itself(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	aiot_core_delete(self->core, self->entry);
	AIOT_END(t);
}
AIOT_SERVICE(leaver, struct trail, .main = deletes_itself);

static void a_task_deleted_out_of_its_own_step_is_gone_after_it(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	(void)trail_start(f, &aiot_service_leaver);
	assert_int_equal(f->dropped, 1);
	assert_int_equal(aiot_core_count(&f->core), 0);
	fake_close(f);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stop_unwinds_with_and_without_memory),
		cmocka_unit_test(stop_before_the_first_run_runs_nothing),
		cmocka_unit_test(a_stop_that_is_over_leaves_no_alarm_behind),
		cmocka_unit_test(stop_during_finally_lets_it_go_on),
		cmocka_unit_test(a_failure_inside_finally_makes_a_stop_a_failure),
		cmocka_unit_test(a_stop_out_of_its_own_step_unwinds_at_the_next_wait),
		cmocka_unit_test(a_stop_over_its_time_is_given_up_with_and_without_memory),
		cmocka_unit_test(a_stop_after_an_idle_hour_has_its_full_time),
		cmocka_unit_test(each_stop_is_given_up_at_its_own_time),
		cmocka_unit_test(an_order_ends_no_other_task_that_is_over_its_time),
		cmocka_unit_test(restart_stops_first_and_starts_again),
		cmocka_unit_test(restart_before_the_first_run_runs_once),
		cmocka_unit_test(a_restart_that_is_given_up_starts_all_the_same),
		cmocka_unit_test(a_refused_restart_shows_with_and_without_memory),
#if AIOT_DELETE
		cmocka_unit_test(deleting_a_running_task_drops_it_once_after_its_finally),
		cmocka_unit_test(deleting_what_never_ran_does_not_touch_it_afterwards),
		cmocka_unit_test(deleting_what_will_not_stop_ends_with_its_time_out),
		cmocka_unit_test(a_task_deleted_out_of_its_own_step_is_gone_after_it),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
