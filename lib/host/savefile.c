/*
 * savefile.c - see savefile.h.
 *
 * Called on a thread of the loop's pool for what is kept in the state directory.  Never leaves a
 * half-written file under the name that is read, and follows no link.
 */
#include "savefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"

#define MODE 0640 /* if not told otherwise */

struct target {
	const char *dir, *name;
	int dir_fd;
	unsigned mode;
	char temporary[NAME_MAX + 1];
	char *why;
	size_t why_size;
};

static int cannot(const struct target *t, const char *what, int error)
{
	(void)snprintf(t->why, t->why_size, "'%s/%s': %s: %s", t->dir, t->name, what,
		       strerror(error));
	return -error;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* close() too can be where a disk says that it is full. */
static int write_temporary(const struct target *t, const void *bytes, size_t len)
{
	int fd, r;

	(void)unlinkat(t->dir_fd, t->temporary, 0); /* of a run that was killed */
	fd = openat(t->dir_fd, t->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    MODE);
	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes, len);
	if (r == 0 && t->mode != MODE && fchmod(fd, t->mode) < 0)
		r = -errno;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	return r;
}

static int replace(const struct target *t, const void *bytes, size_t len)
{
	int r = write_temporary(t, bytes, len);

	if (r < 0) {
		(void)unlinkat(t->dir_fd, t->temporary, 0);
		return cannot(t, "cannot write", -r);
	}
	if (renameat(t->dir_fd, t->temporary, t->dir_fd, t->name) < 0) {
		r = -errno;
		(void)unlinkat(t->dir_fd, t->temporary, 0);
		return cannot(t, "cannot be replaced", -r);
	}
	if (fsync(t->dir_fd) == 0 || errno == EINVAL) /* some file systems cannot */
		return 0;
	(void)cannot(t, "written, but may not outlive a power loss: its directory cannot be synced",
		     errno);
	return AIOT_SAVEFILE_UNSYNCED;
}

int aiot_savefile(const char *dir, const char *name, const void *bytes, size_t len, char *why,
		  size_t why_size)
{
	int r = aiot_savefile_mode(dir, name, MODE, bytes, len, why, why_size);

	return r == AIOT_SAVEFILE_UNSYNCED ? -AIOT_EIO : r;
}

int aiot_savefile_mode(const char *dir, const char *name, unsigned mode, const void *bytes,
		       size_t len, char *why, size_t why_size)
{
	struct target t = {
		.dir = dir, .name = name, .mode = mode, .why = why, .why_size = why_size};
	int r;

	if (snprintf(t.temporary, sizeof(t.temporary), "%s.tmp", name) >= (int)sizeof(t.temporary))
		return cannot(&t, "cannot write", ENAMETOOLONG);
	t.dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t.dir_fd < 0)
		return cannot(&t, "cannot open the directory", errno);
	r = replace(&t, bytes, len);
	(void)close(t.dir_fd);
	return r;
}

int aiot_savefile_set_aside(const char *path)
{
	char bad[PATH_MAX];

	if (snprintf(bad, sizeof(bad), "%s.bad", path) >= (int)sizeof(bad))
		return -AIOT_ENAMETOOLONG;
	return rename(path, bad) < 0 ? -errno : 0;
}
