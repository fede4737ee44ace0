/*
 * Whether nobody but root and this process's user can have written a file.
 *
 * Called before a module is loaded and before a service's or the daemon's INI file is read.  The
 * file is opened first and looked at through its descriptor, so that what was checked is what is
 * used.  Never changes anything, and never blocks on a FIFO of that name.
 */
#include "trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"

/* Whom the sentence is for. */
struct verdict {
	const char *path;
	char *why;
	size_t why_size;
};

static int cannot(const struct verdict *v, const char *what)
{
	int error = errno;

	(void)snprintf(v->why, v->why_size, "%s: %s: %s", v->path, what, strerror(error));
	return -error;
}

/* What the sentence blames: the file itself (dir is NULL) or a directory. */
struct suspect {
	const char *role; /* "it", "its directory ", "the directory above it, " */
	const char *dir;
};

static int refuse_owner(const struct verdict *v, const struct suspect *s, const struct stat *st)
{
	char allowed[32] = "root";

	if (geteuid() != 0)
		(void)snprintf(allowed, sizeof(allowed), "root or user %lu",
			       (unsigned long)geteuid());
	(void)snprintf(v->why, v->why_size,
		       "%s: not trusted: %s%s belongs to user %lu, not to %s; run: chown root %s",
		       v->path, s->role, s->dir ? s->dir : "", (unsigned long)st->st_uid, allowed,
		       s->dir ? s->dir : v->path);
	return -AIOT_EPERM;
}

static int refuse_mode(const struct verdict *v, const struct suspect *s, const struct stat *st)
{
	bool everyone = (st->st_mode & S_IWOTH) != 0;

	(void)snprintf(v->why, v->why_size,
		       "%s: not trusted: %s%s can be written by %s (mode %04o); run: chmod go-w %s",
		       v->path, s->role, s->dir ? s->dir : "", everyone ? "everyone" : "its group",
		       (unsigned)(st->st_mode & 07777), s->dir ? s->dir : v->path);
	return -AIOT_EPERM;
}

static int check_owner_and_mode(const struct verdict *v, const struct suspect *s,
				const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse_owner(v, s, st);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return refuse_mode(v, s, st);
	return 0;
}

/* Cut a path down to its directory, in place; path has room for 2 bytes. */
static void to_directory(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0)
		path[len++] = '.';
	path[len] = '\0';
}

/*
 * A directory further up: whoever may rename in it can put another one in the place of ours.  It
 * may be for everyone if it is sticky: then nobody can rename what is not theirs.
 */
static int check_ancestor(const struct verdict *v, const char *dir)
{
	struct suspect above = {"a directory above it, ", dir};
	struct stat st;

	if (stat(dir, &st) < 0)
		return cannot(v, "cannot look at a directory above");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return refuse_owner(v, &above, &st);
	if (!(st.st_mode & S_ISVTX) && (st.st_mode & (S_IWGRP | S_IWOTH)))
		return refuse_mode(v, &above, &st);
	return 0;
}

/* All of them, up to the root. */
static int check_ancestors(const struct verdict *v, char *dir)
{
	int rc = 0;

	while (rc == 0 && strcmp(dir, "/") != 0) {
		to_directory(dir);
		rc = check_ancestor(v, dir);
	}
	return rc;
}

/* path: a file's, absolute and without links in front of its last part; changed. */
static int check_directories(const struct verdict *v, char *path)
{
	struct suspect dir = {"its directory ", path};
	struct stat st;
	int rc;

	to_directory(path);
	if (stat(path, &st) < 0)
		return cannot(v, "cannot look at its directory");
	rc = check_owner_and_mode(v, &dir, &st);
	return rc < 0 ? rc : check_ancestors(v, path);
}

/* The directory that holds the name, which may be a link's. */
static int check_name(const struct verdict *v)
{
	char dir[PATH_MAX + 2]; /* a longer path could not have been opened */
	char real[PATH_MAX + 2];
	size_t len = strlen(v->path);

	if (len >= PATH_MAX)
		return -AIOT_ENAMETOOLONG;
	memcpy(dir, v->path, len + 1);
	to_directory(dir);
	if (!realpath(dir, real))
		return cannot(v, "cannot look at its directory");
	len = strlen(real);
	memcpy(real + len, "/x", len > 1 ? 3 : 1); /* a name for check_directories() to cut off */
	return check_directories(v, real);
}

/* The directory that holds the file itself. */
static int check_target(const struct verdict *v, const struct stat *opened)
{
	char real[PATH_MAX];
	struct stat st;

	if (!realpath(v->path, real))
		return cannot(v, "cannot be found again");
	if (stat(real, &st) < 0)
		return cannot(v, "cannot be found again");
	if (st.st_dev != opened->st_dev || st.st_ino != opened->st_ino) {
		(void)snprintf(v->why, v->why_size,
			       "%s: not trusted: it was exchanged while being opened", v->path);
		return -AIOT_EPERM;
	}
	return check_directories(v, real);
}

/* Whether its name is the file itself, not a link: then both lie in the same directory. */
static bool is_no_link(const struct verdict *v, const struct stat *opened)
{
	struct stat st;

	return lstat(v->path, &st) == 0 && st.st_dev == opened->st_dev &&
	       st.st_ino == opened->st_ino;
}

static int check_opened(const struct verdict *v, int fd)
{
	struct suspect file = {"it", NULL};
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return cannot(v, "cannot be looked at");
	if (!S_ISREG(st.st_mode)) {
		(void)snprintf(v->why, v->why_size, "%s: not trusted: it is not a regular file",
			       v->path);
		return -AIOT_EPERM;
	}
	rc = check_owner_and_mode(v, &file, &st);
	if (rc == 0)
		rc = check_name(v);
	return rc < 0 || is_no_link(v, &st) ? rc : check_target(v, &st);
}

int aiot_trust_open(const char *path, int *ret_fd, char *why, size_t why_size)
{
	struct verdict v = {path, why, why_size};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	why[0] = '\0';
	if (fd < 0)
		return cannot(&v, "cannot be opened");
	rc = check_opened(&v, fd);
	if (rc < 0) {
		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

int aiot_trust_check(const char *path, char *why, size_t why_size)
{
	int fd = -1;
	int rc = aiot_trust_open(path, &fd, why, why_size);

	if (rc == 0)
		(void)close(fd);
	return rc;
}
