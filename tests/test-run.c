/*
 * test-run.c - what a spec asks of each run: TimeoutSec (how long it may take) and priority (who
 * goes first).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "trail.h"

/* ---- TimeoutSec ---- */

static enum aiot_co sleeps_inside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	trail_mark(self->own, 'x');
	AIOT_SLEEP_MS(t, 100);
	trail_mark(self->own, 'y');
	AIOT_END(t);
}

static enum aiot_co takes_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, '1');
	AIOT_TRY(t, sleeps_inside, &self->a); /* which is no help against it */
	trail_mark(self, '!');
	AIOT_FINALLY(t);
	trail_mark(self, 'z');
	AIOT_END(t);
}

static void marks_stop(struct aiot_task *t, void *self)
{
	(void)t;
	trail_mark(self, 's');
}
AIOT_SERVICE(long_one, struct trail, .main = takes_long, .on_stop = marks_stop);

static struct aiot_task *start_limited(struct fake *f, const struct aiot_service *service,
				       uint32_t timeout_ms)
{
	struct aiot_task *t = trail_add(f, service, "t");

	fake_spec(&t->entry)->timeout_ms = timeout_ms;
	return t;
}

static void a_run_that_takes_too_long_unwinds_and_fails(struct fake *f)
{
	struct aiot_task *t = start_limited(f, &aiot_service_long_one, 5000);
	uint64_t due = f->mono_ns + 5 * FAKE_S;
	const struct aiot_outcome *o;

	if (aiot_core_start(&f->core, &t->entry) < 0) {
		assert_true(f->failed_takes > 0);
		assert_int_equal(t->entry.state, AIOT_STOPPED);
		return;
	}
	fake_until(f, due - 1);
	assert_string_equal(trail_of(t)->letters, "1");
	fake_until(f, due + FAKE_TICK);
	assert_int_equal(t->entry.state, AIOT_STOPPING);
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "1xyz");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.fail, AIOT_ETIMEDOUT);
	assert_string_equal(fake_states(f, "t"), "starting running stopping failed");
	o = aiot_outcome_of(&t->entry);
	if (f->failed_takes)
		return;
	assert_int_equal(o->code, -AIOT_ETIMEDOUT);
	assert_string_equal(o->text, "took longer than its TimeoutSec of 5s");
	assert_int_equal(o->trace_count, 2); /* where it was when its time was up */
	assert_string_equal(o->trace[1].func, "sleeps_inside");
	assert_int_equal(fake_logged(f, AIOT_ERROR, "ETIMEDOUT: took longer"), 1);
}

static void a_run_has_its_timeout_with_and_without_memory(void **state)
{
	(void)state;
	fake_starve(a_run_that_takes_too_long_unwinds_and_fails);
}

static void each_run_has_its_own_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_long_one, 5000);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 4 * FAKE_S);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, 4 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_STOPPED); /* an ordinary stop is one still */
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	fake_close(f);
}

static int forgives(struct aiot_task *t, void *self, int code, const char *message)
{
	struct trail *trail = self;

	trail->code = code;
	(void)aiot_format_to(trail->words, sizeof(trail->words), "%s", message);
	return aiot_result_text(t, "enough");
}
AIOT_SERVICE(forgiving, struct trail, .main = takes_long, .on_error = forgives);

static void on_error_may_make_a_result_of_it(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_forgiving, 1500);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(trail_of(t)->code, -AIOT_ETIMEDOUT);
	assert_string_equal(trail_of(t)->words, "took longer than its TimeoutSec of 1s 500ms");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "enough");
	assert_int_equal(t->entry.fail, 0);
	fake_close(f);
}

static enum aiot_co fails_then_cleans_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_FAIL(t, -AIOT_EIO, "no answer");
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 10000);
	trail_mark(self, 'f');
	AIOT_END(t);
}
AIOT_SERVICE(cleaner, struct trail, .main = fails_then_cleans_long);

