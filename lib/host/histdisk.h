/*
 * histdisk.h - runs that have ended, in a database; where SQLite was there when this was built.
 *
 * Two implementations, one is built: histdisk-sqlite.c, and histdisk-none.c, which refuses to open.
 * Any thread, but one at a time.  Everything here may block as long as the disk does.
 */
#ifndef AIOT_HISTDISK_H
#define AIOT_HISTDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histring.h"

struct aiot_histdisk;

#define AIOT_HISTDISK_NAME "history.db"

/* "SQLite 3.40.1"; NULL: built without. */
const char *aiot_histdisk_library(void);

/*
 * Open path, made if it is not there, of at most max_bytes.  aside: a file that is damaged, or of
 * another version, is renamed to PATH.bad and a new one begun; why then says so with result 0.  A
 * database of something else is refused, and so is one that others can write or that we cannot.
 */
int aiot_histdisk_open(const char *path, uint64_t max_bytes, bool aside, struct aiot_histdisk **ret,
		       char *why, size_t why_size);
/* NULL is fine. */
void aiot_histdisk_close(struct aiot_histdisk *disk);

/*
 * Add runs, packed one behind the other, all or none; the oldest give way when the file is full. A
 * database that turns out to be damaged is handled as by open.  why: set on failure, and to a
 * remark ("") else.
 */
int aiot_histdisk_write(struct aiot_histdisk *disk, const void *runs, size_t len, char *why,
			size_t why_size);

/* false: that is enough. */
typedef bool aiot_run_fn(void *ctx, const struct aiot_run *run);

/*
 * fn for each run from id `from` on, ascending, or down from the one before `from`.  Runs whose
 * bytes make no sense are left out.
 */
int aiot_histdisk_read(struct aiot_histdisk *disk, uint64_t from, bool back, aiot_run_fn *fn,
		       void *ctx, char *why, size_t why_size);

#endif
