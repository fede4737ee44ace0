/*
 * install-files.h - a service's two files brought to the state directory, whole or not at all.
 *
 *	STATE/modules/NAME.so STATE/services.d/NAME.ini, and what that was before: NAME.ini.old
 *
 * Nothing here knows of a host or its loop: for a thread, and for tests.
 */
#ifndef AIOT_INSTALL_FILES_H
#define AIOT_INSTALL_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "name.h"

#define AIOT_INSTALL_PATH 4096
#define AIOT_INSTALL_MODULE_MAX (256ull << 20) /* bytes */

struct aiot_install_files {
	char source[AIOT_INSTALL_PATH]; /* NAME.so, or a directory that holds just one */
	char state[AIOT_INSTALL_PATH];
	char name[AIOT_NAME_MAX + 1]; /* of the service; found from source */
	char *ini;		      /* what is to be in its INI file; NULL: that stays as it is */
	size_t ini_len;
	bool replaced;	/* the module is the new one */
	bool kept;	/* NAME.ini said something else before: that is NAME.ini.old now */
	char why[1024]; /* a sentence */
};

/*
 * Copy the module beside its place, durably, and read NAME.ini that lies beside the source (ini
 * stays NULL where there is none).  What was left by a run that was killed goes.  A negative code:
 * nothing is left.
 */
int aiot_install_stage(struct aiot_install_files *f);
/* The copy that is to be looked at. */
void aiot_install_staged(const struct aiot_install_files *f, char path[AIOT_INSTALL_PATH]);
/*
 * Put both in place, the module first, each by one rename.  A negative code: nothing has changed,
 * unless the sentence says so.
 */
int aiot_install_commit(struct aiot_install_files *f);
/* Forget what was staged. */
void aiot_install_drop(const struct aiot_install_files *f);

/* Take them away, the INI file first.  -AIOT_ENOENT: there is neither file nor module. */
int aiot_install_remove(struct aiot_install_files *f);
/* Whether there is anything to take away (state NULL: no), perhaps what a kill between the two has
 * left. */
bool aiot_install_there(const char *state, const char *name);

#endif
