/*
 * test-complete.c - what is offered where a person is typing; the daemon's answers are the test's.
 */
#define _DEFAULT_SOURCE /* strsep */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "complete-private.h"
#include "heap.h"

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL},
		    {aiot_commands_local, NULL, NULL}},
};

/* ---- the daemon: a method, what its parameters begin with, and the answer ---- */

struct answer {
	const char *method, *params, *reply;
};

static const struct answer *answers; /* ended by one without a method; NULL: no daemon */
static char asked[1024];

void ctl_ask(struct completion *c, const char *method, struct aiot_out *params, take_fn *take)
{
	const struct answer *a = answers;
	struct aiot_json reply;

	aiot_out_char(params, '\0');
	(void)snprintf(asked, sizeof(asked), "%s %s", method, params->buf);
	while (a != NULL && a->method != NULL &&
	       (strcmp(a->method, method) != 0 || strstr(params->buf, a->params) == NULL))
		a++;
	free(params->buf);
	if (a == NULL || a->method == NULL)
		return;
	assert_int_equal(aiot_json_parse(a->reply, strlen(a->reply), &reply, NULL), 0);
	take(c, reply);
}

static void ask_about(struct completion *c, const char *method, const char *name, take_fn *take)
{
	struct aiot_out params = {.grow = ctl_heap_grow};

	aiot_format(&params, "\"%s\"", name);
	ctl_ask(c, method, &params, take);
}

void ctl_ask_task(struct completion *c, const char *name, take_fn *take)
{
	ask_about(c, "status", name, take);
}

void ctl_ask_service(struct completion *c, const char *name, take_fn *take)
{
	ask_about(c, "describe", name, take);
}

/* ---- asking ---- */

static int code;

/* The words of a line, blanks between them; one behind the last blank is being typed. */
static const char *offered(const char *line)
{
	static char text[4096];
	struct aiot_out out = {.grow = ctl_heap_grow};
	char copy[512], *words[65], *rest = copy;
	char *begin, *end;
	int count = 1;

	words[0] = copy; /* stands for the program */
	(void)snprintf(copy, sizeof(copy), "%s", line);
	while (rest != NULL && count < 64)
		words[count++] = strsep(&rest, " ");
	words[count] = NULL;
	asked[0] = text[0] = '\0';
	code = ctl_complete(&commands, words + 1, count - 1, &out);
	aiot_out_char(&out, '\0');
	for (begin = out.buf; *begin != '\0'; begin = end + 1) {
		end = strchr(begin, '\n');
		assert_non_null(end);
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%.*s",
			       text[0] ? " " : "", (int)strcspn(begin, "\t\n"), begin);
	}
	free(out.buf);
	return text;
}

/* ---- without a daemon ---- */

static void verbs_are_offered_until_there_is_one(void **state)
{
	(void)state;
	assert_string_equal(offered("sto"), "stop");
	assert_string_equal(offered("--json is-a"), "is-active");
	assert_string_equal(offered("-q dae"), "daemon-reload daemon-restart");
	assert_string_equal(offered("help anal"), "analyze");
	assert_non_null(strstr(offered(""), "status "));
	assert_null(strstr(offered(""), "complete"));
	assert_string_equal(offered("nonsense "), "");
}

static void options_are_the_verbs_and_those_of_all(void **state)
{
	(void)state;
	assert_string_equal(offered("stop --k"), "--keep-schedule");
	assert_string_equal(offered("--ver"), "--version");
	assert_string_equal(offered("stop --ver"), "");
	assert_string_equal(offered("--so"), "--socket");
}

static void words_that_are_fixed(void **state)
{
	(void)state;
	assert_string_equal(offered("analyze "), "blame critical-chain plot");
	assert_string_equal(offered("analyze c"), "critical-chain");
	assert_string_equal(offered("debug "), "on off");
	assert_string_equal(offered("log -p "), "error warn info debug");
	assert_string_equal(offered("log -o c"), "cat");
	assert_string_equal(offered("log --output=i"), "--output=iso");
	assert_string_equal(offered("--color=al"), "--color=always");
	assert_string_equal(offered("schedule x --catch-up "), "none one");
	assert_string_equal(offered("schedule x --overlap=q"), "--overlap=queue");
	assert_string_equal(offered("schedule x --in "), "");
}

static void files_are_the_shells(void **state)
{
	static const char *const lines[] = {"--socket ", "--serial /dev/tt",	 "--socket=/r",
					    "install ",	 "new-service x --dir ", "when --history "};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_string_equal(offered(lines[i]), "");
		assert_int_equal(code, CTL_COMPLETE_FILE);
	}
	(void)offered("status ");
	assert_int_equal(code, 0);
}

