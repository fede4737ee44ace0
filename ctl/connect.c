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
#include <sys/stat.h>
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
	const char *path = options->socket;
	const char *runtime = environment("XDG_RUNTIME_DIR");

	/* An option counts more than the environment. */
	if (!path && !options->user)
		path = environment("AIOTOOLS_SOCKET");
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

/* What to do about a socket that nobody answers at. */
static const char *hint(const struct ctl_options *options)
{
	if (options->socket)
		return "; is the daemon running, and is this its socket?";
	if (options->user)
		return "; is it running? (systemctl --user start aiotoolsd)";
	if (environment("AIOTOOLS_SOCKET"))
		return "; is it running? (the path is from AIOTOOLS_SOCKET)";
	return "; is it running? (systemctl start aiotoolsd, or use --user / --socket)";
}

static int refuse(const struct ctl_options *options, const char *path, int error,
		  struct aiot_out *why)
{
	struct stat st;

	aiot_format(why, "aiotoolsd is not reachable at %s: ", path);
	if (error == ECONNREFUSED && stat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		aiot_out_text(why, "it is not a socket");
	else if (error == EACCES)
		aiot_out_text(why, "permission denied; be root or the daemon's user, or have it "
				   "let you reach its socket and the directories above it");
	else if (error == ENOENT || error == ECONNREFUSED)
		aiot_format(why, "%s%s", error == ENOENT ? "no such file" : "nobody listens there",
			    hint(options));
	else
		aiot_out_text(why, strerror(error));
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

int ctl_connect(const struct ctl_options *options, const char *path, struct aiot_out *why)
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
		return refuse(options, path, errno, why);
	rc = connect_whole(fd, &address);
	if (rc < 0) {
		(void)close(fd);
		return refuse(options, path, -rc, why);
	}
	return fd;
}
