/*
 * test-schedule.c - StartIn and Every: when runs come, what is skipped, what stop and start do to
 * it, and what a suspended board finds on waking.
 *
 * The length is that of many short cases on one stage.
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

struct job {
	uint32_t takes_ms;
	uint32_t runs;
	uint64_t first_ns, last_ns; /* when the first and the last run began */
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	self->last_ns = aiot_now_ns(t);
	if (self->runs++ == 0)
		self->first_ns = self->last_ns;
	AIOT_SLEEP_MS(t, self->takes_ms);
	(void)aiot_result_int(t, self->runs);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct job, takes_ms, "takes", "100ms", "how long a run takes"),
	{0},
};
AIOT_SERVICE(job, struct job, .main = works, .opts = opts);

/* One scheduled task, "t". */
struct bench {
	struct fake *f;
	struct aiot_task *t;
	struct aiot_entry *e;
	struct job *job;
	struct aiot_plan plan;
	struct aiot_schedule *s; /* once it is set */
	struct aiot_arg takes;
};

static void bench_open(struct bench *b, uint64_t start_in_ns, uint64_t every_ns, const char *takes)
{
	struct fake_kind *k;

	memset(b, 0, sizeof(*b));
	b->f = fake_open();
	fake_idle(b->f);
	fake_pass(b->f, FAKE_HOUR); /* set from outside, long after the last step */
	k = fake_load(b->f, &aiot_service_job, NULL);
	b->takes = (struct aiot_arg){"takes", takes, "test"};
	k->spec.args = &b->takes;
	k->spec.arg_count = 1;
	b->t = fake_add(b->f, k, "t");
	b->e = &b->t->entry;
	b->job = aiot_task_self(b->t);
	aiot_plan_init(&b->plan);
	b->plan.has_start_in = true;
	b->plan.start_in_ns = start_in_ns;
	b->plan.every_ns = every_ns;
}

static void bench_set(struct bench *b)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_schedule_create(&b->f->core, b->e, &b->plan, false, &why), 0);
	b->s = aiot_entry_schedule(b->e);
	assert_int_equal(b->e->state, AIOT_SCHEDULED);
	assert_true(aiot_schedule_armed(b->s));
}

static void assert_at(uint64_t at_ns, uint64_t due_ns)
{
	assert_true(at_ns >= due_ns);
	assert_true(at_ns < due_ns + FAKE_TICK);
}

/* ---- when ---- */

static void start_in_counts_from_the_moment_it_is_set(void **state)
{
	struct bench b;
	uint64_t set;

	(void)state;
	bench_open(&b, 10 * FAKE_S, 0, "100ms");
	set = b.f->mono_ns;
	bench_set(&b);
	assert_true(b.s->due_ns == set + 10 * FAKE_S);
	fake_for(b.f, FAKE_HOUR);
	assert_int_equal(b.job->runs, 1);
	assert_at(b.job->first_ns, set + 10 * FAKE_S);
	assert_at(b.s->last_ns, set + 10 * FAKE_S);
	fake_close(b.f);
}

static void start_in_from_the_daemon_counts_from_its_start(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, 2 * FAKE_HOUR, 0, "100ms");
	b.plan.from_daemon = true;
	bench_set(&b);
	assert_true(b.s->due_ns == 1000 * FAKE_S + 2 * FAKE_HOUR);
	fake_for(b.f, 2 * FAKE_HOUR);
	assert_int_equal(b.job->runs, 1);
	assert_at(b.job->first_ns, 1000 * FAKE_S + 2 * FAKE_HOUR);
	fake_close(b.f);
	bench_open(&b, 10 * FAKE_S, 0, "100ms"); /* over already: at once */
	b.plan.from_daemon = true;
	bench_set(&b);
	fake_for(b.f, FAKE_S);
	assert_int_equal(b.job->runs, 1);
	fake_close(b.f);
}

static void a_task_that_starts_once_ends_as_done(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, 10 * FAKE_S, 0, "1s");
	bench_set(&b);
	fake_for(b.f, 10500 * FAKE_MS);
	assert_int_equal(b.e->state, AIOT_RUNNING);
	fake_for(b.f, FAKE_S);
	assert_int_equal(b.e->state, AIOT_ENDED);
	assert_string_equal(fake_states(b.f, "t"), "scheduled starting running done");
	assert_true(b.s->due_ns == AIOT_CORE_NEVER);
	assert_true(b.f->next_ns == AIOT_CORE_NEVER);
	assert_int_equal(aiot_core_start(&b.f->core, b.e), 0); /* by hand, any time */
	fake_for(b.f, 2 * FAKE_S);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.e->state, AIOT_ENDED);
	fake_close(b.f);
}

