/*
 * test-node-mirror.c - lib/host/node-mirror.c: what the board tells of its tasks, as entries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mem.h"
#include "node-stage.h"

/* The board tells its tasks once more. */
static void tell(const char *text)
{
	static unsigned change;

	answer("Task.Status", text);
	news(++change + 100, 0);
	pass(100 * FAKE_MS);
}

static struct aiot_json task_as_shown(const char *params)
{
	call_begin(&stage_commands, "status", params, false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	return nth_of("tasks", 0);
}

static void times_are_counted_back_from_now(void **state)
{
	struct aiot_entry *e;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'running','runs':4,'ago_us':2000000,"
		   "'runtime_us':3000000,'restarts':2}"));
	e = entry_of("board:hello");
	assert_true(f->mono_ns - e->since_ns - 2 * FAKE_S < 200 * FAKE_MS);
	assert_true(f->mono_ns - e->run_ns - 3 * FAKE_S < 200 * FAKE_MS);
	assert_int_equal(e->runs, 4);
	assert_int_equal(e->restarts, 2);
}

static void a_time_that_is_told_again_stays_the_same(void **state)
{
	uint64_t since_ns;

	(void)state;
	connect_node();
	since_ns = entry_of("board:hello")->since_ns;
	tell(TASKS("{'name':'hello','state':'running','runs':1,'ago_us':5110000}"));
	assert_int_equal(entry_of("board:hello")->since_ns, since_ns);
}

static void one_that_runs_longer_than_this_system_has_its_times(void **state)
{
	struct aiot_json t;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'running','runs':1,'ago_us':9000000000}"));
	t = task_as_shown("{'names':['board:hello']}");
	assert_string_equal(member_of(t, "ago_us"), "9000100000");
	/* A stop that is asked for now is not of that time. */
	assert_false(aiot_entry_changed_since(entry_of("board:hello"), f->mono_ns));
}

static void small_boards_tell_no_times_of_runs(void **state)
{
	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'running','runs':2,'ago_us':8000000}"));
	assert_int_equal(entry_of("board:hello")->run_ns, entry_of("board:hello")->since_ns);
	tell(TASKS("{'name':'hello','state':'done','last':'done','runs':2,'ago_us':0}"));
	assert_true(entry_of("board:hello")->run_ns / FAKE_S == 8);
}

static void results_and_errors_are_kept(void **state)
{
	const struct aiot_outcome *o;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'failed','runs':1,'ago_us':0,'error':{'error':'EDOM',"
		   "'code':-33,'message':'by zero','traceback':[{'function':'a','file':'a.c',"
		   "'line':1},{'function':'b','file':'b.c','line':2}]}},"
		   "{'name':'world','state':'done','runs':1,'result':'text'},"
		   "{'name':'count','state':'done','runs':1,'result':25.79}"));
	o = aiot_outcome_of(entry_of("board:hello"));
	assert_int_equal(o->code, -33);
	assert_string_equal(o->text, "by zero");
	assert_int_equal(o->trace_count, 2);
	assert_string_equal(o->trace[0].func, "a");
	assert_string_equal(o->trace[1].file, "b.c");
	assert_int_equal(entry_of("board:hello")->fail, 33);
	assert_string_equal(aiot_outcome_of(entry_of("board:world"))->text, "text");
	assert_string_equal(aiot_outcome_of(entry_of("board:count"))->text, "25.79");
}

static void args_and_stats_are_shown_as_they_were_told(void **state)
{
	struct aiot_json t;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'running','runs':1,'cpu_us':7,'longest_us':3,"
		   "'longest':{'function':'f','file':'f.c','line':9},'args':{'whom':'Ada'},"
		   "'stats':{'n':5},'site':{'function':'g','file':'g.c','line':4},"
		   "'children':['hello.kid']}"));
	t = task_as_shown("{'names':['board:hello'],'debug':true,'log':false}");
	assert_string_equal(member_of(t, "args"), "{\"whom\":\"Ada\"}");
	assert_string_equal(member_of(t, "stats"), "{\"n\":5}");
	assert_string_equal(member_of(t, "cpu_us"), "7");
	assert_string_equal(member_of(aiot_json_get(t, "longest"), "file"), "f.c");
	assert_string_equal(member_of(aiot_json_get(t, "site"), "function"), "g");
	assert_string_equal(member_of(t, "children"), "[\"board:hello.kid\"]");
	assert_string_equal(member_of(t, "place"), "board");
}

