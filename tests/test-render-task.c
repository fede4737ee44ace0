/*
 * test-render-task.c - render-status.c and render-debug.c: tasks as text, letter by letter, in UTC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

/* ---- status ---- */

#define RUNNING                                                                                    \
	"\"name\":\"hello.service\",\"state\":\"running\",\"last\":null,\"runs\":1," SINCE         \
	"\"ago_us\":151999999"

static void a_running_task(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "status", TASK(RUNNING)),
			    DOT "hello.service: status: running since 2026-11-21 00:35:00; "
				"00:02:31 ago\n");
	assert_string_equal(render(&color, "status", TASK(RUNNING)),
			    "\x1b[92m\xe2\x97\x8f\x1b[0m hello.service: status: "
			    "\x1b[32;1mrunning\x1b[0m since 2026-11-21 00:35:00; 00:02:31 ago\n");
}

static void a_task_that_is_done_shows_its_result(void **state)
{
	static const struct {
		const char *result, *shown;
	} cases[] = {
		{"42", "42"},
		{"null", ""},
		{"\"\"", ""},
		{"25.790", "25.790"},
		{"\"two\\nlines\"", "two\n    lines"},
		{"\"\\u001b[31m\\u007f\\u009bx\\u00e9\"", "\\x1b[31m\\x7f\\x9bx\xc3\xa9"},
		{"\"a\\u0000b\"", "a\\u0000b"},
		{"{ \"a\" : [ 1 , \"x \\\" y\" ] }", "{\"a\":[1,\"x \\\" y\"]}"},
		{"true", "true"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char reply[512], text[512];

		(void)aiot_format_to(reply, sizeof(reply),
				     TASK("\"name\":\"one\",\"state\":\"done\",\"runs\":1," SINCE
					  "\"ago_us\":1000000,\"result\":%s"),
				     cases[i].result);
		(void)aiot_format_to(text, sizeof(text),
				     DOT "one: status: done @ 2026-11-21 00:35:00; 1 s ago --> "
					 "result: %s\n",
				     cases[i].shown);
		assert_string_equal(render(&plain, "status", reply), text);
	}
}

static void done_is_plain_in_colour_too(void **state)
{
	(void)state;
	assert_string_equal(render(&color, "status",
				   TASK("\"name\":\"one\",\"state\":\"done\",\"runs\":1," SINCE
					"\"ago_us\":0")),
			    DOT "one: status: done @ 2026-11-21 00:35:00; 0 s ago --> result: \n");
}

#define BOOM                                                                                       \
	"\"name\":\"boom\",\"state\":\"failed\",\"last\":\"failed\",\"runs\":1," SINCE             \
	"\"ago_us\":1000000," EDOM

static void a_failed_task_shows_its_error(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "status", TASK(BOOM)),
			    DOT "boom: status: failed @ 2026-11-21 00:35:00; 1 s ago --> result: "
				"EDOM: divide by zero\n");
	assert_begins(render(&color, "status", TASK(BOOM)),
		      "\x1b[31;1m\xe2\x97\x8f\x1b[0m boom: status: \x1b[31;1mfailed\x1b[0m @");
}

static void a_task_that_is_tried_again_or_held_says_so(void **state)
{
	(void)state;
	if (!AIOT_SUPERVISE)
		return; /* a board has none */
	assert_string_equal(
		render(&plain, "status",
		       TASK("\"name\":\"x\",\"state\":\"restarting\",\"last\":\"failed\",\"runs\":"
			    "4," SINCE "\"ago_us\":1000000," EDOM
			    ",\"restart\":{\"attempt\":4,\"next_us\":0,"
			    "\"in_us\":3000000}")),
		DOT
		"x: status: restarting in 3 s, attempt 4 - failed @ 2026-11-21 00:35:00; 1 s ago "
		"--> result: EDOM: divide by zero\n");
	assert_string_equal(
		render(&plain, "status",
		       TASK("\"name\":\"x\",\"state\":\"held\",\"last\":\"failed\",\"runs\":"
			    "4," SINCE "\"ago_us\":1000000," EDOM ",\"held\":\"too often\"")),
		DOT "x: status: held @ 2026-11-21 00:35:00; 1 s ago --> result: EDOM: divide by "
		    "zero\n" BRANCH "held: too often; aiotoolsctl start x\n");
	assert_non_null(strstr(
		render(&plain, "status",
		       TASK(RUNNING
			    ",\"cpu_us\":1,\"policy\":{\"restart\":\"on-failure\",\"delay_us\":"
			    "100000,\"max_us\":30000000,\"reset_us\":60000000,\"burst\":5,"
			    "\"interval_us\":10000000,\"watchdog_us\":5000000}")),
		BRANCH
		"restart: on-failure after 100ms, later up to 30s, anew behind a run of 1min; "
		"at most 5 within 10s; a step at least every 5s\n"));
}

