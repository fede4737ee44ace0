/*
 * trust.h - whether nobody but root and this process's user can have written a file.
 *
 * Asked before code is loaded from it or configuration read from it.
 */
#ifndef AIOT_TRUST_H
#define AIOT_TRUST_H

#include <stddef.h>

/*
 * Refused is a file, or a directory holding it, that belongs to someone other than root or the
 * effective user, or that its group or others can write; a directory that others could exchange
 * (its parent can be written and is not sticky); and what is not a regular file.  A symbolic link
 * is followed, and then the link's directory and the target's both count.
 *
 * Returns 0; -AIOT_EPERM: not trusted; another -AIOT_E...: it cannot be opened (-AIOT_ENOENT: there
 * is none).  why gets the sentence, with the path, the reason and the remedy, cut to why_size
 * (> 0); it is "" when all is well.
 */
int aiot_trust_check(const char *path, char *why, size_t why_size);

/*
 * The same, and hands on the very file that was looked at, open for reading and close-on-exec;
 * whoever exchanges the path afterwards changes nothing.  *ret_fd is the caller's to close, and
 * untouched on failure.
 */
int aiot_trust_open(const char *path, int *ret_fd, char *why, size_t why_size);

#endif
