/*
 * test-node.c - lib/host/node.c: the built-in service, its options and its states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node-stage.h"

/* Another node beside the stage's own, from other arguments: what its init says. */
static const char *refused(const char *name, const char *key, const char *value)
{
	const struct aiot_arg args[] = {{"device", "/dev/x", "test"}, {key, value, "test"}};
	static char text[256];
	struct aiot_node *own = node;
	struct aiot_task *made;

	aiot_core_delete(&f->core, &own->task->entry);
	(void)aiot_format_to(stage_unit.name, sizeof(stage_unit.name), "%s", name);
	assert_true(stage_make(args, 2) < 0);
	made = node->task;
	(void)aiot_format_to(text, sizeof(text), "%s", aiot_outcome_of(&made->entry)->text);
	return text;
}

static void a_path_is_wanted(void **state)
{
	(void)state;
	assert_string_equal(refused("board", "device", "ttyACM0"),
			    "Device: 'ttyACM0' is no path; it begins with /, as in /dev/ttyACM0");
}

static void a_rate_is_wanted(void **state)
{
	(void)state;
	assert_string_equal(refused("board", "baud", "9601"),
			    "Baud: 9601 is no rate of serial devices; 115200 is usual");
}

static void some_tasks_are_wanted(void **state)
{
	(void)state;
	assert_string_equal(refused("board", "MaxTasks", "1025"),
			    "MaxTasks: 1025 is not from 1 to 1024");
}

static void a_long_name_leaves_none_for_tasks(void **state)
{
	(void)state;
	assert_string_equal(refused("a2345678901234567890123456789012", "baud", "9600"),
			    "'a2345678901234567890123456789012' is too long for a node: at most 31 "
			    "letters");
}

static void its_state_says_whether_the_board_answers(void **state)
{
	(void)state;
	board.there = false;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(FAKE_S);
	assert_state("board.service", "restarting");
	board.there = true;
	pass(2 * FAKE_S);
	assert_string_equal(fake_states(f, "board.service"), "starting restarting running");
	assert_int_equal(node->task->entry.runs, 1);
}

static void reasons_that_take_turns_are_not_told_each_second(void **state)
{
	unsigned i;

	(void)state;
	connect_node();
	for (i = 0; i < 200; i++) {
		aiot_node_lost(node, i % 2 ? "one reason" : "another");
		pass(FAKE_S / 2);
	}
	assert_true(fake_logged(f, AIOT_WARN, "not reachable: ") < 6);
	assert_true(fake_logged(f, AIOT_WARN, "not reachable: ") > 0);
}

static void it_can_be_stopped_while_the_board_is_looked_for(void **state)
{
	(void)state;
	board.there = false;
	assert_int_equal(aiot_core_start(&f->core, &node->task->entry), 0);
	pass(3 * FAKE_S);
	assert_int_equal(aiot_core_stop(&f->core, &node->task->entry, false), 0);
	pass(FAKE_MS);
	assert_state("board.service", "stopped");
	assert_string_equal(node->why, "it is stopped");
}

static void its_tables_are_sound(void **state)
{
	struct aiot_service checked;
	char text[200];
	struct aiot_out why;

	(void)state;
	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_service_check(&aiot_service_node, "node", &checked, &why), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		S(a_path_is_wanted),
		S(a_rate_is_wanted),
		S(some_tasks_are_wanted),
		S(a_long_name_leaves_none_for_tasks),
		S(its_state_says_whether_the_board_answers),
		S(reasons_that_take_turns_are_not_told_each_second),
		S(it_can_be_stopped_while_the_board_is_looked_for),
		S(its_tables_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
