/*
 * test-keep-save.c - what verbs write is there whole or not at all: a child is killed before each
 * of the system calls that writing takes, or has each of them fail, and what is read afterwards is
 * what was there before or what was to be.
 *
 * The calls are this program's own functions, which the linker prefers to the C library's.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keep.h"

#define OLDER "{\"older\":{}}\n"
#define OLD "{\"old\":{\"enabled\":true}}\n"
#define NEW "{\"new\":{\"enabled\":false}}, which is longer than the one before\n"

/* ---- calls that fail ---- */

static unsigned countdown; /* 0: nothing is to happen */
static int fault;	   /* the errno; 0: the process is killed */
static bool ahead;	   /* of a write half is written before */

static bool struck(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	if (fault == 0)
		(void)raise(SIGKILL);
	errno = fault;
	return true;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	if (ahead && countdown == 1 && len > 1)
		(void)syscall(SYS_write, fd, bytes, len / 2);
	return struck() ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, len);
}

int fsync(int fd)
{
	return struck() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
	return struck() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	return struck() ? -1 : (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int unlink(const char *path)
{
	return struck() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int mkdir(const char *path, mode_t mode)
{
	return struck() ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

/* ---- the stage ---- */

static char base[64], state[80], run[80];

static void put(const char *dir, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/x.json", dir);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const char *get(const char *dir)
{
	static char text[256];
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/x.json", dir);
	file = fopen(path, "r");
	if (file == NULL)
		return "";
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	assert_int_equal(fclose(file), 0);
	return text;
}

/* As the daemon reads it: the runtime directory's, if there is one. */
static const char *read_back(void)
{
	const char *text = get(run);

	return text[0] ? text : get(state);
}

static int open_stage(void **s)
{
	(void)s;
	memcpy(base, "/tmp/test-keep-XXXXXX", 22);
	if (mkdtemp(base) == NULL)
		return -1;
	(void)snprintf(state, sizeof(state), "%s/state", base);
	(void)snprintf(run, sizeof(run), "%s/run", base);
	return mkdir(state, 0755) || mkdir(run, 0755);
}

static int close_stage(void **s)
{
	char command[128];

	(void)s;
	countdown = 0;
	(void)snprintf(command, sizeof(command), "rm -r %s", base);
	return system(command);
}

static int save(bool shadowed, const char *second, struct aiot_keep_result *result)
{
	char text[] = NEW;
	const struct aiot_keep_order order = {
		.dirs = {state, second},
		.name = "x.json",
		.mode = 0600,
		.shadowed = shadowed,
		.bytes = text,
		.len = strlen(text),
	};

	*result = (struct aiot_keep_result){.code = 0};
	aiot_keep_save(&order, result);
	return result->code;
}

#define UNSTRUCK 2 /* there were fewer calls */

/* In a child: 0 it succeeded, 1 it did not, perhaps with UNSTRUCK; -1 it was killed. */
static int save_in_child(unsigned n, int error, bool shadowed, const char *second)
{
	struct aiot_keep_result result;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		countdown = n;
		fault = error;
		status = save(shadowed, second, &result) == 0 ? 0 : 1;
		_exit(status + (countdown > 0 ? UNSTRUCK : 0));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGKILL);
		return -1;
	}
	return WEXITSTATUS(status);
}

static void prepare(bool shadowed)
{
	put(state, shadowed ? OLDER : OLD);
	if (shadowed)
		put(run, OLD);
}

static bool is_one_of_both(const char *text)
{
	return strcmp(text, OLD) == 0 || strcmp(text, NEW) == 0;
}

/* Every call in turn; returns how many there are. */
static unsigned strike_each(int error, bool shadowed, const char *second)
{
	struct aiot_keep_result result;
	unsigned n;

	for (n = 1; n < 100; n++) {
		int r;

		prepare(shadowed);
		r = save_in_child(n, error, shadowed, second);
		assert_true(is_one_of_both(read_back()));
		if (r >= 0 && (r & 1) == 0)
			assert_string_equal(read_back(), NEW);
		if (r == 1)
			assert_string_equal(read_back(), OLD);
		/* What was left lying about is in nobody's way. */
		assert_int_equal(save(get(run)[0] != '\0', run, &result), 0);
		assert_string_equal(read_back(), NEW);
		assert_string_equal(get(run), "");
		if (r >= 0 && r & UNSTRUCK)
			break;
	}
	return n;
}

static void a_kill_at_any_call_leaves_the_old_file_or_the_new_one(void **s)
{
	unsigned plain, shadowed;

	(void)s;
	plain = strike_each(0, false, run);
	shadowed = strike_each(0, true, run);
	assert_true(plain >= 6); /* mkdir, write, fchmod, fsync, rename, fsync; then none is left */
	assert_true(shadowed >= 2 * plain - 1);
	assert_true(shadowed < 100);
}

static void so_does_one_in_the_middle_of_a_write(void **s)
{
	(void)s;
	ahead = true;
	(void)strike_each(0, false, run);
	(void)strike_each(0, true, run);
	ahead = false;
}

static void whatever_fails_the_file_is_the_old_one_or_the_new_one_and_so_is_the_answer(void **s)
{
	static const int errors[] = {ENOSPC, EROFS, EIO, EDQUOT, EACCES};
	size_t i;

	(void)s;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		(void)strike_each(errors[i], false, NULL);
		(void)strike_each(errors[i], false, run);
		(void)strike_each(errors[i], true, run);
	}
}

/* ---- where ---- */

static void the_second_directory_has_what_the_first_does_not_take(void **s)
{
	struct aiot_keep_result result;
	char wrong[128];

	(void)s;
	assert_int_equal(rmdir(state), 0);
	put(base, "in the way");
	(void)snprintf(wrong, sizeof(wrong), "%s/x.json", base);
	memcpy(state, wrong, strlen(wrong) + 1);
	assert_int_equal(save(false, run, &result), 0);
	assert_string_equal(get(run), NEW);
	assert_non_null(strstr(result.why, "cannot open the directory: Not a directory"));
	assert_non_null(strstr(result.path, "/run/x.json"));
	assert_int_equal(save(false, NULL, &result), -ENOTDIR);
	(void)snprintf(state, sizeof(state), "%s/state", base);
}

static void a_directory_that_is_missing_is_made_and_the_mode_is_what_was_asked_for(void **s)
{
	struct aiot_keep_result result;
	char path[128];
	struct stat st;

	(void)s;
	assert_int_equal(rmdir(state), 0);
	assert_int_equal(save(false, NULL, &result), 0);
	assert_string_equal(result.why, "");
	assert_string_equal(get(state), NEW);
	(void)snprintf(path, sizeof(path), "%s/x.json", state);
	assert_string_equal(result.path, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void the_older_copy_goes_when_the_first_directory_takes_the_file_again(void **s)
{
	struct aiot_keep_result result;

	(void)s;
	prepare(true);
	assert_int_equal(save(true, run, &result), 0);
	assert_string_equal(get(state), NEW);
	assert_string_equal(get(run), "");
}

static void a_directory_that_cannot_be_synced_is_told_but_is_no_failure(void **s)
{
	struct aiot_keep_result result;

	(void)s;
	put(state, OLD);
	countdown = 6; /* the last of them */
	fault = EIO;
	assert_int_equal(save(false, NULL, &result), 0);
	assert_string_equal(get(state), NEW);
	assert_non_null(strstr(result.why, "may not outlive a power loss"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
	static const struct CMUnitTest tests[] = {
		T(a_kill_at_any_call_leaves_the_old_file_or_the_new_one),
		T(so_does_one_in_the_middle_of_a_write),
		T(whatever_fails_the_file_is_the_old_one_or_the_new_one_and_so_is_the_answer),
		T(the_second_directory_has_what_the_first_does_not_take),
		T(a_directory_that_is_missing_is_made_and_the_mode_is_what_was_asked_for),
		T(the_older_copy_goes_when_the_first_directory_takes_the_file_again),
		T(a_directory_that_cannot_be_synced_is_told_but_is_no_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
