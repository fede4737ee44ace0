/*
 * test-calls-order.c - start, stop and restart, from the call to its reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "more.h"

/* ---- start ---- */

static void start_waits_for_the_first_step_and_tells_the_state(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	add(&aiot_service_quick, "b");
	begin("start", "{'names':['b','a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "b a");
	assert_string_equal(all_of("done", "state"), "done running");
	assert_string_equal(all_of("failed", "name"), "");
}

static void start_of_what_runs_is_refused_in_words(void **state)
{
	(void)state;
	run(&aiot_service_play, "a");
	begin("start", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "name"), "a");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.Already");
	assert_string_equal(
		all_of("failed", "message"),
		"cannot start 'a': it is running already; use restart to start it anew");
}

static void start_without_a_name_starts_all_that_does_not_run(void **state)
{
	(void)state;
	run(&aiot_service_play, "a");
	add(&aiot_service_play, "b");
	add(&aiot_service_play, "c")->entry.flags |= AIOT_ENTRY_HIDDEN;
	order("start", NULL);
	assert_string_equal(all_of("done", "name"), "b");
	assert_string_equal(all_of("failed", "name"), "");
}

static void orders_tell_missing_names_and_patterns_without_a_match(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	order("start", "{'names':['no','x*','a']}");
	assert_string_equal(all_of("failed", "name"), "no x*");
	assert_string_equal(all_of("failed", "error"),
			    "io.aiotools.NoSuchTask io.aiotools.TaskFailed");
	assert_string_equal(member_of(nth_of("failed", 1), "message"), "no task matches 'x*'");
	assert_string_equal(all_of("done", "name"), "a");
}

static void a_start_that_fails_at_its_first_step_says_why_and_where_to_look(void **state)
{
	(void)state;
	add(&aiot_service_broken, "a");
	order("start", "{'names':['a']}");
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.TaskFailed");
	assert_string_equal(all_of("failed", "message"),
			    "'a' failed: divide by zero; " AIOT_CTL "traceback a shows where");
}

static void without_memory_a_failed_start_still_has_a_sentence(void **state)
{
	(void)state;
	add(&aiot_service_broken, "a");
	f->fail_at = 1;
	order("start", "{'names':['a']}");
	assert_int_equal(f->failed_takes, 1);
	assert_string_equal(all_of("failed", "message"),
			    "'a' failed: its reason found no memory; " AIOT_CTL
			    "traceback a shows where");
}

static void a_scheduled_task_that_fails_at_its_first_step_is_not_reported_as_done(void **state)
{
	struct aiot_task *t = add(&aiot_service_broken, "a");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	order("start", "{'names':['a']}");
	assert_int_equal(t->entry.state, AIOT_SCHEDULED);
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "message"),
			    "'a' failed: divide by zero; " AIOT_CTL "traceback a shows where");
	fake_pass(f, FAKE_MS);
	order("stop", "{'names':['a']}"); /* the old failure is not this call's */
	assert_string_equal(all_of("failed", "name"), "");
	assert_string_equal(all_of("done", "state"), "stopped");
}

static void start_of_a_held_schedule_waits_on_if_it_is_not_due(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "a");

	(void)state;
	schedule(t, FAKE_HOUR, 0);
	order("stop", "{'names':['a']}");
	order("start", "{'names':['a']}");
	assert_string_equal(all_of("done", "state"), "scheduled");
	order("stop", "{'names':['a']}");
	fake_for(f, 2 * FAKE_HOUR);
	assert_int_equal(t->entry.runs, 0);
	order("start", "{'names':['a']}");
	assert_string_equal(all_of("done", "state"), "running");
}

static void start_of_what_is_stopping_is_refused_at_once_and_only_refused(void **state)
{
	(void)state;
	run(&aiot_service_clean, "a");
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	begin("start", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(
		all_of("failed", "message"),
		"cannot start 'a': it is stopping already; use restart to start it anew");
}

#if !AIOT_BOARD /* which does not keep when a run began, only since when it is what it is */
static void what_was_refused_is_not_told_as_done_when_it_ends_meanwhile(void **state)
{
	(void)state;
	run(&aiot_service_later, "a");
	add(&aiot_service_play, "b");
	fake_pass(f, FAKE_S);
	begin("start", "{'names':['a','b']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f); /* b starts, and a fails */
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "b");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.Already");
}
#endif

/* ---- stop ---- */

static void stop_waits_for_a_finally_that_sleeps(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 1900 * FAKE_MS);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 200 * FAKE_MS);
	assert_int_equal(((struct play *)aiot_task_self(t))->undone, 1);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "a");
	assert_string_equal(all_of("done", "state"), "stopped");
}

