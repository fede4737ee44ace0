/*
 * unit-files.h - which files a service is made of: its own, or its template's, and their drop-ins.
 *
 *	DIR/services.d/NAME.ini			of the last config directory that has one
 *	DIR/services.d/NAME.ini.d/NN-WHAT.ini		of all of them, by file name; of two that
 *are called the same the one of the later directory, of a template's and an instance's the
 *instance's
 */
#ifndef AIOT_UNIT_FILES_H
#define AIOT_UNIT_FILES_H

#include "units.h"

#define AIOT_DROP_INS_MAX 64 /* of one service */

struct aiot_unit_files {
	char *drop_in[AIOT_DROP_INS_MAX]; /* in the order in which they count; masked ones are not
					   */
	size_t count;
	uint64_t print; /* of the paths, and of sizes, times, owners and modes of the files */
	bool masked;	/* the service's own is a link to /dev/null */
};

/*
 * 0; or negative with a sentence in why: its own file is not there, a directory cannot be read,
 * there are too many.  To be finished in any case.
 */
int aiot_unit_files_find(struct aiot_host *host, const struct aiot_unit *unit,
			 struct aiot_unit_files *files, struct aiot_out *why);
void aiot_unit_files_finish(struct aiot_unit_files *files);

/* ---- directories of drop-ins that a scan came across ---- */

/* NAME.ini.d in the config directory with that index; -AIOT_ENOMEM. */
int aiot_drop_ins_note(struct aiot_host *host, const char *name, unsigned dir);
/* Look whether such directories came or went since, for a name. */
int aiot_drop_ins_look(struct aiot_host *host, const char *name);
/* Forget all. */
void aiot_drop_ins_forget(struct aiot_host *host);
/* Tell of those that belong to no service. */
void aiot_drop_ins_advise(struct aiot_host *host);

#endif
