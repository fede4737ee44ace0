/*
 * test-calls-task.c - status, list and traceback, from the call to its replies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "calls-stage.h"
#include "turns.h"

/* ---- status and list ---- */

static void status_without_names_shows_all_in_order_but_hidden_ones(void **state)
{
	(void)state;
	add(&aiot_service_play, "b");
	run(&aiot_service_play, "a.service");
	add(&aiot_service_play, "c")->entry.flags |= AIOT_ENTRY_HIDDEN;
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a.service b");
	assert_string_equal(all_of("tasks", "state"), "running stopped");
	assert_string_equal(all_of("tasks", "log"), "- -");
	assert_int_equal(ask("status", "{'names':['c']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "c");
	assert_int_equal(ask("status", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a.service b c");
	assert_int_equal(ask("status", "{'names':[]}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a.service b");
}

static void names_come_in_the_order_given_and_a_plain_one_also_means_its_service(void **state)
{
	(void)state;
	add(&aiot_service_play, "blink");
	add(&aiot_service_play, "blink_1");
	add(&aiot_service_play, "hello.service");
	assert_int_equal(ask("status", "{'names':['hello','b*','blink_1','?link']}"),
			 AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "hello.service blink blink_1");
	assert_int_equal(ask("status", "{'names':['nothing*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "");
}

static void a_missing_name_is_an_error_that_names_it(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	assert_int_equal(ask("status", "{'names':['a','nobody','nix']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK,
		     "no such task: 'nobody'; " AIOT_CTL "list --all shows all");
	assert_string_equal(member_of(reply, "name"), "nobody");
	assert_int_equal(ask("list", "{'names':['']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no such task: ''; " AIOT_CTL "list --all shows all");
}

static void with_more_the_tasks_that_exist_come_before_the_error(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	add(&aiot_service_play, "b");
	begin("status", "{'names':['a','nobody','b']}", true);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "a b");
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_string_equal(member_of(reply, "name"), "nobody");
	begin("status", "{'names':['nobody']}", true);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
}

#define LONG_NAME "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"

static void a_name_too_long_for_a_task_does_not_mean_any_task_of_one_letter(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	order("stop", "{'names':['" LONG_NAME "-more']}");
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	assert_string_equal(all_of("done", "name"), "");
	assert_string_equal(all_of("failed", "error"), "io.aiotools.NoSuchTask");
	assert_int_equal(ask("status", "{'names':['" LONG_NAME "-more']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
}

#if !AIOT_BOARD
static void a_long_name_is_not_found_under_the_beginning_of_its_service_name(void **state)
{
	(void)state;
	add(&aiot_service_play, LONG_NAME ".ser");
	assert_int_equal(ask("status", "{'names':['" LONG_NAME "']}"), AIOT_CALL_ERROR);
	assert_int_equal(ask("status", "{'names':['" LONG_NAME ".ser']}"), AIOT_CALL_DONE);
}
#endif

static void list_shows_what_lives_or_is_scheduled_and_with_all_the_rest(void **state)
{

	(void)state;
	run(&aiot_service_play, "alive");
	run(&aiot_service_quick, "done");
	schedule(add(&aiot_service_play, "planned"), FAKE_HOUR, 0);
	assert_int_equal(ask("list", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "alive planned");
	assert_int_equal(ask("list", "{'all':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "alive done planned");
	assert_int_equal(ask("list", "{'names':['d*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "");
	assert_int_equal(ask("list", "{'names':['done']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "state"), "done");
	assert_string_equal(all_of("tasks", "result"), "25.79");
	assert_string_equal(all_of("tasks", "log"), "-");
}

/* ---- a task as data ---- */

#if !AIOT_BOARD
static void times_are_microseconds_of_the_wall_clock_and_spans(void **state)
{
	struct aiot_json task;

	(void)state;
	run(&aiot_service_play, "a");
	fake_for(f, 151 * FAKE_S - FAKE_MS);
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	task = nth_of("tasks", 0);
	assert_string_equal(member_of(task, "since_us"), "1795221310000000");
	assert_string_equal(member_of(task, "ago_us"), "151000000");
	assert_string_equal(member_of(task, "started_us"), "1795221310000000");
	assert_string_equal(member_of(task, "runtime_us"), "151000000");
	assert_string_equal(member_of(task, "last"), "null");
	assert_string_equal(member_of(task, "result"), "-");
	assert_string_equal(member_of(task, "schedule"), "-");
	assert_string_equal(member_of(task, "cpu_us"), "-");
	assert_string_equal(member_of(task, "place"), "main");
}
#endif

static void what_has_run_tells_how_it_ended_and_what_has_not_tells_nothing(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	run(&aiot_service_broken, "b");
	run(&aiot_service_quick, "c");
	assert_int_equal(ask("list", "{'all':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "last"), "null failed done");
	assert_string_equal(all_of("tasks", "runs"), "0 1 1");
	assert_string_equal(all_of("tasks", "runtime_us"), AIOT_BOARD ? "- - -" : "- 0 0");
	assert_string_equal(all_of("tasks", "started_us"), "- - -");
	assert_string_equal(all_of("tasks", "result"), "null - 25.79");
	assert_string_equal(member_of(aiot_json_get(nth_of("tasks", 1), "error"), "message"),
			    "divide by zero");
	order("restart", "{'names':['b']}");
	assert_int_equal(ask("status", "{'names':['b']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "runs"), "2");
}

static void debug_adds_args_stats_times_and_the_place_where_it_waits(void **state)
{
	struct aiot_json task;

	(void)state;
	run(&aiot_service_play, "a");
	add(&aiot_service_play, "b");
	assert_int_equal(ask("status", "{'names':['a'],'debug':true}"), AIOT_CALL_DONE);
	task = nth_of("tasks", 0);
	assert_string_equal(member_of(task, "args"), "{\"pause\":\"1h\",\"word\":\"a \\\"b\\\"\"}");
	assert_string_equal(member_of(task, "stats"), "{\"steps\":1}");
	assert_string_equal(member_of(task, "service"), "{\"name\":\"play\"}");
	assert_string_equal(member_of(task, "cpu_us"), AIOT_BOARD ? "-" : "0");
	assert_string_equal(member_of(aiot_json_get(task, "site"), "function"), "plays");
	assert_int_equal(ask("status", "{'names':['b'],'debug':true}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "site"), "-");
}

static void a_schedule_tells_its_last_and_next_run_and_when_it_is_held(void **state)
{
	struct aiot_task *t = add(&aiot_service_quick, "a");
	struct aiot_json json;

	(void)state;
	schedule(t, 10 * FAKE_S, FAKE_MINUTE);
	fake_pass(f, 3 * FAKE_S - FAKE_MS);
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	json = aiot_json_get(nth_of("tasks", 0), "schedule");
	assert_string_equal(member_of(json, "start_in_us"), "10000000");
	assert_string_equal(member_of(json, "every_us"), "60000000");
	assert_string_equal(member_of(json, "last_us"), "null");
	assert_string_equal(member_of(json, "next_us"), "1795221320000000");
	assert_string_equal(member_of(json, "in_us"), "7000000");
	assert_string_equal(member_of(json, "held"), "false");
	fake_for(f, 8 * FAKE_S);
	assert_int_equal(t->entry.runs, 1);
	order("stop", "{'names':['a']}");
	fake_for(f, 2 * FAKE_MINUTE);
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	json = aiot_json_get(nth_of("tasks", 0), "schedule");
	assert_string_equal(member_of(json, "held"), "true");
	assert_true(member_of(json, "in_us")[0] == '-');
	assert_int_equal(t->entry.runs, 1);
}

static void a_schedule_that_is_through_is_not_held(void **state)
{
	struct aiot_json json;

	(void)state;
	schedule(add(&aiot_service_quick, "a"), FAKE_S, 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "state"), "done");
	json = aiot_json_get(nth_of("tasks", 0), "schedule");
	assert_string_equal(member_of(json, "next_us"), "null");
	assert_string_equal(member_of(json, "in_us"), "null");
	assert_string_equal(member_of(json, "held"), "false");
}

static void log_lines(const char *name, unsigned from, unsigned to)
{
	for (; from <= to; from++)
		aiot_core_log(&f->core, name, AIOT_INFO, "%u", from);
}

static const char *texts_of_log(unsigned task)
{
	struct aiot_json log = aiot_json_get(nth_of("tasks", task), "log");
	struct aiot_json_iter it = {NULL};
	struct aiot_json record;
	struct aiot_out out;

	aiot_out_init(&out, words, sizeof(words));
	while (aiot_json_next(log, &it, NULL, &record))
		aiot_format(&out, "%s%s", out.len ? " " : "", member_of(record, "text"));
	return aiot_out_str(&out);
}

static void status_of_a_plain_name_ends_with_that_tasks_last_ten_lines(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	add(&aiot_service_play, "ab");
	log_lines("a", 1, 12);
	log_lines("ab", 100, 130);
	log_lines("a", 13, 13);
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(texts_of_log(0), "4 5 6 7 8 9 10 11 12 13");
	assert_int_equal(ask("status", "{'names':['a'],'lines':2}"), AIOT_CALL_DONE);
	assert_string_equal(texts_of_log(0), "12 13");
	assert_int_equal(ask("status", "{'names':['a'],'lines':0}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "log"), "-");
	assert_int_equal(ask("status", "{'names':['a'],'log':false}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "log"), "-");
	assert_int_equal(ask("status", "{'names':['a*'],'log':true,'lines':1}"), AIOT_CALL_DONE);
	assert_string_equal(texts_of_log(0), "13");
	assert_string_equal(texts_of_log(1), "130");
	assert_int_equal(ask("status", "{'names':['a'],'lines':4294967295}"), AIOT_CALL_DONE);
	assert_string_equal(texts_of_log(0), "1 2 3 4 5 6 7 8 9 10 11 12 13");
}

static void a_task_that_never_logged_has_an_empty_log(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	assert_int_equal(ask("status", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "log"), "[]");
}

/* ---- pages ---- */

static void what_does_not_fit_into_a_page_needs_more(void **state)
{
	(void)state;
	add(&aiot_service_play, "a");
	add(&aiot_service_play, "b");
	begin("list", "{'all':true}", false);
	call.page_bytes = 100;
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USE_MORE,
		     "the answer is too large for one reply: ask with \"more\":true");
}

static void pages_go_on_by_name_whatever_comes_and_goes_in_between(void **state)
{
	struct aiot_task *b, *c;

	(void)state;
	add(&aiot_service_play, "a");
	b = add(&aiot_service_play, "b");
	c = add(&aiot_service_play, "c");
	add(&aiot_service_play, "d");
	begin("list", "{'all':true}", true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "a");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "b");
	aiot_core_delete(&f->core, &b->entry); /* the one that was written last */
	aiot_core_delete(&f->core, &c->entry); /* the one that was next */
	add(&aiot_service_play, "aa");	       /* too late */
	add(&aiot_service_play, "bb");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "bb");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "d");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "");
}

static void pages_go_on_over_several_names_and_tell_the_first_missing_one_last(void **state)
{
	char seen[256] = "";
	enum aiot_call_result r;
	unsigned pages = 0;

	(void)state;
	add(&aiot_service_play, "a1");
	add(&aiot_service_play, "a2");
	add(&aiot_service_play, "b");
	begin("status", "{'names':['b','no','x*','a*','nix','b'],'log':false}", true);
	call.page_bytes = 1;
	while ((r = call_step()) == AIOT_CALL_PAGE && pages++ < 20) {
		assert_true(strlen(seen) < 200);
		strncat(seen, all_of("tasks", "name"), 20);
		strncat(seen, ",", 2);
	}
	assert_int_equal(r, AIOT_CALL_ERROR);
	assert_string_equal(member_of(reply, "name"), "no");
	assert_string_equal(seen, "b,,,a1,a2,,,");
}

static void a_page_ends_when_it_has_looked_at_much_and_found_nothing(void **state)
{
	char name[16];
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_CALL_WORK + 10; i++)
		aiot_core_log(&f->core, "other", AIOT_INFO, "%u", i);
	begin("log", "{'grep':'nothing','lines':5}", true);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(member_of(reply, "records"), "[]");
	for (i = 0; call_step() == AIOT_CALL_PAGE; i++)
		assert_true(i < 5);
	for (i = 0; i < 3; i++) {
		(void)aiot_format_to(name, sizeof(name), "t%u", i);
		add(&aiot_service_play, name);
	}
	begin("list", NULL, true);
	call.at.phase = 0;
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	call.work = AIOT_CALL_WORK + 1;
	assert_true(aiot_call_full(&call));
	call.more = false;
	assert_false(aiot_call_full(&call));
	begin("status", "{'names':['t0','t1']}", true);
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tasks", "name"), "t0");
}

static void each_of_thousands_of_names_is_answered(void **state)
{
	static char params[1 << 16];
	struct aiot_out out;
	unsigned i;

	(void)state;
	aiot_out_init(&out, params, sizeof(params));
	aiot_out_text(&out, "{'names':[");
	for (i = TURNS(6000u) - 1; i > 0; i--)
		aiot_format(&out, "'n%u',", i);
	aiot_out_text(&out, "'n0']}");
	assert_int_equal(out.error, 0);
	add(&aiot_service_play, "n0");
	assert_int_equal(ask("stop", aiot_out_str(&out)), AIOT_CALL_DONE);
	assert_int_equal(aiot_json_count(aiot_json_get(reply, "failed")), TURNS(6000u) - 1);
	assert_string_equal(all_of("done", "name"), "n0");
}

/* ---- traceback ---- */

static void traceback_without_names_shows_what_failed(void **state)
{
	(void)state;
	run(&aiot_service_play, "a");
	run(&aiot_service_broken, "b");
	run(&aiot_service_quick, "c");
	assert_int_equal(ask("traceback", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "b");
	assert_int_equal(ask("traceback", "{'names':['*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "b");
	assert_int_equal(ask("traceback", "{'names':['a','b']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "a b");
	assert_string_equal(member_of(nth_of("tracebacks", 0), "error"), "null");
	assert_int_equal(ask("traceback", "{'names':['b','no']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
}

static void traceback_goes_on_over_pages(void **state)
{
	(void)state;
	run(&aiot_service_broken, "b1");
	run(&aiot_service_broken, "b2");
	begin("traceback", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tracebacks", "name"), "b1");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tracebacks", "name"), "b2");
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

/* Services that did not load, as a host would have them. */
static const char *failure(void *ctx, const char *pattern, const char *after,
			   const struct aiot_outcome **ret)
{
	static const struct aiot_outcome error = {
		.type = AIOT_OUTCOME_ERROR, .code = -AIOT_ENOENT, .text = "no file", .text_len = 7};
	static const char *const names[] = {"bad1", "bad2"};
	unsigned i;

	(void)ctx;
	for (i = 0; i < 2; i++) {
		if (strcmp(names[i], after) > 0 &&
		    aiot_name_match(pattern, strlen(pattern), names[i], 4)) {
			*ret = &error;
			return names[i];
		}
	}
	return NULL;
}

static void traceback_also_shows_what_never_became_a_task(void **state)
{
	struct aiot_core_ops ops = *f->core.ops;
	const struct aiot_core_ops *had = f->core.ops;

	(void)state;
	ops.failure = failure;
	f->core.ops = &ops;
	run(&aiot_service_broken, "b");
	assert_int_equal(ask("traceback", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "bad1 bad2 b");
	assert_int_equal(ask("traceback", "{'names':['bad2','b','b*']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tracebacks", "name"), "bad2 bad1 b");
	assert_int_equal(ask("traceback", "{'names':['bad3']}"), AIOT_CALL_ERROR);
	begin("traceback", "{'names':['bad?','b']}", true);
	call.page_bytes = 1;
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tracebacks", "name"), "bad1 bad2");
	assert_int_equal(call_step(), AIOT_CALL_PAGE);
	assert_string_equal(all_of("tracebacks", "name"), "b");
	f->core.ops = had;
}

/* ---- info ---- */

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(status_without_names_shows_all_in_order_but_hidden_ones),
		T(names_come_in_the_order_given_and_a_plain_one_also_means_its_service),
		T(a_missing_name_is_an_error_that_names_it),
		T(with_more_the_tasks_that_exist_come_before_the_error),
		T(a_name_too_long_for_a_task_does_not_mean_any_task_of_one_letter),
#if !AIOT_BOARD
		T(a_long_name_is_not_found_under_the_beginning_of_its_service_name),
#endif
		T(list_shows_what_lives_or_is_scheduled_and_with_all_the_rest),
#if !AIOT_BOARD
		T(times_are_microseconds_of_the_wall_clock_and_spans),
#endif
		T(what_has_run_tells_how_it_ended_and_what_has_not_tells_nothing),
		T(debug_adds_args_stats_times_and_the_place_where_it_waits),
		T(a_schedule_tells_its_last_and_next_run_and_when_it_is_held),
		T(a_schedule_that_is_through_is_not_held),
		T(status_of_a_plain_name_ends_with_that_tasks_last_ten_lines),
		T(a_task_that_never_logged_has_an_empty_log),
		T(what_does_not_fit_into_a_page_needs_more),
		T(pages_go_on_by_name_whatever_comes_and_goes_in_between),
		T(pages_go_on_over_several_names_and_tell_the_first_missing_one_last),
		T(each_of_thousands_of_names_is_answered),
		T(a_page_ends_when_it_has_looked_at_much_and_found_nothing),
		T(traceback_without_names_shows_what_failed),
		T(traceback_goes_on_over_pages),
		T(traceback_also_shows_what_never_became_a_task),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
