/*
 * test-condition.c - When: tasks that are started by conditions about the clock and other tasks,
 * with no wake between the instants at which one can change.
 *
 * The length is that of many short cases on one stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "schedule.h"
#include "service.h"
#include "settings.h"
#include "timetext.h"

struct job {
	uint32_t takes_ms;
	uint8_t fails;
	uint32_t runs;
	int64_t last_us; /* when the last run began */
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	self->runs++;
	self->last_us = aiot_wall_ns(t) / 1000;
	AIOT_SLEEP_MS(t, self->takes_ms);
	if (self->fails)
		AIOT_FAIL(t, -AIOT_EIO, "as asked");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct job, takes_ms, "takes", "1s", "how long a run takes"),
	AIOT_OPT_BOOL(struct job, fails, "fails", "no", "whether it fails"),
	{0},
};
AIOT_SERVICE(job, struct job, .main = works, .opts = opts);

static struct fake *f;
static struct fake_kind *kind;

static int64_t at_us(const char *text)
{
	int64_t ns = 0;

	assert_int_equal(aiot_time_parse(text, strlen(text), 0, &ns, NULL), 0);
	return ns / 1000;
}

static int open_stage(void **state)
{
	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	f = fake_open();
	fake_idle(f);
	f->wall_ns = at_us("2026-11-21 09:00:00") * 1000; /* a Saturday */
	aiot_core_clock_set(&f->core);
	kind = fake_load(f, &aiot_service_job, NULL);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static struct aiot_entry *add(const char *name)
{
	return &fake_add(f, kind, name)->entry;
}

static struct job *job(struct aiot_entry *e)
{
	return aiot_task_self(aiot_task_of(e));
}

static int try_when(struct aiot_entry *e, const char *text, char *sentence, size_t size)
{
	struct aiot_plan plan;
	struct aiot_out why;
	int r;

	aiot_out_init(&why, sentence, size);
	aiot_plan_init(&plan);
	plan.when = text;
	r = aiot_schedule_create(&f->core, e, &plan, false, &why);
	(void)aiot_out_str(&why);
	return r;
}

static struct aiot_schedule *when(struct aiot_entry *e, const char *text)
{
	char sentence[256];

	if (try_when(e, text, sentence, sizeof(sentence)) < 0)
		fail_msg("%s", sentence);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	return aiot_entry_schedule(e);
}

static void until(const char *wall)
{
	int64_t ahead_us = at_us(wall) - f->wall_ns / 1000;

	assert_true(ahead_us >= 0);
	fake_for(f, (uint64_t)ahead_us * 1000);
}

static void assert_last(struct aiot_entry *e, const char *wall)
{
	int64_t late_us = job(e)->last_us - at_us(wall);

	assert_true(late_us >= 0 && late_us < 1000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

/* ---- the clock ---- */

static void daily_between_runs_once_a_day(void **state)
{
	struct aiot_entry *e = add("a");
	struct aiot_schedule *s = when(e, "daily between 10:00 and 12:00");
	int64_t next_us = 0;

	(void)state;
	fake_idle(f);
	assert_true(aiot_schedule_next_us(&f->core, s, f->wall_ns / 1000, &next_us));
	assert_true(next_us == at_us("2026-11-21 10:00:00"));
	until("2026-11-21 10:30:00");
	assert_int_equal(job(e)->runs, 1);
	assert_last(e, "2026-11-21 10:00:00");
	until("2026-11-28 10:30:00");
	assert_int_equal(job(e)->runs, 8);
	assert_last(e, "2026-11-28 10:00:00");
	assert_true(f->core.rounds < 100); /* nothing polls */
}

static void every_counts_from_start_to_start_and_begins_at_once(void **state)
{
	struct aiot_entry *e = add("a");

	(void)state;
	(void)when(e, "every 10 min");
	until("2026-11-21 10:05:00");
	assert_int_equal(job(e)->runs, 7);
	assert_true(job(e)->last_us - at_us("2026-11-21 10:00:00") < 10000);
	assert_true(f->core.rounds < 60);
}

static void what_is_always_true_runs_again_and_again_at_the_pace_of_the_cycle(void **state)
{
	struct aiot_entry *e = add("a");

	(void)state;
	(void)when(e, "true");
	fake_for(f, 110 * FAKE_S);
	/* A run of a second and a tenth between; a board counts from up to 67 ms before. */
	assert_in_range(job(e)->runs, 98, AIOT_BOARD ? 106 : 101);
}

static void a_failing_daily_task_is_not_tried_again_that_day(void **state)
{
	static const struct aiot_arg fails = {"fails", "yes", "test"};
	struct aiot_entry *e = add("a");

	(void)state;
	fake_spec(e)->args = &fails;
	fake_spec(e)->arg_count = 1;
	(void)when(e, "daily");
	until("2026-11-22 08:00:00");
	assert_int_equal(job(e)->runs, 2);
	assert_last(e, "2026-11-22 00:00:00");
}

/* ---- other tasks ---- */

static void after_a_task_it_runs_once_for_each_success(void **state)
{
	struct aiot_entry *a = add("a"), *b = add("b");
	uint64_t rounds;

	(void)state;
	(void)when(b, "after task 'a'");
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job(b)->runs, 0);
	rounds = f->core.rounds;
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(job(b)->runs, 1);
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(job(b)->runs, 2);
	assert_true(f->core.rounds - rounds < 40);
	fake_for(f, FAKE_DAY);
	assert_int_equal(job(b)->runs, 2);
}

static void after_a_failure(void **state)
{
	static const struct aiot_arg fails = {"fails", "yes", "test"};
	struct fake_kind *failing = fake_load(f, &aiot_service_job, NULL);
	struct aiot_entry *a, *b = add("b"), *c = add("c");

	(void)state;
	failing->spec.args = &fails;
	failing->spec.arg_count = 1;
	a = &fake_add(f, failing, "a")->entry;
	(void)when(b, "after task 'a' failed");
	(void)when(c, "after task 'a' succeeded");
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(job(b)->runs, 1);
	assert_int_equal(job(c)->runs, 0);
}

static void while_a_task_runs(void **state)
{
	struct aiot_entry *a = add("a"), *b = add("b");

	(void)state;
	(void)when(b, "while task 'a' is running & ~has started past 1 hour");
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(job(b)->runs, 0);
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, 500 * FAKE_MS);
	assert_int_equal(job(b)->runs, 1);
	assert_int_equal(b->state, AIOT_RUNNING);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(job(b)->runs, 1);
}

static void a_task_that_comes_back_is_the_same_one(void **state)
{
	struct aiot_entry *a = add("a"), *b = add("b");

	(void)state;
	(void)when(b, "after task 'a'");
	aiot_core_delete(&f->core, a);
	fake_for(f, FAKE_MINUTE);
	a = add("a");
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(job(b)->runs, 1);
}

static void many_that_watch_one_come_and_go(void **state)
{
	struct aiot_entry *a = add("a"), *b[8];
	char name[8];
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++) {
		(void)aiot_format_to(name, sizeof(name), "b%u", i);
		b[i] = add(name);
		(void)when(b[i], "after task 'a'");
	}
	aiot_core_delete(&f->core, b[0]); /* the one that is indexed */
	aiot_core_delete(&f->core, b[3]);
	assert_int_equal(f->core.watched.count, 1);
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, FAKE_MINUTE);
	for (i = 0; i < 8; i++) {
		if (i == 0 || i == 3)
			continue;
		assert_int_equal(job(b[i])->runs, 1);
		aiot_core_delete(&f->core, b[i]);
	}
	assert_int_equal(f->core.watched.count, 0);
}

