/*
 * histdisk-none.c - histdisk.h for a build without SQLite: there is no database.
 *
 * Called by history.c, which then keeps runs in memory and says so.
 */
#include "histdisk.h"

#include <stdio.h>

#include "aiotools.h"

const char *aiot_histdisk_library(void)
{
	return NULL;
}

int aiot_histdisk_open(const char *path, uint64_t max_bytes, bool aside, struct aiot_histdisk **ret,
		       char *why, size_t why_size)
{
	(void)max_bytes;
	(void)aside;
	(void)ret;
	(void)snprintf(why, why_size, "'%s': this aiotools was built without SQLite", path);
	return -AIOT_ENOSYS;
}

void aiot_histdisk_close(struct aiot_histdisk *disk)
{
	(void)disk;
}

int aiot_histdisk_write(struct aiot_histdisk *disk, const void *runs, size_t len, char *why,
			size_t why_size)
{
	(void)disk;
	(void)runs;
	(void)len;
	(void)snprintf(why, why_size, "built without SQLite");
	return -AIOT_ENOSYS;
}

int aiot_histdisk_read(struct aiot_histdisk *disk, uint64_t from, bool back, aiot_run_fn *fn,
		       void *ctx, char *why, size_t why_size)
{
	(void)disk;
	(void)from;
	(void)back;
	(void)fn;
	(void)ctx;
	(void)snprintf(why, why_size, "built without SQLite");
	return -AIOT_ENOSYS;
}