static void a_second_stop_waits_for_the_first(void **state)
{
	(void)state;
	run(&aiot_service_clean, "a");
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, FAKE_S);
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "stopped");
	assert_string_equal(all_of("failed", "name"), "");
}

static void a_stop_that_takes_too_long_is_told_as_a_failure(void **state)
{
	(void)state;
	run(&aiot_service_linger, "a");
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 89 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "message"),
			    "'a' failed: did not stop within its TimeoutStopSec; " AIOT_CTL
			    "traceback a shows where");
}

static void start_by_pattern_leaves_what_is_scheduled_and_by_name_runs_it(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "world.service");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	order("start", NULL);
	assert_string_equal(all_of("done", "name"), "");
	order("start", "{'names':['worl?']}");
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "name"), "");
	assert_int_equal(t->entry.runs, 0);
	order("start", "{'names':['w*','world']}"); /* the plain name counts */
	assert_string_equal(all_of("done", "state"), "running");
	assert_int_equal(t->entry.runs, 1);
}

static void restart_of_a_held_schedule_resumes_it(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "a");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	order("stop", "{'names':['a']}");
	order("restart", "{'names':['a']}");
	assert_string_equal(all_of("done", "state"), "scheduled");
	assert_int_equal(t->entry.runs, 0);
	assert_true(aiot_schedule_armed(aiot_entry_schedule(&t->entry)));
	order("restart", "{'names':['a']}"); /* not held: runs now */
	assert_string_equal(all_of("done", "state"), "running");
}

static void a_task_that_several_names_mean_is_handled_once(void **state)
{
	(void)state;
	add(&aiot_service_play, "hello.service");
	add(&aiot_service_play, "b");
	order("start", "{'names':['b','hello','b','hello.service','hell?','?']}");
	assert_string_equal(all_of("done", "name"), "b hello.service");
	assert_string_equal(all_of("failed", "name"), "");
	order("stop", "{'names':['no','no']}");
	assert_string_equal(all_of("failed", "name"), "no");
}

static bool why_missing(void *ctx, const char *name, struct aiot_out *out)
{
	(void)ctx;
	if (strcmp(name, "fresh") != 0)
		return false;
	aiot_out_text(out, "service 'fresh' is not loaded");
	return true;
}

static void a_missing_name_tells_what_is_near_or_what_the_owner_knows(void **state)
{
	static struct aiot_core_ops ops;

	(void)state;
	ops = *f->core.ops;
	ops.why_missing = why_missing;
	f->core.ops = &ops;
	add(&aiot_service_play, "hello.service");
	order("start", "{'names':['helo','fresh','zzzzzz']}");
	assert_string_equal(all_of("failed", "error"),
			    "io.aiotools.NoSuchTask io.aiotools.NoSuchTask io.aiotools.NoSuchTask");
	assert_string_equal(member_of(nth_of("failed", 0), "message"),
			    "no such task: 'helo', did you mean 'hello.service'?");
	assert_string_equal(member_of(nth_of("failed", 1), "message"),
			    "service 'fresh' is not loaded");
	assert_string_equal(member_of(nth_of("failed", 2), "message"),
			    "no such task: 'zzzzzz'; " AIOT_CTL "list --all shows all");
	assert_int_equal(ask("status", "{'names':['fresh']}"), AIOT_CALL_ERROR);
	assert_string_equal(member_of(reply, "message"), "service 'fresh' is not loaded");
}

static void stop_of_what_does_not_run_tells_how_it_is(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	run(&aiot_service_broken, "b");
	order("stop", "{'names':['a','b']}");
	assert_string_equal(all_of("failed", "name"), "");
	assert_string_equal(all_of("done", "name"), "a b");
	assert_string_equal(all_of("done", "state"), "stopped failed");
	order("stop", "{'names':['?']}"); /* a pattern means those that it can be done to */
	assert_string_equal(all_of("failed", "name"), "");
	assert_string_equal(all_of("done", "name"), "");
}

static void stop_takes_a_task_off_its_schedule_and_keep_schedule_does_not(void **state)
{
	struct aiot_task *t = add(&aiot_service_play, "a");

	(void)state;
	schedule(t, FAKE_HOUR, FAKE_HOUR);
	order("stop", "{'names':['a'],'keep_schedule':true}");
	assert_string_equal(all_of("done", "state"), "scheduled");
	order("start", "{'names':['a']}");
	assert_string_equal(all_of("done", "state"), "running");
	order("stop", "{'names':['a'],'keep_schedule':true}");
	assert_string_equal(all_of("done", "state"), "scheduled");
	order("stop", "{'names':['a']}");
	assert_string_equal(all_of("done", "state"), "stopped");
	fake_for(f, FAKE_DAY);
	assert_int_equal(t->entry.runs, 1);
}

