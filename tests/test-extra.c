/*
 * test-extra.c - extra.c: runs beside the schedule, one after the other, each with its own
 * arguments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "extra.h"
#include "more.h"

static struct aiot_setting *args(struct aiot_entry *e, const char *text)
{
	struct aiot_setting *list = NULL;
	struct aiot_json value;
	char why[200];
	struct aiot_out out;

	aiot_out_init(&out, why, sizeof(why));
	assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	assert_int_equal(aiot_settings_read(&f->core, e->spec->service, AIOT_KIND(e->spec)->opts,
					    value, false, &list, &out),
			 0);
	return list;
}

static const char *word_of(struct aiot_task *t)
{
	return ((struct play *)aiot_task_self(t))->word;
}

static void runs_wait_in_their_order_each_with_its_own_arguments(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, args(&t->entry, "{\"word\":\"1\"}")),
			 1);
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, args(&t->entry, "{\"word\":\"2\"}")),
			 1);
	assert_int_equal(t->entry.more->queued, 2);
	assert_string_equal(word_of(t), "a \"b\"");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, true), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "1");
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, true), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "2");
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, true), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(t->entry.runs, 3);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "a \"b\"");
}

static void a_stop_drops_what_waits(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, args(&t->entry, "{\"word\":\"1\"}")),
			 1);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
	assert_int_equal(t->entry.more->queued, 0);
	assert_int_equal(t->entry.runs, 1);
}

static void a_restart_comes_before_what_waits(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, args(&t->entry, "{\"word\":\"1\"}")),
			 1);
	assert_int_equal(aiot_core_restart(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(word_of(t), "a \"b\"");
	assert_int_equal(t->entry.more->queued, 1);
}

static void one_that_fails_makes_way_for_the_next(void **state)
{
	struct aiot_task *t = run(&aiot_service_later, "x");
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 1);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(t->entry.runs, 4);
	assert_int_equal(t->entry.state, AIOT_FAILURE);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "no answer"), 4);
}

static void at_most_a_thousand_wait(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_EXTRA_MAX; i++)
		assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 1);
	assert_int_equal(aiot_extra_check(&f->core, &t->entry), -AIOT_ENOSPC);
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), -AIOT_ENOSPC);
}

static void a_scheduled_task_runs_at_once_and_keeps_its_schedule(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	t->entry.flags |= AIOT_ENTRY_PAUSED;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 0);
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	assert_int_equal(t->entry.last, AIOT_ENDED);
	assert_true(aiot_entry_schedule(&t->entry)->due_ns > f->mono_ns);
}

static void nothing_begins_when_the_program_ends(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 1);
	f->core.closed = true;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), -AIOT_ECANCELED);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, true), 0);
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
}

static void what_waits_goes_with_its_task(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, args(&t->entry, "{\"word\":\"1\"}")),
			 1);
	aiot_core_delete(&f->core, &t->entry);
	fake_idle(f);
	assert_int_equal(f->blocks, 0);
}

/* Memory for the block, for its place in the queue, for each value. */
static void starving(struct fake *fake)
{
	struct aiot_task *t = fake_start(fake, fake_load(fake, &aiot_service_play, NULL), "x");
	uint32_t queued;
	int r;

	fake_idle(fake);
	r = aiot_extra_order(&fake->core, &t->entry, NULL);
	queued = t->entry.more ? t->entry.more->queued : 0;
	assert_true(r == 1 ? queued == 1 : r == -AIOT_ENOMEM && queued == 0);
	(void)aiot_core_stop(&fake->core, &t->entry, true);
	fake_idle(fake);
	assert_int_equal(t->entry.runs, 1 + queued);
}

static void without_memory_it_is_refused(void **state)
{
	(void)state;
	fake_starve(starving);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(runs_wait_in_their_order_each_with_its_own_arguments),
		T(a_stop_drops_what_waits),
		T(a_restart_comes_before_what_waits),
		T(one_that_fails_makes_way_for_the_next),
		T(at_most_a_thousand_wait),
		T(a_scheduled_task_runs_at_once_and_keeps_its_schedule),
		T(nothing_begins_when_the_program_ends),
		T(what_waits_goes_with_its_task),
		cmocka_unit_test(without_memory_it_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
