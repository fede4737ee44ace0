/*
 * test-install-files.c - a service's two files come in place whole or not at all, whatever fails
 * and whenever the program is killed.
 *
 * What changes files goes through this program's own functions of those names, which count, and at
 * the chosen call fail or kill.
 */
#define _GNU_SOURCE /* nftw, syscall */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "install-files.h"
#include "mem.h"

/* ---- calls that fail or kill ---- */

static struct {
	bool on;
	unsigned calls, at; /* at: which one; 0: none */
	int error;	    /* 0: it kills */
} hook;

/* true: it is to fail, and errno is set. */
static bool strike(void)
{
	if (!hook.on || ++hook.calls != hook.at)
		return false;
	if (hook.error == 0)
		(void)raise(SIGKILL);
	errno = hook.error;
	return true;
}

int fsync(int fd)
{
	return strike() ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	return strike() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	/* Taking back does not fail, but can be as late as the kill. */
	if (hook.error == 0)
		(void)strike();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fchmod(int fd, mode_t mode)
{
	return strike() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	return strike() ? -1 : syscall(SYS_write, fd, bytes, len);
}

/* A piece at a time, so that there is a middle. */
ssize_t sendfile(int to, int from, off_t *at, size_t len)
{
	char bytes[4096];
	ssize_t n;

	if (strike())
		return -1;
	n = pread(from, bytes, len < sizeof(bytes) ? len : sizeof(bytes), *at);
	if (n > 0)
		n = syscall(SYS_write, to, bytes, (size_t)n);
	*at += n > 0 ? n : 0;
	return n;
}

/* ---- the stage ---- */

#define MODULE_BYTES 20000u
#define OLD_INI "[Service]\nModule = it\n# old\n"
#define NEW_INI "[Service]\nModule = it\n# new, and longer\n"

static char base[64];
static struct aiot_install_files files;

static const char *path_of(const char *file)
{
	static char path[4][512];
	static unsigned turn;

	(void)snprintf(path[++turn % 4], sizeof(path[0]), "%s/%s", base, file);
	return path[turn % 4];
}

static void put(const char *file, const char *bytes, size_t len)
{
	FILE *f = fopen(path_of(file), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* What the module, or the INI file, is: 'o'ld, 'n'ew, '-' none. */
static char kind_of(const char *file, size_t len)
{
	static char got[65536];
	FILE *f = fopen(path_of(file), "rb");
	size_t n;

	if (f == NULL)
		return '-';
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = '\0';
	assert_int_equal(fclose(f), 0);
	if (len > 0) {
		assert_int_equal(n, len);
		assert_int_equal(got[0], got[n - 1]);
		return got[0];
	}
	assert_true(strcmp(got, OLD_INI) == 0 || strcmp(got, NEW_INI) == 0);
	return strcmp(got, OLD_INI) == 0 ? 'o' : 'n';
}

static unsigned left_over(const char *dir)
{
	struct dirent *entry;
	unsigned count = 0;
	DIR *d = opendir(path_of(dir));

	if (d == NULL)
		return 0;
	while ((entry = readdir(d)) != NULL)
		count += strstr(entry->d_name, ".new") != NULL;
	(void)closedir(d);
	return count;
}

static void offer(char fill)
{
	static char bytes[MODULE_BYTES];

	memset(bytes, fill, sizeof(bytes));
	put("pack/it.so", bytes, sizeof(bytes));
	put("pack/it.ini", fill == 'o' ? OLD_INI : NEW_INI,
	    strlen(fill == 'o' ? OLD_INI : NEW_INI));
}

static void begin(const char *source)
{
	aiot_mem_free(files.ini);
	memset(&files, 0, sizeof(files));
	(void)snprintf(files.source, sizeof(files.source), "%s", path_of(source));
	(void)snprintf(files.state, sizeof(files.state), "%s", path_of("state"));
}

static int run(void)
{
	int r;

	begin("pack/it.so");
	hook.calls = 0;
	hook.on = true;
	r = aiot_install_stage(&files);
	if (r == 0)
		r = aiot_install_commit(&files);
	hook.on = false;
	return r;
}

static int setup(void **state)
{
	(void)state;
	memset(&hook, 0, sizeof(hook));
	(void)snprintf(base, sizeof(base), "/tmp/test-install-XXXXXX");
	return mkdtemp(base) == NULL || mkdir(path_of("pack"), 0755) < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	hook.on = false;
	begin("pack");
	return nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char module_kind(void)
{
	return kind_of("state/modules/it.so", MODULE_BYTES);
}

static char ini_kind(void)
{
	return kind_of("state/services.d/it.ini", 0);
}

static char old_kind(void)
{
	return kind_of("state/services.d/it.ini.old", 0);
}

/* ---- tests ---- */

static void both_come_in_place_and_go_again(void **state)
{
	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	assert_int_equal(module_kind(), 'o');
	assert_int_equal(ini_kind(), 'o');
	offer('n');
	assert_int_equal(run(), 0);
	assert_int_equal(module_kind(), 'n');
	assert_int_equal(ini_kind(), 'n');
	assert_true(aiot_install_there(path_of("state"), "it"));
	assert_int_equal(aiot_install_remove(&files), 0);
	assert_int_equal(module_kind(), '-');
	assert_int_equal(ini_kind(), '-');
	assert_int_equal(old_kind(), '-');
	assert_false(aiot_install_there(path_of("state"), "it"));
	assert_int_equal(aiot_install_remove(&files), -AIOT_ENOENT);
}

static void what_its_file_said_before_is_kept_beside_it(void **state)
{
	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	assert_false(files.kept);
	assert_int_equal(run(), 0); /* the same again */
	assert_false(files.kept);
	assert_int_equal(old_kind(), '-');
	offer('n');
	assert_int_equal(run(), 0);
	assert_true(files.kept);
	assert_int_equal(old_kind(), 'o');
	assert_int_equal(ini_kind(), 'n');
}

static void what_a_kill_between_the_two_has_left_can_be_removed(void **state)
{
	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	assert_int_equal(unlink(path_of("state/services.d/it.ini")), 0);
	assert_true(aiot_install_there(path_of("state"), "it"));
	assert_int_equal(aiot_install_remove(&files), 0);
	assert_int_equal(module_kind(), '-');
}

static void without_an_ini_file_the_old_one_stays(void **state)
{
	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	offer('n');
	assert_int_equal(unlink(path_of("pack/it.ini")), 0);
	assert_int_equal(run(), 0);
	assert_null(files.ini);
	assert_int_equal(module_kind(), 'n');
	assert_int_equal(ini_kind(), 'o');
}

static void a_directory_with_one_module_means_that(void **state)
{
	(void)state;
	begin("pack");
	assert_int_equal(aiot_install_stage(&files), -AIOT_ENOENT);
	assert_non_null(strstr(files.why, "/pack: holds no module (NAME.so)"));
	offer('o');
	put("pack/.hidden.so", "x", 1);
	begin("pack");
	assert_int_equal(aiot_install_stage(&files), 0);
	assert_string_equal(files.name, "it");
	aiot_install_drop(&files);
	assert_int_equal(left_over("state/modules"), 0);
	put("pack/other.so", "x", 1);
	begin("pack");
	assert_int_equal(aiot_install_stage(&files), -AIOT_EINVAL);
	assert_non_null(strstr(files.why, "/pack: holds 2 modules, "));
}

static void what_has_no_name_is_refused(void **state)
{
	static const char *const names[] = {"pack/x.txt", "pack/.so", "pack/a b.so", "pack/.x.so",
					    "pack/x.service.so"};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put(names[i], "x", 1);
		begin(names[i]);
		assert_int_equal(aiot_install_stage(&files), -AIOT_EINVAL);
		assert_non_null(strstr(files.why, ": is neither NAME.so nor a directory"));
	}
	assert_int_equal(mkdir(path_of("pack/dir.so"), 0755), 0);
	begin("pack/dir.so");
	assert_int_equal(aiot_install_stage(&files), -AIOT_ENOENT);
}

/* Whatever call fails, it is told with the file's own name, and nothing is half there. */
static void each_call_that_fails_leaves_all_as_it_was(void **state)
{
	unsigned at, failed = 0;

	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	offer('n');
	hook.error = ENOSPC;
	for (at = 1; at < 100; at++) {
		bool half;
		int r;

		hook.at = at;
		r = run();
		if (r == 0)
			break;
		failed++;
		assert_int_equal(r, -ENOSPC);
		assert_null(strstr(files.why, ".new"));
		assert_non_null(strstr(files.why, "No space left on device"));
		half = strstr(files.why, "the module is the new one already") != NULL;
		assert_int_equal(left_over("state/modules") + left_over("state/services.d"), 0);
		if (!half && strstr(files.why, "synced") == NULL)
			assert_int_equal(module_kind(), 'o');
		assert_true(half == (module_kind() == 'n'));
		if (ini_kind() == 'n')
			assert_int_equal(module_kind(), 'n');
		hook.at = 0;
		offer('o');
		assert_int_equal(run(), 0);
		offer('n');
	}
	assert_in_range(failed, 8, 60);
}

static void a_kill_at_each_call_leaves_the_old_or_the_new(void **state)
{
	unsigned at, killed = 0;

	(void)state;
	offer('o');
	assert_int_equal(run(), 0);
	for (at = 1; at < 100; at++) {
		int status = 0;
		pid_t pid;

		offer('n');
		hook.at = at;
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(run() < 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		hook.at = 0;
		assert_true(module_kind() == 'o' || module_kind() == 'n');
		if (ini_kind() == 'n')
			assert_int_equal(module_kind(), 'n');
		if (WIFEXITED(status))
			break;
		killed++;
		offer('o');
		assert_int_equal(run(), 0); /* and what was left is no trouble */
		assert_int_equal(left_over("state/modules") + left_over("state/services.d"), 0);
	}
	assert_int_equal(module_kind(), 'n');
	assert_in_range(killed, 10, 60);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(both_come_in_place_and_go_again),
		T(what_its_file_said_before_is_kept_beside_it),
		T(what_a_kill_between_the_two_has_left_can_be_removed),
		T(without_an_ini_file_the_old_one_stays),
		T(a_directory_with_one_module_means_that),
		T(what_has_no_name_is_refused),
		T(each_call_that_fails_leaves_all_as_it_was),
		T(a_kill_at_each_call_leaves_the_old_or_the_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