static void a_condition_takes_only_the_memory_it_needs(void **state)
{
	struct aiot_entry *a = add("a");

	(void)state;
	(void)add("b");
	(void)when(a, "after task 'b' & daily between 10:00 and 12:00");
	assert_in_range(aiot_entry_schedule(a)->block_size, 300, 1100);
}

#if !AIOT_BOARD /* which does not keep when a run began, only since when it is what it is */
static void a_condition_given_to_a_task_that_runs_knows_when_it_began(void **state)
{
	struct aiot_entry *e = add("a");
	int64_t next_us = 0;

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	fake_for(f, FAKE_MINUTE);
	(void)when(e, "every 10 min & ~has failed today");
	assert_true(aiot_schedule_next_us(&f->core, aiot_entry_schedule(e), f->wall_ns / 1000,
					  &next_us));
	assert_in_range(next_us - at_us("2026-11-21 09:10:00"), 0, 1000);
	until("2026-11-21 09:09:00");
	assert_int_equal(job(e)->runs, 1);
	until("2026-11-21 09:11:00");
	assert_int_equal(job(e)->runs, 2);
}
#endif

/* ---- orders ---- */

static void stop_holds_it_and_start_goes_on(void **state)
{
	struct aiot_entry *e = add("a");

	(void)state;
	(void)when(e, "every 10 min");
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(aiot_core_stop(&f->core, e, false), 0);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(job(e)->runs, 1);
	assert_int_equal(e->state, AIOT_STOPPED);
	assert_int_equal(aiot_core_start(&f->core, e), 0);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	fake_for(f, FAKE_S);
	assert_int_equal(job(e)->runs, 2);
}

