/*
 * test-render.c - the other render*.c files: logs, services, info, errors and exit codes, in UTC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render-reply.h"

/* ---- log ---- */

#define LOG(text) "{\"records\":[" RECORD("info", text) "],\"cursor\":\"7@ab\"}"

static void log_forms(void **state)
{
	static const char reply[] = LOG("LED 3 toggled!");

	(void)state;
	assert_string_equal(render(&plain, "log", reply), SHORT);
	assert_string_equal(render_more(&plain, "follow", "{\"output\":\"short\"}", reply, true),
			    SHORT);
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"iso\"}", reply, true),
			    "2026-11-21T00:35:10.123456+00:00 [HOST] [INFO] [hello.service] LED 3 "
			    "toggled!\n");
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"mono\"}", reply, true),
			    "[   12.345678] [HOST] [INFO] [hello.service] LED 3 toggled!\n");
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"cat\"}", reply, true),
			    "LED 3 toggled!\n");
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"json\"}", reply, true),
			    RECORD("info", "LED 3 toggled!") "\n");
}

static void levels_have_colours(void **state)
{
	static const struct {
		const char *reply, *shown;
	} cases[] = {
		{"{\"records\":[" RECORD("error", "x") "]}", "[\x1b[31;1mERROR\x1b[0m]"},
		{"{\"records\":[" RECORD("warn", "x") "]}", "[\x1b[33;1mWARN\x1b[0m]"},
		{"{\"records\":[" RECORD("info", "x") "]}", "[INFO]"},
		{"{\"records\":[" RECORD("debug", "x") "]}", "[\x1b[2mDEBUG\x1b[0m]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(strstr(render(&color, "log", cases[i].reply), cases[i].shown));
}

static void a_log_text_cannot_steer_the_terminal(void **state)
{
	static const char reply[] = LOG("\\u001b]0;x\\u0007\\r\\n\\ta\\u009b2J\\u00c2");

	(void)state;
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"cat\"}", reply, true),
			    "\\x1b]0;x\\x07\\x0d\\n\ta\\x9b2J\xc3\x82\n");
	assert_non_null(strstr(render_more(&plain, "log", "{\"output\":\"json\"}", reply, true),
			       "\"\\u001b]0;x\\u0007\\r\\n\\ta\\u009b2J"));
	/* The bytes themselves, as JSON may carry them. */
	assert_non_null(strstr(
		render_more(&plain, "log", "{\"output\":\"json\"}", LOG("\x7f\xc2\x9b"), true),
		"\"\\x7f\\x9b\""));
}

static void escapes_are_found_at_every_place_of_the_buffer(void **state)
{
	(void)state;
	for (int before = 0; before < 140; before++) {
		char reply[512], text[512];

		(void)aiot_format_to(reply, sizeof(reply),
				     "{\"records\":[{\"text\":\"%0*d\\u001b\\u0085\\u00a0\"}]}",
				     before + 1, 0);
		(void)aiot_format_to(text, sizeof(text), "%0*d\\x1b\\x85\xc2\xa0\n", before + 1, 0);
		assert_string_equal(render_more(&plain, "log", "{\"output\":\"cat\"}", reply, true),
				    text);
	}
}

static void lost_records_are_told(void **state)
{
	static const char reply[] =
		"{\"records\":[" RECORD("info", "LED 3 toggled!") "],\"lost\":12}";

	(void)state;
	assert_string_equal(render(&plain, "log", reply),
			    "-- lost=12 records, overwritten before they were read --\n" SHORT);
	assert_string_equal(render_more(&plain, "log", "{\"output\":\"json\"}",
					"{\"records\":[],\"lost\":12}", true),
			    "{\"lost\":12}\n");
	assert_string_equal(render(&plain, "log", "{\"records\":[],\"lost\":0}"), "");
	assert_string_equal(render(&plain, "log", "{}"), "");
}