static void a_stopped_task_says_whether_it_ever_ran(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "status",
				   TASK("\"name\":\"x\",\"state\":\"stopped\",\"runs\":0," SINCE
					"\"ago_us\":0")),
			    DOT "x: status: stopped, never run\n");
	/* An error of an earlier run is not this run's result. */
	assert_string_equal(render(&plain, "status",
				   TASK("\"name\":\"x\",\"state\":\"stopped\",\"runs\":2," SINCE
					"\"ago_us\":0," EDOM)),
			    DOT "x: status: stopped @ 2026-11-21 00:35:00; 0 s ago --> result: \n");
}

static void states_on_the_way_say_since_when(void **state)
{
	static const char *const states[] = {"starting",   "stopping", "waiting",
					     "restarting", "held",     "dreaming"};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		char reply[256], text[256];

		(void)aiot_format_to(reply, sizeof(reply),
				     TASK("\"name\":\"x\",\"state\":\"%s\",\"runs\":1," SINCE
					  "\"ago_us\":2000000"),
				     states[i]);
		(void)aiot_format_to(text, sizeof(text),
				     DOT "x: status: %s since 2026-11-21 00:35:00; 2 s ago\n",
				     states[i]);
		assert_string_equal(render(&plain, "status", reply), text);
	}
}

#define SCHEDULE(last, next, in, held)                                                             \
	"\"schedule\":{\"plan\":\"StartIn=10s Every=1min "                                         \
	"30s\",\"start_in_us\":10000000,\"every_us\":90000000,\"from_daemon\":false,"              \
	"\"last_us\":" last ",\"next_us\":" next ",\"in_us\":" in ",\"skipped\":2,\"held\":" held  \
	"}"

static void a_schedule_has_a_line_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "status",
		       TASK("\"name\":\"world.service\",\"state\":\"scheduled\",\"last\":\"done\","
			    "\"runs\":3," SINCE "\"ago_us\":48000000,\"result\":42," SCHEDULE(
				    "1795221295000000", "1795221385000000", "37999999", "false"))),
		DOT "world.service: status: scheduled - done @ 2026-11-21 00:35:00; 48 s ago --> "
		    "result: 42\n" BRANCH "schedule: last @ 2026-11-21 00:34:55 --> next in 37 s @ "
		    "2026-11-21 00:36:25\n");
	assert_string_equal(
		render(&plain, "status",
		       TASK("\"name\":\"w\",\"state\":\"scheduled\",\"last\":null,\"runs\":0," SINCE
			    "\"ago_us\":0," SCHEDULE("null", "1795221392000000", "1000000",
						     "false"))),
		DOT "w: status: scheduled\n" BRANCH
		    "schedule: starts in 1 s @ 2026-11-21 00:36:32\n");
	assert_string_equal(
		render(&plain, "status",
		       TASK(RUNNING "," SCHEDULE("1795221295000000", "null", "null", "false"))),
		DOT
		"hello.service: status: running since 2026-11-21 00:35:00; 00:02:31 ago\n" BRANCH
		"schedule: last @ 2026-11-21 00:34:55 --> no next run\n");
}

static void a_schedule_that_does_not_fire_says_so(void **state)
{
	(void)state;
	assert_non_null(strstr(render(&plain, "status",
				      TASK("\"name\":\"w\",\"state\":\"stopped\",\"runs\":0," SINCE
					   "\"ago_us\":0," SCHEDULE("null", "1795221392000000",
								    "1000000", "true"))),
			       BRANCH "schedule: held, due in 1 s @ 2026-11-21 00:36:32\n"));
	assert_non_null(strstr(render(&plain, "status",
				      TASK("\"name\":\"w\",\"state\":\"stopped\",\"runs\":0," SINCE
					   "\"ago_us\":0," SCHEDULE("null", "1795221392000000",
								    "-3000000", "true"))),
			       BRANCH "schedule: was due 3 s ago, runs when started\n"));
	/* Overdue by a little is due now, not in the past. */
	assert_non_null(
		strstr(render(&plain, "status",
			      TASK("\"name\":\"w\",\"state\":\"scheduled\",\"paused\":true,"
				   "\"runs\":0," SINCE "\"ago_us\":0," SCHEDULE(
					   "null", "1795221392000000", "-5000000", "false"))),
		       "schedule: starts in 0 s @ 2026-11-21 00:36:32, paused\n"));
}