static void every_does_not_drift_over_thirty_days(void **state)
{
	const uint64_t every = 61 * FAKE_S + 7;
	struct bench b;
	uint64_t first, n = 30 * FAKE_DAY / every;

	(void)state;
	bench_open(&b, FAKE_S, every, "20s");
	first = b.f->mono_ns + FAKE_S;
	bench_set(&b);
	b.f->read_ns = 1000; /* time passes in every step, too */
	fake_until(b.f, first + n * every + 30 * FAKE_S);
	assert_int_equal(b.job->runs, n + 1);
	assert_true(b.job->last_ns >= first + n * every);
	assert_true(b.job->last_ns < first + n * every + 2 * FAKE_TICK);
	assert_true(b.s->due_ns == first + (n + 1) * every);
	assert_true(b.s->skipped == 0);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	assert_int_equal(b.e->last, AIOT_ENDED);
	fake_close(b.f);
}

static void a_run_that_overlaps_the_next_is_skipped_and_counted(void **state)
{
	struct bench b;
	uint64_t first;

	(void)state;
	bench_open(&b, 0, 10 * FAKE_S, "25s");
	first = b.f->mono_ns;
	bench_set(&b);
	fake_for(b.f, 115 * FAKE_S); /* 0, 30, 60, 90 ran; 10 20 40 50 70 80 100 110 did not */
	assert_int_equal(b.job->runs, 4);
	assert_int_equal(b.s->skipped, 8);
	assert_at(b.job->last_ns, first + 90 * FAKE_S);
	assert_int_equal(b.e->state, AIOT_RUNNING);
	fake_close(b.f);
}

static void a_suspend_of_days_runs_once_and_goes_on_in_step(void **state)
{
	struct bench b;
	uint64_t first;

	(void)state;
	bench_open(&b, 0, FAKE_MINUTE, "1s");
	first = b.f->mono_ns;
	bench_set(&b);
	fake_for(b.f, 30 * FAKE_S);
	assert_int_equal(b.job->runs, 1);
	fake_pass(b.f, 3 * FAKE_DAY);
	fake_for(b.f, 5 * FAKE_S);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.s->skipped, 3 * 24 * 60 - 1);
	assert_true(b.s->due_ns == first + 3 * FAKE_DAY + FAKE_MINUTE);
	fake_for(b.f, 10 * FAKE_MINUTE);
	assert_int_equal(b.job->runs, 12);
	assert_int_equal(b.s->skipped, 3 * 24 * 60 - 1);
	fake_close(b.f);
}

/* ---- stop and start ---- */

static void stop_and_start_before_it_is_due_keeps_the_due_time(void **state)
{
	struct bench b;
	uint64_t due;

	(void)state;
	bench_open(&b, FAKE_HOUR, FAKE_HOUR, "1s");
	due = b.f->mono_ns + FAKE_HOUR;
	bench_set(&b);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, true), -AIOT_EALREADY);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	assert_int_equal(b.e->state, AIOT_STOPPED);
	assert_false(aiot_schedule_armed(b.s));
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), -AIOT_EALREADY);
	fake_for(b.f, 30 * FAKE_MINUTE);
	assert_int_equal(aiot_core_start(&b.f->core, b.e), 0);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	assert_int_equal(b.job->runs, 0);
	assert_true(b.s->due_ns == due);
	fake_for(b.f, FAKE_HOUR);
	assert_int_equal(b.job->runs, 1);
	assert_at(b.job->first_ns, due);
	fake_close(b.f);
}

static void start_after_it_was_due_runs_at_once_and_goes_on_in_step(void **state)
{
	struct bench b;
	uint64_t due;

	(void)state;
	bench_open(&b, FAKE_HOUR, FAKE_HOUR, "1s");
	due = b.f->mono_ns + FAKE_HOUR;
	bench_set(&b);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	fake_pass(b.f, 150 * FAKE_MINUTE); /* due at 60 and at 120 */
	assert_int_equal(aiot_core_start(&b.f->core, b.e), 0);
	assert_int_equal(b.e->state, AIOT_STARTING);
	fake_for(b.f, 2 * FAKE_S);
	assert_int_equal(b.job->runs, 1);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	assert_true(b.s->due_ns == due + 2 * FAKE_HOUR);
	assert_int_equal(b.s->skipped, 1);
	fake_for(b.f, FAKE_HOUR);
	assert_int_equal(b.job->runs, 2);
	assert_at(b.job->last_ns, due + 2 * FAKE_HOUR);
	fake_close(b.f);
}

