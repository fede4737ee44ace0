/* test-render-history.c - runs that have ended as a table, and what is told of names without any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

#define AT "\"start_us\":1795221300000000,\"end_us\":1795221302500000,"
#define DONE "{\"name\":\"a.service\"," AT "\"runtime_us\":2500999,\"outcome\":\"success\","
#define BRIEF "{\"name\":\"b\"," AT "\"runtime_us\":183,\"outcome\":\"fail\","
#define CRASH                                                                                      \
	"{\"name\":\"c\",\"start_us\":1795221300000000,\"end_us\":null,\"runtime_us\":null,"       \
	"\"outcome\":\"crash\",\"result\":null}"
#define ERROR "\"error\":{\"error\":\"EIO\",\"code\":-5,\"message\":\"no such pin\"}}"

static void runs_are_a_table(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "history",
		       "{\"runs\":[" DONE "\"result\":{\"n\":1}}," BRIEF ERROR "," CRASH "]}"),
		"NAME       START                END                  TOOK      OUTCOME  RESULT\n"
		"a.service  2026-11-21 00:35:00  2026-11-21 00:35:02  2s 500ms  success  "
		"{\"n\":1}\n"
		"b          2026-11-21 00:35:00  2026-11-21 00:35:02  183us     fail     EIO: no "
		"such pin\n"
		"c          2026-11-21 00:35:00  -                    -         crash    the "
		"program "
		"ended in the midst of it\n");
}

static void later_pages_have_no_titles_and_none_is_nothing(void **state)
{
	const char *page = "{\"runs\":[" DONE "\"result\":\"text\"}]}";

	(void)state;
	assert_string_equal(render_more(&plain, "history", NULL, page, false),
			    "a.service  2026-11-21 00:35:00  2026-11-21 00:35:02  2s 500ms  success"
			    "  text\n");
	assert_string_equal(render(&plain, "history", "{\"runs\":[]}"), "");
	assert_string_equal(render(&plain, "history", "{}"), "");
}

static void what_went_wrong_is_coloured(void **state)
{
	(void)state;
	assert_non_null(strstr(render(&color, "history", "{\"runs\":[" BRIEF ERROR "]}"),
			       "\x1b[31;1mfail\x1b[0m"));
	assert_null(
		strstr(render(&color, "history", "{\"runs\":[" DONE "\"result\":1}]}"), "\x1b[31"));
}

/* Nothing but what JSON is can be relied upon. */
static void members_of_another_type_leave_gaps(void **state)
{
	(void)state;
	(void)render(&plain, "history", "{\"runs\":[1,null,[],{\"name\":7,\"error\":1}]}");
	assert_non_null(strstr(render(&plain, "history",
				      "{\"runs\":[{\"name\":\"x\",\"start_us\":9223372036854775807,"
				      "\"end_us\":-9223372036854775808,\"runtime_us\":-7,"
				      "\"outcome\":\"success\"}]}"),
			       " 0s "));
}

static void names_that_nothing_has_are_told_and_are_4(void **state)
{
	const char *reply = "{\"unknown\":[\"nix\",\"no\"],\"runs\":[]}";
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_failures(aiot_command_by_verb(&commands, "history"), json_of(reply), &out);
	assert_string_equal(aiot_out_str(&out), "no task and no run of 'nix' is known\n"
						"no task and no run of 'no' is known\n");
	assert_int_equal(exit_of("history", NULL, reply), 4);
	assert_int_equal(exit_of("history", NULL, "{\"runs\":[]}"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_a_table),
		cmocka_unit_test(later_pages_have_no_titles_and_none_is_nothing),
		cmocka_unit_test(what_went_wrong_is_coloured),
		cmocka_unit_test(members_of_another_type_leave_gaps),
		cmocka_unit_test(names_that_nothing_has_are_told_and_are_4),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
