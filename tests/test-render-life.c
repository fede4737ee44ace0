/*
 * test-render-life.c - render-life.c: set, result, wait, is-active, is-failed, add, call, debug;
 * and their exit codes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

#define TASKS(rows) "{\"tasks\":[" rows "]}"
#define SETTING(value, origin, effect)                                                             \
	"{\"key\":\"k\",\"value\":\"" value "\",\"origin\":\"" origin "\",\"effect\":\"" effect    \
	"\"}"
#define SET(rows) "{\"name\":\"x\",\"set\":[" rows "]}"

static void set_says_when(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "set", SET(SETTING("1", "set", "live"))),
			    "x: k = 1, at once\n");
	assert_string_equal(render(&plain, "set", SET(SETTING("a\\nb", "/x.ini:3", "start"))),
			    "x: k = a\\nb (/x.ini:3), from the next start on\n");
	assert_string_equal(render(&quiet, "set", SET(SETTING("1", "set", "live"))), "");
}

static void results_are_arrows(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "result",
		       "{\"results\":[{\"name\":\"a\",\"result\":[1, 2]},{\"name\":\"b\","
		       "\"result\":null},{\"name\":\"c\",\"result\":\"t\\nu\\u001b\"},"
		       "{\"name\":\"d\"," EDOM "}]}"),
		"a --> [1,2]\nb --> \nc --> t\n    u\\x1b\nd --> EDOM: divide by zero\n");
}

static void stats_are_a_table(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "stats",
		       "{\"tasks\":[{\"name\":\"hello.service\",\"stats\":{\"greetings\":3,\"of\":"
		       "\"A\\u001b\"}},{\"name\":\"b\",\"stats\":{}},{\"name\":\"c\",\"stats\":"
		       "null}]}"),
		AIOT_BOARD ? "hello.service         greetings: 3   of: A\\x1b\nb\nc\n"
			   : "TASK           STAT       VALUE\n"
			     "hello.service  greetings  3\n"
			     "hello.service  of         A\\x1b\n"
			     "b\nc\n");
	assert_int_equal(exit_of("stats", NULL, "{\"tasks\":[]}"), 0);
}

/* unschedule exited with 0, whatever failed. */
static void what_failed_of_any_action_is_its_exit_code(void **state)
{
	static const struct aiot_command *const table[] = {aiot_commands_core, aiot_commands_host};
	static const char none[] = "{\"failed\":[{\"name\":\"x\",\"error\":"
				   "\"io.aiotools.NoSuchTask\",\"message\":\"m\"}],\"done\":[]}";
	unsigned i, actions = 0;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (const struct aiot_command *c = table[i]; c->id; c++) {
			if (c->reply == NULL ||
			    strcmp(c->reply, "(done: []TaskState, failed: []TaskError)") != 0)
				continue;
			actions++;
			if (exit_of(c->verb, NULL, none) != 5)
				fail_msg("%s exits with %d", c->verb, exit_of(c->verb, NULL, none));
		}
	}
	assert_true(actions >= 9);
}

#define ENDED(state, code, more) "{\"name\":\"x\",\"state\":\"" state "\",\"code\":" code more "}"

static void wait_exits_with_the_run_s_code(void **state)
{
	static const char both[] = "{\"failed\":[],\"ended\":[" ENDED("done", "0", "") "," ENDED(
		"failed", "5", ",\"message\":\"EIO: no\"") "]}";
	static const char late[] =
		"{\"failed\":[{\"name\":\"y\",\"error\":\"io.aiotools.TimedOut\",\"message\":\"'y' "
		"is\"}],\"ended\":[" ENDED("failed", "5", "") "]}";

	(void)state;
	assert_string_equal(render(&plain, "wait", both), "x: done\nx: failed: EIO: no\n");
	assert_string_equal(render(&quiet, "wait", both), "");
	assert_int_equal(exit_of("wait", NULL, both), 5);
	assert_int_equal(exit_of("wait", NULL, late), 1);
	assert_int_equal(exit_of("wait", NULL, "{\"ended\":[" ENDED("done", "0", "") "]}"), 0);
	assert_int_equal(exit_of("wait", NULL, "{\"ended\":[" ENDED("failed", "300", "") "]}"),
			 255);
}

#define IS(state, is, more)                                                                        \
	"{\"name\":\"x\",\"state\":\"" state "\",\"active\":" is ",\"failed\":" is more "}"
#define IS_NOT IS("stopped", "false", "")
#define IS_NONE IS("unknown", "false", ",\"message\":\"no such task: 'x'\"")

static void is_exits_with_0_if_any_is(void **state)
{
	struct aiot_out out;

	(void)state;
	assert_string_equal(render(&plain, "is-active", TASKS(IS_NOT "," IS_NONE)),
			    "stopped\nunknown\n");
	assert_string_equal(render(&quiet, "is-active", TASKS(IS_NOT)), "");
	assert_int_equal(exit_of("is-active", NULL, TASKS(IS_NOT "," IS("running", "true", ""))),
			 0);
	assert_int_equal(exit_of("is-active", NULL, TASKS(IS_NONE "," IS_NOT)), 4);
	assert_int_equal(exit_of("is-failed", NULL, TASKS(IS_NOT)), 3);
	assert_int_equal(exit_of("is-failed", NULL, TASKS("")), 0);
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_failures(aiot_command_by_verb(&commands, "is-active"),
			     json_of(TASKS(IS_NOT "," IS_NONE)), &out);
	assert_string_equal(aiot_out_str(&out), "no such task: 'x'\n");
}

static void add_tells_the_name_also_when_quiet(void **state)
{
	(void)state;
	assert_string_equal(render(&quiet, "add", "{\"name\":\"blink_1\",\"kept\":false}"),
			    "blink_1\n");
	assert_string_equal(render(&plain, "add", "{\"name\":\"blink\",\"kept\":true}"),
			    "blink (there already, and kept)\n");
}

static void an_answer_is_shown_as_it_is(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "call", "{\"result\":\"a\\nb\"}"), "a\nb\n");
	assert_string_equal(render(&plain, "call", "{\"result\":[1, 2]}"), "[1,2]\n");
	assert_string_equal(render(&plain, "call", "{\"result\":null}"), "");
}

static void debug_mode_is_told(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "debug", "{\"debug\":true}"), "debug mode: on\n");
	assert_string_equal(render(&plain, "debug", "{\"debug\":false}"), "debug mode: off\n");
	assert_string_equal(render(&quiet, "debug", "{\"debug\":false}"), "");
}

static void actions_tell_pauses_and_what_waits(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "trigger",
				   "{\"failed\":[],\"done\":[{\"name\":\"x\",\"state\":\"running\","
				   "\"paused\":true,\"queued\":2},{\"name\":\"y\",\"state\":"
				   "\"running\",\"queued\":1}]}"),
			    "x: running, paused, 2 extra runs waiting\n"
			    "y: running, 1 extra run waiting\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_says_when),
		cmocka_unit_test(results_are_arrows),
		cmocka_unit_test(stats_are_a_table),
		cmocka_unit_test(what_failed_of_any_action_is_its_exit_code),
		cmocka_unit_test(wait_exits_with_the_run_s_code),
		cmocka_unit_test(is_exits_with_0_if_any_is),
		cmocka_unit_test(add_tells_the_name_also_when_quiet),
		cmocka_unit_test(an_answer_is_shown_as_it_is),
		cmocka_unit_test(debug_mode_is_told),
		cmocka_unit_test(actions_tell_pauses_and_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