static void start_before_it_is_due_runs_now_and_keeps_the_schedule(void **state)
{
	struct bench b;
	uint64_t due;

	(void)state;
	bench_open(&b, FAKE_HOUR, 0, "1s");
	due = b.f->mono_ns + FAKE_HOUR;
	bench_set(&b);
	assert_int_equal(aiot_core_start(&b.f->core, b.e), 0);
	assert_int_equal(b.e->state, AIOT_STARTING);
	fake_for(b.f, 2 * FAKE_S);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	assert_true(b.s->due_ns == due);
	fake_for(b.f, 2 * FAKE_HOUR);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.e->state, AIOT_ENDED);
	fake_close(b.f);
}

static void stop_of_a_run_ends_the_schedule_unless_it_is_kept(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, 0, FAKE_MINUTE, "30s");
	bench_set(&b);
	fake_for(b.f, 10 * FAKE_S);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, true), 0);
	fake_for(b.f, FAKE_S);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	assert_int_equal(b.e->last, AIOT_STOPPED);
	fake_for(b.f, FAKE_MINUTE);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.e->state, AIOT_RUNNING);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	fake_for(b.f, FAKE_HOUR);
	assert_int_equal(b.e->state, AIOT_STOPPED);
	assert_int_equal(b.job->runs, 2);
	assert_true(b.f->next_ns == AIOT_CORE_NEVER);
	fake_close(b.f);
}

static void restart_takes_a_held_schedule_up_again(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, FAKE_HOUR, FAKE_HOUR, "1s");
	bench_set(&b);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	assert_int_equal(aiot_core_restart(&b.f->core, b.e), 0);
	assert_int_equal(b.e->state, AIOT_STARTING);
	fake_for(b.f, 90 * FAKE_MINUTE);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	fake_close(b.f);
}

/* The FINALLY of a stop is under way: restart means the same then as a moment later. */
static void restart_during_a_stop_takes_the_schedule_up_again(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, FAKE_MINUTE, FAKE_MINUTE, "30s");
	bench_set(&b);
	fake_for(b.f, FAKE_MINUTE + FAKE_S);
	assert_int_equal(b.e->state, AIOT_RUNNING);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	assert_int_equal(b.e->state, AIOT_STOPPING);
	assert_int_equal(aiot_core_restart(&b.f->core, b.e), 0);
	fake_for(b.f, 40 * FAKE_S);
	assert_int_equal(b.job->runs, 2);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	fake_for(b.f, 5 * FAKE_MINUTE);
	assert_int_equal(b.job->runs, 7);
	fake_close(b.f);
}

static void deleting_a_scheduled_task_disarms_it(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, FAKE_HOUR, FAKE_HOUR, "1s");
	bench_set(&b);
	aiot_core_delete(&b.f->core, b.e);
	assert_int_equal(b.f->dropped, 1);
	fake_for(b.f, FAKE_DAY);
	assert_int_equal(b.f->core.steps, 0);
	fake_close(b.f);
	bench_open(&b, 0, FAKE_MINUTE, "30s");
	bench_set(&b);
	fake_for(b.f, 10 * FAKE_S);
	aiot_core_delete(&b.f->core, b.e); /* running: the schedule ends at once, the run soon */
	assert_false(aiot_schedule_armed(b.s));
	fake_for(b.f, FAKE_S);
	assert_int_equal(b.f->dropped, 1);
	fake_close(b.f);
}

/* ---- paused and refused ---- */

static void a_paused_schedule_fires_nothing_and_goes_on_later(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, 0, FAKE_MINUTE, "1s");
	b.e->flags |= AIOT_ENTRY_PAUSED;
	bench_set(&b);
	fake_for(b.f, 5 * FAKE_MINUTE + FAKE_S);
	assert_int_equal(b.job->runs, 0);
	assert_int_equal(b.s->skipped, 6);
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	b.e->flags = 0;
	fake_for(b.f, FAKE_MINUTE);
	assert_int_equal(b.job->runs, 1);
	fake_close(b.f);
}

static void a_single_start_that_is_paused_over_leaves_no_scheduled_task(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, FAKE_MINUTE, 0, "1s");
	b.e->flags |= AIOT_ENTRY_PAUSED;
	bench_set(&b);
	fake_for(b.f, FAKE_HOUR);
	assert_int_equal(b.job->runs, 0);
	assert_int_equal(b.e->state, AIOT_STOPPED);
	fake_close(b.f);
}