static void a_start_that_is_refused_does_not_keep_the_loop_busy(void **state)
{
	static const struct aiot_arg wrong = {"takes", "a while", "test"};
	struct aiot_entry *e = add("a");

	(void)state;
	fake_spec(e)->args = &wrong;
	fake_spec(e)->arg_count = 1;
	(void)when(e, "true");
	fake_for(f, 10 * FAKE_S);
	assert_true(f->core.rounds < 250);
	assert_in_range(fake_logged(f, AIOT_ERROR, "could not be started"), 90, 110);
}

/* ---- the clock is set, or not ---- */

static void without_a_clock_calendars_wait_and_tasks_do_not(void **state)
{
	struct aiot_entry *a = add("a"), *b = add("b"), *c = add("c");

	(void)state;
	f->wall_ns = 100 * (int64_t)FAKE_S;
	aiot_core_clock_set(&f->core);
	(void)when(b, "after task 'a'");
	(void)when(c, "daily");
	fake_for(f, FAKE_MINUTE);
	assert_true(aiot_entry_schedule(c)->unset);
	assert_false(aiot_entry_schedule(b)->unset);
	assert_int_equal(aiot_core_start(&f->core, a), 0);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(job(b)->runs, 1);
	assert_int_equal(job(c)->runs, 0);
	f->wall_ns = at_us("2026-11-21 09:00:00") * 1000;
	aiot_core_clock_set(&f->core);
	fake_for(f, FAKE_S);
	assert_int_equal(job(c)->runs, 1);
	assert_int_equal(job(b)->runs, 1);
}

static void every_does_not_notice_that_the_clock_is_set(void **state)
{
	struct aiot_entry *e = add("a");

	(void)state;
	f->wall_ns = 100 * (int64_t)FAKE_S;
	aiot_core_clock_set(&f->core);
	(void)when(e, "every 10 min");
	fake_for(f, FAKE_MINUTE);
	f->wall_ns = at_us("2026-11-21 09:00:00") * 1000;
	aiot_core_clock_set(&f->core);
	fake_for(f, 8 * FAKE_MINUTE);
	assert_int_equal(job(e)->runs, 1);
	fake_for(f, 2 * FAKE_MINUTE);
	assert_int_equal(job(e)->runs, 2);
	f->wall_ns -= 5 * (int64_t)FAKE_HOUR;
	aiot_core_clock_set(&f->core);
	fake_for(f, 10 * FAKE_MINUTE);
	assert_int_equal(job(e)->runs, 3);
}

/* ---- the task's own options ---- */

