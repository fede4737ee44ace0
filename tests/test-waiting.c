/*
 * test-waiting.c - tasks that are held back until something else is there, tasks that say
 * themselves when they are ready, and how long they may take for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "plan.h"
#include "waiting.h"

/* ---- an owner that holds back ---- */

static bool held, last_ordered;
static unsigned asked;

static bool holds(void *ctx, struct aiot_entry *entry, bool ordered)
{
	(void)ctx;
	(void)entry;
	asked++;
	last_ordered = ordered;
	return held;
}

static struct aiot_core_ops ops;

static struct fake *open_holding(void)
{
	struct fake *f = fake_open();

	ops = *f->core.ops;
	ops.holds = holds;
	f->core.ops = &ops;
	held = true;
	asked = 0;
	return f;
}

struct gate {
	uint32_t ready_ms, then_ms;
	uint8_t fails;
};

static enum aiot_co gate(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct gate, self);
	AIOT_SLEEP_MS(t, self->ready_ms);
	aiot_ready(t);
	aiot_ready(t);
	AIOT_SLEEP_MS(t, self->then_ms);
	if (self->fails)
		AIOT_FAIL(t, -AIOT_EIO, "it fell");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct gate, ready_ms, "ready", "1s", "when it is ready"),
	AIOT_OPT_MS(struct gate, then_ms, "then", "1h", "how long it goes on"),
	AIOT_OPT_BOOL(struct gate, fails, "fails", "no", "how it ends"),
	{0},
};

AIOT_SERVICE(gate, struct gate, .flags = AIOT_SERVICE_SAYS_READY, .main = gate, .opts = opts);
AIOT_SERVICE(plain, struct gate, .main = gate, .opts = opts);

static struct aiot_task *add(struct fake *f, const struct aiot_service *service)
{
	return fake_add(f, fake_load(f, service, NULL), "t");
}

static void assert_state(const struct aiot_task *t, enum aiot_state state)
{
	assert_string_equal(aiot_state_word((enum aiot_state)t->entry.state),
			    aiot_state_word(state));
}

static void one_that_is_held_waits_and_starts_when_it_is_let_go(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_true(last_ordered);
	assert_state(t, AIOT_WAITING);
	assert_int_equal(f->core.alive, 1);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), -AIOT_EALREADY);
	fake_for(f, FAKE_HOUR);
	assert_state(t, AIOT_WAITING);
	assert_int_equal(t->entry.runs, 0);
	aiot_core_release(&f->core, &t->entry); /* too early: it is asked again */
	assert_state(t, AIOT_WAITING);
	held = false;
	aiot_core_release(&f->core, &t->entry);
	assert_false(last_ordered);
	fake_idle(f);
	assert_string_equal(fake_states(f, "t"), "waiting starting running");
	assert_int_equal(t->entry.runs, 1);
	aiot_core_release(&f->core, &t->entry); /* no longer of any meaning */
	assert_state(t, AIOT_RUNNING);
	fake_close(f);
}

static void a_stop_of_one_that_waits_leaves_no_trace(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_string_equal(fake_states(f, "t"), "waiting stopped");
	assert_int_equal(t->entry.runs, 0);
	assert_true(t->entry.run_ns == 0);
	assert_int_equal(f->core.alive, 0);
	assert_int_equal(f->core.stopping, 0);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), -AIOT_EALREADY);
	fake_close(f);
}

static void a_restart_of_one_that_waits_waits_again(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	assert_true(last_ordered);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	assert_string_equal(fake_states(f, "t"), "waiting stopped waiting");
	assert_int_equal(t->entry.flags & AIOT_ENTRY_RESTART, 0);
	fake_close(f);
}

static void one_that_waits_can_be_deleted(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	aiot_core_delete(&f->core, &t->entry);
	assert_int_equal(f->dropped, 1);
	assert_null(aiot_core_find(&f->core, "t"));
	fake_close(f);
}

static void one_that_runs_and_is_restarted_waits_behind_its_stop(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	held = false;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	held = true;
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_false(last_ordered); /* nobody ordered a start */
	assert_string_equal(fake_states(f, "t"), "starting running stopping stopped waiting");
	fake_close(f);
}

static void let_go_without_memory_it_has_failed(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	fake_spec(&t->entry)->timeout_ms = 1000; /* which takes memory at the start */
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	held = false;
	f->fail_at = 1;
	aiot_core_release(&f->core, &t->entry);
	assert_state(t, AIOT_FAILURE);
	assert_int_equal(f->core.alive, 0);
	assert_true(t->entry.run_ns < FAKE_S);
	fake_close(f);
}

/* ---- schedules ---- */

static void every(struct fake *f, struct aiot_task *t)
{
	struct aiot_plan plan;
	struct aiot_out why;
	char text[200];

	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.every_ns = 10 * FAKE_S;
	plan.start_in_ns = 10 * FAKE_S;
	assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
}

static void a_schedule_is_held_with_its_task(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	every(f, t);
	aiot_core_wait(&f->core, &t->entry);
	assert_string_equal(fake_states(f, "t"), "scheduled waiting");
	fake_for(f, 4 * FAKE_S);
	held = false;
	aiot_core_release(&f->core, &t->entry); /* not due yet: it goes on as it was */
	assert_state(t, AIOT_SCHEDULED);
	held = true;
	aiot_core_wait(&f->core, &t->entry);
	fake_for(f, 20 * FAKE_S);
	assert_int_equal(t->entry.runs, 0);
	held = false;
	aiot_core_release(&f->core, &t->entry); /* it was due meanwhile */
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
	aiot_core_wait(&f->core, &t->entry); /* it is alive: nothing */
	assert_state(t, AIOT_RUNNING);
	fake_close(f);
}

