/*
 * test-schedule-overlap.c - Overlap=allow in the core: copies of a task that its owner makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "when-stage.h"

static enum aiot_co lasts(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, runs);
	(*runs)++;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
AIOT_SERVICE(job, uint32_t, .main = lasts);

static unsigned copies;
static int copy_fails;

static int copy_beside(void *ctx, struct aiot_entry *entry)
{
	(void)ctx;
	(void)entry;
	copies += copy_fails == 0;
	return copy_fails;
}

static void a_copy_that_cannot_be_made_was_left_out_in_silence(void **state)
{
	const struct aiot_core_ops *before = f->core.ops;
	struct aiot_core_ops ops = *before;
	struct aiot_entry *e = add(&aiot_service_job, "t");
	struct aiot_plan plan;
	struct aiot_out why;

	(void)state;
	ops.beside = copy_beside;
	f->core.ops = &ops;
	aiot_out_init(&why, sentence, sizeof(sentence));
	aiot_plan_init(&plan);
	plan.every_ns = FAKE_S;
	plan.overlap = AIOT_OVERLAP_ALLOW;
	assert_int_equal(aiot_schedule_create(&f->core, e, &plan, false, &why), 0);
	copy_fails = 0;
	fake_for(f, 3500 * FAKE_MS);
	assert_int_equal(aiot_entry_schedule(e)->skipped, 0);
	assert_int_equal(copies, 3);
	copy_fails = -AIOT_EBUSY; /* as many as there may be */
	fake_for(f, 5 * FAKE_S);
	assert_int_equal(aiot_entry_schedule(e)->skipped, 5);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "Overlap"), 0);
	copy_fails = -AIOT_ENAMETOOLONG;
	fake_for(f, 5 * FAKE_S);
	assert_int_equal(aiot_entry_schedule(e)->skipped, 10);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "a copy of it cannot be run: ENAMETOOLONG"), 1);
	f->core.ops = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_copy_that_cannot_be_made_was_left_out_in_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
