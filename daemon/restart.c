/*
 * restart.c - see restart.h.  Called by main.c.  The only state is what the next process needs:
 * where the program lies and the sockets that were handed over.
 */
#define _GNU_SOURCE /* POSIX_SPAWN_SETSID */
#include "restart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "notify.h"

extern char **environ;

#define SOCKETS_MAX 16 /* as many as notify_listen_fds() takes */

static struct {
	char path[PATH_MAX];
	int sockets[SOCKETS_MAX];
	int count;
} kept;

void restart_prepare(void)
{
	ssize_t len = readlink("/proc/self/exe", kept.path, sizeof(kept.path) - 1);

	kept.path[len > 0 ? len : 0] = '\0';
}

const char *restart_program(void)
{
	return kept.path[0] ? kept.path : NULL;
}

void restart_keep_sockets(int count)
{
	int i;

	kept.count = 0;
	for (i = 0; i < count && i < SOCKETS_MAX; i++) {
		/* High up, so that putting them back does not run over another one. */
		int fd = fcntl(3 + i, F_DUPFD_CLOEXEC, 3 + SOCKETS_MAX);

		/* One that is missing would shift the others: then it is told at the restart. */
		kept.sockets[kept.count++] = fd;
	}
}

static int complain(const char *what, int error)
{
	fprintf(stderr, "aiotoolsd: cannot restart: %s: %s\n", what, strerror(error));
	return 1;
}

/* Where the next process looks for them: LISTEN_PID is its own, and exec keeps it. */
static int hand_over_sockets(void)
{
	char text[16];
	int i;

	for (i = 0; i < kept.count; i++) {
		if (dup2(kept.sockets[i], 3 + i) < 0)
			return complain("the sockets that were handed over", errno);
	}
	(void)snprintf(text, sizeof(text), "%d", kept.count);
	(void)setenv("LISTEN_FDS", text, 1);
	(void)snprintf(text, sizeof(text), "%ld", (long)getpid());
	(void)setenv("LISTEN_PID", text, 1);
	return 0;
}

static int replace(char **argv)
{
	if (kept.count > 0 && hand_over_sockets() != 0)
		return 1;
	(void)execv(kept.path, argv);
	if (errno == ENOENT) /* it was removed; it still runs */
		(void)execv("/proc/self/exe", argv);
	return complain(kept.path, errno);
}

/* Its number is not known beforehand, so LISTEN_PID cannot name it: sockets stay behind. */
static int launch(char **argv, int session)
{
	posix_spawnattr_t attr;
	pid_t pid;
	int r;

	if (kept.count > 0)
		return complain("its sockets were handed over by a service manager, which only "
				"Restarting=replace or recall keeps",
				ENOTSUP);
	(void)posix_spawnattr_init(&attr);
	if (session)
		(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID);
	r = posix_spawn(&pid, kept.path, NULL, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);
	if (r != 0)
		return complain(kept.path, r);
	notify_send("MAINPID=%ld", (long)pid);
	return 0;
}

static void release_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

int restart_carry_out(enum aiot_restarting how, char **argv)
{
	release_signals();
	switch (how) {
	case AIOT_RESTARTING_REPLACE:
		return replace(argv);
	case AIOT_RESTARTING_RELAUNCH:
	case AIOT_RESTARTING_FRESH:
		return launch(argv, how == AIOT_RESTARTING_FRESH);
	case AIOT_RESTARTING_RECALL:
		if (kept.count > 0)
			return hand_over_sockets();
		break;
	}
	return 0;
}
