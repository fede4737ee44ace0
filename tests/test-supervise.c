/*
 * test-supervise.c - what becomes of a run that failed: another one, later and later, unless
 * somebody says otherwise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "extra.h"
#include "supervise-stage.h"

static int forgives(struct aiot_task *t, void *self, int code, const char *text)
{
	(void)t;
	(void)code;
	(void)text;
	trail_mark(self, 'f');
	return 0;
}
AIOT_SERVICE(forgiving, struct trail, .main = fails, .on_error = forgives);

static enum aiot_co idles(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'r');
	AIOT_YIELD(t);
	aiot_inaction(t);
	AIOT_END(t);
}
AIOT_SERVICE(idle, struct trail, .main = idles);

/* ---- starting again ---- */

static void a_run_that_failed_is_begun_anew(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_string_equal(aiot_state_word((enum aiot_state)t->entry.state), "restarting");
	assert_false(aiot_entry_alive(&t->entry));
	assert_int_equal(f->core.alive, 0);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "failed: EIO: no luck"), 1);
	assert_int_equal(fake_logged(f, AIOT_INFO, "restarting in "), 1);
	trail_of(t)->code = 0;
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(t->entry.restarts, 1);
	assert_int_equal(fake_logged(f, AIOT_INFO, "started again, attempt 1"), 1);
	assert_string_equal(fake_states(f, "t"),
			    "starting running restarting starting running done");
	fake_close(f);
}

static void pauses_double_up_to_the_longest_and_vary_by_a_tenth(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);
	uint64_t whole = policy.delay_ns;
	bool varies = false;
	unsigned i;

	(void)state;
	for (i = 1; i < 20; i++) {
		uint64_t pause;

		assert_int_equal(of(t)->attempt, i);
		pause = next_pause(f, t);
		assert_in_range(pause, whole - whole / 10,
				whole + whole / 10 < policy.max_ns ? whole + whole / 10
								   : policy.max_ns);
		varies = varies || pause != whole;
		whole = whole * 2 < policy.max_ns ? whole * 2 : policy.max_ns;
	}
	assert_true(varies);
	assert_true(whole == policy.max_ns);
	fake_close(f);
}

static void pauses_are_spread_over_many_tasks(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_failing, NULL);
	uint64_t least = UINT64_MAX, most = 0;
	unsigned i;

	(void)state;
	k->spec.policy = policy;
	for (i = 0; i < 100; i++) {
		char name[16];
		struct aiot_task *t;

		(void)aiot_format_to(name, sizeof(name), "t%u", i);
		t = fake_add(f, k, name);
		trail_of(t)->code = -AIOT_EIO;
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
		fake_idle(f);
		if (of(t)->due_ns - t->entry.since_ns < least)
			least = of(t)->due_ns - t->entry.since_ns;
		if (of(t)->due_ns - t->entry.since_ns > most)
			most = of(t)->due_ns - t->entry.since_ns;
	}
	assert_in_range(least, 90 * FAKE_MS, 93 * FAKE_MS);
	assert_in_range(most, 107 * FAKE_MS, 110 * FAKE_MS);
	fake_close(f);
}

static void after_a_stable_run_pauses_are_short_again(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		(void)next_pause(f, t);
	assert_int_equal(of(t)->attempt, 9);
	trail_of(t)->i = 59000; /* not stable yet */
	(void)next_pause(f, t);
	fake_for(f, 60 * FAKE_S);
	assert_int_equal(of(t)->attempt, 10);
	trail_of(t)->i = 60000;
	(void)next_pause(f, t);
	fake_for(f, 60 * FAKE_S + 20 * FAKE_MS);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_int_equal(of(t)->attempt, 1);
	assert_in_range(of(t)->due_ns - t->entry.since_ns, 90 * FAKE_MS, 110 * FAKE_MS);
	fake_close(f);
}

static void a_success_makes_pauses_short_again(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	(void)next_pause(f, t);
	(void)next_pause(f, t);
	trail_of(t)->code = 0;
	(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_int_equal(of(t)->attempt, 0);
	fake_close(f);
}

static void without_a_pause_it_is_begun_in_the_next_round(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.delay_ns = 0;
	p.burst = 3;
	t = start_with(f, &p);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.state, AIOT_HELD);
	assert_int_equal(t->entry.runs, 4);
	fake_close(f);
}

static void restart_no_leaves_it_failed_and_takes_no_memory(void **state)
{
	static const struct aiot_policy none = {0};
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &none);

	(void)state;
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_null(t->entry.more);
	fake_close(f);
}

