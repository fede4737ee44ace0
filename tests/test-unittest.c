/*
 * test-unittest.c - services.d/unittest.c: which commands run when, what is reported, and what is
 * refused.  Files are real, the processes' ends the test's.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service-fake-wait.h"

#include <sys/wait.h>

#include "../services.d/unittest.c"

#define MS UINT64_C(1000000)

static struct unittest service;
static struct aiot_task task;
static char root[64], commands[512], files[128], report[128];

int64_t aiot_wall_ns(const struct aiot_task *t)
{
	(void)t;
	return 1700000000 * INT64_C(1000000000);
}

struct aiot_wait aiot_process(struct aiot_task *t, struct aiot_process *process)
{
	(void)t;
	fake_wait = (struct fake_wait){
		.what = "process", .process = process, .timeout_ms = process->timeout_ms};
	assert_string_equal(process->argv[0], "/bin/sh");
	assert_string_equal(process->argv[1], "-c");
	assert_null(process->argv[3]);
	(void)snprintf(fake_wait.name, sizeof(fake_wait.name), "%s", process->argv[2]);
	return (struct aiot_wait){1};
}

/* ---- the stage ------------------------------------------------------------------------------- */

static const char *at(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	(void)snprintf(root, sizeof(root), "/tmp/test-unittest-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	put("a.sh");
	put("b.sh");
	(void)snprintf(commands, sizeof(commands), "sh '%s/a.sh' -v, %s/b.sh >%s/out", root, root,
		       root);
	(void)snprintf(files, sizeof(files), "%s/*.lib", root);
	(void)snprintf(report, sizeof(report), "%s/report", root);
	memset(&service, 0, sizeof(service));
	service.tests = commands;
	service.files = files;
	service.report = "";
	service.timeout_ms = 60000;
	service.settle_ms = 500;
	service.at_start = 1;
	fake_start(&task, unittest, &service);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"a.sh", "b.sh", "x.lib", "report", "out", ""};
	size_t i;

	(void)state;
	(void)fake_stop(&task);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(at(names[i]));
	return access(root, F_OK) == 0 ? -1 : 0; /* something is left */
}

static void step(const char *what)
{
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.what, what);
}

static void step_to_test(const char *command)
{
	step("process");
	assert_non_null(strstr(fake_wait.name, command));
	fake_wait.process->exit_code = 0;
}

static void settle_to_test(const char *command)
{
	fake_now_ns += fake_wait.timeout_ms * MS;
	fake_waited = -AIOT_ETIMEDOUT;
	step_to_test(command);
	fake_waited = 0;
}

/* The first round, in which all pass, and to the wait behind it. */
static void begin(void)
{
	step("work");
	step_to_test("a.sh");
	step_to_test("b.sh");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	assert_int_equal(service.passed, 2);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void all_run_at_the_start_and_are_told(void **state)
{
	(void)state;
	step("work");
	step_to_test("a.sh");
	assert_int_equal(fake_wait.timeout_ms, 60000);
	fake_now_ns += 12 * MS;
	step_to_test("b.sh");
	assert_true(strncmp(fake_text(&task, 0), "passed: sh '", 12) == 0);
	assert_non_null(strstr(fake_text(&task, 0), "a.sh' -v (12 ms)"));
	fake_wait.process->exit_code = 3;
	step("fd");
	assert_non_null(strstr(fake_text(&task, 0), "/out: exit code 3 (0 ms)"));
	assert_string_equal(fake_text(&task, 1), "2 of 2 ran: 1 passed, 1 failed in all");
	assert_int_equal(fake_count(&task, AIOT_WARN), 2);
	assert_string_equal(service.summary, "2 of 2 ran: 1 passed, 1 failed in all");
}

static void what_a_command_left_running_piled_up(void **state)
{
	pid_t left = fork();
	int status = 0;

	(void)state;
	if (left == 0)
		for (;;)
			(void)pause();
	assert_int_equal(setpgid(left, left), 0); /* as of the command's group */
	step("work");
	step_to_test("a.sh");
	fake_wait.process->pid = left;
	step_to_test("b.sh");
	assert_int_equal(waitpid(left, &status, 0), left);
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_true(strncmp(fake_text(&task, 0), "killed what it left running: ", 29) == 0);
}

static void a_commands_own_file_runs_it_alone(void **state)
{
	(void)state;
	begin();
	put("b.sh");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, 500);
	settle_to_test("b.sh");
	step("fd");
	assert_string_equal(fake_text(&task, 1), "1 of 2 ran: 2 passed, 0 failed in all");
	assert_int_equal(service.test[0].runs, 1);
	assert_int_equal(service.test[1].runs, 2);
}

static void a_common_file_runs_all(void **state)
{
	(void)state;
	begin();
	put("x.lib");
	step("fd");
	settle_to_test("a.sh");
	step_to_test("b.sh");
	step("fd");
	assert_int_equal(service.rounds, 2);
}

static void what_a_command_writes_and_the_report_run_nothing(void **state)
{
	char all[128];

	(void)state;
	(void)snprintf(all, sizeof(all), "%s/*", root);
	service.files = all;
	service.report = report;
	step("work");
	step_to_test("a.sh");
	step_to_test("b.sh");
	step("work");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	assert_false(names(commands, at("out")));
	assert_true(names(commands, at("b.sh")));
}

static void a_file_that_goes_runs_nothing_until_it_is_back(void **state)
{
	(void)state;
	begin();
	assert_int_equal(unlink(at("a.sh")), 0);
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	put("a.sh");
	step("fd");
	settle_to_test("a.sh");
}