static void the_cursor_is_shown_when_asked_for(void **state)
{
	(void)state;
	assert_string_equal(
		render_more(&plain, "log", "{\"show_cursor\":true}", LOG("LED 3 toggled!"), false),
		SHORT "-- cursor: 7@ab\n");
	assert_string_equal(
		render_more(&plain, "log", "{\"show_cursor\":true}", "{\"records\":[]}", false),
		"");
}

static void a_record_without_name_or_host(void **state)
{
	static const struct aiot_render no_host = {.host = NULL};

	(void)state;
	assert_string_equal(render(&no_host, "log",
				   "{\"records\":[{\"time_us\":0,\"level\":\"info\",\"name\":\"\","
				   "\"text\":\"x\"}]}"),
			    "1970-01-01 00:00:00 [INFO] x\n");
}

/* ---- services ---- */

#define HELLO                                                                                      \
	"{\"name\":\"hello\",\"load\":\"loaded\",\"enabled\":\"enabled\",\"active\":\"running\","  \
	"\"type\":\"runtime\",\"info\":\"Hello v1.0\",\"docs\":null,\"path\":\"/m/hello.so\","     \
	"\"file\":\"/e/hello.ini\",\"changed\":true,\"error\":null}"
#define DOFAIL                                                                                     \
	"{\"name\":\"dofail\",\"load\":\"failed\",\"enabled\":\"enabled\",\"active\":null,"        \
	"\"info\":null,\"path\":\"/m/dofail.so\",\"changed\":false," EDOM "}"
#define IDLE                                                                                       \
	"{\"name\":\"idle.service\",\"load\":\"unloaded\",\"enabled\":\"disabled\",\"active\":"    \
	"null,"                                                                                    \
	"\"info\":null,\"path\":null,\"file\":\"/e/idle.ini\",\"changed\":false,\"error\":null}"

static void services_are_a_table(void **state)
{
	static const char reply[] = "{\"services\":[" HELLO "," DOFAIL "," IDLE "]}";

	(void)state;
	assert_string_equal(
		render(&plain, "services", reply),
		"NAME            LOAD      ENABLED   ACTIVE   DESCRIPTION\n"
		"hello.service   loaded    enabled   running  Hello v1.0 (changed on disk)\n"
		"dofail.service  failed    enabled   -\n"
		"idle.service    unloaded  disabled  -\n");
	/* A further page has no head. */
	assert_string_equal(
		render_more(&plain, "services", NULL, "{\"services\":[" IDLE "]}", false),
		"idle.service  unloaded  disabled  -\n");
	assert_string_equal(render(&plain, "services", "{\"services\":[]}"), "");
}

#define OK_LINE                                                                                    \
	"[ OK ] Service: hello.service from /m/hello.so loaded, changed on disk, "                 \
	"run: aiotoolsctl reload hello\n"
#define ERROR_LINE                                                                                 \
	"[ ERROR ] Service: dofail.service from /m/dofail.so not loaded: Error: EDOM: divide by "  \
	"zero\n"
#define IDLE_LINE "[ -- ] Service: idle.service from /e/idle.ini not loaded: disabled\n"

/* What goes to standard error. */
static const char *failures(const char *verb, const char *reply)
{
	static char text[1024];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_render_failures(aiot_command_by_verb(&commands, verb), json_of(reply), &out);
	return aiot_out_str(&out);
}

#if AIOT_BOARD
#define NOT_LOADED ""
#else
#define NOT_LOADED "; aiotoolsctl services tells what did not load"
#endif

static void what_a_log_could_not_find_is_told_apart(void **state)
{
	(void)state;
	assert_string_equal(failures("log", "{\"records\":[]}"), "");
	assert_string_equal(failures("follow", "{\"unknown\":[\"helo\",\"x\"]}"),
			    "no records of 'helo', and no task is called so" NOT_LOADED "\n"
			    "no records of 'x', and no task is called so" NOT_LOADED "\n");
	assert_string_equal(failures("log", "{\"foreign\":true,\"records\":[]}"),
			    "the cursor is not of this log; showing all of it\n");
}

