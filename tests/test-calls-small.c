/*
 * test-calls-small.c - status, list, result, stats, traceback, set, schedule and debug on boards
 * with little flash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "calls-stage.h"

static void status_has_what_a_node_needs(void **state)
{
	struct aiot_json task;

	(void)state;
	(void)run(&aiot_service_play, "a.service");
	(void)run(&aiot_service_broken, "b");
	schedule(add(&aiot_service_quick, "c"), 5 * FAKE_S, 10 * FAKE_S);
	fake_for(f, FAKE_S);
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a.service b c");
	assert_string_equal(all_of("tasks", "state"), "running failed scheduled");
	assert_string_equal(all_of("tasks", "runs"), "1 1 0");
	assert_string_equal(all_of("tasks", "last"), "- failed -");
	task = nth_of("tasks", 1);
	assert_string_equal(member_of(aiot_json_get(task, "error"), "code"), "-33");
	assert_string_equal(member_of(aiot_json_get(task, "error"), "message"), "divide by zero");
	task = aiot_json_get(nth_of("tasks", 2), "schedule");
	assert_string_equal(member_of(task, "every_us"), "10000000");
	assert_int_equal(ask("status", "{'names':['a'],'debug':true}"), AIOT_CALL_DONE);
	task = nth_of("tasks", 0);
	assert_string_equal(member_of(aiot_json_get(task, "stats"), "steps"), "1");
	assert_string_equal(member_of(aiot_json_get(task, "args"), "pause"), "1h");
	assert_string_equal(member_of(aiot_json_get(task, "site"), "function"), "plays");
}

static void list_has_those_that_live_unless_asked_for_all(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "a");
	(void)add(&aiot_service_play, "b");
	assert_int_equal(ask("list", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a");
	assert_int_equal(ask("list", "{'all':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a b");
	assert_int_equal(ask("list", "{'names':['b']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "b");
	assert_int_equal(ask("list", "{'names':['[','a*','?']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no such task: '['");
}

static void results_stats_and_tracebacks_are_rows(void **state)
{
	(void)state;
	(void)run(&aiot_service_quick, "a");
	(void)run(&aiot_service_broken, "b");
	assert_int_equal(ask("result", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("results", 0), "result"), "25.79");
	assert_int_equal(ask("stats", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "stats"), "{} {}");
	assert_int_equal(ask("traceback", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "b");
	assert_int_equal(ask("traceback", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "a");
}

static void a_small_page_has_a_row(void **state)
{
	unsigned pages = 1;

	(void)state;
	(void)run(&aiot_service_play, "a");
	(void)run(&aiot_service_play, "b");
	begin("status", NULL, true);
	call.page_bytes = 48;
	while (call_step() == AIOT_CALL_PAGE) {
		assert_string_equal(all_of("tasks", "name"), pages == 1 ? "a" : "b");
		pages++;
	}
	assert_int_equal(pages, 3);
	assert_string_equal(all_of("tasks", "name"), "");
}

#define WHY "the sensor \"a\" at 0x40 gave no answer in 250 ms, three times in a row; is it there?"

static enum aiot_co fails_at_length(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	(void)self;
	AIOT_FAIL(t, -AIOT_EIO, "%s", WHY);
	AIOT_END(t);
}
AIOT_SERVICE(wordy, struct play, .main = fails_at_length);

static enum aiot_co tells_at_length(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	(void)self;
	(void)aiot_result_text(t, WHY WHY WHY WHY WHY WHY);
	AIOT_END(t);
}
AIOT_SERVICE(teller, struct play, .main = tells_at_length);

/* Of a page as small as this one, the rows behind it were never told. */
static void a_failure_or_result_that_does_not_fit_hides_no_other_task(void **state)
{
	static const char *const verbs[] = {"status", "result", "traceback"};
	char small[250];
	struct aiot_out out;
	enum aiot_call_result r;
	unsigned i, pages;

	(void)state;
	(void)run(&aiot_service_wordy, "a");
	(void)run(&aiot_service_teller, "b");
	(void)run(&aiot_service_broken, "c");
	for (i = 0; i < 3; i++) {
		begin(verbs[i], NULL, true);
		call.page_bytes = 48;
		pages = 0;
		do {
			aiot_out_init(&out, small, sizeof(small));
			r = aiot_call_step(&call, &out);
			assert_true(r != AIOT_CALL_ERROR);
			pages += r == AIOT_CALL_PAGE;
			if (i < 2 && pages == 2 && r == AIOT_CALL_PAGE) /* the long result */
				assert_non_null(strstr(aiot_out_str(&out), "...\"}"));
		} while (r == AIOT_CALL_PAGE);
		assert_int_equal(pages, i == 2 ? 2 : 3);
	}
}

