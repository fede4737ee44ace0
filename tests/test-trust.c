/*
 * Which files are trusted: each way in which somebody else could have written one is refused with
 * its sentence.  As root also with files of another user, seen by both.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aiotools.h"
#include "trust.h"

#define OTHER 65534

static char base[] = "/tmp/test-trust-XXXXXX";
static char why[512];

static int enter(void **state)
{
	(void)state;
	memcpy(base + sizeof(base) - 7, "XXXXXX", 6);
	if (!mkdtemp(base) || chdir(base) < 0 || mkdir("up", 0755) < 0 || mkdir("up/d", 0755) < 0)
		return -1;
	return close(open("up/d/f", O_CREAT | O_WRONLY, 0644));
}

static int leave(void **state)
{
	static const char *const names[] = {"up/d/f", "up/d/fifo", "up/l", "up/d", "up"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)remove(names[i]);
	return chdir("/") < 0 || rmdir(base) < 0 ? -1 : 0;
}

static void expect(const char *path, int rc, const char *sentence)
{
	(void)memset(why, 'x', sizeof(why));
	assert_int_equal(aiot_trust_check(path, why, sizeof(why)), rc);
	assert_string_equal(why, sentence);
}

static void an_ordinary_file_is_trusted(void **state)
{
	(void)state;
	expect("up/d/f", 0, "");
	assert_int_equal(chmod("up/d/f", 0400), 0);
	expect("up/d/f", 0, "");
	assert_int_equal(chdir("up/d"), 0);
	expect("f", 0, "");
	expect("./f", 0, "");
	expect("../d//f", 0, "");
	assert_int_equal(chdir(base), 0);
}

static void a_file_that_others_write_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod("up/d/f", 0664), 0);
	expect("up/d/f", -AIOT_EPERM,
	       "up/d/f: not trusted: it can be written by its group (mode 0664); "
	       "run: chmod go-w up/d/f");
	assert_int_equal(chmod("up/d/f", 0646), 0);
	expect("up/d/f", -AIOT_EPERM,
	       "up/d/f: not trusted: it can be written by everyone (mode 0646); "
	       "run: chmod go-w up/d/f");
}

static void the_sentence_names_the_directory(const char *dir, mode_t mode, const char *text)
{
	char wanted[512];

	assert_int_equal(chmod(dir, mode), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "up/d/f: not trusted: %s%s/%s can be written by %s (mode %04o); "
		       "run: chmod go-w %s/%s",
		       text, base, dir, mode & S_IWOTH ? "everyone" : "its group", (unsigned)mode,
		       base, dir);
	expect("up/d/f", -AIOT_EPERM, wanted);
}

static void a_directory_that_others_write_is_refused(void **state)
{
	(void)state;
	the_sentence_names_the_directory("up/d", 0775, "its directory ");
	the_sentence_names_the_directory("up/d", 0757, "its directory ");
	/* Sticky: others cannot rename the file, but they can put one of theirs beside it. */
	the_sentence_names_the_directory("up/d", 01777, "its directory ");
}

static void the_directory_above_may_be_for_everyone_if_sticky(void **state)
{
	(void)state;
	assert_int_equal(chmod("up", 01777), 0);
	expect("up/d/f", 0, "");
	the_sentence_names_the_directory("up", 0777, "a directory above it, ");
	the_sentence_names_the_directory("up", 0775, "a directory above it, ");
}

static void a_link_is_followed_and_both_places_count(void **state)
{
	char wanted[512];

	(void)state;
	assert_int_equal(symlink("d/f", "up/l"), 0);
	expect("up/l", 0, "");
	assert_int_equal(chmod("up/d", 0775), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "up/l: not trusted: its directory %s/up/d can be written by its group "
		       "(mode 0775); run: chmod go-w %s/up/d",
		       base, base);
	expect("up/l", -AIOT_EPERM, wanted);
	assert_int_equal(chmod("up/d", 0755), 0);
	assert_int_equal(chmod("up", 0775), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "up/l: not trusted: its directory %s/up can be written by its group "
		       "(mode 0775); run: chmod go-w %s/up",
		       base, base);
	expect("up/l", -AIOT_EPERM, wanted);
	assert_int_equal(chmod("up", 0755), 0);
	assert_int_equal(chmod("up/d/f", 0666), 0);
	expect("up/l", -AIOT_EPERM,
	       "up/l: not trusted: it can be written by everyone (mode 0666); run: chmod go-w "
	       "up/l");
}

static void only_regular_files_are_trusted(void **state)
{
	(void)state;
	expect("up/d", -AIOT_EPERM, "up/d: not trusted: it is not a regular file");
	assert_int_equal(mkfifo("up/d/fifo", 0600), 0);
	expect("up/d/fifo", -AIOT_EPERM, "up/d/fifo: not trusted: it is not a regular file");
	expect("/dev/null", -AIOT_EPERM, "/dev/null: not trusted: it is not a regular file");
	expect("/", -AIOT_EPERM, "/: not trusted: it is not a regular file");
}

static void what_is_not_there_says_so(void **state)
{
	char loop[100];

	(void)state;
	expect("up/d/none", -AIOT_ENOENT, "up/d/none: cannot be opened: No such file or directory");
	expect("", -AIOT_ENOENT, ": cannot be opened: No such file or directory");
	assert_int_equal(symlink("l", "up/l"), 0);
	(void)snprintf(loop, sizeof(loop), "up/l: cannot be opened: %s", strerror(ELOOP));
	expect("up/l", -ELOOP, loop); /* not every C library says it in the same words */
}

