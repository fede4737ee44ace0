/*
 * posix-spawn.c - starts a process in a group of its own, with two pipes to listen to.
 *
 * Called by posix-process.c.  By posix_spawn(), which does not copy the page tables as fork() does:
 * the loop stands still for a tenth of a millisecond, not for 26 in a large program.  What of this
 * program's descriptors is not close-on-exec is the child's too.
 */
#define _GNU_SOURCE /* pipe2, environ */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "posix.h"

size_t aiot_posix_list_bytes(const char *const *list)
{
	size_t n = sizeof(char *);

	for (; list != NULL && *list != NULL; list++)
		n += sizeof(char *) + strlen(*list) + 1;
	return (n + sizeof(char *) - 1) & ~(sizeof(char *) - 1);
}

char **aiot_posix_list_copy(const char *const *list, void *at)
{
	char **copy = at, *text;
	size_t n = 0, i;

	while (list != NULL && list[n] != NULL)
		n++;
	text = (char *)(copy + n + 1);
	for (i = 0; i < n; i++) {
		size_t len = strlen(list[i]) + 1;

		copy[i] = memcpy(text, list[i], len);
		text += len;
	}
	copy[n] = NULL;
	return copy;
}

/* A pipe whose ends are none of 0, 1 and 2, which the child will have for something else. */
static int make_pipe(int ret[2])
{
	int fd[2], i;

	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	for (i = 0; i < 2; i++) {
		int high = fd[i] > 2 ? fd[i] : fcntl(fd[i], F_DUPFD_CLOEXEC, 3);

		if (high != fd[i])
			(void)close(fd[i]);
		fd[i] = high;
	}
	if (fd[0] < 0 || fd[1] < 0) {
		int error = errno;

		for (i = 0; i < 2; i++) {
			if (fd[i] >= 0)
				(void)close(fd[i]);
		}
		return -error;
	}
	(void)fcntl(fd[0], F_SETFL, O_NONBLOCK);
	ret[0] = fd[0];
	ret[1] = fd[1];
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* This process's environment with the additions; NULL: no memory. */
static char **environment(char *const *more)
{
	size_t n = 0, m = 0, i, j, count = 0;
	char **all;

	while (environ != NULL && environ[n] != NULL)
		n++;
	while (more[m] != NULL)
		m++;
	all = aiot_mem_alloc((n + m + 1) * sizeof(*all));
	if (all == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		for (j = 0; j < m && !same_name(more[j], environ[i]); j++) {
		}
		if (j == m)
			all[count++] = environ[i];
	}
	for (j = 0; j < m; j++)
		all[count++] = more[j];
	all[count] = NULL;
	return all;
}

/* In a group of its own, with no signal blocked or ignored. */
static int set_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	return r;
}

static int set_files(posix_spawn_file_actions_t *files, int out, int err)
{
	int r = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);

	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, out, 1);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(files, err, 2);
	return r;
}

static int spawn(char *const *argv, char *const *more, int out, int err, pid_t *ret_pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	char **env = environment(more);
	int r = env ? posix_spawn_file_actions_init(&files) : ENOMEM;

	if (r != 0)
		goto free_env;
	r = posix_spawnattr_init(&attributes);
	if (r != 0)
		goto free_files;
	r = set_attributes(&attributes);
	if (r == 0)
		r = set_files(&files, out, err);
	if (r == 0)
		r = posix_spawnp(ret_pid, argv[0], &files, &attributes, argv, env);
	(void)posix_spawnattr_destroy(&attributes);
free_files:
	(void)posix_spawn_file_actions_destroy(&files);
free_env:
	aiot_mem_free(env);
	return -r;
}

int aiot_posix_spawn(char *const *argv, char *const *more, pid_t *ret_pid, int *ret_out,
		     int *ret_err)
{
	int out[2], err[2], r = make_pipe(out);
	pid_t pid = 0;

	if (r < 0)
		return r;
	r = make_pipe(err);
	if (r < 0) {
		(void)close(out[0]);
		(void)close(out[1]);
		return r;
	}
	r = spawn(argv, more, out[1], err[1], &pid);
	(void)close(out[1]);
	(void)close(err[1]);
	if (r < 0) {
		(void)close(out[0]);
		(void)close(err[0]);
		return r;
	}
	*ret_pid = pid;
	*ret_out = out[0];
	*ret_err = err[0];
	return 0;
}