static void how_loading_went(void **state)
{
	static const char reply[] = "{\"services\":[" HELLO "," DOFAIL "," IDLE "]}";

	(void)state;
	assert_string_equal(render(&plain, "load", reply), OK_LINE IDLE_LINE);
	assert_string_equal(render(&quiet, "load", reply), "");
	assert_string_equal(failures("load", reply), ERROR_LINE);
	assert_string_equal(render(&plain, "daemon-reload", reply), OK_LINE IDLE_LINE);
	assert_string_equal(failures("daemon-reload", reply), ERROR_LINE);
	assert_string_equal(failures("services", reply), "");
	assert_string_equal(render_more(&quiet, "services", "{\"status\":true}", reply, true),
			    OK_LINE ERROR_LINE IDLE_LINE);
	assert_string_equal(render(&plain, "unload", "{\"services\":[" IDLE "]}"),
			    "[ OK ] Service: idle.service from /e/idle.ini unloaded\n");
	assert_string_equal(render(&plain, "unload",
				   "{\"services\":[{\"name\":\"x\",\"load\":\"masked\",\"file\":"
				   "\"/x.ini\",\"enabled\":\"masked\",\"error\":{\"error\":"
				   "\"EPERM\",\"message\":\"masked\"}}]}"),
			    "[ OK ] Service: x.service from /x.ini unloaded\n");
	assert_begins(render(&color, "load", "{\"services\":[" HELLO "]}"),
		      "[ \x1b[92mOK\x1b[0m ] Service");
	assert_begins(render_more(&color, "services", "{\"status\":true}",
				  "{\"services\":[" DOFAIL "]}", true),
		      "[ \x1b[31;1mERROR\x1b[0m ] Service");
}

static void an_error_without_a_class_is_not_doubled(void **state)
{
	(void)state;
	assert_string_equal(failures("load",
				     "{\"services\":[{\"name\":\"x\",\"load\":\"failed\",\"error\":"
				     "{\"error\":\"Error\",\"message\":\"odd\"}}]}"),
			    "[ ERROR ] Service: x.service not loaded: Error: odd\n");
}

static void describe_shows_options_and_stats(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "describe",
		       "{\"service\":{\"name\":\"hello\",\"path\":\"/m/hello.so\",\"info\":\"Hello "
		       "v1.0\",\"type\":\"runtime\",\"docs\":null,\"file\":null,\"kinds\":[{"
		       "\"name\":"
		       "\"main\",\"options\":[{\"key\":\"whom\",\"type\":\"string\",\"default\":"
		       "\"world\",\"help\":\"who to "
		       "greet\",\"live\":false,\"value\":\"Ad\xc3\xa9\","
		       "\"origin\":\"hello.ini:12\"},{\"key\":\"every\",\"type\":\"span\","
		       "\"default\":\"1s\",\"help\":\"pause\",\"live\":true,\"value\":null,"
		       "\"origin\":null}],\"stats\":[{\"key\":\"greeted\",\"type\":\"u32\","
		       "\"help\":"
		       "\"greetings sent\"}]}]}}"),
		"Service: hello.service from /m/hello.so\n"
		"Info: Hello v1.0\n"
		"Type: runtime\n"
		"Kind: main\n"
		"  OPTION  TYPE    DEFAULT  VALUE               HELP\n"
		"  whom    string  world    Ad\xc3\xa9 (hello.ini:12)  who to greet\n"
		"  every   span    1s                           pause (live)\n"
		"  STAT     TYPE  HELP\n"
		"  greeted  u32   greetings sent\n");
}

/* ---- info ---- */

static void info_is_any_object(void **state)
{
	(void)state;
	assert_string_equal(
		render(&plain, "info",
		       "{\"info\":{\"version\":\"0.1.0\",\"id\":7,\"paths\":{\"configuration\":"
		       "\"/etc\",\"run\":null,\"deep\":{\"x\":[{}]}},\"features\":[\"a\",1,true],"
		       "\"none\":[],\"empty\":{},\"mixed\":[1,[2]]}}"),
		"version:  0.1.0\n"
		"id:       7\n"
		"paths:\n"
		"  configuration: /etc\n"
		"  run:           -\n"
		"  deep:\n"
		"    x: [{}]\n"
		"features: a, 1, true\n"
		"none:     []\n"
		"empty:    {}\n"
		"mixed:    [1,[2]]\n");
}

