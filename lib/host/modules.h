/*
 * modules.h - object files with services: found, examined before any of their code runs, opened
 * once.
 */
#ifndef AIOT_MODULES_H
#define AIOT_MODULES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "aiotools.h"
#include "json.h"
#include "module-copy.h"
#include "out.h"

struct aiot_entry;
struct aiot_host;

struct aiot_module {
	struct aiot_module *next; /* link: host.modules, or host.left */
	char *path;
	char *object;  /* what the linker calls it, if not by its path */
	bool in_place; /* it calls it by that */
	void *handle;  /* dlopen */
	const struct aiot_service *found;
	struct aiot_service service; /* checked copy, fields it is too old for as zero */
	struct stat stat;	     /* of its file as it was opened, to see changes */
	struct aiot_module_mark mark;
	unsigned users; /* spec blocks, and whoever else has opened it */
	bool kept;	/* a service has used the loop: never unmapped */
	bool changed;	/* its file was another one at the last look */
};

/*
 * Find NAME.so in the host's module directories and open it, or count up one that is open and the
 * same.  A file that changed since is opened beside what is open.  A refusal is a sentence in why
 * (without the file's name only where it is about the name itself).  -AIOT_ENOENT, -AIOT_EPERM,
 * -AIOT_EINVAL, -AIOT_EIO, -AIOT_ENOMEM; -AIOT_EBUSY: it changed, and can be opened only in its
 * place, where old code of it is mapped.
 */
int aiot_module_open(struct aiot_host *host, const char *name, struct aiot_module **ret,
		     struct aiot_out *why);

#define AIOT_MODULE_PATH_MAX 4096
/* Where that is, without opening; fails likewise. */
int aiot_module_locate(const struct aiot_host *host, const char *name,
		       char path[AIOT_MODULE_PATH_MAX], struct aiot_out *why);

/* One that is open, as its file is now; without opening.  NULL: none. */
struct aiot_module *aiot_module_find(struct aiot_host *host, const char *name);

/* One user more, or NULL for none. */
static inline struct aiot_module *aiot_module_share(struct aiot_module *module)
{
	if (module != NULL)
		module->users++;
	return module;
}

/* The one that a task's code is in; NULL: linked in. */
struct aiot_module *aiot_module_of(const struct aiot_entry *entry);

/* Count down; closed with the last user.  NULL is fine. */
void aiot_module_close(struct aiot_host *host, struct aiot_module *module);

/*
 * Whether opening it anew would give another one: its file says something else, is gone, or one of
 * its name lies in a directory further ahead.
 */
bool aiot_module_changed(struct aiot_host *host, struct aiot_module *module);
/* The same of all that are open, once for many units: sets `changed`. */
void aiot_modules_look(struct aiot_host *host);

/* Member `modules`: how many are open, and what is mapped of those that are not. */
void aiot_modules_info(const struct aiot_host *host, struct aiot_json_out *json);

/* Forget what is known of closed ones; none is open any more. */
void aiot_modules_finish(struct aiot_host *host);

#endif
