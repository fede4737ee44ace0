/*
 * install.h - install and remove as jobs: files on a thread, looking into the module by another
 * process, one at a time, whether anybody still waits for it or not.
 */
#ifndef AIOT_INSTALL_H
#define AIOT_INSTALL_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"

struct aiot_host;

struct aiot_installed {
	enum aiot_error_id error; /* AIOT_ERR_NONE: it went well */
	const char *why;	  /* a sentence */
	const char *name;	  /* of the service */
	const char *notes;	  /* what else there is to know: sentences, each with an LF */
};

/*
 * Begin: *ret is a ticket; 0: another one is under way, and the callers that wait are asked again
 * when it is through.  -AIOT_ENOMEM; -AIOT_ENOSYS: the host has no state directory.
 */
int aiot_install(struct aiot_host *host, const char *source, uint32_t *ret);
/* purged: services.json will forget it, too. */
int aiot_uninstall(struct aiot_host *host, const char *name, bool purged, uint32_t *ret);
/* false: under way.  What is told is valid until the loop goes on. */
bool aiot_install_done(struct aiot_host *host, uint32_t ticket, struct aiot_installed *ret);

/* Go on if what it waits for is there: called behind each round of the core. */
void aiot_install_step(struct aiot_host *host);
/* Whether a thread is at work for it: the host waits for that with its end. */
bool aiot_install_busy(const struct aiot_host *host);
/* The host ends. */
void aiot_install_finish(struct aiot_host *host);

#endif
