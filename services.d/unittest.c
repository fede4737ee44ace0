/*
 * unittest - runs test commands when their files change, and keeps count of which pass.  Host only
 * (Linux's inotify, processes).
 * The runtime calls unittest_init once, which checks the options, and runs unittest().  A command
 * is a line for /bin/sh; its own files are the absolute paths among its words.  When one of these
 * changes the command is run, when one that `files` names does, all are: one after the other, each
 * with its output in the log.  After each round the report is written, as a file too if one is
 * named; the task's result is the same.  With once=yes it ends after the first round, and fails if
 * a test did.  What a test itself writes to watched files makes it run again: watch other files.
 *
 *	tests = /opt/app/tests/quick.sh, python3 /opt/app/tests/all.py -v
 *	files = /opt/app/lib/[a-z]*.py
 */
#include <aiotools-posix.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell.h"
#include "text.h"
#include "watching.h"
#include "whole.h"

#define BETWEEN ","
#define WORD_ENDS " \t\"'`;|&()<>$="
#define TESTS_MAX 64u
#define COMMAND_BYTES 512
#define PATH_BYTES WHOLE_PATH_BYTES
#define REPORT_BYTES 61440 /* as long as a result may be */
#define SUMMARY_BYTES 128
#define WRONG_BYTES (COMMAND_BYTES + PATH_BYTES + 64)

struct test {
	char command[COMMAND_BYTES];
	bool due, ran, passed;
	uint32_t runs, failures;
	uint64_t took_ms;
	int64_t at_s; /* wall clock of its last end */
	char how[64]; /* it ended: "exit code 1" */
};

struct unittest {
	const char *tests, *files, *report;
	uint32_t timeout_ms, settle_ms;
	uint8_t once, at_start;

	uint32_t test_count, passed, failed, rounds; /* passed and failed: at their last run */
	const char *summary;
	struct watching watching;
	struct shell shell;
	uint64_t began_ns;
	uint32_t at, run_count;
	bool over;  /* the first round */
	bool waits; /* for changes, before it runs what is due */
	struct test test[TESTS_MAX];
	const char *refused;
	int code; /* of writing the report */
	char summary_text[SUMMARY_BYTES];
	char wrong[WRONG_BYTES];
	char text[REPORT_BYTES];
};

/* ---- options --------------------------------------------------------------------------------- */

/* The next absolute path among a command's words, but for what it writes to (>).  0: none. */
static size_t next_path(const char **at, char path[PATH_BYTES])
{
	size_t len, between;
	bool written;

	for (;; *at += len) {
		between = strspn(*at, WORD_ENDS);
		written = memchr(*at, '>', between) != NULL;
		*at += between;
		len = strcspn(*at, WORD_ENDS);
		if (len == 0)
			return 0;
		if (**at == '/' && len > 1 && len < PATH_BYTES && !written)
			break;
	}
	memcpy(path, *at, len);
	path[len] = '\0';
	*at += len;
	return len;
}

static bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Whether a change of a file is a command's own. */
static bool names(const char *command, const char *file)
{
	char path[PATH_BYTES] = "";

	while (next_path(&command, path) > 0)
		if (strcmp(path, file) == 0)
			return true;
	return false;
}

static const char *refuse(struct unittest *self, const char *option, const char *what,
			  const char *why)
{
	(void)snprintf(self->wrong, sizeof(self->wrong), "%s: '%s': %s", option, what, why);
	return self->wrong;
}

/* A command's own files: those words that are one now. */
static const char *watch_command(struct unittest *self, const char *command)
{
	char path[PATH_BYTES] = "";
	struct watching *w = &self->watching;
	const char *why;

	while (next_path(&command, path) > 0) {
		if (!is_file(path))
			continue;
		why = watching_add(w, path);
		if (why != NULL)
			return refuse(self, "tests", path, why);
	}
	return NULL;
}

static const char *read_tests(struct unittest *self)
{
	const char *at = self->tests, *why;
	char command[COMMAND_BYTES] = "";
	struct test *test;
	size_t len;

	self->test_count = 0;
	while ((len = next_item(&at, BETWEEN, command, sizeof(command))) > 0) {
		if (len >= sizeof(command))
			return "tests: a command of more than 511 letters; put it into a script";
		if (self->test_count == TESTS_MAX)
			return refuse(self, "tests", command, "it is the 65th, and 64 are all");
		test = &self->test[self->test_count++];
		memset(test, 0, sizeof(*test));
		memcpy(test->command, command, len + 1);
		test->due = self->once || self->at_start;
		why = watch_command(self, command);
		if (why != NULL)
			return why;
	}
	return self->test_count > 0 ? NULL : "tests: there is none; tests = COMMAND, COMMAND";
}

