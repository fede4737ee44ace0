/*
 * test-calls-act.c - trigger, pause, resume and reset-failed, from the call to its reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "extra.h"
#include "more.h"
#include "schedule.h"

static void a_paused_schedule_starts_nothing_until_it_is_resumed(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	schedule(t, FAKE_MINUTE, FAKE_MINUTE);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("done", 0), "paused"), "true");
	fake_for(f, 5 * FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 0);
	assert_int_equal(ask("trigger", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_idle(f);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("done", 0), "paused"), "-");
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 2);
}

/* Overlap=queue: the run that is owed waits for the end of the pause, if that comes later. */
static void a_run_that_is_owed_to_a_paused_task_comes_when_it_is_resumed(void **state)
{
	struct aiot_task *t = add(&aiot_service_later, "x");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','start_in':'500ms','overlap':'queue'}"),
			 AIOT_CALL_DONE);
	assert_int_equal(ask("start", "{'names':['x']}"), AIOT_CALL_WAIT);
	fake_for(f, 700 * FAKE_MS);
	assert_true(aiot_entry_schedule(&t->entry)->queued);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "starting");
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 2);
}

/* Paused, it is not looked at; so nothing would look again. */
static void a_condition_that_was_paused_is_looked_at_again_when_it_is_resumed(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','when':'every 1 min'}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.runs, 2);
	fake_for(f, 5 * FAKE_MINUTE);
	assert_int_equal(t->entry.runs, 7);
}

/* stop and start between pause and resume change nothing of that. */
static void a_condition_that_was_paused_and_started_still_waits_for_resume(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','when':'every 1 min'}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_S);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	order("stop", "{'names':['x']}");
	order("start", "{'names':['x']}");
	assert_string_equal(member_of(nth_of("done", 0), "state"), "scheduled");
	assert_string_equal(member_of(nth_of("done", 0), "paused"), "true");
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_S);
	assert_int_equal(t->entry.runs, 2);
}

static void a_resume_of_what_was_stopped_does_not_start_it(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','when':'every 1 min'}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_S);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	order("stop", "{'names':['x']}");
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	fake_for(f, FAKE_HOUR);
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(t->entry.state, AIOT_STOPPED);
}

