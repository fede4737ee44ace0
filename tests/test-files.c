/*
 * test-files.c - services.d/files.c: which orders follow which changes, when, and what is refused.
 * Directories are real, the orders' answers the test's.
 */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service-fake-wait.h"

#include "../services.d/files.c"

#define MS UINT64_C(1000000)

static struct files service;
static struct aiot_task task;
static char root[64], patterns[512];
static const char *message;

static struct aiot_wait ordered(const char *verb, const char *name, const char *const *args)
{
	fake_wait = (struct fake_wait){.what = verb};
	(void)snprintf(fake_wait.name, sizeof(fake_wait.name), "%s", name);
	for (; args != NULL && *args != NULL; args += 2)
		(void)snprintf(fake_wait.args, sizeof(fake_wait.args), "%s=%s", args[0], args[1]);
	return (struct aiot_wait){1};
}

struct aiot_wait aiot_task_start(struct aiot_task *t, const char *name)
{
	(void)t;
	return ordered("start", name, NULL);
}

struct aiot_wait aiot_task_stop(struct aiot_task *t, const char *name)
{
	(void)t;
	return ordered("stop", name, NULL);
}

struct aiot_wait aiot_task_restart(struct aiot_task *t, const char *name)
{
	(void)t;
	return ordered("restart", name, NULL);
}

struct aiot_wait aiot_task_trigger(struct aiot_task *t, const char *name, const char *const *args)
{
	(void)t;
	return ordered("trigger", name, args);
}

const char *aiot_reply_message(const struct aiot_task *t)
{
	(void)t;
	return message;
}

/* ---- the stage ------------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	fake_reset();
	(void)snprintf(root, sizeof(root), "/tmp/test-files-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	(void)snprintf(patterns, sizeof(patterns), "%s/*", root);
	memset(&service, 0, sizeof(service));
	service.paths = patterns;
	service.task = "world";
	service.order = "trigger";
	service.on = "created changed deleted";
	service.pass = "";
	service.settle_ms = 200;
	service.directories_max = 1024;
	message = "";
	fake_start(&task, files, &service);
	return 0;
}

static const char *at(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static int teardown(void **state)
{
	static const char *const names[] = {"a", "b", "c", ""};
	size_t i;

	(void)state;
	(void)fake_stop(&task);
	for (i = 0; i < 4; i++)
		(void)remove(at(names[i]));
	return access(root, F_OK) == 0 ? -1 : 0; /* something is left */
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static void step(const char *what)
{
	assert_int_equal(fake_step(&task), AIOT_PENDING);
	assert_string_equal(fake_wait.what, what);
}

/* From the beginning until it waits for the first event. */
static void begin(void)
{
	step("work");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
}

/* The time that it waits for passes without an event. */
static void settle(const char *then)
{
	fake_now_ns += fake_wait.timeout_ms * MS;
	fake_waited = -AIOT_ETIMEDOUT;
	step(then);
	fake_waited = 0;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void changes_are_told_together_when_they_have_settled(void **state)
{
	(void)state;
	begin();
	put("a");
	put("b");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, 200);
	put("a");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, 200);
	settle("trigger");
	assert_string_equal(fake_wait.name, "world");
	assert_string_equal(fake_wait.args, "");
	step("fd");
	assert_string_equal(fake_text(&task, 0), "2 paths: triggered 'world'");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	assert_int_equal(service.orders, 1);
	assert_int_equal(service.changes, 5);
	assert_string_equal(service.last, at("a"));
}

static void changes_that_never_settle_are_told_all_the_same(void **state)
{
	uint32_t turns = 0;

	(void)state;
	begin();
	do {
		put("a");
		fake_now_ns += 150 * MS;
		assert_int_equal(fake_step(&task), AIOT_PENDING);
		assert_true(++turns < 100);
	} while (strcmp(fake_wait.what, "fd") == 0);
	assert_string_equal(fake_wait.what, "trigger");
	assert_in_range(turns, 10, 16);
}

static void a_path_can_be_passed_on_with_a_run_for_each(void **state)
{
	char expected[160];

	(void)state;
	service.pass = "path";
	begin();
	put("b");
	put("a");
	step("fd");
	settle("trigger");
	(void)snprintf(expected, sizeof(expected), "path=%s", at("b"));
	assert_string_equal(fake_wait.args, expected);
	step("trigger");
	(void)snprintf(expected, sizeof(expected), "%s: triggered 'world'", at("b"));
	assert_string_equal(fake_text(&task, 0), expected);
	(void)snprintf(expected, sizeof(expected), "path=%s", at("a"));
	assert_string_equal(fake_wait.args, expected);
	step("fd");
	assert_int_equal(service.orders, 2);
	assert_int_equal(service.pending, 0);
}

