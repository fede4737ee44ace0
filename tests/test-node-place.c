/*
 * test-node-place.c - lib/host/node-place.c: orders for a board's tasks, and its entries.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node-stage.h"

#define DONE "{'parameters':{'failed':[],'done':[]}}"

static void hang_up(void)
{
	board.gone = true;
	board_say("x", 1);
	pass(10 * FAKE_MS);
}

static const char *refusal(struct aiot_entry *e)
{
	static char text[300];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	assert_true(e->spec->place->ops->refusal(e->spec->place, e, &out));
	return aiot_out_str(&out);
}

static void orders_are_sent_in_the_order_they_were_given(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", DONE);
	answer("Task.Start", DONE);
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), 0);
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), true), 0);
	assert_state("board:world", "starting");
	assert_state("board:hello", "stopping");
	pass(5 * FAKE_MS);
	assert_memory_equal(board.asked, "Task.Start Task.Stop Task.Status ", 32);
}

static void a_restart_is_one_order(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Restart", DONE);
	answer("Task.Status", TASKS("{'name':'hello','state':'running','runs':2,'ago_us':0,"
				    "'runtime_us':0}"));
	assert_int_equal(aiot_core_restart(&f->core, entry_of("board:hello")), 0);
	assert_state("board:hello", "stopping");
	pass(50 * FAKE_MS);
	assert_memory_equal(board.asked, "Task.Restart Task.Status ", 25);
	assert_string_equal(fake_states(f, "board:hello"), "running stopping running");
	assert_int_equal(entry_of("board:hello")->runs, 2);
}

static void names_of_the_board_are_sent_and_a_schedule_is_kept(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", NULL);
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), true), 0);
	fake_idle(f);
	assert_string_equal(board.params, "{\"names\":[\"hello\"],\"keep_schedule\":true}");
}

static void a_scheduled_task_is_taken_off_its_schedule_by_the_board(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Status", TASKS("{'name':'hello','state':'scheduled','runs':1}"));
	news(1, 0);
	pass(100 * FAKE_MS);
	assert_state("board:hello", "scheduled");
	answer("Task.Stop", DONE);
	answer("Task.Status", TASKS("{'name':'hello','state':'stopped','runs':1}"));
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), true), -AIOT_EALREADY);
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(100 * FAKE_MS);
	assert_state("board:hello", "stopped");
}

static void what_is_away_takes_no_orders_and_stays_as_it_was(void **state)
{
	struct aiot_entry *hello;
	uint64_t since_ns;

	(void)state;
	connect_node();
	hello = entry_of("board:hello");
	since_ns = hello->since_ns;
	hang_up();
	assert_int_equal(aiot_core_stop(&f->core, hello, false), -AIOT_ENODEV);
	assert_string_equal(refusal(hello), "node 'board' is not reachable: its device is gone");
	assert_state("board:hello", "running");
	assert_int_equal(hello->since_ns, since_ns);
	assert_int_equal(aiot_core_restart(&f->core, hello), -AIOT_ENODEV);
	assert_int_equal(hello->flags & AIOT_ENTRY_RESTART, 0);
	assert_int_equal(aiot_core_start(&f->core, entry_of("board:world")), -AIOT_ENODEV);
	assert_state("board:world", "done");
	assert_int_equal(f->core.stopping, 0);
}

static void a_line_that_is_lost_ends_the_orders(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", BUSY);
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(100 * FAKE_MS);
	assert_state("board:hello", "stopping");
	hang_up();
	assert_state("board:hello", "failed");
	assert_string_equal(aiot_outcome_of(entry_of("board:hello"))->text,
			    "node 'board' is not reachable: its device is gone");
}

static void the_programs_end_stops_nothing_there(void **state)
{
	(void)state;
	connect_node();
	f->core.closed = true;
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	assert_state("board:hello", "stopped");
	pass(100 * FAKE_MS);
	assert_asked("");
	f->core.closed = false;
}

static void a_stop_without_end_is_given_up(void **state)
{
	(void)state;
	connect_node();
	answer("Task.Stop", DONE);
	answer("Task.Status", TASKS(ROW("hello", "stopping")));
	assert_int_equal(aiot_core_stop(&f->core, entry_of("board:hello"), false), 0);
	pass(3500 * FAKE_S);
	assert_state("board:hello", "stopping");
	pass(200 * FAKE_S);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "has not stopped it in an hour"), 1);
}

static void a_name_that_is_taken_is_refused(void **state)
{
	(void)state;
	connect_node();
	assert_null(aiot_node_task_add(node, "hello"));
	assert_null(aiot_node_task_find(node, "nobody"));
	assert_non_null(aiot_node_task_find(node, "hello"));
}

static void tasks_leave_with_the_node(void **state)
{
	(void)state;
	connect_node();
	aiot_service_node.fini(node);
	assert_state("board:hello", "none");
	assert_int_equal(node->tasks, 0);
	assert_int_equal(f->core.alive, 1);
}

static void verbs_and_conditions_are_not_for_this_side(void **state)
{
	struct aiot_entry *e;
	struct aiot_outcome *o;

	(void)state;
	connect_node();
	e = entry_of("board:hello");
	assert_int_equal(e->spec->place->ops->call(e->spec->place, e, NULL, NULL, &o),
			 -AIOT_ENOSYS);
	assert_int_equal(e->spec->place->ops->ask(e->spec->place, e, NULL, NULL, &o), -AIOT_ENOSYS);
	assert_null(o);
	e->spec->place->ops->set(e->spec->place, e, NULL, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(orders_are_sent_in_the_order_they_were_given),
		S(a_restart_is_one_order),
		S(names_of_the_board_are_sent_and_a_schedule_is_kept),
		S(a_scheduled_task_is_taken_off_its_schedule_by_the_board),
		S(what_is_away_takes_no_orders_and_stays_as_it_was),
		S(a_line_that_is_lost_ends_the_orders),
		S(the_programs_end_stops_nothing_there),
		S(a_stop_without_end_is_given_up),
		S(a_name_that_is_taken_is_refused),
		S(tasks_leave_with_the_node),
		S(verbs_and_conditions_are_not_for_this_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