static void a_scheduled_failure_is_cyan_and_red(void **state)
{
	(void)state;
	assert_string_equal(
		render(&color, "status",
		       TASK("\"name\":\"w\",\"state\":\"scheduled\",\"last\":\"failed\","
			    "\"runs\":1," SINCE "\"ago_us\":0," EDOM)),
		"\x1b[36m\xe2\x97\x8f\x1b[0m w: status: \x1b[36mscheduled\x1b[0m - "
		"\x1b[31;1mfailed\x1b[0m @ 2026-11-21 00:35:00; 0 s ago --> result: "
		"EDOM: divide by zero\n");
}

static void log_lines_come_behind_the_status(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "status",
		       TASK(RUNNING ",\"log\":[" RECORD("info", "LED 3 toggled!") "]")),
		DOT "hello.service: status: running since 2026-11-21 00:35:00; 00:02:31 ago\n" SHORT
		    "<----------------------------------------"
		    "---------------------------------------->\n");
	assert_string_equal(render(&plain, "status", TASK(RUNNING ",\"log\":[]")),
			    DOT "hello.service: status: running since 2026-11-21 00:35:00; "
				"00:02:31 ago\n");
}

/* ---- debug ---- */

#define SITE(f, l) "{\"function\":\"" f "\",\"file\":\"services.d/hello.c\",\"line\":" l "}"

static void the_long_form_of_a_service(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "status",
		       TASK(RUNNING
			    ",\"id\":3,\"restarts\":0,\"place\":\"main\","
			    "\"started_us\":1795221300000000,\"runtime_us\":5,"
			    "\"service\":{\"name\":\"hello\",\"info\":\"Hello example "
			    "runner v1.0\",\"docs\":\"https://example.org\",\"path\":"
			    "\"/x/hello.so\",\"type\":\"runtime\"},\"cpu_us\":12500,"
			    "\"longest_us\":120,\"longest\":" SITE("greet", "14") ",\"site\":" SITE(
				    "greet", "16") ",\"args\":{\"whom\":\"Ada\",\"every\":"
						   "500},\"stats\":{\"greeted\":4,"
						   "\"temp\":25.79}")),
		DOT "hello.service - Hello example runner v1.0\n"
		    "    Loaded: Service: hello.service from /x/hello.so\n"
		    "    Active: (active) running since 2026-11-21 00:35:00; 00:02:31 ago\n"
		    "    Type: runtime.service\n"
		    "    Docs: https://example.org\n"
		    "    Stats: greeted: 4   temp: 25.79\n"
		    "    Task: id 3, place main, runs 1, restarts 0\n" BRANCH
		    "in steps: 12ms 500us, longest step: 120us at greet() "
		    "services.d/hello.c:14\n" BRANCH
		    "waits at: greet() services.d/hello.c:16\n" BRANCH "args: { 'whom': 'Ada',\n"
		    "                'every': 500 }\n");
}

static void list_says_who_is_paused(void **state)
{
	(void)state;
	assert_begins(
		render(&plain, "list",
		       TASK("\"name\":\"a\",\"state\":\"scheduled\",\"last\":\"done\","
			    "\"paused\":true,\"runs\":1," SINCE "\"ago_us\":0")),
		AIOT_BOARD ? "a                     scheduled - done, paused  2026-11-21 00:35:00"
			   : "a  scheduled - done, paused  2026-11-21 00:35:00");
}