static void a_schedule_counts_down_while_nothing_is_told(void **state)
{
	struct aiot_json t;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'scheduled','runs':1,'schedule':{'plan':'Every=1min',"
		   "'next_us':1,'in_us':60000000,'last_us':null}}"));
	pass(10 * FAKE_S);
	t = aiot_json_get(task_as_shown("{'names':['board:hello'],'log':false}"), "schedule");
	assert_string_equal(member_of(t, "plan"), "Every=1min");
	assert_string_equal(member_of(t, "in_us"), "49900000");
	call_begin(&stage_commands, "list", NULL, false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

static void what_is_away_says_since_when_and_why(void **state)
{
	struct aiot_json away;

	(void)state;
	connect_node();
	assert_int_equal(aiot_json_get(task_as_shown("{'names':['board:hello']}"), "away").len, 0);
	board.gone = true;
	board_say("x", 1);
	pass(5 * FAKE_S);
	away = aiot_json_get(task_as_shown("{'names':['board:hello'],'log':false}"), "away");
	assert_string_equal(member_of(away, "why"), "its device is gone");
	assert_string_equal(member_of(away, "ago_us"), "5000000");
}

static void what_is_not_told_any_more_is_gone(void **state)
{
	(void)state;
	connect_node();
	tell(TASKS(ROW("world", "running")));
	assert_state("board:hello", "none");
	assert_state("board:world", "running");
	assert_int_equal(node->tasks, 1);
}

static void names_that_cannot_be_are_left_out_and_said_once(void **state)
{
	(void)state;
	connect_node();
	tell(TASKS(ROW("a b", "running") "," ROW("", "running") "," ROW("x:y", "running") "," ROW(
		"0123456789012345678901234567890123456789012345678901234567890123",
		"running") "," ROW("\\u001b[2J", "running") ","
							    "{'name':5,'state':'running'},7," ROW(
								    "good", "running")));
	assert_state("board:good", "running");
	assert_int_equal(node->tasks, 1);
	assert_int_equal(fake_logged(f, AIOT_WARN, "cannot be shown here"), 1);
}

static void no_more_than_max_tasks_are_shown(void **state)
{
	(void)state;
	node->max_tasks = 2;
	connect_node();
	node->max_tasks = 2;
	tell(TASKS(ROW("hello", "running") "," ROW("world", "done") "," ROW("third", "running")));
	assert_int_equal(node->tasks, 2);
	assert_state("board:third", "none");
	assert_int_equal(fake_logged(f, AIOT_WARN, "more than MaxTasks=2"), 1);
}

static void a_state_that_nobody_knows_changes_nothing(void **state)
{
	(void)state;
	connect_node();
	tell(TASKS(ROW("hello", "flying") "," ROW("world", "done")));
	assert_state("board:hello", "running");
}

static void what_is_nested_too_deep_is_left_out(void **state)
{
	struct aiot_json t;

	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'done','runs':1,"
		   "'args':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{'a':{}}}}}}}}}}},"
		   "'result':[[[[[[[[[[[1]]]]]]]]]]]}"));
	t = task_as_shown("{'names':['board:hello'],'debug':true}");
	assert_int_equal(aiot_json_get(t, "args").len, 0);
	assert_string_equal(member_of(t, "result"), "null");
}

static void odd_numbers_do_no_harm(void **state)
{
	(void)state;
	connect_node();
	tell(TASKS("{'name':'hello','state':'running','runs':99999999999,'ago_us':-5,"
		   "'runtime_us':18446744073709551615,'restarts':70000,'cpu_us':'x',"
		   "'schedule':{'in_us':9223372036854775807},'longest':{'line':-1}}"));
	assert_state("board:hello", "running");
	assert_int_equal(entry_of("board:hello")->runs, UINT32_MAX);
	(void)task_as_shown("{'names':['board:hello'],'debug':true}");
}

static void an_order_s_effect_is_never_older_than_the_order(void **state)
{
	uint64_t ordered;

	(void)state;
	connect_node();
	answer("Task.Start", "{'parameters':{'failed':[],'done':[]}}");
	answer("Task.Status", TASKS("{'name':'world','state':'done','runs':2,'ago_us':3000,"
				    "'runtime_us':900000,'last':'done'}"));
	ordered = f->mono_ns;
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	fake_idle(f);
	assert_state("board:world", "done");
	assert_true(aiot_entry_ran_since(entry_of("board:world"), ordered));
}

static void a_stop_that_stops_nothing_is_a_failure(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", "{'parameters':{'failed':[],'done':[]}}");
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(100 * FAKE_MS);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "runs it all the same"), 1);
	assert_state("board:hello", "running");
}

static void memory_that_runs_out_takes_no_state_along(void **state)
{
	unsigned long n;

	(void)state;
	connect_node();
	for (n = 1; n < 12; n++) {
		(void)aiot_mem_fail(n, 1);
		tell(TASKS("{'name':'hello','state':'failed','runs':1,'error':{'code':-5,'message':"
			   "'x','traceback':[]}}," ROW("new", "running")));
		(void)aiot_mem_fail(0, 0);
		assert_state("board:hello", "failed");
		tell(TASKS(ROW("hello", "running")));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(times_are_counted_back_from_now),
		S(a_time_that_is_told_again_stays_the_same),
		S(one_that_runs_longer_than_this_system_has_its_times),
		S(small_boards_tell_no_times_of_runs),
		S(results_and_errors_are_kept),
		S(args_and_stats_are_shown_as_they_were_told),
		S(a_schedule_counts_down_while_nothing_is_told),
		S(what_is_away_says_since_when_and_why),
		S(what_is_not_told_any_more_is_gone),
		S(names_that_cannot_be_are_left_out_and_said_once),
		S(no_more_than_max_tasks_are_shown),
		S(a_state_that_nobody_knows_changes_nothing),
		S(what_is_nested_too_deep_is_left_out),
		S(odd_numbers_do_no_harm),
		S(an_order_s_effect_is_never_older_than_the_order),
		S(a_stop_that_stops_nothing_is_a_failure),
		S(memory_that_runs_out_takes_no_state_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