static void the_open_file_is_the_one_that_was_checked(void **state)
{
	struct stat checked, now;
	int fd = -7;

	(void)state;
	assert_int_equal(stat("up/d/f", &checked), 0);
	assert_int_equal(aiot_trust_open("up/d/f", &fd, why, sizeof(why)), 0);
	assert_int_equal(rename("up/d/f", "up/l"), 0);
	assert_int_equal(fstat(fd, &now), 0);
	assert_int_equal(now.st_ino, checked.st_ino);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
	fd = -7;
	assert_int_equal(aiot_trust_open("up/d/f", &fd, why, sizeof(why)), -AIOT_ENOENT);
	assert_int_equal(fd, -7);
}

static void no_descriptor_stays_open(void **state)
{
	int before = open("/dev/null", O_RDONLY);
	int after;

	(void)state;
	assert_int_equal(close(before), 0);
	expect("up/d/f", 0, "");
	assert_int_equal(aiot_trust_check("up/d", why, sizeof(why)), -AIOT_EPERM);
	after = open("/dev/null", O_RDONLY);
	assert_int_equal(close(after), 0);
	assert_int_equal(after, before);
}

static void a_short_buffer_cuts_the_sentence(void **state)
{
	char small[8];

	(void)state;
	assert_int_equal(chmod("up/d/f", 0666), 0);
	assert_int_equal(aiot_trust_check("up/d/f", small, sizeof(small)), -AIOT_EPERM);
	assert_string_equal(small, "up/d/f:");
}

/* Without root there is no giving away: then only what belongs to root is looked at. */
static void files_of_another_user_are_refused(void **state)
{
	char wanted[512];

	(void)state;
	if (geteuid() != 0) {
		expect("/etc/passwd", 0, "");
		return;
	}
	assert_int_equal(chown("up/d/f", OTHER, OTHER), 0);
	expect("up/d/f", -AIOT_EPERM,
	       "up/d/f: not trusted: it belongs to user 65534, not to root; "
	       "run: chown root up/d/f");
	assert_int_equal(chown("up/d/f", 0, 0), 0);
	assert_int_equal(chown("up/d", OTHER, OTHER), 0);
	(void)snprintf(wanted, sizeof(wanted),
		       "up/d/f: not trusted: its directory %s/up/d belongs to user 65534, not to "
		       "root; run: chown root %s/up/d",
		       base, base);
	expect("up/d/f", -AIOT_EPERM, wanted);
	assert_int_equal(chown("up/d", 0, 0), 0);
	/* Its owner could exchange d between the check and the opening. */
	assert_int_equal(chown("up", OTHER, OTHER), 0);
	(void)snprintf(
		wanted, sizeof(wanted),
		"up/d/f: not trusted: a directory above it, %s/up belongs to user 65534, not "
		"to root; run: chown root %s/up",
		base, base);
	expect("up/d/f", -AIOT_EPERM, wanted);
}

/*
 * What another user is told: in a child, for a process that was somebody else is not looked into by
 * its leak checker any more.
 */
static void expect_as(uid_t user, const char *path, const char *sentence)
{
	int ends[2];
	int status = -1;
	ssize_t len;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (seteuid(user) < 0)
			_exit(2);
		(void)aiot_trust_check(path, why, sizeof(why));
		_exit(write(ends[1], why, strlen(why)) != (ssize_t)strlen(why));
	}
	assert_int_equal(close(ends[1]), 0);
	len = read(ends[0], why, sizeof(why) - 1);
	assert_true(len >= 0);
	why[len] = '\0';
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_string_equal(why, sentence);
}

static void a_user_trusts_itself_and_root_but_no_third(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		expect("/etc/passwd", 0, "");
		return;
	}
	assert_int_equal(chmod(base, 0755), 0);
	expect_as(OTHER, "up/d/f", "");
	assert_int_equal(chown("up/d/f", OTHER, OTHER), 0);
	expect_as(OTHER, "up/d/f", "");
	expect_as(1, "up/d/f",
		  "up/d/f: not trusted: it belongs to user 65534, not to root or user 1; "
		  "run: chown root up/d/f");
}

int main(void)
{
#define WITH_FILES(test) cmocka_unit_test_setup_teardown(test, enter, leave)
	const struct CMUnitTest tests[] = {
		WITH_FILES(an_ordinary_file_is_trusted),
		WITH_FILES(a_file_that_others_write_is_refused),
		WITH_FILES(a_directory_that_others_write_is_refused),
		WITH_FILES(the_directory_above_may_be_for_everyone_if_sticky),
		WITH_FILES(a_link_is_followed_and_both_places_count),
		WITH_FILES(only_regular_files_are_trusted),
		WITH_FILES(what_is_not_there_says_so),
		WITH_FILES(the_open_file_is_the_one_that_was_checked),
		WITH_FILES(no_descriptor_stays_open),
		WITH_FILES(a_short_buffer_cuts_the_sentence),
		WITH_FILES(files_of_another_user_are_refused),
		WITH_FILES(a_user_trusts_itself_and_root_but_no_third),
	};

	(void)umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