/* It was shown as "(at the next start: '1s', trigger)", as if the next run were an extra one. */
static void an_option_given_to_this_run_alone_is_not_taken_for_the_next_one_s(void **state)
{
	const char *text;

	(void)state;
	text = render(&plain, "status",
		      TASK(RUNNING ",\"id\":3,\"restarts\":0,\"place\":\"main\",\"cpu_us\":9,"
				   "\"longest_us\":8,\"longest\":null,"
				   "\"args\":{\"a\":\"5s\",\"b\":\"6s\"},"
				   "\"origins\":{\"a\":\"trigger\",\"b\":\"set\"},"
				   "\"next\":{\"a\":\"1s\",\"b\":\"2s\"}"));
	assert_non_null(strstr(text, "'a': '5s' (trigger; at the next start: '1s'),\n"));
	assert_non_null(strstr(text, "'b': '6s' (at the next start: '2s', set) }\n"));
	assert_non_null(strstr(text, "in steps: 9us, longest step: 8us at a run's start\n"));
}

static void the_long_form_of_a_task_that_failed(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "status",
		       TASK(BOOM
			    ",\"id\":4,\"restarts\":1,\"place\":\"main\",\"runtime_us\":82000000,"
			    "\"service\":{\"name\":\"x\"},\"cpu_us\":0,\"longest_us\":0,"
			    "\"priority\":-7,\"timeout_us\":90000000,"
			    "\"children\":[\"boom.a\",\"boom.b\"],\"args\":{}," SCHEDULE(
				    "null", "null", "null", "false"))),
		DOT
		"boom: status: failed @ 2026-11-21 00:35:00; 1 s ago --> result: EDOM: divide by "
		"zero\n"
		"    Task: id 4, place main, runs 1, restarts 1, priority -7, a run takes at most "
		"1min 30s\n" BRANCH "runtime: 00:01:22\n" BRANCH
		"in steps: 0s, longest step: 0s\n" BRANCH "children: boom.a, boom.b\n" BRANCH
		"schedule: no next run\n" BRANCH
		"schedule opts: StartIn=10s Every=1min 30s, skipped: 2\n" BRANCH "args: {}\n" BRANCH
		"traceback: boom: Traceback\n"
		"                  Traceback (most recent call last):\n"
		"                    File \"services.d/x.c\", line 9, in run\n"
		"                    File \"services.d/x.c\", line 23, in boom\n"
		"                  EDOM: divide by zero\n");
}

static void a_small_boards_long_form_named_an_empty_place(void **state)
{
	const char *text;

	(void)state;
	text = render(&plain, "status",
		      TASK("\"name\":\"w\",\"state\":\"scheduled\",\"runs\":2,"
			   "\"args\":{},\"schedule\":{\"next_us\":1795221392000000,"
			   "\"in_us\":1000000}"));
	assert_non_null(strstr(text, "    Task: runs 2\n" BRANCH
				     "schedule: starts in 1 s @ 2026-11-21 00:36:32\n" BRANCH
				     "args: {}\n"));
}

static void the_long_form_of_a_service_that_ended(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "status",
		       TASK("\"name\":\"a.service\",\"state\":\"done\",\"runs\":1," SINCE
			    "\"ago_us\":0,\"result\":42,\"id\":1,\"restarts\":0,\"place\":\"main\","
			    "\"service\":{\"name\":\"a.service\",\"info\":null,\"path\":\"a.so\","
			    "\"docs\":null,\"type\":\"schedule\"}")),
		DOT "a.service\n"
		    "    Loaded: Service: a.service from a.so\n"
		    "    Active: status: done @ 2026-11-21 00:35:00; 0 s ago --> result: 42\n"
		    "    Type: schedule.service\n"
		    "    Task: id 1, place main, runs 1, restarts 0\n");
}

/* ---- traceback, list, actions ---- */

static void tracebacks(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "traceback",
				   "{\"tracebacks\":[{\"name\":\"boom\"," EDOM
				   "},{\"name\":\"ok\",\"error\":null},"
				   "{\"name\":\"no\",\"error\":{\"error\":\"ENOENT\",\"code\":-2,"
				   "\"message\":\"no file\\nhere\",\"traceback\":[]}}]}"),
			    "boom: Traceback\n"
			    "  Traceback (most recent call last):\n"
			    "    File \"services.d/x.c\", line 9, in run\n"
			    "    File \"services.d/x.c\", line 23, in boom\n"
			    "  EDOM: divide by zero\n"
			    "ok: has not failed\n"
			    "no: Traceback\n"
			    "  ENOENT: no file\\nhere\n");
}