static void without_a_daemon_there_is_nothing_of_it(void **state)
{
	(void)state;
	answers = NULL;
	assert_string_equal(offered("status "), "");
	assert_string_equal(offered("set x "), "");
	assert_string_equal(offered("call x "), "");
	assert_string_equal(offered("sto"), "stop");
}

/* ---- names ---- */

#define TASK(name, state, more) "{\"name\":\"" name "\",\"state\":\"" state "\"" more "}"
#define SERVICE(name, load, enabled)                                                               \
	"{\"name\":\"" name "\",\"load\":\"" load "\",\"enabled\":\"" enabled "\",\"info\":null}"

static const struct answer names[] = {
	{"io.aiotools.Task.List", "\"names\":[\"",
	 "{\"tasks\":[" TASK("a.service", "running", "") "," TASK("b.service", "failed", "") "," TASK("c.service", "scheduled", ",\"schedule\":{},\"paused\":false") "," TASK(
		 "d.service", "scheduled",
		 ",\"schedule\":{},\"paused\":true") "," TASK("e", "stopped",
							      ",\"last\":\"failed\"") "," TASK("n:"
											       "f",
											       "wai"
											       "tin"
											       "g",
											       "") "]}"},
	{"io.aiotools.Service.List", "\"names\":[\"",
	 "{\"services\":[" SERVICE("a", "loaded", "enabled") "," SERVICE(
		 "b", "failed",
		 "enabled") "," SERVICE("c", "unloaded",
					"disabled") "," SERVICE("d", "unloaded",
								"masked") "," SERVICE("e@",
										      "unloaded",
										      "template") "]}"},
	{0},
};

static void tasks_are_those_that_the_verb_can_do_something_about(void **state)
{
	(void)state;
	answers = names;
	assert_string_equal(offered("status "), "a.service b.service c.service d.service e n:f");
	assert_string_equal(offered("start "), "b.service c.service d.service e n:f");
	assert_string_equal(offered("stop "), "a.service c.service d.service n:f");
	assert_string_equal(offered("pause "), "c.service");
	assert_string_equal(offered("resume "), "d.service");
	assert_string_equal(offered("timers "), "c.service d.service");
	assert_string_equal(offered("unschedule "), "c.service d.service");
	assert_string_equal(offered("reset-failed "), "b.service e");
	assert_string_equal(offered("delete "), "e");
	assert_string_equal(offered("log -n 5 "), "a.service b.service c.service d.service e n:f");
}

static void services_are_those_that_the_verb_can_do_something_about(void **state)
{
	(void)state;
	answers = names;
	assert_string_equal(offered("services "), "a b c d e@");
	assert_string_equal(offered("load "), "b c e@");
	assert_string_equal(offered("unload "), "a");
	assert_string_equal(offered("reload "), "a");
	assert_string_equal(offered("add "), "a");
	assert_string_equal(offered("enable "), "c e@");
	assert_string_equal(offered("disable "), "a b");
	assert_string_equal(offered("mask "), "a b c e@");
	assert_string_equal(offered("unmask "), "d");
	assert_string_equal(offered("remove "), "b c d e@");
	assert_string_equal(offered("describe "), "a b c d e@");
	assert_string_equal(offered("analyze critical-chain "), "a b");
}

static void the_daemon_is_asked_for_what_begins_so(void **state)
{
	(void)state;
	answers = names;
	assert_string_equal(offered("status a"), "a.service");
	assert_string_equal(asked, "io.aiotools.Task.List {\"names\":[\"a*\"],\"all\":true}");
	assert_string_equal(offered("cat a"), "a");
	assert_string_equal(asked, "io.aiotools.Service.List {\"names\":[\"a*\"]}");
	assert_string_equal(offered("status a*"), "");
	assert_string_equal(asked, "");
}

static void no_name_is_offered_twice_on_a_line(void **state)
{
	(void)state;
	answers = names;
	assert_string_equal(offered("status a.service c.service "), "b.service d.service e n:f");
	assert_string_equal(offered("mask b "), "a c e@");
	assert_string_equal(offered("mask --now b "), "a c e@");
}

/* ---- keys and verbs of services ---- */

#define KEYS "[{\"key\":\"count\",\"type\":\"u32\"},{\"key\":\"loud\",\"type\":\"bool\"}]"

