/*
 * test-calls-core.c - info, debug and stats, from the call to its reply.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"

static void info_counts_tasks_and_log(void **state)
{
	struct aiot_json info;

	(void)state;
	run(&aiot_service_play, "a");
	add(&aiot_service_play, "b");
	assert_int_equal(ask("info", NULL), AIOT_CALL_DONE);
	info = aiot_json_get(reply, "info");
	assert_string_equal(member_of(aiot_json_get(info, "tasks"), "count"), "2");
	assert_string_equal(member_of(aiot_json_get(info, "tasks"), "alive"), "1");
	assert_string_equal(member_of(aiot_json_get(info, "log"), "level"), "info");
}

static void stats_are_what_each_task_counts(void **state)
{
	(void)state;
	run(&aiot_service_play, "a");
	add(&aiot_service_quick, "b");
	assert_int_equal(ask("stats", NULL), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a b");
	assert_string_equal(all_of("tasks", "stats"), "{\"steps\":1} {}");
	assert_int_equal(ask("stats", "{'names':['a']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("tasks", "name"), "a");
	assert_int_equal(ask("stats", "{'names':['x']}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
}

static void debug_changes_what_every_status_shows(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "a");
	assert_int_equal(ask("debug", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "debug"), "true");
	assert_int_equal(ask("status", NULL), AIOT_CALL_DONE);
	assert_string_not_equal(member_of(nth_of("tasks", 0), "args"), "-");
	assert_int_equal(ask("status", "{'debug':false}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "args"), "-");
	assert_int_equal(ask("debug", "{'mode':'on'}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "debug"), "true");
	assert_int_equal(ask("debug", NULL), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "debug"), "false");
	assert_int_equal(ask("debug", "{'mode':'maybe'}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "debug: 'mode' has to be on or off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(info_counts_tasks_and_log),
		T(stats_are_what_each_task_counts),
		T(debug_changes_what_every_status_shows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
