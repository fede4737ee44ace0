/*
 * faults.c - preloaded into a daemon: system calls that write fail, or the process is killed, as a
 * test says in its environment.
 *
 *	AIOT_FAULT_FILE	which of the calls is struck from now on (1: the next), and what becomes of
 *			it: `kill`, or a number, its errno, which holds for all calls from that one
 *			on; no file: none is struck
 *	AIOT_FAULT_DIR	of the calls only those about files in this directory count
 *
 * Calls about descriptors are told by /proc/self/fd.  What removes a file is killed at, but does
 *not fail: a full disk lets go.
 */
#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* both names of a call that has an offset are this file's */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

static bool strikes(bool only_kills)
{
	char what[16];
	long nth;

	if (read_order(&nth, what) < 0 || (only_kills && strcmp(what, "kill") != 0))
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

static bool struck(void)
{
	return strikes(false);
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

SEEN ssize_t sendfile(int to, int from, off_t *at, size_t len)
{
	return concerns_fd(to) && struck() ? -1 : (ssize_t)syscall(SYS_sendfile, to, from, at, len);
}

#ifndef sendfile64 /* musl has one call of two names */
#ifndef SYS_sendfile64
#define SYS_sendfile64 SYS_sendfile
#endif
SEEN ssize_t sendfile64(int to, int from, off64_t *at, size_t len)
{
	return concerns_fd(to) && struck() ? -1
					   : (ssize_t)syscall(SYS_sendfile64, to, from, at, len);
}
#endif

SEEN int fchmod(int fd, mode_t mode)
{
	return concerns_fd(fd) && struck() ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

SEEN int mkdir(const char *path, mode_t mode)
{
	return concerns_path(path) && struck() ? -1
					       : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

SEEN int rename(const char *from, const char *to)
{
	if (concerns_path(to) && struck())
		return -1;
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

SEEN int unlink(const char *path)
{
	if (concerns_path(path))
		(void)strikes(true);
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

SEEN int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (concerns_fd(from_fd) && struck())
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

SEEN int unlinkat(int fd, const char *path, int flags)
{
	if (concerns_fd(fd))
		(void)strikes(true);
	return (int)syscall(SYS_unlinkat, fd, path, flags);
}
