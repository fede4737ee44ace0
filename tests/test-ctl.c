/*
 * test-ctl.c - the client as a program: what it sends, what it shows as text and how it ends,
 * against a daemon that plays whatever a real one, a broken one or somebody else's would.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/fake.h"

/* ---- what is sent ---- */

static void the_request_is_one_call_ended_by_nul(void **state)
{
	struct fake f = {.words = {"--json", "start", "a", "b*"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"done\":[],\"failed\":[]}}|");
	assert_string_equal(f.request, "{\"method\":\"io.aiotools.Task.Start\","
				       "\"parameters\":{\"names\":[\"a\",\"b*\"]},\"more\":true}");
	fake_free(&f);
}

static void what_may_be_long_asks_for_more(void **state)
{
	struct fake f = {.words = {"--json", "list"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"tasks\":[]}}|");
	assert_string_equal(f.request, "{\"method\":\"io.aiotools.Task.List\","
				       "\"parameters\":{},\"more\":true}");
	fake_free(&f);
}

static void options_about_text_are_not_sent(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat", "-n", "5", "--show-cursor"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"records\":[]}}|");
	assert_string_equal(f.request, "{\"method\":\"io.aiotools.Log.Read\","
				       "\"parameters\":{\"lines\":5},\"more\":true}");
	fake_free(&f);
}

static void words_behind_two_dashes_are_names(void **state)
{
	struct fake f = {.words = {"start", "--", "--json"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"done\":[],\"failed\":[]}}|");
	assert_non_null(strstr(f.request, "{\"names\":[\"--json\"]}"));
	fake_free(&f);
}

/* ---- text ---- */

static void a_log_is_shown_page_by_page(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"}};

	(void)state;
	fake_run(&f,
		 "{\"parameters\":{\"records\":[" RECORD("1", "one") "," RECORD(
			 "2", "two") "]},\"continues\":true}|"
				     "{\"parameters\":{\"records\":[" RECORD("3", "three") "]}}|");
	assert_string_equal(f.out, "one\ntwo\nthree\n");
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void an_answer_may_come_byte_by_byte(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"}};
	size_t len;
	char *bytes = fake_nul(
		"{\"parameters\":{\"records\":[" RECORD(
			"1",
			"a } \\\" { b") "]},\"continues\":true}|"
					"{\"continues\":false,\"parameters\":{\"records\":[" RECORD(
						"2", "two") "]}}|",
		&len);

	(void)state;
	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, bytes, len, true);
	fake_end(&f);
	free(bytes);
	assert_string_equal(f.out, "a } \" { b\ntwo\n");
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void replies_ended_by_a_newline_are_understood(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"}};

	(void)state;
	fake_run(&f,
		 "{\"parameters\":\n{\"records\":[" RECORD(
			 "1", "one") "]},\"continues\":true}\n"
				     "{\"parameters\":{\"records\":[" RECORD("2", "two") "]}}\n");
	assert_string_equal(f.out, "one\ntwo\n");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void parameters_may_be_absent(void **state)
{
	struct fake f = {.words = {"--json", "shutdown"}};

	(void)state;
	fake_run(&f, "{}|");
	assert_string_equal(f.out, "{}\n");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void colours_come_only_when_asked_for(void **state)
{
	static const char reply[] = "{\"parameters\":{\"tasks\":[{\"name\":\"a\",\"id\":1,"
				    "\"state\":\"running\",\"last\":null,\"paused\":false,"
				    "\"since_us\":1795221310000000,\"ago_us\":5,\"runs\":1,"
				    "\"restarts\":0,\"place\":\"main\"}]}}|";
	struct fake f = {.words = {"status"}};
	struct fake colored = {.words = {"status", "--color=always"},
			       .environment = {"NO_COLOR=1"}};

	(void)state;
	fake_run(&f, reply);
	assert_non_null(strstr(f.out, "a: "));
	assert_null(strchr(f.out, '\033'));
	fake_run(&colored, reply);
	assert_non_null(strchr(colored.out, '\033'));
	fake_free(&f);
	fake_free(&colored);
}

/* ---- errors ---- */

static void an_error_is_a_sentence_on_stderr(void **state)
{
	struct fake query = {.words = {"status", "x"}};
	struct fake action = {.words = {"start", "x"}};

	(void)state;
	fake_run(&query, NO_SUCH);
	assert_string_equal(query.out, "");
	assert_string_equal(query.err, "there is no task 'x'\n");
	assert_int_equal(query.exit, 4);
	fake_run(&action, NO_SUCH);
	assert_string_equal(action.err, "there is no task 'x'\n");
	assert_int_equal(action.exit, 5);
	fake_free(&query);
	fake_free(&action);
}

static void an_error_nobody_knows_is_a_failure(void **state)
{
	struct fake f = {.words = {"start", "x"}};

	(void)state;
	fake_run(&f, "{\"error\":\"com.example.Odd\"}|");
	assert_string_equal(f.out, "");
	assert_non_null(strstr(f.err, "com.example.Odd"));
	assert_int_equal(f.exit, 1);
	fake_free(&f);
}

static void an_error_behind_pages_leaves_what_was_shown(void **state)
{
	struct fake f = {.words = {"log", "-o", "cat"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"records\":[" RECORD(
			     "1", "one") "]},\"continues\":true}|"
					 "{\"error\":\"io.aiotools.ShuttingDown\",\"parameters\":"
					 "{\"message\":\"it ends\"}}|");
	assert_string_equal(f.out, "one\n");
	assert_string_equal(f.err, "it ends\n");
	assert_int_equal(f.exit, 1);
	fake_free(&f);
}

static void what_an_action_could_not_do_is_on_stderr(void **state)
{
	struct fake f = {.words = {"start", "a", "b"}};
	struct fake json = {.words = {"start", "a", "b", "--json"}};
	struct fake quiet = {.words = {"start", "a", "b", "-q"}};
	static const char reply[] =
		"{\"parameters\":{\"done\":[" DONE_A "],\"failed\":[" FAILED_B "," FAILED_B "]}}|";

	(void)state;
	fake_run(&f, reply);
	assert_string_equal(f.out, "a: running\n");
	assert_string_equal(f.err, "no task 'b'\nno task 'b'\n");
	assert_int_equal(f.exit, 5);
	fake_run(&json, reply);
	assert_string_equal(json.err, "no task 'b'\nno task 'b'\n");
	assert_int_equal(json.exit, 5);
	fake_run(&quiet, reply);
	assert_string_equal(quiet.out, "");
	assert_int_equal(quiet.exit, 5);
	fake_free(&f);
	fake_free(&json);
	fake_free(&quiet);
}

static void status_of_one_task_that_does_not_run_is_exit_3(void **state)
{
	struct fake f = {.words = {"status", "a"}};

	(void)state;
	fake_run(&f, "{\"parameters\":{\"tasks\":[{\"name\":\"a\",\"state\":\"failed\"}]},"
		     "\"continues\":true}|{\"parameters\":{\"tasks\":[]}}|");
	assert_int_equal(f.exit, 3);
	fake_free(&f);
}

static void no_daemon(const char *const *words, const char *sentence)
{
	struct fake f = {.words = {NULL}};

	for (size_t i = 0; words[i]; i++)
		f.words[i] = words[i];
	fake_run(&f, NULL);
	assert_string_equal(f.out, "");
	assert_non_null(strstr(f.err, sentence));
	assert_string_equal(strchr(f.err, '\n'), "\n");
	assert_int_equal(f.exit, 7);
	fake_free(&f);
}

static void a_daemon_that_is_not_there_is_exit_7(void **state)
{
	char lonely[80], refused[200], deep[160];
	const char *none[] = {"status", "--socket", "/nonexistent/x.sock", NULL};
	const char *file[] = {"--json", "status", "--socket", lonely, NULL};
	const char *longer[] = {"status", "--socket", deep, NULL};
	FILE *made;

	(void)state;
	no_daemon(none, "aiotoolsd is not reachable at /nonexistent/x.sock: no such file; is the "
			"daemon running, and is this its socket?\n");
	(void)snprintf(lonely, sizeof(lonely), "%s.file", fake_path);
	made = fopen(lonely, "w");
	assert_non_null(made);
	(void)fclose(made);
	(void)snprintf(refused, sizeof(refused), "not reachable at %s: it is not a socket\n",
		       lonely);
	no_daemon(file, refused);
	(void)unlink(lonely);
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	no_daemon(longer, "the path is too long for a socket (159 bytes, the most are 107)\n");
}

static void which_socket_is_meant(void **state)
{
	struct fake user = {.words = {"--user", "status"},
			    .environment = {"AIOTOOLS_SOCKET=", "XDG_RUNTIME_DIR=/nonexistent"}};
	struct fake unset = {.words = {"--user", "status"}, .environment = {"AIOTOOLS_SOCKET="}};
	struct fake both = {.words = {"--user", "--socket=/nonexistent/a", "status"}};
	struct fake env = {.words = {"--json", "list"},
			   .environment = {"XDG_RUNTIME_DIR=/nonexistent"}};
	struct fake over = {.words = {"--user", "status"},
			    .environment = {"XDG_RUNTIME_DIR=/nonexistent"}};

	(void)state;
	fake_run(&user, NULL);
	assert_non_null(strstr(user.err, "at /nonexistent/aiotools/control.sock: no such file; is "
					 "it running? (systemctl --user start aiotoolsd)"));
	fake_run(&over, NULL); /* an option counts more than the environment */
	assert_string_equal(over.err, user.err);
	fake_free(&over);
	fake_run(&unset, NULL);
	assert_non_null(strstr(unset.err, "XDG_RUNTIME_DIR is not set"));
	assert_int_equal(unset.exit, 7);
	fake_run(&both, NULL);
	assert_non_null(strstr(both.err, "at /nonexistent/a: "));
	fake_run(&env, "{\"parameters\":{\"tasks\":[]}}|");
	assert_int_equal(env.exit, 0);
	fake_free(&user);
	fake_free(&unset);
	fake_free(&both);
	fake_free(&env);
}

static void a_wait_is_told_once_unless_quiet(void **state)
{
	struct fake told = {.words = {"--json", "list"}};
	struct fake quiet = {.words = {"-q", "--json", "list"}};
	size_t len;
	char *bytes = fake_nul("{\"parameters\":{\"tasks\":[]}}|", &len);

	(void)state;
	fake_start(&told);
	fake_accept(&told);
	fake_start(&quiet);
	fake_accept(&quiet);
	while (lseek(told.err_fd, 0, SEEK_END) == 0)
		(void)poll(NULL, 0, 20);
	fake_send(&told, bytes, len, false);
	fake_send(&quiet, bytes, len, false);
	fake_end(&told);
	fake_end(&quiet);
	assert_non_null(strstr(told.err, "aiotoolsctl: still waiting for aiotoolsd at "));
	assert_string_equal(strchr(told.err, ';'), "; a task may be blocking its loop\n");
	assert_int_equal(told.exit, 0);
	assert_string_equal(told.out, quiet.out);
	assert_string_equal(quiet.err, "");
	free(bytes);
	fake_free(&told);
	fake_free(&quiet);
}

static void broken_off(const char *answer, const char *sentence)
{
	struct fake f = {.words = {"--json", "list"}};
	size_t len;
	char *bytes = fake_nul(answer, &len);

	fake_start(&f);
	fake_accept(&f);
	fake_send(&f, bytes, len, false);
	fake_close(&f);
	fake_end(&f);
	free(bytes);
	assert_string_equal(f.out, "");
	assert_string_equal(f.err, sentence);
	assert_int_equal(f.exit, 7);
	fake_free(&f);
}

static void a_connection_that_closes_early_is_exit_7_and_no_half_document(void **state)
{
	(void)state;
	broken_off("", "the daemon closed the connection before it answered\n");
	broken_off("{\"parameters\":{\"tasks\":[",
		   "the daemon closed the connection before it answered\n");
	broken_off("{\"parameters\":{\"tasks\":[]},\"continues\":true}|",
		   "the daemon closed the connection before it answered in full\n");
	broken_off("{\"parameters\":{\"tasks\":[]},\"continues\":true}|{\"para",
		   "the daemon closed the connection before it answered in full\n");
}

static void garbage(const char *answer)
{
	/* The connection stays open: it must not take a close to see it. */
	struct fake f = {.words = {"list"}};

	fake_run(&f, answer);
	assert_string_equal(f.out, "");
	assert_non_null(strstr(f.err, "its answer is not understood\n"));
	assert_int_equal(f.exit, 7);
	fake_free(&f);
}

static void what_is_no_answer_of_a_daemon_is_exit_7(void **state)
{
	(void)state;
	garbage("HTTP/1.1 400 Bad Request\r\n\r\n");
	garbage("no line end");
	garbage("\n");
	garbage("[1]|");
	garbage("{\"parameters\":{]}|");
	garbage("{\"parameters\":[1]}|");
	garbage("{\"parameters\":\"x\"}|");
	garbage("{\"error\":5}|");
	garbage("{\"parameters\":{\"tasks\":[\x01]}}|");
	garbage("{\"a\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}|");
}

/* ---- without a daemon ---- */

static void usage_error(const char *first, const char *second, const char *sentence)
{
	struct fake f = {.words = {first, second}};

	fake_run(&f, NULL);
	assert_string_equal(f.out, "");
	if (!strstr(f.err, sentence))
		fail_msg("'%s' is not in: %s", sentence, f.err);
	assert_int_equal(f.exit, 2);
	fake_free(&f);
}

static void a_wrong_command_line_is_exit_2(void **state)
{
	(void)state;
	usage_error("statsu", NULL, "unknown command 'statsu', did you mean 'status'?\n");
	usage_error("xyzzyx", NULL, "unknown command 'xyzzyx'; 'aiotoolsctl --help' lists them\n");
	usage_error("help", "servces", "did you mean 'services'?\n");
	usage_error(NULL, NULL, "no command; 'aiotoolsctl --help' lists them\n");
	usage_error("--json", NULL, "no command");
	usage_error("status", "--colour", "--colour");
	usage_error("restart", NULL, "restart");
	usage_error("--socket", NULL, "'--socket' needs a path\n");
}

static void help(const char *first, const char *second, const char *expected)
{
	struct fake f = {.words = {first, second}};

	fake_run(&f, NULL);
	if (!strstr(f.out, expected))
		fail_msg("'%s' is not in: %s", expected, f.out);
	assert_string_equal(f.err, "");
	assert_int_equal(f.exit, 0);
	fake_free(&f);
}

static void help_needs_no_daemon(void **state)
{
	(void)state;
	help("--help", NULL, "daemon-reload");
	help("--help", NULL, "AIOTOOLS_SOCKET");
	help("help", NULL, "7  the daemon, or the board, is not reachable");
	help("help", "log", "--grep");
	help("log", "--help", "--grep");
	help("-h", "log", "--grep");
	help("status", "-dh", "--debug");
	help("--version", NULL, "aiotoolsctl ");
}

static void help_with_json_is_json(void **state)
{
	struct fake text = {.words = {"--json", "help", "log"}};
	struct fake version = {.words = {"--json", "-V"}};

	(void)state;
	fake_run(&text, NULL);
	assert_memory_equal(text.out, "{\"help\":\"", 9);
	assert_string_equal(text.out + text.out_len - 3, "\"}\n");
	fake_run(&version, NULL);
	assert_memory_equal(version.out, "{\"version\":\"", 12);
	fake_free(&text);
	fake_free(&version);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_request_is_one_call_ended_by_nul),
		cmocka_unit_test(what_may_be_long_asks_for_more),
		cmocka_unit_test(options_about_text_are_not_sent),
		cmocka_unit_test(words_behind_two_dashes_are_names),
		cmocka_unit_test(a_log_is_shown_page_by_page),
		cmocka_unit_test(an_answer_may_come_byte_by_byte),
		cmocka_unit_test(replies_ended_by_a_newline_are_understood),
		cmocka_unit_test(parameters_may_be_absent),
		cmocka_unit_test(colours_come_only_when_asked_for),
		cmocka_unit_test(an_error_is_a_sentence_on_stderr),
		cmocka_unit_test(an_error_nobody_knows_is_a_failure),
		cmocka_unit_test(an_error_behind_pages_leaves_what_was_shown),
		cmocka_unit_test(what_an_action_could_not_do_is_on_stderr),
		cmocka_unit_test(status_of_one_task_that_does_not_run_is_exit_3),
		cmocka_unit_test(a_daemon_that_is_not_there_is_exit_7),
		cmocka_unit_test(which_socket_is_meant),
		cmocka_unit_test(a_wait_is_told_once_unless_quiet),
		cmocka_unit_test(a_connection_that_closes_early_is_exit_7_and_no_half_document),
		cmocka_unit_test(what_is_no_answer_of_a_daemon_is_exit_7),
		cmocka_unit_test(a_wrong_command_line_is_exit_2),
		cmocka_unit_test(help_needs_no_daemon),
		cmocka_unit_test(help_with_json_is_json),
	};

	if (argc != 2) {
		(void)fputs("usage: test-ctl CLIENT\n", stderr);
		return 2;
	}
	fake_binary = argv[1];
	return cmocka_run_group_tests(tests, fake_setup, fake_teardown);
}