static void what_failed_before_its_time_was_up_stays_the_reason(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_cleaner, 1000);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_MINUTE);
	assert_string_equal(trail_of(t)->letters, "f");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(t->entry.fail, AIOT_EIO);
	assert_string_equal(aiot_outcome_of(&t->entry)->text, "no answer");
	fake_close(f);
}

static void a_run_that_does_not_even_stop_then_is_given_up(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_long_one, 1000);

	(void)state;
	fake_spec(&t->entry)->stop_timeout_ms = 50;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_MINUTE);
	assert_string_equal(trail_of(t)->letters, "1x");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_string_equal(aiot_outcome_of(&t->entry)->text,
			    "did not stop within its TimeoutStopSec");
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_MINUTE);
	fake_close(f);
}

static void time_that_is_up_before_the_first_step_is_up(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_long_one, 1000);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_pass(f, 2 * FAKE_S); /* suspended */
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "");
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_string_equal(aiot_outcome_of(&t->entry)->text,
			    "took longer than its TimeoutSec of 1s");
	fake_close(f);
}

/* ---- priority ---- */

static char order[64];

static enum aiot_co notes_its_turn(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, 1000);
	order[strlen(order)] = aiot_name(t)[0];
	AIOT_END(t);
}
AIOT_SERVICE(noting, struct trail, .main = notes_its_turn);

static struct aiot_task *add_with(struct fake *f, const char *name, int8_t priority)
{
	struct aiot_task *t = trail_add(f, &aiot_service_noting, name);

	fake_spec(&t->entry)->priority = priority;
	return t;
}

static void the_highest_goes_first_among_those_due_at_once(void **state)
{
	static const struct {
		const char *name;
		int8_t priority;
	} tasks[] = {{"a", 0},	 {"b", -100}, {"c", 100}, {"d", 0}, {"e", 15}, {"f", 16},
		     {"g", -16}, {"h", 100},  {"i", -1},  {"j", 0}, {"k", 1},  {"l", -15}};
	struct aiot_task *t[12];
	struct fake *f = fake_open();
	unsigned i, turn;

	(void)state;
	for (i = 0; i < 12; i++)
		t[i] = add_with(f, tasks[i].name, tasks[i].priority);
	for (turn = 0; turn < 2; turn++) {
		memset(order, 0, sizeof(order));
		for (i = 0; i < 12; i++)
			assert_int_equal(aiot_core_start(&f->core, &t[i]->entry), 0);
		assert_int_equal(f->core.prioritised, 9);
		fake_for(f, 2 * FAKE_S);
		assert_string_equal(order, "chfekadjilgb");
		assert_int_equal(f->core.prioritised, 0);
	}
	fake_close(f);
}

static void schedules_that_fire_at_once_start_by_priority(void **state)
{
	struct fake *f = fake_open();
	struct aiot_plan plan;
	struct aiot_out why;
	char text[128];
	static const int8_t priority[3] = {-5, 0, 7};
	unsigned i;

	(void)state;
	memset(order, 0, sizeof(order));
	for (i = 0; i < 3; i++) {
		const char name[2] = {(char)('a' + i), '\0'};
		struct aiot_task *t = add_with(f, name, priority[i]);

		aiot_plan_init(&plan);
		plan.has_start_in = true;
		plan.start_in_ns = 10 * FAKE_S;
		aiot_out_init(&why, text, sizeof(text));
		assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
	}
	fake_for(f, FAKE_MINUTE);
	assert_string_equal(order, "cba");
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_has_its_timeout_with_and_without_memory),
		cmocka_unit_test(each_run_has_its_own_time),
		cmocka_unit_test(on_error_may_make_a_result_of_it),
		cmocka_unit_test(what_failed_before_its_time_was_up_stays_the_reason),
		cmocka_unit_test(a_run_that_does_not_even_stop_then_is_given_up),
		cmocka_unit_test(time_that_is_up_before_the_first_step_is_up),
		cmocka_unit_test(the_highest_goes_first_among_those_due_at_once),
		cmocka_unit_test(schedules_that_fire_at_once_start_by_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
