/*
 * listen.c - see listen.h.
 *
 * Called by the server.  The order in aiot_listen_open() is what makes it safe: lock, look, unlink
 * what is stale, bind, chmod, and only then listen; between bind and listen nobody can connect.
 * Never touches the umask, which is the whole process's.  Never blocks: the lock is tried once and
 * the probe of an old socket does not wait for a backlog.
 */
#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <aiotools.h>

#define BACKLOG 128
#define LOCK_TRIES 8

/* Whom the sentence is for. */
struct verdict {
	const char *path;
	char *why;
	size_t why_size;
};

static int refuse(const struct verdict *v, int code, const char *reason)
{
	(void)snprintf(v->why, v->why_size, "cannot listen at '%s': %s", v->path, reason);
	return code;
}

static int refuse_errno(const struct verdict *v, const char *what)
{
	int error = errno;
	char reason[128];

	(void)snprintf(reason, sizeof(reason), "%s: %s", what, strerror(error));
	return refuse(v, -error, reason);
}

static int refuse_busy(const struct verdict *v)
{
	(void)snprintf(v->why, v->why_size, "another daemon answers at '%s'", v->path);
	return -AIOT_EBUSY;
}

/* ---- the lock ---- */

/* Whether the file behind fd is (still) the one of that name. */
static bool is_named(int fd, const char *name)
{
	struct stat open_file, named;

	return fstat(fd, &open_file) == 0 && lstat(name, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

static int open_lock(const struct verdict *v, const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return refuse(v, -AIOT_ENOENT, "its directory does not exist");
	return refuse_errno(v, "its lock file");
}

/*
 * Lock PATH.lock.  The holder removes the file before it lets go, so that a lock may be won on a
 * file that has no name any more: then once again, on the new one.
 */
static int take_lock(const struct verdict *v, const char *name)
{
	int fd, tries;

	for (tries = 0; tries < LOCK_TRIES; tries++) {
		fd = open_lock(v, name);
		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			int r = errno == EWOULDBLOCK ? refuse_busy(v) : refuse_errno(v, "its lock");

			(void)close(fd);
			return r;
		}
		if (is_named(fd, name))
			return fd;
		(void)close(fd);
	}
	return refuse_busy(v);
}

static void lock_name(const char *path, char name[128])
{
	(void)snprintf(name, 128, "%s.lock", path);
}

static void drop_lock(const char *path, int fd)
{
	char name[128];

	lock_name(path, name);
	if (is_named(fd, name))
		(void)unlink(name);
	(void)close(fd);
}

/* ---- what is at the path ---- */

static void fill_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, strlen(path) + 1);
}

/* Knock at a socket file: 0 for a stale one, which is then removed. */
static int clear_stale(const struct verdict *v)
{
	struct sockaddr_un address;
	int fd, error;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return refuse_errno(v, "socket");
	fill_address(&address, v->path);
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	(void)close(fd);
	if (error == 0 || error == EAGAIN) /* EAGAIN: its backlog is full */
		return refuse_busy(v);
	if (error == ENOENT)
		return 0;
	if (error == EPROTOTYPE)
		return refuse(v, -AIOT_EEXIST, "a socket of another kind is there");
	errno = error;
	if (error != ECONNREFUSED)
		return refuse_errno(v, "the socket that is there");
	if (unlink(v->path) < 0 && errno != ENOENT)
		return refuse_errno(v, "the stale socket file cannot be removed");
	return 0;
}

static int clear_path(const struct verdict *v)
{
	struct stat st;

	if (lstat(v->path, &st) < 0)
		return errno == ENOENT ? 0 : refuse_errno(v, "what is there");
	if (!S_ISSOCK(st.st_mode))
		return refuse(
			v, -AIOT_EEXIST,
			"something that is no socket is there; remove it or take another path");
	return clear_stale(v);
}

/* ---- the socket ---- */

static int finish_socket(const struct verdict *v, struct aiot_listen *l)
{
	struct stat st;

	if (lstat(v->path, &st) < 0)
		return refuse_errno(v, "the new socket file");
	l->device = st.st_dev;
	l->inode = st.st_ino;
	/* The umask may have taken bits: the roles are what protects, not the mode. */
	if (chmod(v->path, 0666) < 0)
		return refuse_errno(v, "chmod");
	return listen(l->fd, BACKLOG) < 0 ? refuse_errno(v, "listen") : 0;
}

static int open_socket(const struct verdict *v, struct aiot_listen *l)
{
	struct sockaddr_un address;
	int r;

	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return refuse_errno(v, "socket");
	fill_address(&address, v->path);
	(void)fchmod(l->fd, 0600); /* the file is born with this mode, less the umask */
	if (bind(l->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = refuse_errno(v, "bind");
	} else {
		r = finish_socket(v, l);
		if (r < 0)
			(void)unlink(v->path);
	}
	if (r < 0)
		(void)close(l->fd);
	return r;
}

static int check_path(const struct verdict *v)
{
	size_t len = strlen(v->path), max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	char reason[96];

	if (len == 0)
		return refuse(v, -AIOT_EINVAL, "the path is empty");
	if (len <= max)
		return 0;
	(void)snprintf(reason, sizeof(reason),
		       "the path has %zu bytes, and a socket's may have %zu", len, max);
	return refuse(v, -AIOT_ENAMETOOLONG, reason);
}

int aiot_listen_open(const char *path, struct aiot_listen *ret, char *why, size_t why_size)
{
	struct verdict v = {path, why, why_size};
	struct aiot_listen l = {.fd = -1};
	char name[128];
	int r = check_path(&v);

	if (r < 0)
		return r;
	lock_name(path, name);
	l.lock_fd = take_lock(&v, name);
	if (l.lock_fd < 0)
		return l.lock_fd;
	r = clear_path(&v);
	if (r == 0)
		r = open_socket(&v, &l);
	if (r < 0) {
		drop_lock(path, l.lock_fd);
		return r;
	}
	memcpy(l.path, path, strlen(path) + 1);
	*ret = l;
	return 0;
}

static bool option_is(int fd, int option, int wanted)
{
	socklen_t size = sizeof(int);
	int value;

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

int aiot_listen_adopt(int fd, struct aiot_listen *ret, char *why, size_t why_size)
{
	int flags = fcntl(fd, F_GETFL);

	if (!option_is(fd, SO_DOMAIN, AF_UNIX) || !option_is(fd, SO_TYPE, SOCK_STREAM) ||
	    !option_is(fd, SO_ACCEPTCONN, 1)) {
		(void)snprintf(why, why_size, "descriptor %d is not a listening UNIX stream socket",
			       fd);
		return -AIOT_EINVAL;
	}
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		int error = errno;

		(void)snprintf(why, why_size, "descriptor %d: %s", fd, strerror(error));
		return -error;
	}
	*ret = (struct aiot_listen){.fd = fd, .lock_fd = -1};
	return 0;
}

void aiot_listen_close(struct aiot_listen *l)
{
	struct stat st;

	/* While the lock is held: nobody else makes a socket there. */
	if (l->path[0] != '\0' && lstat(l->path, &st) == 0 && st.st_dev == l->device &&
	    st.st_ino == l->inode)
		(void)unlink(l->path);
	if (l->fd >= 0)
		(void)close(l->fd);
	if (l->lock_fd >= 0)
		drop_lock(l->path, l->lock_fd);
	l->fd = l->lock_fd = -1;
}