static void a_reply_that_is_not_what_it_should_be_does_no_harm(void **state)
{
	static const char *const replies[] = {
		"{}",
		"[]",
		"null",
		"{\"tasks\":[1,null,\"x\",[],{}]}",
		"{\"tasks\":{\"a\":1}}",
		"{\"records\":[1,{}]}",
		"{\"services\":[1,{},{\"load\":\"failed\",\"error\":{}}]}",
		"{\"failed\":[1,{}],\"done\":[1,{}]}",
		"{\"info\":3,\"service\":3,\"tracebacks\":[3]}",
		"{\"tasks\":[{\"state\":\"done\",\"since_us\":9223372036854775807,\"ago_us\":"
		"-9223372036854775808,\"cpu_us\":-1,\"schedule\":{\"next_us\":9223372036854775807}}"
		"]}",
		"{\"records\":[{\"time_us\":-9223372036854775808,\"mono_us\":-1}]}",
	};
	static const char *const forms[] = {"{}", "{\"output\":\"iso\"}", "{\"output\":\"mono\"}",
					    "{\"output\":7}"};

	(void)state;
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		for (const struct aiot_command *c = aiot_commands_core; c->id; c++) {
			(void)render_more(&color, c->verb, forms[i % 4], replies[i], true);
			(void)exit_of(c->verb, forms[i % 4], replies[i]);
		}
		for (const struct aiot_command *c = aiot_commands_host; c->verb; c++) {
			(void)render_more(&color, c->verb, forms[i % 4], replies[i], true);
			(void)exit_of(c->verb, forms[i % 4], replies[i]);
		}
		for (const struct aiot_command *c = aiot_commands_service; c->id; c++) {
			(void)render_more(&color, c->verb, forms[i % 4], replies[i], true);
			(void)exit_of(c->verb, forms[i % 4], replies[i]);
		}
		for (unsigned f = 0; f < 4; f++)
			(void)render_more(&plain, "log", forms[f], replies[i], true);
	}
}

/* ---- errors and exit codes ---- */

static void assert_error(const char *name, const char *parameters, const char *text)
{
	struct aiot_out out;

	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_error(json_of(name), json_of(parameters), &out);
	assert_string_equal(aiot_out_str(&out), text);
}

static void an_error_is_a_sentence(void **state)
{
	(void)state;
	assert_error("\"io.aiotools.NoSuchTask\"", "{\"name\":\"x\",\"message\":\"no task 'x'\"}",
		     "no task 'x'");
	assert_error("\"io.aiotools.NoSuchTask\"", "{\"name\":\"x\"}", "no such task: 'x'");
	assert_error("\"org.varlink.service.MethodNotFound\"", "{\"method\":\"a.B\"}",
		     "no such method: 'a.B'");
	assert_error("\"org.example.Odd\"", NULL, "org.example.Odd");
	assert_error("\"org.example.Odd\"", "{\"message\":\"\"}", "org.example.Odd");
	assert_error(NULL, NULL, "an error without a name");
	assert_error("\"x\"", "{\"message\":\"a\\u001bb\"}", "a\\x1bb");
}

#define NAMES(n) "{\"names\":[" n "]}"

