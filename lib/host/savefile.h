/*
 * savefile.h - writing a file so that there is always a whole one.
 */
#ifndef AIOT_SAVEFILE_H
#define AIOT_SAVEFILE_H

#include <stddef.h>

/*
 * Write dir/name whole: a temporary beside it, fsync, rename, fsync of the directory.  Whoever
 * looks at any time, also after a power loss, sees the old bytes or the new ones.  Any thread; may
 * block as long as the disk does.  A negative code, with a sentence in why that names the file.
 */
int aiot_savefile(const char *dir, const char *name, const void *bytes, size_t len, char *why,
		  size_t why_size);

/*
 * The same with the file's mode, which is else 0640.  AIOT_SAVEFILE_UNSYNCED, also with a sentence:
 * it is there, but nobody knows whether it outlives a power loss.
 */
#define AIOT_SAVEFILE_UNSYNCED 1
int aiot_savefile_mode(const char *dir, const char *name, unsigned mode, const void *bytes,
		       size_t len, char *why, size_t why_size);

/* What cannot be used is kept beside it, as NAME.bad, where an older one is replaced. */
int aiot_savefile_set_aside(const char *path);

#endif
