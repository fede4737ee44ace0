/*
 * roles.c - see roles.h.
 *
 * Called by the server for each connection it accepts, before a byte of it is read.  The identity
 * is that of connect(): what the client becomes later, or hands the socket to, changes nothing.
 * Never looks into the user database, which may block.
 */
#define _GNU_SOURCE
#include "roles.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "mem.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

#define GROUPS_USUAL 64
#define GROUPS_MAX 65536 /* the kernel's NGROUPS_MAX */

static bool is_member(const struct aiot_peer *peer, gid_t group)
{
	size_t i;

	if (group == (gid_t)-1)
		return false;
	if (peer->gid == group)
		return true;
	for (i = 0; i < peer->group_count; i++) {
		if (peer->groups[i] == group)
			return true;
	}
	return false;
}

enum aiot_role aiot_role_of(const struct aiot_role_rules *rules, const struct aiot_peer *peer)
{
	if (peer->uid == 0 || peer->uid == rules->own)
		return AIOT_ROLE_ADMIN;
	if (is_member(peer, rules->operate_group))
		return AIOT_ROLE_OPERATE;
	if (is_member(peer, rules->read_group))
		return AIOT_ROLE_READ;
	return AIOT_ROLE_NONE;
}

/* More groups than usual: `size` bytes of them. */
static enum aiot_role role_with_many(const struct aiot_role_rules *rules, struct aiot_peer *peer,
				     int fd, socklen_t size)
{
	enum aiot_role role;
	gid_t *groups = NULL;

	if (size <= GROUPS_MAX * sizeof(gid_t))
		groups = aiot_mem_alloc(size);
	if (groups != NULL && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0) {
		peer->groups = groups;
		peer->group_count = size / sizeof(gid_t);
	}
	role = aiot_role_of(rules, peer);
	aiot_mem_free(groups);
	return role;
}

enum aiot_role aiot_role_of_socket(const struct aiot_role_rules *rules, int fd)
{
	gid_t groups[GROUPS_USUAL];
	socklen_t size = sizeof(struct ucred), groups_size = sizeof(groups);
	struct aiot_peer peer = {.groups = groups};
	struct ucred cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0 || size != sizeof(cred))
		return AIOT_ROLE_NONE;
	if (cred.uid == (uid_t)-1) /* no UNIX socket: the kernel answers, but knows nobody */
		return AIOT_ROLE_NONE;
	peer.uid = cred.uid;
	peer.gid = cred.gid;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_size) == 0)
		peer.group_count = groups_size / sizeof(gid_t);
	else if (errno == ERANGE)
		return role_with_many(rules, &peer, fd, groups_size);
	return aiot_role_of(rules, &peer);
}

int64_t aiot_uid_of_socket(int fd)
{
	socklen_t size = sizeof(struct ucred);
	struct ucred cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0 || size != sizeof(cred) ||
	    cred.uid == (uid_t)-1)
		return -1;
	return (int64_t)cred.uid;
}
