/*
 * pastmap.h - files of last runs: the mapped one in the runtime directory, and reading either.
 */
#ifndef AIOT_PASTMAP_H
#define AIOT_PASTMAP_H

#include <stddef.h>
#include <stdint.h>

#include "pastfile.h"

struct aiot_pastmap {
	void *mem; /* NULL: none; then in memory only */
	uint32_t slots;
};

/*
 * Make dir/name anew with room for `slots` records: all of it allocated, mapped, and empty; it
 * takes its name only with aiot_pastmap_settle().  Negative, with a sentence in why; map is then as
 * it was.
 */
int aiot_pastmap_create(struct aiot_pastmap *map, const char *dir, const char *name, uint32_t slots,
			char *why, size_t why_size);
/* Give the file that create() made its name, in the place of the one before. */
int aiot_pastmap_settle(const char *dir, const char *name, char *why, size_t why_size);
/* The file stays. */
void aiot_pastmap_close(struct aiot_pastmap *map);

typedef int aiot_past_fn(void *ctx, const char *name, const struct aiot_past_record *record);

/*
 * Read a file of last runs, fn for each record.  0, also when there is no file.  What is wrong is a
 * sentence in why ("": nothing): records that are damaged or cut off are left out and counted; a
 * file that others may have written, or that is none of this version, is not read but set aside as
 * NAME.bad.  -AIOT_ENOMEM, or what fn returned.
 */
int aiot_pastmap_read(const char *path, aiot_past_fn *fn, void *ctx, char *why, size_t why_size);

#endif
