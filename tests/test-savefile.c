/*
 * test-savefile.c - a file is replaced as a whole or not at all, whatever stops the writer.
 */
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
#include <sys/wait.h>
#include <unistd.h>

#include "savefile.h"

static char dir[64], path[80], temporary[80], bad[80], why[256];
static char bytes[65536], got[65536];

static int setup(void **state)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/aiot-savefile-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/it", dir);
	(void)snprintf(temporary, sizeof(temporary), "%s/it.tmp", dir);
	(void)snprintf(bad, sizeof(bad), "%s/it.bad", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)unlink(path);
	(void)unlink(temporary);
	(void)unlink(bad);
	return rmdir(dir);
}

static int save(char fill, size_t len)
{
	memset(bytes, fill, len);
	return aiot_savefile(dir, "it", bytes, len, why, sizeof(why));
}

static size_t load(void)
{
	FILE *file = fopen(path, "rb");
	size_t len;

	assert_non_null(file);
	len = fread(got, 1, sizeof(got), file);
	assert_int_equal(fclose(file), 0);
	return len;
}

static void what_is_saved_is_there_and_nothing_beside_it(void **state)
{
	struct stat st;

	assert_int_equal(save('a', 1000), 0);
	assert_int_equal(save('b', 300), 0);
	assert_int_equal(load(), 300);
	assert_memory_equal(got, bytes, 300);
	assert_int_equal(access(temporary, F_OK), -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
}

/* A limit of this process' file sizes stands for a disk that is full in the middle of it. */
static void a_short_write_leaves_the_old_file(void **state)
{
	struct rlimit old, small;

	assert_int_equal(save('a', 1000), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(save('b', 20000), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_non_null(strstr(why, path));
	assert_non_null(strstr(why, "cannot write: File too large"));
	assert_int_equal(load(), 1000);
	assert_int_equal(got[0], 'a');
	assert_int_equal(access(temporary, F_OK), -1);
}

static void a_directory_that_is_not_there_is_told(void **state)
{
	assert_int_equal(aiot_savefile("/nowhere", "it", "x", 1, why, sizeof(why)), -ENOENT);
	assert_string_equal(why,
			    "'/nowhere/it': cannot open the directory: No such file or directory");
}

static void what_cannot_be_replaced_is_told_and_stays(void **state)
{
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(save('a', 10), -EISDIR);
	assert_non_null(strstr(why, "cannot be replaced"));
	assert_int_equal(access(temporary, F_OK), -1);
	assert_int_equal(rmdir(path), 0);
}

/* A link in the place of the temporary would be somebody's way to have another file written. */
static void no_link_is_followed(void **state)
{
	char other[80];

	(void)snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(symlink(other, temporary), 0);
	assert_int_equal(save('a', 10), 0);
	assert_int_equal(access(other, F_OK), -1);
	assert_int_equal(load(), 10);
}

static void set_aside_keeps_one(void **state)
{
	assert_int_equal(save('a', 10), 0);
	assert_int_equal(aiot_savefile_set_aside(path), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(bad, F_OK), 0);
	assert_int_equal(aiot_savefile_set_aside(path), -ENOENT);
	assert_int_equal(save('b', 10), 0);
	assert_int_equal(aiot_savefile_set_aside(path), 0);
}

static void a_kill_at_any_time_leaves_a_whole_file(void **state)
{
	unsigned i, seed = 3;

	assert_int_equal(save('a', 50000), 0);
	for (i = 0; i < 60; i++) {
		pid_t pid = fork();
		size_t len;

		assert_true(pid >= 0);
		while (pid == 0) {
			(void)save('b', 30000);
			(void)save('c', 60000);
		}
		seed = seed * 1664525u + 1013904223u;
		(void)usleep((seed >> 20) % 2000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		len = load();
		assert_true(len == (got[0] == 'a' ? 50000u : got[0] == 'b' ? 30000u : 60000u));
		memset(bytes, got[0], len);
		assert_memory_equal(got, bytes, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_saved_is_there_and_nothing_beside_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_short_write_leaves_the_old_file, setup, teardown),
		cmocka_unit_test_setup_teardown(a_directory_that_is_not_there_is_told, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_replaced_is_told_and_stays, setup,
						teardown),
		cmocka_unit_test_setup_teardown(no_link_is_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(set_aside_keeps_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_kill_at_any_time_leaves_a_whole_file, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
