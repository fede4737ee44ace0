/*
 * module-copy.h - an object file looked at and copied, so that what is opened is nobody else's.
 */
#ifndef AIOT_MODULE_COPY_H
#define AIOT_MODULE_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "aiotools.h"
#include "out.h"

/* What a file holds: enough to tell whether it says something else now. */
struct aiot_module_mark {
	uint64_t hash;
	uint64_t bytes;
};

struct aiot_module_copy {
	int fd; /* of the copy, -1: there is none */
	struct aiot_module_mark mark;
	char name[192]; /* for dlopen(); never the same for two that are mapped */
	char why[160];	/* there is none: the reason */
};

/*
 * Copy an open file to memory that no one can write to any more, and mark what it holds.  Where
 * there can be no copy (an old kernel, a policy), fd is -1 and the mark is of the file itself.
 * Negative: the file cannot be read, with a sentence in why.
 */
int aiot_module_copy(int fd, const char *path, struct aiot_module_copy *ret, struct aiot_out *why);
/* Close it; what was opened from it stays. */
void aiot_module_copy_finish(struct aiot_module_copy *copy);

/* Mark what an open file holds.  A negative errno: it cannot be read. */
int aiot_module_mark(int fd, struct aiot_module_mark *ret);

/* ---- module-open.c ---- */

struct aiot_module_object {
	void *handle; /* dlopen */
	const struct aiot_service *found;
	struct aiot_service service; /* checked copy, fields it is too old for as zero */
	bool in_place;		     /* it is its file that is mapped, not the copy */
	char reason[256];	     /* then: why */
};

/*
 * Trust a file, copy and examine it: nothing of it has run then.  What is copied is the caller's to
 * finish.  -AIOT_EPERM, -AIOT_EINVAL, -AIOT_EIO ..., with a sentence in why.
 */
int aiot_module_take(const char *path, struct stat *ret_stat, struct aiot_module_copy *ret,
		     struct aiot_out *why);
/*
 * Open what was taken, and find and check aiot_service_NAME in it; ret->handle is the caller's to
 * close.  -AIOT_EINVAL; -AIOT_EBUSY: it can be opened only in its place, and old code of that is
 * mapped; with a sentence in why.
 */
int aiot_module_object_open(const char *path, const char *name, const struct aiot_module_copy *copy,
			    struct aiot_module_object *ret, struct aiot_out *why);

/* ---- module-elf.c ---- */

/*
 * Whether an open file is a whole object for this very machine.  -AIOT_EINVAL, with a sentence in
 * why that begins with the path.
 */
int aiot_module_examine(int fd, const char *path, struct aiot_out *why);

#endif