/* What `add` gives comes behind what the file says. */
static void of_an_option_given_twice_the_last_one_counts(void **state)
{
	static const struct aiot_arg args[] = {{"takes", "1s", "file"}, {"takes", "2s", "add"}};
	struct aiot_entry *e = add("a");

	(void)state;
	kind->spec.args = args;
	kind->spec.arg_count = 2;
	(void)when(e, "param 'takes' is '2s' & daily");
	until("2026-11-21 09:01:00");
	assert_int_equal(e->runs, 1);
}

static void an_option_that_is_set_counts_at_once(void **state)
{
	struct aiot_entry *e = add("a");
	const struct aiot_opt *opt =
		aiot_opt_find(e->spec->service, AIOT_KIND(e->spec)->opts, "takes");
	struct aiot_setting *s = NULL;
	char text[256];
	struct aiot_out why;

	(void)state;
	(void)when(e, "param 'takes' is '2s' & daily");
	until("2026-11-21 09:01:00");
	assert_int_equal(e->runs, 0);
	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_setting_read(&f->core, opt, "2s", &s, &why), 0);
	(void)aiot_setting_put(&f->core, e, s);
	until("2026-11-21 09:02:00");
	assert_int_equal(e->runs, 1);
}

/* ---- what is wrong ---- */

static void what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *text, *part;
	} rows[] = {
		{"daly", "When: column 1: expected a condition, not 'daly'; did you mean 'daily'?"},
		{"after task 'ghost'", "When: there is no task 'ghost'"},
		{"after task 'no name'", "When: 'no name' cannot be the name of a task"},
		{"warm", "When: column 1: expected a condition such as"},
		{"daily &", "When: column"},
	};
	struct aiot_entry *e = add("a");
	char sentence[256];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(try_when(e, rows[i].text, sentence, sizeof(sentence)),
				 -AIOT_EINVAL);
		assert_non_null(strstr(sentence, rows[i].part));
		assert_null(aiot_entry_schedule(e));
	}
}

static void scenario_without_memory(struct fake *starved)
{
	struct fake_kind *k = fake_load(starved, &aiot_service_job, NULL);
	struct aiot_task *a = fake_add(starved, k, "a"), *b = fake_add(starved, k, "b");
	struct aiot_plan plan;
	char sentence[256];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, sentence, sizeof(sentence));
	aiot_plan_init(&plan);
	plan.when = "after task 'a' | every 1 hour";
	r = aiot_schedule_create(&starved->core, &b->entry, &plan, false, &why);
	assert_true(r == 0 || (r == -AIOT_ENOMEM && starved->failed_takes && why.len > 0));
	(void)aiot_core_start(&starved->core, &a->entry);
	fake_for(starved, FAKE_MINUTE);
	if (r == 0)
		assert_true(b->entry.runs >= 1);
}

static void without_memory_it_is_refused_and_nothing_is_lost(void **state)
{
	(void)state;
	fake_starve(scenario_without_memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(daily_between_runs_once_a_day),
		T(every_counts_from_start_to_start_and_begins_at_once),
		T(what_is_always_true_runs_again_and_again_at_the_pace_of_the_cycle),
		T(a_failing_daily_task_is_not_tried_again_that_day),
		T(after_a_task_it_runs_once_for_each_success),
		T(after_a_failure),
		T(while_a_task_runs),
		T(a_task_that_comes_back_is_the_same_one),
		T(many_that_watch_one_come_and_go),
		T(a_condition_takes_only_the_memory_it_needs),
#if !AIOT_BOARD
		T(a_condition_given_to_a_task_that_runs_knows_when_it_began),
#endif
		T(stop_holds_it_and_start_goes_on),
		T(a_start_that_is_refused_does_not_keep_the_loop_busy),
		T(without_a_clock_calendars_wait_and_tasks_do_not),
		T(every_does_not_notice_that_the_clock_is_set),
		T(of_an_option_given_twice_the_last_one_counts),
		T(an_option_that_is_set_counts_at_once),
		T(what_is_wrong_is_told),
		cmocka_unit_test(without_memory_it_is_refused_and_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
