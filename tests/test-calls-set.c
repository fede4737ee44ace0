/*
 * test-calls-set.c - set, from the call to its reply; and what status --debug says of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "calls-stage.h"

static void each_option_is_told_with_when_it_takes_effect(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x.service");

	(void)state;
	assert_int_equal(ask("set", "{'name':'x','args':{'word':'c','pause':'2s'}}"),
			 AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "name"), "x.service");
	assert_string_equal(all_of("set", "key"), "word pause");
	assert_string_equal(all_of("set", "value"), "c 2s");
	assert_string_equal(all_of("set", "effect"), "start start");
	assert_int_equal(((struct play *)aiot_task_self(t))->pause_ms, 3600000);
	order("restart", "{'names':['x']}");
	assert_int_equal(((struct play *)aiot_task_self(t))->pause_ms, 2000);
	assert_int_equal(fake_logged(f, AIOT_INFO, "set x word pause"), 1);
}

static void a_wrong_one_changes_nothing(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");

	(void)state;
	assert_int_equal(ask("set", "{'name':'x','args':{'word':'c','pause':'soon'}}"),
			 AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE,
		     "cannot set 'x': pause: 'soon' is not a time span such as 500ms or 1min 30s, "
		     "whole ms, up to 49 days");
	assert_null(t->entry.more);
	assert_int_equal(fake_logged(f, AIOT_INFO, "set"), 0);
}

static void it_takes_one_task_and_no_pattern(void **state)
{
	(void)state;
	(void)run(&aiot_service_play, "x");
	assert_int_equal(ask("set", "{'name':'*','args':{'word':'c'}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_USAGE, "set takes exactly one name, and '*' is a pattern");
	assert_int_equal(ask("set", "{'name':'y','args':{'word':'c'}}"), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, "io.aiotools.NoSuchTask");
	assert_int_equal(ask("set", "{'name':'x','args':{}}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "set: 'args' is needed");
	assert_int_equal(ask("set", "{'name':'x','args':{'word':[1]}}"), AIOT_CALL_ERROR);
	assert_error(
		AIOT_ERR_INVALID_PARAMETER,
		"set: 'args' has to be an object of strings without U+0000, numbers, true, false "
		"and null");
}

static void status_tells_origins_and_what_the_next_run_has(void **state)
{
	struct aiot_json task;

	(void)state;
	(void)run(&aiot_service_play, "x");
	assert_int_equal(ask("set", "{'name':'x','args':{'word':'c'}}"), AIOT_CALL_DONE);
	assert_int_equal(ask("status", "{'debug':true}"), AIOT_CALL_DONE);
	task = nth_of("tasks", 0);
	assert_string_equal(member_of(aiot_json_get(task, "args"), "word"), "a \"b\"");
	assert_string_equal(member_of(task, "origins"), "{\"pause\":\"default\",\"word\":\"set\"}");
	assert_string_equal(member_of(task, "next"), "{\"word\":\"c\"}");
	order("restart", "{'names':['x']}");
	assert_int_equal(ask("status", "{'debug':true}"), AIOT_CALL_DONE);
	assert_string_equal(member_of(nth_of("tasks", 0), "next"), "{}");
	assert_int_equal(ask("set", "{'name':'x','args':{'word':null}}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("set", "origin"), "default");
}

static void without_memory_nothing_is_set(void **state)
{
	struct aiot_task *t = run(&aiot_service_play, "x");
	unsigned n;

	(void)state;
	for (n = 1; n < 4; n++) {
		f->fail_at = n;
		if (ask("set", "{'name':'x','args':{'word':'c'}}") == AIOT_CALL_DONE)
			break;
		assert_string_equal(reply_error, "io.aiotools.NoMemory");
	}
	f->fail_at = 0;
	assert_int_equal(n, 3); /* the value, struct aiot_more */
	assert_non_null(t->entry.more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_option_is_told_with_when_it_takes_effect),
		T(a_wrong_one_changes_nothing),
		T(it_takes_one_task_and_no_pattern),
		T(status_tells_origins_and_what_the_next_run_has),
		T(without_memory_nothing_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
