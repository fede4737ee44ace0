/*
 * whole.h - writes a file whole: who reads it finds the text before or the new one, never a half,
 * whatever happens meanwhile.  Host only.  It blocks: for aiot_work(), or where a moment is no
 * matter.
 */
#ifndef SERVICES_WHOLE_H
#define SERVICES_WHOLE_H

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WHOLE_PATH_BYTES 1024 /* of a path, its end included */
#define WHOLE_NEW ".new"      /* behind the path, while it is written */

static inline int whole_fill(int fd, const char *text, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The rename is on disk when the directory is.  Some file systems cannot, and need not be asked. */
static inline void whole_sync_directory(const char *path)
{
	char dir[WHOLE_PATH_BYTES];
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
	int fd;

	memcpy(dir, path, len);
	dir[len] = '\0';
	fd = open(len > 0 ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/* 0 or a negative errno; then the file is as it was. */
static inline int whole_write(const char *path, const char *text, size_t len)
{
	char new_path[WHOLE_PATH_BYTES + sizeof(WHOLE_NEW)];
	int fd, r;

	if (strlen(path) >= WHOLE_PATH_BYTES)
		return -ENAMETOOLONG;
	(void)snprintf(new_path, sizeof(new_path), "%s" WHOLE_NEW, path);
	/* What is there is left by a run that was killed, or put there by others: not to be shared.
	 */
	if (unlink(new_path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = whole_fill(fd, text, len);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(new_path, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(new_path);
	else
		whole_sync_directory(path);
	return r;
}

#endif
