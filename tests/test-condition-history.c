/*
 * test-condition-history.c - ForceStatusFromLogs: conditions ask the history, not the entries'
 * past.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "when-stage.h"

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, runs);
	(*runs)++;
	AIOT_END(t);
}
AIOT_SERVICE(job, uint32_t, .main = works);

static uint32_t failed_runs;

static bool knew_last(void *ctx, const char *name, unsigned actions, int64_t from_us, int64_t to_us,
		      int64_t *ret_us)
{
	(void)ctx;
	(void)actions;
	(void)from_us;
	(void)name;
	*ret_us = to_us - 1;
	return false;
}

static uint32_t knew_fails(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "a") == 0 ? failed_runs : 0;
}

/* ForceStatusFromLogs: retry asked the cached status, like nothing else. */
static void retry_asks_the_history_when_that_is_wanted(void **state)
{
	struct aiot_core_ops ops = *f->core.ops;
	const struct aiot_core_ops *before = f->core.ops;
	struct aiot_entry *e = add(&aiot_service_job, "a");

	(void)state;
	ops.history_last = knew_last;
	ops.history_fails = knew_fails;
	f->core.ops = &ops;
	f->core.from_history = true;
	failed_runs = 3;
	when(e, "retry 2");
	fake_for(f, FAKE_S);
	assert_int_equal(e->runs, 0);
	aiot_schedule_destroy(&f->core, aiot_entry_schedule(e));
	failed_runs = 2;
	when(e, "retry 2");
	fake_for(f, FAKE_S);
	assert_true(e->runs >= 1);
	failed_runs = 0;
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(e->state, AIOT_SCHEDULED);
	f->core.from_history = false;
	f->core.ops = before;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(retry_asks_the_history_when_that_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
