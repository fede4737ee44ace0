/*
 * modules.h - object files with services: found, examined before any of their code runs, opened
 * once.
 */
#ifndef AIOT_MODULES_H
#define AIOT_MODULES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "aiotools.h"
#include "out.h"

struct aiot_host;

struct aiot_module {
	struct aiot_module *next; /* link: host.modules */
	char *path;
	void *handle; /* dlopen */
	const struct aiot_service *found;
	struct aiot_service service; /* checked copy, fields it is too old for as zero */
	struct stat stat;	     /* of the file as it was opened, to see changes */
	unsigned users;		     /* units */
	bool kept;		     /* a service has used the loop: never unmapped */
};

/*
 * Find NAME.so in the host's module directories and open it, or count up one that is open.  A
 * refusal is a sentence in why (without the file's name only where it is about the name itself).
 * -AIOT_ENOENT, -AIOT_EPERM, -AIOT_EINVAL, -AIOT_ENOMEM; -AIOT_EBUSY: the file is newer than what
 * is open, and why names the services that have to be unloaded first; or newer than what was closed
 * but is mapped still.
 */
int aiot_module_open(struct aiot_host *host, const char *name, struct aiot_module **ret,
		     struct aiot_out *why);

/* Whether NAME.so can be had without opening it. */
bool aiot_module_is_open(const struct aiot_host *host, const char *name);

/* Count down; closed with the last user. */
void aiot_module_close(struct aiot_host *host, struct aiot_module *module);

/* Whether the file on disk is another one than was opened. */
bool aiot_module_changed(const struct aiot_module *module);

/* Forget what is known of closed ones; none is open any more. */
void aiot_modules_finish(struct aiot_host *host);

#endif
