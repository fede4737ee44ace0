/*
 * keep-save.c - a file written in the first directory that takes it: see keep.h.
 *
 * Called on a thread of the loop's pool.  A kill at any instruction leaves what is read as it was
 * or as it is to be, whole; so does whatever the disk refuses.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aiotools.h"
#include "keep.h"
#include "savefile.h"

static int save_in(const struct aiot_keep_order *o, unsigned i, struct aiot_keep_result *result)
{
	char why[sizeof(result->why)] = "";
	size_t len = strlen(result->why);
	int r;

	(void)mkdir(o->dirs[i], 0755);
	r = aiot_savefile_mode(o->dirs[i], o->name, o->mode, o->bytes, o->len, why, sizeof(why));
	if (r != 0)
		(void)snprintf(result->why + len, sizeof(result->why) - len, "%s%s",
			       len ? "; " : "", why);
	return r == AIOT_SAVEFILE_UNSYNCED ? 0 : r;
}

static void path_in(const struct aiot_keep_order *o, unsigned i, char path[AIOT_KEEP_PATH])
{
	(void)snprintf(path, AIOT_KEEP_PATH, "%s/%s", o->dirs[i], o->name);
}

/*
 * Of a file with an older copy that is read instead: that is brought up to date before and removed
 * after the first one is written, so that no moment shows what was true before it.
 */
void aiot_keep_save(const struct aiot_keep_order *o, struct aiot_keep_result *result)
{
	unsigned last = AIOT_KEEP_DIRS - 1, i, written = 0;
	char old[AIOT_KEEP_PATH];
	bool shadowed, shadow;
	int r = -AIOT_EIO;

	while (last > 0 && o->dirs[last] == NULL)
		last--;
	shadowed = o->shadowed && last > 0;
	shadow = shadowed && save_in(o, last, result) == 0;
	for (i = 0; i <= last && r < 0; i++) {
		r = shadow && i == last ? 0 : save_in(o, i, result);
		written = i;
	}
	result->code = r;
	path_in(o, written, result->path);
	path_in(o, last, old);
	if (r == 0 && shadowed && written < last)
		(void)unlink(old);
}
