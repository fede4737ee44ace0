/*
 * quarantine.h - services that crashed the program: they are held until a person says otherwise.
 *
 * At start the record of the last crash is read, and its culprit added to RUNTIME/held, so that it
 * stays held over further starts, of which another one's crash may be the reason.  It leaves the
 * list when it is started or its failure reset; one that crashed while it was loaded, when it is
 * loaded again.  Where no task is known, but whose code it was (a callback of libuv, a thread of
 * its own), all services of that module are held; if it crashes nevertheless, they are not loaded.
 * After a boot the list is empty.  All of it runs on the loop.
 */
#ifndef AIOT_QUARANTINE_H
#define AIOT_QUARANTINE_H

#include "crash.h"

#define AIOT_QUARANTINE_FILE "held"

struct aiot_host;
struct aiot_unit;

struct aiot_held {
	struct aiot_held *next;
	char name[AIOT_NAME_MAX + 1]; /* of the service, or of the module */
	bool module;		      /* of all services whose code it is */
	bool loading;		      /* it crashed before it had a task */
	char text[384];
	struct aiot_peek_site site;
};

/* Read the list and the crash record in slot (NULL: there is none), which is cleared; log it. */
void aiot_quarantine_open(struct aiot_host *host, char *slot, size_t slot_size);
void aiot_quarantine_finish(struct aiot_host *host);

/*
 * A service is to be loaded.  false: not now, for its last loading ended the program; its error
 * says so.  Asked once more it is loaded, and leaves the list.
 */
bool aiot_quarantine_may_load(struct aiot_host *host, struct aiot_unit *unit);

/* It is loaded and was to be started: true if it is held instead. */
bool aiot_quarantine_hold(struct aiot_host *host, struct aiot_unit *unit);

/* A task's state has changed: one that is not held any more leaves the list. */
void aiot_quarantine_changed(struct aiot_host *host, const struct aiot_entry *entry);

/* Members "held" of the info command's object: which services are. */
void aiot_quarantine_info(const struct aiot_host *host, struct aiot_json_out *json);

#endif