/* NULL, or what is wrong with the options, which are read on the way. */
static const char *read_options(struct unittest *self)
{
	const char *why;

	if (self->report[0] != '\0' && self->report[0] != '/')
		return "report: not an absolute path";
	if (strlen(self->report) >= PATH_BYTES)
		return "report: the path is too long";
	why = read_tests(self);
	if (why == NULL)
		why = watching_add_list(&self->watching, "files", self->files, self->wrong,
					sizeof(self->wrong));
	if (why == NULL && !self->once && self->watching.pattern_count == 0)
		why = "files: there is none, and no command names one that is there; "
		      "once = yes waits for none";
	return why;
}

static void hear_change(void *ctx, const char *path, unsigned changes)
{
	struct unittest *self = ctx;
	size_t len = strlen(self->report);
	bool own = false;
	uint32_t i;

	if (len > 0 && strncmp(path, self->report, len) == 0 &&
	    (path[len] == '\0' || strcmp(path + len, WHOLE_NEW) == 0))
		return; /* it was written here */
	for (i = 0; i < self->test_count; i++) {
		if (!names(self->test[i].command, path))
			continue;
		own = true;
		if (changes != WATCHING_DELETED) /* there is nothing to run */
			self->test[i].due = true;
	}
	for (i = 0; i < self->test_count && !own; i++)
		self->test[i].due = true;
}

/* ---- running --------------------------------------------------------------------------------- */

/* The first test at or behind self->at that is due. */
static struct test *next_due(struct unittest *self)
{
	while (self->at < self->test_count && !self->test[self->at].due)
		self->at++;
	return self->at < self->test_count ? &self->test[self->at] : NULL;
}

static bool is_due(struct unittest *self)
{
	self->at = 0;
	return next_due(self) != NULL;
}

static struct aiot_wait start_test(struct aiot_task *t, struct unittest *self)
{
	struct test *test = &self->test[self->at];

	test->due = false; /* what changes from here on is for the next run */
	self->began_ns = aiot_now_ns(t);
	return shell_run(t, &self->shell, test->command, self->timeout_ms);
}

/* What a command left running would be there once more behind each run. */
static void end_rest(struct aiot_task *t, const struct unittest *self)
{
	if (self->shell.process.pid > 0 && kill(-self->shell.process.pid, SIGKILL) == 0)
		aiot_info(t, "killed what it left running: %s", self->test[self->at].command);
}

static void judge_test(struct aiot_task *t, struct unittest *self)
{
	struct test *test = &self->test[self->at];
	int waited = aiot_waited(t);

	test->passed = shell_end(&self->shell, waited, test->how, sizeof(test->how));
	if (waited == 0)
		end_rest(t, self);
	test->ran = true;
	test->runs++;
	test->failures += !test->passed;
	test->took_ms = (aiot_now_ns(t) - self->began_ns) / 1000000;
	test->at_s = aiot_wall_ns(t) / 1000000000;
	self->run_count++;
	if (test->passed)
		aiot_info(t, "passed: %s (%llu ms)", test->command,
			  (unsigned long long)test->took_ms);
	else
		aiot_warn(t, "failed: %s: %s (%llu ms)", test->command, test->how,
			  (unsigned long long)test->took_ms);
}

/* ---- the report ------------------------------------------------------------------------------ */

static const char *result_of(const struct test *test)
{
	if (!test->ran)
		return "not run";
	return test->passed ? "passed" : "failed";
}

static void add_test(struct text *text, const struct test *test)
{
	text_add(text, "{\"command\":");
	text_add_json(text, test->command);
	text_add(text, ",\"result\":\"%s\"", result_of(test));
	if (test->ran)
		text_add(text, ",\"how\":\"%s\",\"ms\":%llu,\"at\":%lld", test->how,
			 (unsigned long long)test->took_ms, (long long)test->at_s);
	text_add(text, ",\"runs\":%u,\"failures\":%u}", test->runs, test->failures);
}

/* {"passed":1,"failed":0,"tests":[{"command":...,"result":"passed", ...}]} */
static void write_text(struct unittest *self)
{
	struct text text;
	uint32_t i;

	self->passed = self->failed = 0;
	for (i = 0; i < self->test_count; i++) {
		self->passed += self->test[i].ran && self->test[i].passed;
		self->failed += self->test[i].ran && !self->test[i].passed;
	}
	text_begin(&text, self->text, sizeof(self->text));
	text_add(&text, "{\"passed\":%u,\"failed\":%u,\"tests\":[", self->passed, self->failed);
	for (i = 0; i < self->test_count; i++) {
		text_add(&text, i > 0 ? "," : "");
		add_test(&text, &self->test[i]);
	}
	text_add(&text, "]}");
}

/* In a thread. */
static void write_report(void *unittest)
{
	struct unittest *self = unittest;

	self->code = whole_write(self->report, self->text, strlen(self->text));
}