static void refused(uint64_t every_ns, enum aiot_state then, unsigned failures)
{
	struct bench b;

	bench_open(&b, FAKE_MINUTE, every_ns, "1s");
	bench_set(&b);
	b.takes.value = "a while"; /* no time span */
	fake_for(b.f, 150 * FAKE_S);
	assert_int_equal(b.job->runs, 0);
	assert_int_equal(b.e->state, then);
	assert_int_equal(b.e->last, AIOT_FAILURE);
	assert_int_equal(fake_logged(b.f, AIOT_ERROR, "failed: EINVAL: could not be started"),
			 failures);
	assert_int_equal(aiot_outcome_of(b.e)->code, -AIOT_EINVAL);
	b.takes.value = "1s";
	assert_int_equal(aiot_core_start(&b.f->core, b.e), 0);
	fake_for(b.f, 2 * FAKE_S);
	assert_int_equal(b.job->runs, 1);
	assert_int_equal(b.e->last, AIOT_ENDED);
	fake_close(b.f);
}

static void a_start_that_is_refused_is_told_and_shown(void **state)
{
	(void)state;
	refused(0, AIOT_FAILURE, 1);
	refused(FAKE_MINUTE, AIOT_SCHEDULED, 2);
}

static void a_refused_start_by_hand_leaves_the_schedule_shown(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, FAKE_MINUTE, FAKE_MINUTE, "1s");
	bench_set(&b);
	assert_int_equal(aiot_core_stop(&b.f->core, b.e, false), 0);
	fake_pass(b.f, FAKE_HOUR);
	b.takes.value = "a while";
	assert_int_equal(aiot_core_start(&b.f->core, b.e), -AIOT_EINVAL);
	assert_true(aiot_schedule_armed(b.s));
	assert_int_equal(b.e->state, AIOT_SCHEDULED);
	fake_close(b.f);
}

static void ten_years_of_days_are_ten_years_of_runs(void **state)
{
	struct bench b;
	uint64_t first;

	(void)state;
	bench_open(&b, 0, FAKE_DAY, "1h");
	first = b.f->mono_ns;
	bench_set(&b);
	fake_until(b.f, first + 10 * FAKE_YEAR + FAKE_S);
	assert_int_equal(b.job->runs, 3651);
	assert_at(b.job->last_ns, first + 10 * FAKE_YEAR);
	assert_true(b.f->core.rounds < 5 * 3651);
	fake_close(b.f);
}

static void replaced(struct fake *f)
{
	struct fake_kind *k = fake_load(f, &aiot_service_job, NULL);
	struct aiot_entry *e = &fake_add(f, k, "t")->entry;
	struct aiot_plan first, second;
	char text[256];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&first);
	aiot_plan_init(&second);
	first.every_ns = FAKE_HOUR;
	second.cron = "0 0 * * *";
	if (aiot_schedule_create(&f->core, e, &first, false, &why) < 0)
		return;
	r = aiot_schedule_replace(&f->core, e, &second, &why);
	assert_true(r == 0 || (r == -AIOT_ENOMEM && f->failed_takes));
	assert_non_null(aiot_entry_schedule(e));
	assert_true(aiot_schedule_armed(aiot_entry_schedule(e)));
	assert_true((aiot_entry_schedule(e)->cron != NULL) == (r == 0));
	assert_int_equal(e->state, AIOT_SCHEDULED);
}

static void without_memory_for_another_plan_the_old_one_stays(void **state)
{
	(void)state;
	fake_starve(replaced);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_in_counts_from_the_moment_it_is_set),
		cmocka_unit_test(start_in_from_the_daemon_counts_from_its_start),
		cmocka_unit_test(a_task_that_starts_once_ends_as_done),
		cmocka_unit_test(every_does_not_drift_over_thirty_days),
		cmocka_unit_test(a_run_that_overlaps_the_next_is_skipped_and_counted),
		cmocka_unit_test(a_suspend_of_days_runs_once_and_goes_on_in_step),
		cmocka_unit_test(stop_and_start_before_it_is_due_keeps_the_due_time),
		cmocka_unit_test(start_after_it_was_due_runs_at_once_and_goes_on_in_step),
		cmocka_unit_test(start_before_it_is_due_runs_now_and_keeps_the_schedule),
		cmocka_unit_test(stop_of_a_run_ends_the_schedule_unless_it_is_kept),
		cmocka_unit_test(restart_takes_a_held_schedule_up_again),
		cmocka_unit_test(restart_during_a_stop_takes_the_schedule_up_again),
		cmocka_unit_test(deleting_a_scheduled_task_disarms_it),
		cmocka_unit_test(a_paused_schedule_fires_nothing_and_goes_on_later),
		cmocka_unit_test(a_single_start_that_is_paused_over_leaves_no_scheduled_task),
		cmocka_unit_test(a_start_that_is_refused_is_told_and_shown),
		cmocka_unit_test(a_refused_start_by_hand_leaves_the_schedule_shown),
		cmocka_unit_test(ten_years_of_days_are_ten_years_of_runs),
		cmocka_unit_test(without_memory_for_another_plan_the_old_one_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
