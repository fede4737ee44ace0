/*
 * test-render-timers.c - render-timers.c: timers, schedule, and the exit code of unschedule.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

/* now: 2026-11-21 00:35:10 */
#define TIMER(name, more, plan)                                                                    \
	"{\"name\":\"" name "\",\"state\":\"scheduled\",\"now_us\":1795221310000000" more          \
	",\"schedule\":{\"plan\":" plan "}}"
#define TIMERS(rows) "{\"timers\":[" rows "]}"
#define NEXT ",\"next_us\":1795221600000000,\"in_us\":290000000"
#define NONE ",\"next_us\":null,\"in_us\":null"

static void a_table_of_when(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "timers",
				   TIMERS(TIMER("a", "",
						"\"Every=5min\",\"last_us\":"
						"1795221300000000" NEXT) "," TIMER("bcd", "",
										   "\"At=x\","
										   "\"last_us\":"
										   "null" NONE))),
			    "NEXT                 LEFT      LAST                 PASSED  STATE     "
			    " TASK  "
			    "SCHEDULE\n"
			    "2026-11-21 00:40:00  00:04:50  2026-11-21 00:35:00  10 s    scheduled "
			    " a     "
			    "Every=5min\n"
			    "-                    -         -                    -       scheduled "
			    " bcd   "
			    "At=x (over)\n");
	assert_string_equal(render(&plain, "timers", TIMERS("")), "");
}

static void assert_reason(const char *reply, const char *words)
{
	const char *text = render(&plain, "timers", reply);

	if (strstr(text, words) == NULL)
		fail_msg("no %s in %s", words, text);
}

static void why_nothing_comes(void **state)
{
	(void)state;
	assert_reason(TIMERS(TIMER("a", ",\"paused\":true", "\"P\"" NEXT)), "P (paused)\n");
	assert_reason(TIMERS(TIMER("a", "", "\"P\",\"held\":true" NEXT)), "P (held by stop)\n");
	assert_reason(TIMERS(TIMER("a", "", "\"P\",\"waits_for\":\"clock\"" NONE)),
		      "P (waits for the clock to be set)\n");
	assert_reason(TIMERS(TIMER("a", "", "\"P\",\"waits_for\":\"condition\"" NONE)),
		      "P (waits for its condition)\n");
	assert_reason(TIMERS(TIMER("a", "", "\"P\",\"waits_for\":\"condition\"" NEXT)), " P\n");
	assert_reason(
		TIMERS(TIMER("a", "", "\"P\",\"next_us\":1795221309000000,\"in_us\":-1000000")),
		"1 s ago");
}

static void the_times_to_come_have_a_line_each(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "timers",
		       TIMERS(TIMER("a", ",\"next\":[1795221600000000,1795221900000000]",
				    "\"Every=5min\"" NEXT) "," TIMER("b", ",\"next\":[]",
								     "\"At=x\"" NONE))),
		"a: Every=5min\n"
		"    2026-11-21 00:40:00 in 00:04:50\n"
		"    2026-11-21 00:45:00 in 00:09:50\n"
		"b: At=x (over)\n");
}

static void schedule_answers_with_the_plan(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "schedule",
				   TIMERS(TIMER("a", "", "\"Every=5min\",\"last_us\":null" NEXT))),
			    "a: Every=5min; schedule: starts in 00:04:50 @ 2026-11-21 00:40:00\n");
}

static void a_small_boards_schedule_began_with_a_semicolon(void **state)
{
	(void)state;
	assert_string_equal(render(&plain, "schedule",
				   "{\"timers\":[{\"name\":\"a\",\"state\":\"scheduled\","
				   "\"schedule\":{\"every_us\":90000000" NEXT "}}]}"),
			    "a: Every=1min 30s; schedule: starts in 00:04:50 @ "
			    "2026-11-21 00:40:00\n");
	assert_string_equal(render(&plain, "schedule",
				   "{\"timers\":[{\"name\":\"a\",\"state\":\"scheduled\","
				   "\"schedule\":{\"next_us\":1795221600000000,\"in_us\":"
				   "290000000}}]}"),
			    "a: schedule: starts in 00:04:50 @ 2026-11-21 00:40:00\n");
}

static void unschedule_exited_with_0_when_it_failed(void **state)
{
	(void)state;
	assert_int_equal(exit_of("unschedule", NULL,
				 "{\"failed\":[{\"name\":\"a\",\"error\":"
				 "\"io.aiotools.NoSuchTask\"}],\"done\":[]}"),
			 5);
	assert_int_equal(exit_of("unschedule", NULL,
				 "{\"failed\":[{\"name\":\"a\",\"error\":"
				 "\"io.aiotools.TaskFailed\"}],\"done\":[]}"),
			 1);
	assert_int_equal(exit_of("unschedule", NULL, "{\"failed\":[],\"done\":[]}"), 0);
}

static void quiet_leaves_out_what_merely_confirms(void **state)
{
	(void)state;
	assert_string_equal(render(&quiet, "schedule",
				   TIMERS(TIMER("a", "", "\"Every=5min\",\"last_us\":null" NEXT))),
			    "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_of_when),
		cmocka_unit_test(quiet_leaves_out_what_merely_confirms),
		cmocka_unit_test(why_nothing_comes),
		cmocka_unit_test(the_times_to_come_have_a_line_each),
		cmocka_unit_test(schedule_answers_with_the_plan),
		cmocka_unit_test(a_small_boards_schedule_began_with_a_semicolon),
		cmocka_unit_test(unschedule_exited_with_0_when_it_failed),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