static void end_round(struct aiot_task *t, struct unittest *self)
{
	self->rounds++;
	self->over = self->waits = true;
	write_text(self);
	(void)snprintf(self->summary_text, sizeof(self->summary_text),
		       "%u of %u ran: %u passed, %u failed in all", self->run_count,
		       self->test_count, self->passed, self->failed);
	self->summary = self->summary_text;
	self->run_count = 0;
	if (self->failed > 0)
		aiot_warn(t, "%s", self->summary);
	else
		aiot_info(t, "%s", self->summary);
}

static void leave_result(struct aiot_task *t, void *instance)
{
	struct unittest *self = instance;

	write_text(self);
	if (aiot_result_json(t, self->text) < 0)
		aiot_warn(t, "no room for the result");
}

/* `aiotoolsctl report unittest`: a row for each test, failed ones with how they ended. */
static int print_report(struct aiot_task *t, void *instance)
{
	const struct unittest *self = instance;
	const struct test *test;
	uint32_t i;

	aiot_print(t, "%s\n", self->summary != NULL ? self->summary : "no round is over yet");
	for (i = 0; i < self->test_count; i++) {
		test = &self->test[i];
		if (!test->ran)
			aiot_print(t, "%-8s %9s     %s\n", "not run", "", test->command);
		else
			aiot_print(t, "%-8s %9llu ms  %s%s%s\n", result_of(test),
				   (unsigned long long)test->took_ms, test->command,
				   test->passed ? "" : ": ", test->passed ? "" : test->how);
	}
	return 0;
}

static enum aiot_co unittest(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct unittest, self);
	watching_init(&self->watching, hear_change, self);
	self->over = false;
	self->run_count = 0;
	self->refused = read_options(self); /* `set` may have changed them since .init */
	if (self->refused != NULL)
		AIOT_FAIL(t, -AIOT_EINVAL, "%s", self->refused);
	self->watching.stale = !self->once;
	self->waits = !is_due(self);
	while (!self->once || !self->over) {
		while (self->watching.stale) {
			AIOT_WAIT(t, aiot_work(t, watching_look, &self->watching));
			if (watching_take(&self->watching) < 0)
				AIOT_FAIL(t, self->watching.error, "%s", self->watching.why);
		}
		if (self->waits) {
			AIOT_WAIT(t, aiot_fd_wait(t, self->watching.fd, AIOT_FD_READ,
						  watching_wait_ms(&self->watching, aiot_now_ns(t),
								   is_due(self), self->settle_ms)));
			watching_hear(&self->watching);
			if (!is_due(self) ||
			    !watching_settled(&self->watching, aiot_now_ns(t), aiot_waited(t)))
				continue;
		}
		for (self->at = 0; next_due(self) != NULL; self->at++) {
			AIOT_WAIT(t, start_test(t, self));
			judge_test(t, self);
		}
		end_round(t, self);
		if (self->report[0] == '\0')
			continue;
		AIOT_WAIT(t, aiot_work(t, write_report, self));
		if (self->code < 0)
			aiot_warn(t, "cannot write report '%s': %s", self->report,
				  strerror(-self->code));
	}
	leave_result(t, self);
	if (self->failed > 0)
		AIOT_FAIL(t, -AIOT_EIO, "%u of %u tests failed", self->failed, self->test_count);
	AIOT_FINALLY(t);
	watching_finish(&self->watching);
	AIOT_END(t);
}

static int unittest_init(struct aiot_task *t, void *instance)
{
	struct unittest *self = instance;
	const char *wrong;

	watching_init(&self->watching, hear_change, self);
	wrong = read_options(self);
	watching_finish(&self->watching);
	return wrong ? aiot_fail(t, -AIOT_EINVAL, "%s", wrong) : 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct unittest, tests, "tests", "",
		     "commands for /bin/sh, with commas between"),
	AIOT_OPT_STR(struct unittest, files, "files", "",
		     "what makes all of them run when it changes: paths, with * ? [ ] and **"),
	AIOT_OPT_STR(struct unittest, report, "report", "", "a file for the report; empty: none"),
	AIOT_OPT_BOOL(struct unittest, once, "once", "no", "run them once, then end"),
	AIOT_OPT_BOOL(struct unittest, at_start, "at-start", "yes",
		      "whether all are run at the start"),
	AIOT_OPT_MS_LIVE(struct unittest, timeout_ms, "timeout", "60s",
			 "how long one may run; 0: as long as it likes"),
	AIOT_OPT_MS_LIVE(struct unittest, settle_ms, "settle", "500ms",
			 "how long nothing more must change"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct unittest, passed, "tests that passed at their last run"),
	AIOT_STAT_U32(struct unittest, failed, "tests that failed at their last run"),
	AIOT_STAT_U32(struct unittest, rounds, "rounds made"),
	AIOT_STAT_STR(struct unittest, summary, "the last round"),
	{0},
};

AIOT_SERVICE(unittest, struct unittest, .info = "Runs tests when their files change v1.0",
	     .main = unittest, .opts = opts, .stats = stats, .init = unittest_init,
	     .on_stop = leave_result, .report = print_report);