static void what_does_not_count_is_not_told(void **state)
{
	(void)state;
	put("a");
	service.on = "deleted";
	begin();
	put("a");
	put("b");
	step("fd");
	assert_int_equal(fake_wait.timeout_ms, AIOT_FOREVER);
	assert_int_equal(unlink(at("a")), 0);
	step("fd");
	settle("trigger");
	assert_int_equal(service.changes, 1);
}

static void an_order_that_fails_is_told_and_the_next_is_given(void **state)
{
	char expected[160];

	(void)state;
	service.order = "start";
	begin();
	put("a");
	step("fd");
	settle("start");
	message = "there is no task 'world'";
	fake_waited = -AIOT_ENOENT;
	step("fd");
	(void)snprintf(expected, sizeof(expected),
		       "%s: start 'world' failed: there is no task 'world'", at("a"));
	assert_string_equal(fake_text(&task, 0), expected);
	assert_int_equal(service.failures, 1);
	fake_waited = 0;
	put("a");
	step("fd");
	settle("start");
	fake_waited = -AIOT_EALREADY; /* it runs: nothing is wrong */
	step("fd");
	assert_int_equal(service.failures, 1);
	assert_int_equal(service.orders, 1);
}

static void each_order_can_be_given(void **state)
{
	(void)state;
	service.order = "stop";
	begin();
	put("a");
	step("fd");
	settle("stop");
	step("fd");
	(void)fake_stop(&task);
	service.order = "restart";
	fake_start(&task, files, &service);
	begin();
	put("a");
	step("fd");
	settle("restart");
	assert_int_equal(fake_count(&task, AIOT_WARN), 0);
}

static void more_paths_than_fit_are_told_together(void **state)
{
	char name[160];
	unsigned i;

	(void)state;
	service.pass = "path";
	begin();
	for (i = 0; i < PATHS_MAX + 5; i++) {
		(void)snprintf(name, sizeof(name), "/some/%u", i);
		hear_change(&service, name, WATCHING_CHANGED);
	}
	assert_int_equal(service.pending, PATHS_MAX);
	put("a");
	step("fd");
	settle("trigger");
	for (i = 1; i < PATHS_MAX; i++)
		step("trigger");
	assert_string_equal(fake_wait.args, "path=/some/63");
	step("trigger");
	assert_string_equal(fake_wait.args, "");
	step("fd");
	assert_string_equal(fake_text(&task, 0), "64 and more paths: triggered 'world'");
}

static void lost_events_count_as_a_change(void **state)
{
	(void)state;
	begin();
	hear_change(&service, "", WATCHING_LOST);
	put("a");
	step("fd");
	settle("trigger");
}

static void assert_refused(const char *words)
{
	assert_int_equal(files_init(&task, &service), -AIOT_EINVAL);
	assert_string_equal(task.message, words);
	fake_start(&task, files, &service);
	assert_int_equal(fake_step(&task), AIOT_FAILED);
	assert_string_equal(task.message, words);
}

static void wrong_options_are_refused(void **state)
{
	(void)state;
	assert_int_equal(files_init(&task, &service), 0);
	service.paths = " ,";
	assert_refused("paths: there is none; what is watched?");
	service.paths = "/a, b";
	assert_refused("paths: 'b': not an absolute path");
	service.paths = patterns;
	service.task = "";
	assert_refused("task: there is none; which is to run?");
	service.task = "world";
	service.order = "kill";
	assert_refused("do: it is trigger, start, restart or stop");
	service.order = "start";
	service.pass = "path";
	assert_refused("pass: only do = trigger hands on a path");
	service.pass = "";
	service.on = "renamed";
	assert_refused("on: it is made of created, changed and deleted");
	service.on = "";
	assert_refused("on: it is made of created, changed and deleted");
}

#define IN_A_ROOT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_ROOT(changes_are_told_together_when_they_have_settled),
		IN_A_ROOT(changes_that_never_settle_are_told_all_the_same),
		IN_A_ROOT(a_path_can_be_passed_on_with_a_run_for_each),
		IN_A_ROOT(what_does_not_count_is_not_told),
		IN_A_ROOT(an_order_that_fails_is_told_and_the_next_is_given),
		IN_A_ROOT(each_order_can_be_given),
		IN_A_ROOT(more_paths_than_fit_are_told_together),
		IN_A_ROOT(lost_events_count_as_a_change),
		IN_A_ROOT(wrong_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
