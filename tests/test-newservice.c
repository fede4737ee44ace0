/*
 * test-newservice.c - ctl/newservice.c: the files that new-service writes, and what it refuses.
 */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "newservice.h"

/* Stands for those that embed.py makes. */
static char big[10000];
const struct ctl_template ctl_templates[] = {
	{"@NAME@.c", "service @NAME@ of @NAME@, @NAME\n"},
	{"test-@NAME@.c", ""},
	{"meson.build", big},
	{NULL, NULL},
};

static char dir[] = "/tmp/test-newservice-XXXXXX";
static char out_text[8192], why_text[8192];

static int open_stage(void **state)
{
	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	return mkdtemp(dir) == NULL || chdir(dir) < 0;
}

static int close_stage(void **state)
{
	char line[64];

	(void)state;
	(void)snprintf(line, sizeof(line), "rm -rf %s", dir);
	return chdir("/") < 0 || system(line) != 0;
}

static int run_as(const char *request, bool json, bool quiet)
{
	struct aiot_json parsed;
	struct aiot_out out, why;
	int code;

	assert_int_equal(aiot_json_parse(request, strlen(request), &parsed, NULL), 0);
	aiot_out_init(&out, out_text, sizeof(out_text));
	aiot_out_init(&why, why_text, sizeof(why_text));
	code = ctl_new_service(parsed, json, quiet, &out, &why);
	(void)aiot_out_str(&out);
	(void)aiot_out_str(&why);
	assert_true((code == 0) == (why_text[0] == '\0'));
	return code;
}

static int run(const char *request)
{
	return run_as(request, false, false);
}

static const char *content(const char *path)
{
	static char text[sizeof(big) + 1];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	return text;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void each_mark_becomes_the_name_and_nothing_else_does(void **state)
{
	(void)state;
	assert_int_equal(run("{\"name\":\"fan_2\"}"), 0);
	assert_string_equal(content("fan_2/fan_2.c"), "service fan_2 of fan_2, @NAME\n");
	assert_string_equal(content("fan_2/test-fan_2.c"), "");
	assert_string_equal(content("fan_2/meson.build"), big);
}

static void it_says_what_it_wrote_and_what_is_next(void **state)
{
	(void)state;
	assert_int_equal(run("{\"name\":\"fan\",\"dir\":\"of/mine\"}"), 1);
	assert_int_equal(mkdir("of", 0777), 0);
	assert_int_equal(run("{\"name\":\"fan\",\"dir\":\"of/mine\"}"), 0);
	assert_string_equal(
		out_text,
		"of/mine/fan.c\nof/mine/test-fan.c\nof/mine/meson.build\n"
		"Build and test it: cd of/mine && meson setup build && ninja -C build test\n"
		"Then have it run:  aiotoolsctl install build/fan.so && aiotoolsctl load fan\n");
	assert_int_equal(run_as("{\"name\":\"fan\",\"dir\":\"q\"}", false, true), 0);
	assert_string_equal(out_text, "");
	assert_int_equal(run_as("{\"name\":\"fan\",\"dir\":\"j\"}", true, true), 0);
	assert_string_equal(out_text, "{\"name\":\"fan\",\"files\":[\"j/fan.c\",\"j/test-fan.c\","
				      "\"j/meson.build\"]}\n");
}

static void what_no_c_name_can_be_is_refused(void **state)
{
	static const char *const names[] = {"a-b", "1a",   "a.b",     "",
					    "a/b", "../a", "\\u00e4", "a b"};
	char request[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(request, sizeof(request), "{\"name\":\"%s\"}", names[i]);
		assert_int_equal(run(request), 2);
		assert_non_null(strstr(why_text, "cannot be a service's name"));
	}
	assert_int_equal(rmdir(dir), 0); /* nothing was written */
	assert_int_equal(mkdir(dir, 0700), 0);
}

/* Its main task's name, NAME.service, has 64 letters at most. */
static void a_name_is_as_long_as_that_of_its_task_may_be(void **state)
{
	char request[128];

	(void)state;
	(void)snprintf(request, sizeof(request), "{\"name\":\"%056d\",\"dir\":\"d\"}", 0);
	request[9] = 'a';
	assert_int_equal(run(request), 0);
	(void)snprintf(request, sizeof(request), "{\"name\":\"%057d\",\"dir\":\"e\"}", 0);
	request[9] = 'a';
	assert_int_equal(run(request), 2);
	assert_string_equal(why_text, "a service's name has at most 56 letters");
}

static void nothing_is_overwritten_and_the_first_is_not_even_begun(void **state)
{
	(void)state;
	assert_int_equal(mkdir("fan", 0777), 0);
	assert_int_equal(symlink("nowhere", "fan/meson.build"), 0);
	assert_int_equal(run("{\"name\":\"fan\"}"), 1);
	assert_string_equal(why_text,
			    "fan/meson.build: it is there already, and is not overwritten");
	assert_false(is_there("fan/fan.c"));
	assert_false(is_there("nowhere"));
	assert_int_equal(unlink("fan/meson.build"), 0);
	assert_int_equal(run("{\"name\":\"fan\"}"), 0);
}

static void a_full_disk_leaves_nothing_and_no_directory_that_was_not_there(void **state)
{
	struct rlimit was, small;
	int code;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small = was;
	small.rlim_cur = 5000;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	code = run("{\"name\":\"fan\"}");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(code, 1);
	assert_string_equal(why_text, "fan/meson.build: File too large");
	assert_false(is_there("fan"));
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	static char request[6000];
	size_t len;

	(void)state;
	len = (size_t)snprintf(request, sizeof(request), "{\"name\":\"fan\",\"dir\":\"");
	memset(request + len, 'd', 4090);
	(void)snprintf(request + len + 4090, 3, "\"}");
	assert_int_equal(run(request), 1);
	assert_non_null(strstr(why_text, strerror(ENAMETOOLONG)));
	assert_int_equal(run("{\"name\":\"fan\",\"dir\":\"a\\u0000b\"}"), 2);
	assert_string_equal(why_text, "--dir: no directory has such a name");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
	static const struct CMUnitTest tests[] = {
		T(each_mark_becomes_the_name_and_nothing_else_does),
		T(it_says_what_it_wrote_and_what_is_next),
		T(what_no_c_name_can_be_is_refused),
		T(a_name_is_as_long_as_that_of_its_task_may_be),
		T(nothing_is_overwritten_and_the_first_is_not_even_begun),
		T(a_full_disk_leaves_nothing_and_no_directory_that_was_not_there),
		T(a_path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