static void always_means_a_good_end_too_and_on_failure_does_not(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	p.restart = AIOT_RESTART_ALWAYS;
	t = start_with(f, &p);
	trail_of(t)->code = 0;
	(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_int_equal(t->entry.last, AIOT_ENDED);
	assert_int_equal(of(t)->attempt, 2); /* short runs, good or not: later and later */
	fake_spec(&t->entry)->policy.restart = AIOT_RESTART_ON_FAILURE;
	(void)next_pause(f, t);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static void a_forgiven_failure_is_none(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_forgiving, &policy);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "rf");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static void nothing_to_do_is_a_good_end(void **state)
{
	struct aiot_policy p = policy;
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_idle, &p);

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_spec(&t->entry)->policy.restart = AIOT_RESTART_ALWAYS;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	fake_close(f);
}

static void a_run_over_its_timeout_is_begun_anew(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);

	(void)state;
	fake_spec(&t->entry)->timeout_ms = 1000;
	trail_of(t)->i = 5000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 1050 * FAKE_MS);
	assert_int_equal(t->entry.state, AIOT_BACKOFF);
	assert_int_equal(t->entry.fail, AIOT_ETIMEDOUT);
	fake_for(f, 200 * FAKE_MS);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_close(f);
}

/* ---- orders meanwhile ---- */

static void a_stop_ends_the_pause(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	(void)next_pause(f, t);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(t->entry.last, AIOT_STOPPED);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), -AIOT_EALREADY);
	fake_close(f);
}

static void a_start_ends_the_pause_and_begins_at_once(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		(void)next_pause(f, t);
	trail_of(t)->i = 1000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(t->entry.runs, 10);
	fake_for(f, 1010 * FAKE_MS);
	assert_int_equal(t->entry.runs, 10);
	assert_int_equal(of(t)->attempt, 1);
	(void)next_pause(f, t);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_for(f, 10 * FAKE_MS);
	assert_int_equal(t->entry.runs, 12);
	assert_int_equal(t->entry.restarts, 9);
	fake_close(f);
}

static void a_task_that_pauses_can_be_deleted(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	aiot_core_delete(&f->core, &t->entry);
	assert_int_equal(f->dropped, 1);
	assert_true(fake_run(f) == AIOT_CORE_NEVER);
	fake_close(f);
}

static void a_run_ordered_meanwhile_takes_the_place_of_the_repeated_one(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 0);
	trail_of(t)->code = 0;
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(t->entry.restarts, 0);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static void a_manual_restart_is_none_of_its_attempts(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);

	(void)state;
	trail_of(t)->i = 1000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(of(t)->attempt, 0);
	fake_close(f);
}

static void an_end_of_the_program_begins_nothing_anew(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = start_with(f, &policy);

	(void)state;
	f->core.closed = true;
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	f->core.closed = false;
	fake_close(f);
	f = fake_open();
	t = add_with(f, &aiot_service_failing, &policy);
	trail_of(t)->i = 1000;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	f->core.closed = true;
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	fake_close(f);
}

/* ---- without memory ---- */

static void in_want_of_memory(struct fake *f)
{
	struct aiot_task *t = add_with(f, &aiot_service_failing, &policy);
	int r = aiot_core_start(&f->core, &t->entry);

	fake_for(f, FAKE_S);
	if (r < 0) {
		assert_int_equal(r, -AIOT_ENOMEM);
		assert_true(f->failed_takes > 0);
		assert_int_equal(t->entry.state, AIOT_STOPPED);
	} else {
		assert_true(t->entry.runs > 1);
	}
}

static void a_start_without_memory_for_what_it_needs_is_refused(void **state)
{
	(void)state;
	fake_starve(in_want_of_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_failed_is_begun_anew),
		cmocka_unit_test(pauses_double_up_to_the_longest_and_vary_by_a_tenth),
		cmocka_unit_test(pauses_are_spread_over_many_tasks),
		cmocka_unit_test(after_a_stable_run_pauses_are_short_again),
		cmocka_unit_test(a_success_makes_pauses_short_again),
		cmocka_unit_test(without_a_pause_it_is_begun_in_the_next_round),
		cmocka_unit_test(restart_no_leaves_it_failed_and_takes_no_memory),
		cmocka_unit_test(always_means_a_good_end_too_and_on_failure_does_not),
		cmocka_unit_test(a_forgiven_failure_is_none),
		cmocka_unit_test(nothing_to_do_is_a_good_end),
		cmocka_unit_test(a_run_over_its_timeout_is_begun_anew),
		cmocka_unit_test(a_stop_ends_the_pause),
		cmocka_unit_test(a_start_ends_the_pause_and_begins_at_once),
		cmocka_unit_test(a_task_that_pauses_can_be_deleted),
		cmocka_unit_test(a_run_ordered_meanwhile_takes_the_place_of_the_repeated_one),
		cmocka_unit_test(a_manual_restart_is_none_of_its_attempts),
		cmocka_unit_test(an_end_of_the_program_begins_nothing_anew),
		cmocka_unit_test(a_start_without_memory_for_what_it_needs_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
