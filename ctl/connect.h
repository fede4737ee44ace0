/*
 * connect.h - where the daemon listens, and the connection to it.
 */
#ifndef CTL_CONNECT_H
#define CTL_CONNECT_H

#include "options.h"
#include "out.h"

/*
 * Write the socket's path to out: --socket, else AIOTOOLS_SOCKET, else this user's with --user,
 * else the system's.  0, or -AIOT_ENOENT with a sentence in why.
 */
int ctl_socket_path(const struct ctl_options *options, struct aiot_out *out, struct aiot_out *why);

/* A connected stream socket, the caller's to close; or negative, with a sentence in why. */
int ctl_connect(const char *path, struct aiot_out *why);

#endif