static void the_exit_code_of_status_is_that_of_one_named_task(void **state)
{
	static const char stopped[] = TASK("\"state\":\"stopped\"");

	(void)state;
	assert_int_equal(exit_of("status", NAMES("\"x\""), stopped), 3);
	assert_int_equal(exit_of("status", NAMES("\"x*\""), stopped), 0);
	assert_int_equal(exit_of("status", NAMES("\"x\",\"y\""), stopped), 0);
	assert_int_equal(exit_of("status", "{}", stopped), 0);
	assert_int_equal(exit_of("status", NAMES("\"x\""), TASK("\"state\":\"running\"")), 0);
	assert_int_equal(exit_of("status", NAMES("\"x\""), TASK("\"state\":\"starting\"")), 0);
	assert_int_equal(exit_of("status", NAMES("\"x\""), TASK("\"state\":\"held\"")), 3);
	assert_int_equal(exit_of("status", NAMES("\"x\""),
				 TASK("\"state\":\"scheduled\",\"schedule\":{\"next_us\":1}")),
			 0);
	assert_int_equal(exit_of("status", NAMES("\"x\""),
				 TASK("\"state\":\"scheduled\",\"schedule\":{\"next_us\":null}")),
			 3);
	assert_int_equal(exit_of("status", NAMES("\"x\""), "{\"tasks\":[]}"), 0);
	assert_int_equal(exit_of("list", NAMES("\"x\""), stopped), 0);
}

static void the_exit_code_of_an_action_is_its_first_failure(void **state)
{
	(void)state;
	assert_int_equal(exit_of("start", NAMES("\"a\""), ACTION), 1);
	assert_int_equal(exit_of("stop", NAMES("\"a\""),
				 "{\"done\":[],\"failed\":[{\"error\":\"io.aiotools.NoSuchTask\"},"
				 "{\"error\":\"io.aiotools.Already\"}]}"),
			 5);
	assert_int_equal(exit_of("stop", NAMES("\"a\""), "{\"done\":[{\"name\":\"a\"}]}"), 0);
	assert_int_equal(exit_of("stop", "{}", "{\"done\":[],\"failed\":[]}"), 0);
	assert_int_equal(exit_of("restart", NAMES("\"a*\""), "{\"done\":[],\"failed\":[]}"), 0);
}

static void the_exit_code_of_load_tells_of_failures(void **state)
{
	(void)state;
	assert_int_equal(exit_of("load", "{}", "{\"services\":[" HELLO "," DOFAIL "]}"), 1);
	assert_int_equal(exit_of("load", "{}",
				 "{\"services\":[{\"name\":\"x\",\"load\":\"failed\","
				 "\"fault\":\"io.aiotools.BadConfiguration\"}]}"),
			 6);
	assert_string_equal(
		render(&plain, "load", "{\"services\":[{\"name\":\"x\",\"load\":\"masked\"}]}"),
		"[ -- ] Service: x.service not loaded: masked\n");
	assert_int_equal(exit_of("load", "{}", "{\"services\":[" HELLO "," IDLE "]}"), 0);
	assert_int_equal(exit_of("daemon-reload", "{}", "{\"services\":[" DOFAIL "]}"), 1);
	assert_int_equal(exit_of("unload", NAMES("\"x\""), "{\"services\":[" IDLE "]}"), 0);
	assert_int_equal(exit_of("unload", NAMES("\"x\""), "{\"services\":[" DOFAIL "]}"), 1);
	assert_int_equal(exit_of("services", "{}", "{\"services\":[" DOFAIL "]}"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_forms),
		cmocka_unit_test(levels_have_colours),
		cmocka_unit_test(a_log_text_cannot_steer_the_terminal),
		cmocka_unit_test(escapes_are_found_at_every_place_of_the_buffer),
		cmocka_unit_test(lost_records_are_told),
		cmocka_unit_test(the_cursor_is_shown_when_asked_for),
		cmocka_unit_test(a_record_without_name_or_host),
		cmocka_unit_test(services_are_a_table),
		cmocka_unit_test(what_a_log_could_not_find_is_told_apart),
		cmocka_unit_test(how_loading_went),
		cmocka_unit_test(an_error_without_a_class_is_not_doubled),
		cmocka_unit_test(describe_shows_options_and_stats),
		cmocka_unit_test(info_is_any_object),
		cmocka_unit_test(a_reply_that_is_not_what_it_should_be_does_no_harm),
		cmocka_unit_test(an_error_is_a_sentence),
		cmocka_unit_test(the_exit_code_of_status_is_that_of_one_named_task),
		cmocka_unit_test(the_exit_code_of_an_action_is_its_first_failure),
		cmocka_unit_test(the_exit_code_of_load_tells_of_failures),
	};

	(void)setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