static const struct answer about[] = {
	{"status", "\"x\"",
	 "{\"tasks\":[{\"service\":{\"name\":\"srv\"},\"args\":{\"pin\":\"2\",\"sleep\":\"5s\"}}]"
	 "}"},
	{"describe", "\"srv\"",
	 "{\"service\":{\"name\":\"srv\",\"kinds\":[{\"name\":\"main\",\"options\":" KEYS "},"
	 "{\"name\":\"reader\",\"options\":[{\"key\":\"from\",\"type\":\"str\"}]}],"
	 "\"verbs\":[{\"name\":\"flash\",\"help\":\"short flashes\",\"options\":" KEYS "},"
	 "{\"name\":\"off\",\"help\":\"a\\tb\\nc\",\"options\":[]}]}}"},
	{0},
};

static void keys_are_the_tasks_or_the_services(void **state)
{
	(void)state;
	answers = about;
	assert_string_equal(offered("set x "), "pin= sleep=");
	assert_string_equal(offered("set x pin=3 s"), "sleep=");
	assert_string_equal(offered("config srv "), "count= loud=");
	assert_string_equal(offered("config srv loud="), "loud=yes loud=no");
	assert_string_equal(offered("config srv count="), "");
	assert_string_equal(offered("add srv "), "count= loud=");
	assert_string_equal(offered("add srv/reader "), "from=");
	assert_string_equal(offered("trigger x "), "pin= sleep=");
}

static void kinds_stand_behind_a_slash(void **state)
{
	(void)state;
	answers = about;
	assert_string_equal(offered("add srv/"), "srv/main srv/reader");
	assert_string_equal(offered("add srv/r"), "srv/reader");
	assert_string_equal(offered("add nix/"), "");
}

static void verbs_of_services_with_their_arguments(void **state)
{
	(void)state;
	answers = about;
	assert_string_equal(offered("call x "), "flash off");
	assert_string_equal(offered("call x f"), "flash");
	assert_string_equal(offered("call x flash "), "count= loud=");
	assert_string_equal(offered("call x flash loud=n"), "loud=no");
	assert_string_equal(offered("call x off "), "");
	assert_string_equal(offered("call nix "), "");
}

static void help_is_one_line_behind_a_tab(void **state)
{
	struct aiot_out out = {.grow = ctl_heap_grow};
	char program[] = "p", call[] = "call", x[] = "x", off[] = "o";
	char *words[] = {program, call, x, off, NULL};

	(void)state;
	answers = about;
	assert_int_equal(ctl_complete(&commands, words + 1, 3, &out), 0);
	aiot_out_char(&out, '\0');
	assert_string_equal(out.buf, "off\ta b c\n");
	free(out.buf);
}

/* ---- what a shell may hand over ---- */

static void lines_without_sense_are_answered_by_nothing(void **state)
{
	static const char *const lines[] = {
		"status --nope x", "log -p", "--json --user", "-",	  "call",
		"-- --",	   "set =",  "add /",	      "--color=x"};
	char many[512] = "status", *none[] = {NULL, NULL};
	struct aiot_out out = {.grow = ctl_heap_grow};
	size_t i;

	(void)state;
	answers = names;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		(void)offered(lines[i]);
		assert_in_range(code, 0, CTL_COMPLETE_FILE);
	}
	assert_int_equal(ctl_complete(&commands, none + 1, 0, &out), 0);
	free(out.buf);
	for (i = 0; i < 60; i++) /* the verb holds so many, and a shell may have more */
		(void)snprintf(many + strlen(many), sizeof(many) - strlen(many), " z");
	(void)offered(many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs_are_offered_until_there_is_one),
		cmocka_unit_test(options_are_the_verbs_and_those_of_all),
		cmocka_unit_test(words_that_are_fixed),
		cmocka_unit_test(files_are_the_shells),
		cmocka_unit_test(without_a_daemon_there_is_nothing_of_it),
		cmocka_unit_test(tasks_are_those_that_the_verb_can_do_something_about),
		cmocka_unit_test(services_are_those_that_the_verb_can_do_something_about),
		cmocka_unit_test(the_daemon_is_asked_for_what_begins_so),
		cmocka_unit_test(no_name_is_offered_twice_on_a_line),
		cmocka_unit_test(keys_are_the_tasks_or_the_services),
		cmocka_unit_test(kinds_stand_behind_a_slash),
		cmocka_unit_test(verbs_of_services_with_their_arguments),
		cmocka_unit_test(help_is_one_line_behind_a_tab),
		cmocka_unit_test(lines_without_sense_are_answered_by_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