static void a_task_that_is_deleted_during_its_stop_is_missing_without_harm(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	aiot_core_delete(&f->core, &t->entry);
	fake_for(f, 3 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "a");
	assert_string_equal(all_of("failed", "name"), "");
}

static void a_task_that_is_deleted_during_its_restart_is_told_as_missing(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	begin("restart", "{'names':['a','b']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	aiot_core_delete(&f->core, &t->entry);
	fake_for(f, 3 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "name"), "b a");
	assert_string_equal(all_of("done", "name"), "");
}

static void a_long_answer_comes_in_pages_or_is_refused_before_anything_is_done(void **state)
{
	struct aiot_task *a = run(&aiot_service_play, "a");
	char seen[64] = "";
	enum aiot_call_result r;
	unsigned pages = 0;

	(void)state;
	run(&aiot_service_play, "b");
	begin("stop", "{'names':['no','a','b']}", false);
	call.page_bytes = 1000;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
	assert_int_equal(a->entry.state, AIOT_RUNNING);
	begin("stop", "{'names':['no','a','b']}", true);
	call.page_bytes = 1;
	while ((r = call_step()) != AIOT_CALL_DONE && pages++ < 20) {
		if (r == AIOT_CALL_WAIT)
			fake_idle(f);
		else
			strncat(seen, all_of("failed", "name"), 8);
		if (r == AIOT_CALL_PAGE)
			strncat(seen, all_of("done", "name"), 8);
	}
	assert_int_equal(r, AIOT_CALL_DONE);
	assert_string_equal(seen, "noab");
}

/* ---- restart ---- */

static void restart_stops_first_and_starts_what_did_not_run(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	add(&aiot_service_play, "b");
	begin("restart", "{'names':['a','b']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 3 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "a b");
	assert_string_equal(all_of("done", "state"), "running running");
	assert_int_equal(t->entry.runs, 2);
}

static void restart_of_what_is_stopping_waits_and_starts_it(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "a");

	(void)state;
	begin("stop", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_idle(f);
	begin("restart", "{'names':['a']}", false);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	fake_for(f, 3 * FAKE_S);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "running");
	assert_int_equal(t->entry.runs, 2);
}

static void restart_needs_a_name(void **state)
{
	(void)state;
	assert_int_equal(ask("restart", "{'names':[]}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "org.varlink.service.InvalidParameter");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(start_waits_for_the_first_step_and_tells_the_state),
		T(start_of_what_runs_is_refused_in_words),
		T(start_without_a_name_starts_all_that_does_not_run),
		T(orders_tell_missing_names_and_patterns_without_a_match),
		T(a_start_that_fails_at_its_first_step_says_why_and_where_to_look),
		T(without_memory_a_failed_start_still_has_a_sentence),
		T(a_scheduled_task_that_fails_at_its_first_step_is_not_reported_as_done),
		T(start_of_a_held_schedule_waits_on_if_it_is_not_due),
		T(start_of_what_is_stopping_is_refused_at_once_and_only_refused),
#if !AIOT_BOARD
		T(what_was_refused_is_not_told_as_done_when_it_ends_meanwhile),
#endif
		T(stop_waits_for_a_finally_that_sleeps),
		T(a_second_stop_waits_for_the_first),
		T(a_stop_that_takes_too_long_is_told_as_a_failure),
		T(start_by_pattern_leaves_what_is_scheduled_and_by_name_runs_it),
		T(restart_of_a_held_schedule_resumes_it),
		T(a_task_that_several_names_mean_is_handled_once),
		T(a_missing_name_tells_what_is_near_or_what_the_owner_knows),
		T(stop_of_what_does_not_run_tells_how_it_is),
		T(stop_takes_a_task_off_its_schedule_and_keep_schedule_does_not),
		T(a_task_that_is_deleted_during_its_stop_is_missing_without_harm),
		T(a_task_that_is_deleted_during_its_restart_is_told_as_missing),
		T(a_long_answer_comes_in_pages_or_is_refused_before_anything_is_done),
		T(restart_stops_first_and_starts_what_did_not_run),
		T(restart_of_what_is_stopping_waits_and_starts_it),
		T(restart_needs_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
