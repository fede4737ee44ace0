/*
 * connect.c - see connect.h.
 *
 * Called once, by main.c, before anything is sent.  One connect, no retries: a daemon that is not
 * there is the caller's news, not something to wait for.
 */
#include "connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <aiotools.h>

#define SYSTEM_SOCKET "/run/aiotools/control.sock"
#define USER_SOCKET "/aiotools/control.sock" /* below XDG_RUNTIME_DIR */

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] != '\0' ? value : NULL;
}

int ctl_socket_path(const struct ctl_options *options, struct aiot_out *out, struct aiot_out *why)
{
	const char *path = options->socket ? options->socket : environment("AIOTOOLS_SOCKET");
	const char *runtime = environment("XDG_RUNTIME_DIR");

	if (path || !options->user) {
		aiot_out_text(out, path ? path : SYSTEM_SOCKET);
		return 0;
	}
	if (!runtime) {
		aiot_out_text(why, "this user's aiotoolsd is not reachable: XDG_RUNTIME_DIR is not "
				   "set; give its socket with --socket");
		return -AIOT_ENOENT;
	}
	aiot_out_text(out, runtime);
	aiot_out_text(out, USER_SOCKET);
	return 0;
}

static int refuse(const char *path, int error, struct aiot_out *why)
{
	const char *reason = error == ENOENT	     ? "no such file"
			     : error == ECONNREFUSED ? "nobody listens there"
			     : error == EACCES	     ? "permission denied"
						     : strerror(error);

	aiot_format(why, "aiotoolsd is not reachable at %s: %s", path, reason);
	if (error == ENOENT || error == ECONNREFUSED)
		aiot_out_text(why, "; is it running? (systemctl start aiotoolsd, or use --user / "
				   "--socket)");
	return -error;
}

/* A connect that a signal interrupted goes on in the kernel: asking again would be refused. */
static int connect_whole(int fd, const struct sockaddr_un *address)
{
	while (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0) {
		if (errno == EISCONN)
			return 0;
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int ctl_connect(const char *path, struct aiot_out *why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	int fd, rc;

	if (len >= sizeof(address.sun_path)) {
		aiot_format(why,
			    "aiotoolsd is not reachable at %s: the path is too long for a socket "
			    "(%zu bytes, the most are %zu)",
			    path, len, sizeof(address.sun_path) - 1);
		return -AIOT_ENAMETOOLONG;
	}
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(path, errno, why);
	rc = connect_whole(fd, &address);
	if (rc < 0) {
		(void)close(fd);
		return refuse(path, -rc, why);
	}
	return fd;
}
