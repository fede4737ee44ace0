/*
 * test-past.c - what is kept of a task's past, by itself and as the registry writes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "more.h"
#include "past.h"

static void test_words(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_ACTIONS; i++) {
		const char *word = aiot_action_word((enum aiot_action)i);

		assert_int_equal(aiot_action_find(word, strlen(word)), i);
	}
	assert_int_equal(aiot_action_find("running", 7), AIOT_ACTIONS);
	assert_int_equal(aiot_action_find("ru", 2), AIOT_ACTIONS);
}

static void test_failures_are_counted_up_to_the_next_run_that_ends_otherwise(void **state)
{
	struct aiot_past past;

	(void)state;
	aiot_past_init(&past);
	assert_int_equal(aiot_past_last(&past), AIOT_ACTIONS);
	aiot_past_note(&past, AIOT_ACTION_RUN, 1);
	aiot_past_note(&past, AIOT_ACTION_FAIL, 2);
	aiot_past_note(&past, AIOT_ACTION_RUN, 3);
	aiot_past_note(&past, AIOT_ACTION_FAIL, 4);
	assert_int_equal(past.fails, 2);
	assert_int_equal(aiot_past_last(&past), AIOT_ACTION_FAIL);
	aiot_past_note(&past, AIOT_ACTION_RUN, 5);
	assert_int_equal(past.fails, 2);
	assert_int_equal(aiot_past_last(&past), AIOT_ACTION_RUN);
	aiot_past_note(&past, AIOT_ACTION_TERMINATE, 5);
	assert_int_equal(past.fails, 0);
	assert_int_equal(aiot_past_last(&past), AIOT_ACTION_TERMINATE);
	assert_true(past.last_us[AIOT_ACTION_CRASH] == AIOT_NO_TIME_US);
}

struct job {
	uint8_t fails;
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	AIOT_SLEEP_MS(t, 1000);
	if (self->fails)
		AIOT_FAIL(t, -AIOT_EIO, "as asked");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_BOOL(struct job, fails, "fails", "no", "whether it does"),
	{0},
};
AIOT_SERVICE(job, struct job, .main = works, .opts = opts);

static void test_runs_are_noted_with_their_wall_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_job, NULL), "t");
	struct aiot_more *more = aiot_more_of(&f->core, &t->entry);
	int64_t began_us = f->wall_ns / 1000;

	(void)state;
	assert_non_null(more);
	assert_ptr_equal(aiot_more_of(&f->core, &t->entry), more);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_true(more->past.last_us[AIOT_ACTION_RUN] == began_us);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(aiot_past_last(&more->past), AIOT_ACTION_SUCCESS);
	assert_in_range(more->past.last_us[AIOT_ACTION_SUCCESS] - began_us, 1000000, 1001000);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, 500 * FAKE_MS);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_idle(f);
	assert_int_equal(aiot_past_last(&more->past), AIOT_ACTION_TERMINATE);
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_failures_are_counted_up_to_the_next_run_that_ends_otherwise),
		cmocka_unit_test(test_runs_are_noted_with_their_wall_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
