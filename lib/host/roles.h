/*
 * roles.h - what a client may do, decided once, when it connects: by who it is to the kernel.
 *
 * The daemon's own user and root may do all; members of two groups may operate or look.  Nothing
 * the client says counts.
 */
#ifndef AIOT_ROLES_H
#define AIOT_ROLES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "command.h"

/* Whom a role is given to. */
struct aiot_role_rules {
	uid_t own;			 /* the daemon's user */
	gid_t operate_group, read_group; /* (gid_t)-1: nobody */
};

/* Who is at the other end of a socket. */
struct aiot_peer {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* supplementary ones */
	size_t group_count;
};

/* The highest role that the rules give; pure. */
enum aiot_role aiot_role_of(const struct aiot_role_rules *rules, const struct aiot_peer *peer);

/* The role of a connected UNIX socket's peer; NONE where the kernel does not say who it is. */
enum aiot_role aiot_role_of_socket(const struct aiot_role_rules *rules, int fd);

/* Who is at the other end of a connected UNIX socket; -1 where the kernel does not say. */
int64_t aiot_uid_of_socket(int fd);

#endif
