/*
 * test-calls-life.c - is-active, is-failed, wait and result, from the call to its reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "extra.h"
#include "more.h"

static void active_are_those_that_run_or_will(void **state)
{
	struct aiot_task *t;

	(void)state;
	(void)run(&aiot_service_play, "a");
	(void)add(&aiot_service_play, "b");
	(void)run(&aiot_service_broken, "c");
	t = add(&aiot_service_quick, "d");
	schedule(t, FAKE_HOUR, 0);
	assert_int_equal(ask("is-active", "{'names':['?','nix']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "state"), "running stopped failed scheduled unknown");
	assert_string_equal(all_of("tasks", "active"), "true false false true false");
	assert_string_equal(member_of(nth_of("tasks", 4), "message"),
			    "no such task: 'nix'; " AIOT_CTL "list --all shows all");
	assert_int_equal(ask("is-failed", "{'names':['?']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "failed"), "false false true false");
}

static void wait_tells_how_the_present_run_ended(void **state)
{
	(void)state;
	(void)run(&aiot_service_later, "x");
	begin("wait", "{'names':['x']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 500 * FAKE_MS);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("ended", "state"), "failed");
	assert_string_equal(all_of("ended", "code"), "5");
	assert_string_equal(all_of("ended", "message"), "EIO: no answer");
}

static void the_code_outlives_the_next_run_s_beginning(void **state)
{
	struct aiot_task *t = run(&aiot_service_later, "x");

	(void)state;
	begin("wait", "{'names':['x']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 1);
	fake_for(f, FAKE_S + 100 * FAKE_MS);
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("ended", "state"), "failed");
	assert_string_equal(all_of("ended", "code"), "5");
}

static void what_does_not_run_is_told_at_once(void **state)
{
	(void)state;
	(void)run(&aiot_service_quick, "a");
	(void)add(&aiot_service_play, "b");
	assert_int_equal(ask("wait", "{'names':['a','b','nix','z*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("ended", "state"), "done stopped");
	assert_string_equal(all_of("ended", "code"), "0 0");
	assert_string_equal(all_of("failed", "error"),
			    "io.aiotools.NoSuchTask io.aiotools.TaskFailed");
}

static void the_time_to_wait_may_be_over_before(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "a");
	(void)run(&aiot_service_later, "b");
	begin("wait", "{'names':['a','b'],'timeout_us':2000000}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 1500 * FAKE_MS);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	assert_int_equal(f->pokes, 0);
	fake_for(f, FAKE_S);
	assert_int_equal(f->pokes, 1);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "'a' is running still when the time to wait is over");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.TimedOut");
	assert_string_equal(all_of("ended", "name"), "b");
}

static void one_that_is_deleted_meanwhile_was_stopped(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "a");

	(void)state;
	begin("wait", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	aiot_core_delete(&f->core, &t->entry);
	fake_idle(f);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("ended", "name"), "a");
	assert_string_equal(all_of("ended", "state"), "stopped");
}

static void two_waits_have_their_own_times(void **state)
{
	(void)state;
	aiot_core_poke_at(&f->core, f->mono_ns + 3 * FAKE_S);
	aiot_core_poke_at(&f->core, f->mono_ns + FAKE_S);
	aiot_core_poke_at(&f->core, f->mono_ns + 2 * FAKE_S);
	fake_for(f, 1500 * FAKE_MS);
	assert_int_equal(f->pokes, 1);
	aiot_core_poke_at(&f->core, f->mono_ns + FAKE_S);
	fake_for(f, 1500 * FAKE_MS);
	assert_int_equal(f->pokes, 2);
}

static void results_of_every_type_and_errors_are_told(void **state)
{
	struct aiot_json error;

	(void)state;
	(void)run(&aiot_service_quick, "a");
	(void)run(&aiot_service_broken, "b");
	(void)run(&aiot_service_play, "c");
	assert_int_equal(ask("result", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("results", "name"), "a b c");
	assert_string_equal(all_of("results", "result"), "25.79 - null");
	error = aiot_json_get(nth_of("results", 1), "error");
	assert_string_equal(member_of(error, "message"), "divide by zero");
	assert_int_equal(ask("result", "{'names':['nix']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
}

static enum aiot_co idles(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	aiot_inaction(t);
	AIOT_END(t);
}
AIOT_SERVICE(idle, struct play, .main = idles);

static void a_run_that_found_nothing_to_do_is_done_and_says_so(void **state)
{
	struct aiot_task *t = add(&aiot_service_idle, "a");

	(void)state;
	schedule(t, FAKE_HOUR, 0); /* for a past */
	assert_int_equal(ask("trigger", "{'names':['a']}"), AIOT_CALL_DONE);
	fake_idle(f);
	assert_int_equal(t->entry.last, AIOT_ENDED);
	assert_int_equal(aiot_past_last(&t->entry.more->past), AIOT_ACTION_INACTION);
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "inaction"), "true");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(active_are_those_that_run_or_will),
		T(wait_tells_how_the_present_run_ended),
		T(the_code_outlives_the_next_run_s_beginning),
		T(what_does_not_run_is_told_at_once),
		T(the_time_to_wait_may_be_over_before),
		T(one_that_is_deleted_meanwhile_was_stopped),
		T(two_waits_have_their_own_times),
		T(results_of_every_type_and_errors_are_told),
		T(a_run_that_found_nothing_to_do_is_done_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
