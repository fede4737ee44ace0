/*
 * test-posix-spawn.c - starting a process: its descriptors, its group, its environment, and a
 * program that has none of 0, 1 and 2 itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

static char said[256];

/* All that comes out of a descriptor, until its end. */
static const char *hear(int fd)
{
	size_t len = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		(void)poll(&p, 1, -1);
		n = read(fd, said + len, sizeof(said) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	said[len] = '\0';
	(void)close(fd);
	return said;
}

static int run(const char *script, const char *const *more, int *ret_out, int *ret_err)
{
	char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
	char *none[] = {NULL};
	pid_t pid = 0;
	int status = 0;

	assert_int_equal(
		aiot_posix_spawn(argv, more ? (char *const *)more : none, &pid, ret_out, ret_err),
		0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void each_pipe_has_its_own_words(void **state)
{
	int out = -1, err = -1;

	(void)state;
	assert_int_equal(run("echo out; echo err >&2; exit 9", NULL, &out, &err), 9);
	assert_string_equal(hear(out), "out\n");
	assert_string_equal(hear(err), "err\n");
}

static void the_environment_is_ours_and_more(void **state)
{
	const char *const more[] = {"A=1", "AIOT_SPAWN=there", NULL};
	int out = -1, err = -1;

	(void)state;
	assert_int_equal(setenv("AIOT_SPAWN", "here", 1), 0);
	assert_int_equal(setenv("AIOT_SPAWN_2", "kept", 1), 0);
	assert_int_equal(run("echo $A $AIOT_SPAWN $AIOT_SPAWN_2", more, &out, &err), 0);
	assert_string_equal(hear(out), "1 there kept\n");
	(void)hear(err);
}

static void what_we_ignore_and_block_it_does_not(void **state)
{
	sigset_t set, old;
	int out = -1, err = -1;

	(void)state;
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigprocmask(SIG_BLOCK, &set, &old);
	(void)run("(kill -HUP 0; kill -USR1 $$; echo alive)", NULL, &out, &err);
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	(void)signal(SIGHUP, SIG_DFL);
	assert_string_equal(hear(out), "");
	(void)hear(err);
}

static void a_program_without_standard_descriptors_can_start_one(void **state)
{
	int kept[3], out = -1, err = -1, i;

	(void)state;
	for (i = 0; i < 3; i++) {
		kept[i] = fcntl(i, F_DUPFD, 10);
		(void)close(i);
	}
	(void)run("echo out; echo err >&2; read x || echo end", NULL, &out, &err);
	for (i = 0; i < 3; i++) {
		(void)dup2(kept[i], i);
		(void)close(kept[i]);
	}
	assert_true(out > 2 && err > 2);
	assert_string_equal(hear(out), "out\nend\n");
	assert_string_equal(hear(err), "err\n");
}

static void failures_leave_no_descriptor_open(void **state)
{
	char *argv[] = {(char *)"/no/such/program", NULL}, *none[] = {NULL};
	int before = dup(0), after, out = -5, err = -5;
	pid_t pid = -5;

	(void)state;
	(void)close(before);
	if (getenv("AIOT_EMULATED") != NULL)
		skip(); /* qemu-user makes a fork of vfork, and posix_spawn() does not hear of it */
	assert_int_equal(aiot_posix_spawn(argv, none, &pid, &out, &err), -ENOENT);
	after = dup(0);
	(void)close(after);
	assert_int_equal(after, before);
	assert_true(pid == -5 && out == -5 && err == -5);
}

static void lists_are_copied_whole(void **state)
{
	const char *const list[] = {"a", "", "three", NULL};
	char memory[256] __attribute__((aligned(8)));
	char **copy = aiot_posix_list_copy(list, memory);

	(void)state;
	assert_int_equal(aiot_posix_list_bytes(list) % sizeof(char *), 0);
	assert_true(aiot_posix_list_bytes(list) >= 4 * sizeof(char *) + 9);
	assert_string_equal(copy[0], "a");
	assert_string_equal(copy[1], "");
	assert_string_equal(copy[2], "three");
	assert_null(copy[3]);
	assert_null(aiot_posix_list_copy(NULL, memory)[0]);
	assert_int_equal(aiot_posix_list_bytes(NULL), sizeof(char *));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_pipe_has_its_own_words),
		cmocka_unit_test(the_environment_is_ours_and_more),
		cmocka_unit_test(what_we_ignore_and_block_it_does_not),
		cmocka_unit_test(a_program_without_standard_descriptors_can_start_one),
		cmocka_unit_test(failures_leave_no_descriptor_open),
		cmocka_unit_test(lists_are_copied_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