/* A board's console shows a page as it comes. */
static void pages_of_a_list_on_a_board_have_the_same_columns(void **state)
{
	static const char first[] = "{\"tasks\":[{\"name\":\"a.service\",\"state\":\"stopped\","
				    "\"runs\":0}]}";
	static const char second[] = "{\"tasks\":[{\"name\":\"sensor.service\",\"state\":"
				     "\"scheduled\",\"last\":\"failed\","
				     "\"runs\":1," SINCE "\"ago_us\":0}]}";

	(void)state;
	assert_string_equal(render(&plain, "list", first),
			    AIOT_BOARD ? "a.service             stopped             never run\n"
				       : "a.service  stopped  never run\n");
	assert_begins(render(&plain, "list", second),
		      AIOT_BOARD ? "sensor.service        scheduled - failed  2026"
				 : "sensor.service  scheduled - failed  2026");
}

/* Behind the widest name, and the widest state. */
#if AIOT_BOARD
#define NAME_GAP "         "
#define STATE_GAP "    "
#else
#define NAME_GAP "  "
#define STATE_GAP "  "
#endif

static void list_is_a_line_for_each_task(void **state)
{
	static const char reply[] =
		"{\"tasks\":[{" RUNNING
		"},{\"name\":\"w\",\"state\":\"scheduled\",\"last\":\"done\","
		"\"runs\":1," SINCE "\"ago_us\":0},{\"name\":\"x\",\"state\":\"stopped\","
		"\"runs\":0," SINCE "\"ago_us\":0}]}";

	(void)state;
	assert_string_equal(render(&plain, "list", reply),
			    "hello.service" NAME_GAP "running         " STATE_GAP
			    "2026-11-21 00:35:00; 00:02:31 ago\n"
			    "w            " NAME_GAP "scheduled - done" STATE_GAP
			    "2026-11-21 00:35:00; 0 s ago\n"
			    "x            " NAME_GAP "stopped         " STATE_GAP "never run\n");
	/* Colours do not disturb the columns. */
	assert_non_null(strstr(render(&color, "list", reply),
			       "\nx            " NAME_GAP
			       "\x1b[33;1mstopped\x1b[0m         " STATE_GAP "never run\n"));
	assert_string_equal(render(&plain, "list", "{\"tasks\":[]}"), "");
}

static void an_action_tells_what_was_done_and_what_was_not(void **state)
{
	struct aiot_out out;

	(void)state;
	assert_string_equal(render(&plain, "start", ACTION), "d: running\n");
	assert_string_equal(render(&quiet, "start", ACTION), "");
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_failures(aiot_command_by_id(&commands, AIOT_CMD_START), json_of(ACTION), &out);
	assert_string_equal(aiot_out_str(&out), "cannot start 'a': it is running already\n"
						"b: it is ab\n"
						"no task matches\n"
						"the task failed: 'c'\n");
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_failures(aiot_command_by_id(&commands, AIOT_CMD_START), json_of("{}"), &out);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_running_task),
		cmocka_unit_test(a_task_that_is_done_shows_its_result),
		cmocka_unit_test(done_is_plain_in_colour_too),
		cmocka_unit_test(a_failed_task_shows_its_error),
		cmocka_unit_test(a_task_that_is_tried_again_or_held_says_so),
		cmocka_unit_test(a_stopped_task_says_whether_it_ever_ran),
		cmocka_unit_test(states_on_the_way_say_since_when),
		cmocka_unit_test(a_schedule_has_a_line_of_its_own),
		cmocka_unit_test(a_schedule_that_does_not_fire_says_so),
		cmocka_unit_test(a_scheduled_failure_is_cyan_and_red),
		cmocka_unit_test(log_lines_come_behind_the_status),
		cmocka_unit_test(the_long_form_of_a_service),
		cmocka_unit_test(list_says_who_is_paused),
		cmocka_unit_test(an_option_given_to_this_run_alone_is_not_taken_for_the_next_one_s),
		cmocka_unit_test(the_long_form_of_a_task_that_failed),
		cmocka_unit_test(a_small_boards_long_form_named_an_empty_place),
		cmocka_unit_test(the_long_form_of_a_service_that_ended),
		cmocka_unit_test(tracebacks),
		cmocka_unit_test(pages_of_a_list_on_a_board_have_the_same_columns),
		cmocka_unit_test(list_is_a_line_for_each_task),
		cmocka_unit_test(an_action_tells_what_was_done_and_what_was_not),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