/* It was set, and answered by an error. */
static void options_whose_answer_does_not_fit_are_not_set(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	char small[120];
	struct aiot_out out;

	(void)state;
	begin("set", "{'name':'x','args':{'word':'c','pause':'2s'}}", false);
	aiot_out_init(&out, small, sizeof(small));
	assert_int_equal(aiot_call_step(&call, &out), AIOT_CALL_ERROR);
	assert_non_null(strstr(aiot_out_str(&out), "set: too much at once"));
	assert_null(t->entry.more);
}

static void a_null_is_as_if_it_was_not_there(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "a");
	assert_int_equal(ask("list", "{'names':null}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a");
	assert_int_equal(ask("debug", "{'mode':null}"), AIOT_CALL_DONE);
	assert_true(f->core.debug);
	assert_int_equal(ask("debug", "{'mode':null}"), AIOT_CALL_DONE);
	assert_false(f->core.debug);
}

static void options_are_set_all_or_none(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x.service");

	(void)state;
	assert_int_equal(ask("set", "{'name':'x','args':{'word':'c','pause':'soon'}}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "set: no such option or value: 'pause':'soon'");
	assert_null(t->entry.more);
	assert_int_equal(ask("set", "{'name':'x','args':{'wort':'c'}}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("set", "{'name':'*','args':{'word':'c'}}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("set", "{'name':'x','args':{'word':'c','pause':'2s'}}"),
			 AIOT_CALL_DONE);
	assert_string_equal(all_of("set", "key"), "word pause");
	assert_string_equal(all_of("set", "effect"), "start start");
	assert_int_equal(((struct play *)aiot_task_self(t))->pause_ms, 3600000);
	assert_int_equal(
		fake_logged(f, AIOT_INFO,
			    "set {\"name\":\"x\",\"args\":{\"word\":\"c\",\"pause\":\"2s\"}}"),
		1);
}

static void a_schedule_is_given_or_refused(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "x");

	(void)state;
	assert_int_equal(ask("schedule", "{'name':'x','every':'soon'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "schedule: --in and --every want time spans such as 10s");
	assert_int_equal(ask("schedule", "{'name':'x'}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("schedule", "{'name':'x','every':'0s'}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("schedule", "{'name':'x','start_in':'5s','every':'10s'}"),
			 AIOT_CALL_DONE);
	assert_string_equal(all_of("timers", "state"), "scheduled");
	fake_for(f, 6 * FAKE_S);
	assert_int_equal(t->entry.runs, 1);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(t->entry.runs, 2);
}

static void debug_is_switched_and_makes_every_status_long(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "a");
	assert_int_equal(ask("debug", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "debug"), "true");
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(aiot_json_get(nth_of("tasks", 0), "stats"), "steps"), "1");
	assert_int_equal(ask("debug", "{'mode':'off'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "debug"), "false");
	assert_int_equal(ask("debug", "{'mode':'on'}"), AIOT_CALL_DONE);
	assert_int_equal(ask("debug", "{'mode':'world'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "debug: on or off");
	assert_true(f->core.debug);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(status_has_what_a_node_needs),
		T(list_has_those_that_live_unless_asked_for_all),
		T(results_stats_and_tracebacks_are_rows),
		T(a_small_page_has_a_row),
		T(options_are_set_all_or_none),
		T(a_failure_or_result_that_does_not_fit_hides_no_other_task),
		T(options_whose_answer_does_not_fit_are_not_set),
		T(a_null_is_as_if_it_was_not_there),
		T(a_schedule_is_given_or_refused),
		T(debug_is_switched_and_makes_every_status_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