static void one_that_is_due_and_held_waits_and_runs_once(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	every(f, t);
	fake_for(f, 35 * FAKE_S);
	assert_string_equal(fake_states(f, "t"), "scheduled waiting");
	assert_false(last_ordered);
	held = false;
	aiot_core_release(&f->core, &t->entry);
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
	fake_close(f);
}

static void what_was_taken_off_its_schedule_waits_before_it_is_put_back(void **state)
{
	struct fake *f = open_holding();
	struct aiot_task *t = add(f, &aiot_service_plain);

	(void)state;
	every(f, t);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_state(t, AIOT_WAITING);
	held = false;
	aiot_core_release(&f->core, &t->entry);
	assert_state(t, AIOT_SCHEDULED);
	fake_close(f);
}

/* ---- ready ---- */

static void one_that_says_so_is_starting_until_it_is_ready(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add(f, &aiot_service_gate);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 900 * FAKE_MS);
	assert_state(t, AIOT_STARTING);
	fake_for(f, 200 * FAKE_MS);
	assert_state(t, AIOT_RUNNING);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_string_equal(fake_states(f, "t"), "starting running stopping stopped");
	fake_close(f);
}

static struct aiot_task *start_limited(struct fake *f, const struct aiot_service *service,
				       uint32_t start_ms, uint32_t run_ms, bool ends)
{
	struct aiot_task *t = add(f, service);

	fake_spec(&t->entry)->start_timeout_ms = start_ms;
	fake_spec(&t->entry)->timeout_ms = run_ms;
	fake_spec(&t->entry)->ends_to_be_ready = ends;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	return t;
}

static void assert_late(const struct aiot_task *t, const char *text)
{
	const struct aiot_outcome *o = aiot_outcome_of(&t->entry);

	assert_state(t, AIOT_FAILURE);
	assert_non_null(o);
	assert_int_equal(o->code, -AIOT_ETIMEDOUT);
	assert_string_equal(o->text, text);
}

static void one_that_is_not_ready_in_time_fails(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_gate, 500, 0, false);

	(void)state;
	fake_for(f, 600 * FAKE_MS);
	assert_late(t, "was not ready within its TimeoutStartSec of 500ms");
	fake_close(f);
}

static void one_that_is_ready_has_all_the_time_for_its_run(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_gate, 1500, 0, false);

	(void)state;
	fake_for(f, FAKE_MINUTE);
	assert_state(t, AIOT_RUNNING);
	fake_close(f);
}

static void behind_its_start_the_time_of_the_run_counts_from_its_begin(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_gate, 1500, 5000, false);

	(void)state;
	fake_for(f, 4900 * FAKE_MS);
	assert_state(t, AIOT_RUNNING);
	fake_for(f, 200 * FAKE_MS);
	assert_late(t, "took longer than its TimeoutSec of 5s");
	fake_close(f);
}

static void the_shorter_time_of_the_run_counts_before_it_is_ready(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_gate, 1500, 200, false);

	(void)state;
	fake_for(f, 300 * FAKE_MS);
	assert_late(t, "took longer than its TimeoutSec of 200ms");
	fake_close(f);
}

static void one_that_has_to_end_to_be_ready_does_so_in_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_plain, 5000, 0, true);

	(void)state;
	fake_for(f, 4900 * FAKE_MS);
	assert_state(t, AIOT_RUNNING);
	fake_for(f, 200 * FAKE_MS);
	assert_late(t, "did not end within its TimeoutStartSec of 5s");
	fake_close(f);
}

static void without_a_limit_it_takes_what_it_takes(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_limited(f, &aiot_service_gate, 0, 0, true);

	(void)state;
	fake_for(f, FAKE_MINUTE);
	assert_state(t, AIOT_RUNNING);
	assert_null(t->entry.more);
	fake_close(f);
}

static void ready_at_last(struct aiot_task *t, void *self)
{
	(void)self;
	aiot_ready(t);
}
AIOT_SERVICE(tardy, struct gate, .main = gate, .opts = opts, .on_stop = ready_at_last);

static void ready_outside_of_a_run_is_misuse(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add(f, &aiot_service_tardy);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_state(t, AIOT_FAILURE);
	assert_string_equal(aiot_outcome_of(&t->entry)->text,
			    "wrong use of the API: aiot_ready outside of a run");
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_held_waits_and_starts_when_it_is_let_go),
		cmocka_unit_test(a_stop_of_one_that_waits_leaves_no_trace),
		cmocka_unit_test(a_restart_of_one_that_waits_waits_again),
		cmocka_unit_test(one_that_waits_can_be_deleted),
		cmocka_unit_test(one_that_runs_and_is_restarted_waits_behind_its_stop),
		cmocka_unit_test(let_go_without_memory_it_has_failed),
		cmocka_unit_test(a_schedule_is_held_with_its_task),
		cmocka_unit_test(one_that_is_due_and_held_waits_and_runs_once),
		cmocka_unit_test(what_was_taken_off_its_schedule_waits_before_it_is_put_back),
		cmocka_unit_test(one_that_says_so_is_starting_until_it_is_ready),
		cmocka_unit_test(one_that_is_not_ready_in_time_fails),
		cmocka_unit_test(one_that_is_ready_has_all_the_time_for_its_run),
		cmocka_unit_test(behind_its_start_the_time_of_the_run_counts_from_its_begin),
		cmocka_unit_test(the_shorter_time_of_the_run_counts_before_it_is_ready),
		cmocka_unit_test(one_that_has_to_end_to_be_ready_does_so_in_time),
		cmocka_unit_test(without_a_limit_it_takes_what_it_takes),
		cmocka_unit_test(ready_outside_of_a_run_is_misuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
