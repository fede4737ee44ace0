/*
 * connect.h - where the daemon listens, and the connection to it.
 */
#ifndef CTL_CONNECT_H
#define CTL_CONNECT_H

#include "options.h"
#include "out.h"

/*
 * Write the socket's path to out: --socket, else this user's with --user, else AIOTOOLS_SOCKET,
 * else the system's.  0, or -AIOT_ENOENT with a sentence in why.
 */
int ctl_socket_path(const struct ctl_options *options, struct aiot_out *out, struct aiot_out *why);

/*
 * A connected stream socket, the caller's to close; or negative, with a sentence in why, which the
 * options' way to the path is told in.
 */
int ctl_connect(const struct ctl_options *options, const char *path, struct aiot_out *why);

#endif