static void how_a_test_ended_is_told(void **state)
{
	(void)state;
	step("work");
	step_to_test("a.sh");
	fake_waited = -AIOT_ETIMEDOUT;
	step("process");
	assert_non_null(strstr(fake_text(&task, 0), ": not over within 60000 ms"));
	fake_waited = 0;
	fake_wait.process->exit_code = -1;
	fake_wait.process->exit_signal = 11;
	step("fd");
	assert_non_null(strstr(fake_text(&task, 0), ": signal 11"));
	assert_int_equal(service.failed, 2);
}

static void the_report_is_written_whole(void **state)
{
	char text[1024] = "", expected[1024];
	FILE *f;

	(void)state;
	service.report = report;
	service.tests = "true";
	service.once = 1;
	step_to_test("true");
	step("work");
	assert_int_equal(fake_step(&task), AIOT_DONE);
	f = fopen(report, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(expected, sizeof(expected),
		       "{\"passed\":1,\"failed\":0,\"tests\":[{\"command\":\"true\",\"result\":"
		       "\"passed\",\"how\":\"exit code 0\",\"ms\":0,\"at\":1700000000,\"runs\":1,"
		       "\"failures\":0}]}");
	assert_string_equal(text, expected);
	assert_string_equal(fake_result, expected);
	assert_int_not_equal(access(at("report.new"), F_OK), 0);
}

static void a_report_that_cannot_be_written_is_told_and_nothing_is_left(void **state)
{
	char expected[256];

	(void)state;
	(void)snprintf(report, sizeof(report), "%s/none/report", root);
	service.report = report;
	service.once = 1;
	step_to_test("a.sh");
	step_to_test("b.sh");
	step("work");
	assert_int_equal(fake_step(&task), AIOT_DONE);
	(void)snprintf(expected, sizeof(expected),
		       "cannot write report '%s': No such file or directory", report);
	assert_string_equal(fake_text(&task, 0), expected);
	(void)snprintf(report, sizeof(report), "%s", root); /* a directory */
	write_report(&service);
	assert_int_equal(service.code, -EISDIR);
	(void)snprintf(expected, sizeof(expected), "%s.new", root);
	assert_int_not_equal(access(expected, F_OK), 0);
}

static void once_fails_when_a_test_did(void **state)
{
	(void)state;
	service.once = 1;
	service.at_start = 0;
	step_to_test("a.sh");
	fake_wait.process->exit_code = 1;
	step_to_test("b.sh");
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, "1 of 2 tests failed");
}

static void nothing_runs_at_the_start_if_it_is_not_wanted(void **state)
{
	(void)state;
	service.at_start = 0;
	step("work");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	put("a.sh");
	step("fd");
	settle_to_test("a.sh");
	step("fd");
	leave_result(&task, &service);
	assert_non_null(strstr(fake_result, "\"result\":\"not run\",\"runs\":0,"));
}

static void a_report_tells_of_each_test(void **state)
{
	(void)state;
	service.tests = "true, false, later";
	service.at_start = 0;
	step("work");
	assert_int_equal(print_report(&task, &service), 0);
	assert_memory_equal(fake_report, "no round is over yet\nnot run ", 29);
	fake_report[0] = '\0';
	service.test[0].ran = service.test[1].ran = service.test[0].passed = true;
	service.test[1].took_ms = 1234;
	(void)snprintf(service.test[1].how, sizeof(service.test[1].how), "exit code 1");
	assert_int_equal(print_report(&task, &service), 0);
	assert_string_equal(fake_report, "no round is over yet\n"
					 "passed           0 ms  true\n"
					 "failed        1234 ms  false: exit code 1\n"
					 "not run                later\n");
}

static void assert_refused(const char *words)
{
	assert_int_equal(unittest_init(&task, &service), -AIOT_EINVAL);
	assert_string_equal(task.message, words);
	fake_start(&task, unittest, &service);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
}

static void wrong_options_are_refused(void **state)
{
	static char longest[600], many[400];
	int i;

	(void)state;
	assert_int_equal(unittest_init(&task, &service), 0);
	service.tests = "";
	assert_refused("tests: there is none; tests = COMMAND, COMMAND");
	memset(longest, 'a', sizeof(longest) - 1);
	service.tests = longest;
	assert_refused("tests: a command of more than 511 letters; put it into a script");
	for (i = 0; i < 65; i++)
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "t%d,", i);
	service.tests = many;
	assert_refused("tests: 't64': it is the 65th, and 64 are all");
	service.tests = "true";
	service.files = "lib/*.py";
	assert_refused("files: 'lib/*.py': not an absolute path");
	service.files = "";
	assert_refused("files: there is none, and no command names one that is there; once = yes "
		       "waits for none");
	service.report = "report";
	assert_refused("report: not an absolute path");
	service.report = "";
	service.once = 1;
	assert_int_equal(unittest_init(&task, &service), 0);
}

#define IN_A_ROOT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_ROOT(all_run_at_the_start_and_are_told),
		IN_A_ROOT(what_a_command_left_running_piled_up),
		IN_A_ROOT(a_commands_own_file_runs_it_alone),
		IN_A_ROOT(a_common_file_runs_all),
		IN_A_ROOT(what_a_command_writes_and_the_report_run_nothing),
		IN_A_ROOT(a_file_that_goes_runs_nothing_until_it_is_back),
		IN_A_ROOT(how_a_test_ended_is_told),
		IN_A_ROOT(the_report_is_written_whole),
		IN_A_ROOT(a_report_that_cannot_be_written_is_told_and_nothing_is_left),
		IN_A_ROOT(once_fails_when_a_test_did),
		IN_A_ROOT(nothing_runs_at_the_start_if_it_is_not_wanted),
		IN_A_ROOT(a_report_tells_of_each_test),
		IN_A_ROOT(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
