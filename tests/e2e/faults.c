/*
 * faults.c - preloaded into a daemon: system calls that write fail, or the process is killed, as a
 * test says in its environment.
 *
 *	AIOT_FAULT_FILE	a file with two words: which of the calls is struck from now on (1: the
 *next), and what becomes of it: `kill`, or a number, its errno, which holds for all calls from that
 *one on.  No file: none is struck. AIOT_FAULT_DIR	of the calls only those about files in this
 *directory count
 *
 * Calls about descriptors are told by /proc/self/fd.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SEEN __attribute__((visibility("default"))) /* the build hides the rest */

static int read_order(long *nth, char what[16])
{
	const char *path = getenv("AIOT_FAULT_FILE");
	char text[64] = "";
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return -1;
	(void)!read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return sscanf(text, "%ld %15s", nth, what) == 2 ? 0 : -1;
}

static void write_order(long nth, const char *what)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%ld %s", nth, what);
	int fd = (int)syscall(SYS_openat, AT_FDCWD, getenv("AIOT_FAULT_FILE"),
			      O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!syscall(SYS_write, fd, text, (size_t)len);
	(void)close(fd);
}

static bool struck(void)
{
	char what[16];
	long nth;

	if (read_order(&nth, what) < 0)
		return false;
	if (nth > 1) {
		write_order(nth - 1, what);
		return false;
	}
	if (strcmp(what, "kill") == 0)
		(void)raise(SIGKILL);
	errno = (int)strtol(what, NULL, 10);
	return true;
}

static bool concerns_path(const char *path)
{
	const char *dir = getenv("AIOT_FAULT_DIR");

	return dir != NULL && strncmp(path, dir, strlen(dir)) == 0;
}

static bool concerns_fd(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t len;

	if (getenv("AIOT_FAULT_DIR") == NULL)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0)
		return false;
	path[len] = '\0';
	return concerns_path(path);
}

SEEN ssize_t write(int fd, const void *bytes, size_t len)
{
	return concerns_fd(fd) && struck() ? -1 : (ssize_t)syscall(SYS_write, fd, bytes, len);
}

SEEN int fsync(int fd)
{
	return concerns_fd(fd) && struck() ? -1 : (int)syscall(SYS_fsync, fd);
}

SEEN int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (concerns_fd(from_fd) && struck())
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

SEEN int unlinkat(int fd, const char *path, int flags)
{
	if (concerns_fd(fd) && struck())
		return -1;
	return (int)syscall(SYS_unlinkat, fd, path, flags);
}