/* Else the next schedule would be paused from its beginning on, and resume refused before it. */
static void without_its_schedule_a_task_is_not_paused_any_more(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	schedule(t, FAKE_MINUTE, FAKE_MINUTE);
	assert_int_equal(ask("pause", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_int_equal(ask("unschedule", "{'names':['x']}"), AIOT_CALL_DONE);
	schedule(t, FAKE_MINUTE, FAKE_MINUTE);
	fake_for(f, 2 * FAKE_MINUTE + FAKE_S);
	assert_int_equal(t->entry.runs, 2);
}

/* One was both refused and done, several were done in silence, and no log told of it. */
static void unschedule_tells_what_it_did_and_what_it_could_not(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	(void)add(&aiot_service_quick, "y");
	assert_int_equal(ask("unschedule", "{'names':['x','nix']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot unschedule 'x': it has no schedule "
			    "no such task: 'nix'; " AIOT_CTL "list --all shows all");
	assert_string_equal(all_of("done", "name"), "");
	assert_int_equal(ask("schedule", "{'name':'x','every':'1min'}"), AIOT_CALL_DONE);
	assert_int_equal(fake_logged(f, AIOT_INFO, "schedule x"), 2); /* and unschedule x nix */
	assert_int_equal(ask("unschedule", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "name"), "");
	assert_string_equal(all_of("done", "name"), "x");
	assert_null(aiot_entry_schedule(&t->entry));
	assert_int_equal(ask("schedule", "{'name':'*','every':'1min'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "schedule takes exactly one name, and '*' is a pattern");
}

static void what_has_no_schedule_is_not_paused(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "x");
	assert_int_equal(ask("pause", "{'names':['x','y']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot pause 'x': it has no schedule; " AIOT_CTL "stop x ends its run "
			    "no such task: 'y'; " AIOT_CTL "list --all shows all");
	assert_string_equal(all_of("failed", "error"),
			    "io.aiotools.TaskFailed io.aiotools.NoSuchTask");
	assert_int_equal(ask("resume", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"), "cannot resume 'x': it has no schedule");
	assert_int_equal(ask("pause", "{'names':['*','z*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"), "no task matches 'z*'");
	assert_string_equal(all_of("done", "name"), "");
}

static void a_trigger_starts_or_queues(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	(void)add(&aiot_service_quick, "y");
	assert_int_equal(ask("trigger", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "running starting");
	assert_string_equal(all_of("done", "queued"), "1 -");
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "queued"), "1 -");
	assert_int_equal(ask("trigger", "{'names':['x'],'args':{'word':'w'}}"), AIOT_CALL_DONE);
	assert_int_equal(t->entry.more->queued, 2);
	order("stop", "{'names':['x']}");
	assert_int_equal(t->entry.more->queued, 0);
	assert_int_equal(ask("trigger", "{'names':['x'],'args':{'word':'w'}}"), AIOT_CALL_DONE);
	fake_idle(f);
	assert_string_equal(((struct play *)aiot_task_self(t))->word, "w");
	assert_int_equal(ask("status", "{'debug':true,'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "origins"),
			    "{\"pause\":\"default\",\"word\":\"trigger\"}");
}

/* It was accepted, and dropped in silence. */
static void a_trigger_of_what_is_being_deleted_is_refused(void **state)
{
	struct aiot_task *t = run(&aiot_service_clean, "x");

	(void)state;
	aiot_core_delete(&f->core, &t->entry);
	fake_idle(f);
	assert_int_equal(ask("trigger", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot trigger 'x': it is deleted when its run has ended");
	assert_int_equal(ask("start", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot start 'x': it is stopping, and deleted when its run has ended");
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(f->dropped, 1);
}

static void a_trigger_that_cannot_be_is_refused(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	unsigned i;

	(void)state;
	(void)run(&aiot_service_broken, "y");
	assert_int_equal(ask("trigger", "{'names':['x','y'],'args':{'word':'w'}}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot trigger 'y': 'word' is none of the options: there are none");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.Usage");
	assert_string_equal(all_of("done", "name"), "x");
	for (i = 1; i < AIOT_EXTRA_MAX; i++)
		assert_int_equal(aiot_extra_order(&f->core, &t->entry, NULL), 1);
	assert_int_equal(ask("trigger", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "message"),
			    "cannot trigger 'x': 1000 runs of it wait already");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.Limit");
	f->core.closed = true;
	assert_int_equal(ask("trigger", "{'names':['x']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("failed", "error"), "io.aiotools.ShuttingDown");
	f->core.closed = false;
}

static void failures_are_forgotten(void **state)
{
	struct aiot_task *t = run(&aiot_service_broken, "x"), *u;

	(void)state;
	(void)run(&aiot_service_play, "y");
	u = add(&aiot_service_broken, "z");
	schedule(u, 0, FAKE_HOUR);
	fake_for(f, FAKE_S);
	assert_int_equal(u->entry.last, AIOT_FAILURE);
	assert_int_equal(ask("reset-failed", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "name"), "x z");
	assert_string_equal(all_of("done", "state"), "stopped scheduled");
	assert_null(aiot_outcome_of(&t->entry));
	assert_int_equal(u->entry.last, AIOT_STOPPED);
	assert_int_equal(ask("reset-failed", "{'names':['y']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("done", "state"), "running");
}

static void an_order_on_a_thousand_tasks_comes_in_pages_and_is_one_record(void **state)
{
	char name[16];
	unsigned i, rows = 0, pages = 0;
	enum aiot_call_result r;

	(void)state;
	for (i = 0; i < 1000; i++) {
		(void)aiot_format_to(name, sizeof(name), "t%u", i);
		(void)add(&aiot_service_quick, name);
	}
	begin("trigger", "{'names':['t*']}", false);
	call.page_bytes = 4096;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.UseMore");
	begin("trigger", "{'names':['t*']}", true);
	call.page_bytes = 4096;
	do {
		r = call_step();
		rows += (unsigned)aiot_json_count(aiot_json_get(reply, "done"));
		pages++;
		fake_idle(f);
	} while (r == AIOT_CALL_PAGE);
	assert_int_equal(r, AIOT_CALL_DONE);
	assert_int_equal(rows, 1000);
	assert_true(pages > 5);
	assert_int_equal(fake_logged(f, AIOT_INFO, "trigger t*"), 1);
}

static void without_memory_a_trigger_is_an_error(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	unsigned n;

	(void)state;
	for (n = 1; n < 9; n++) {
		f->fail_at = n;
		(void)ask("trigger", "{'names':['x'],'args':{'word':'w'}}");
		if (f->fail_at > 0)
			break;
		assert_string_equal(reply_error, "io.aiotools.NoMemory");
		assert_true(t->entry.more == NULL || t->entry.more->queued == 0);
	}
	f->fail_at = 0;
	assert_true(n > 3 && n < 9);
	assert_int_equal(t->entry.more->queued, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_paused_schedule_starts_nothing_until_it_is_resumed),
		T(a_run_that_is_owed_to_a_paused_task_comes_when_it_is_resumed),
		T(a_condition_that_was_paused_is_looked_at_again_when_it_is_resumed),
		T(a_condition_that_was_paused_and_started_still_waits_for_resume),
		T(a_resume_of_what_was_stopped_does_not_start_it),
		T(without_its_schedule_a_task_is_not_paused_any_more),
		T(unschedule_tells_what_it_did_and_what_it_could_not),
		T(what_has_no_schedule_is_not_paused),
		T(a_trigger_starts_or_queues),
		T(a_trigger_of_what_is_being_deleted_is_refused),
		T(a_trigger_that_cannot_be_is_refused),
		T(failures_are_forgotten),
		T(an_order_on_a_thousand_tasks_comes_in_pages_and_is_one_record),
		T(without_memory_a_trigger_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
