/*
 * listen.h - a listening UNIX socket at a path, that exactly one program can have.
 *
 * Whoever wants the path first locks PATH.lock and keeps the lock for life, so that two programs
 * started together cannot each take the other's fresh socket for a stale one.
 */
#ifndef AIOT_LISTEN_H
#define AIOT_LISTEN_H

#include <stddef.h>
#include <sys/types.h>

struct aiot_listen {
	int fd;	      /* listens; non-blocking, close-on-exec */
	int lock_fd;  /* -1: the socket was handed over */
	dev_t device; /* of the socket file that was made */
	ino_t inode;
	char path[108]; /* "": handed over */
};

/*
 * Bind and listen at path, mode 0666.  A stale socket file is replaced.  Every refusal is a
 * sentence in why: -AIOT_EBUSY (somebody answers, or is about to), -AIOT_EEXIST (something else is
 * there), -AIOT_EINVAL, -AIOT_ENAMETOOLONG, or what the system said.
 */
int aiot_listen_open(const char *path, struct aiot_listen *ret, char *why, size_t why_size);

/* Take over a socket that listens already; -AIOT_EINVAL for any other descriptor, which is kept
 * open. */
int aiot_listen_adopt(int fd, struct aiot_listen *ret, char *why, size_t why_size);

/* Close, and remove the socket file if it is still the one that was made. */
void aiot_listen_close(struct aiot_listen *l);

#endif
