/*
 * hold.h - services that wait for others: what is held back, for what, and until when.
 *
 * The core asks at each start (ops->holds); what changes in a service is noted when it happens, and
 * acted upon between two rounds of the core, when orders may be given.
 *
 *	          all that it needs is ready                 what it requires is lost
 *	waiting ------------------------------> starting ... --------------------------> stopping
 *	   ^                                                                                 |
 *	   +---------------------------------------------------------------------------------+
 */
#ifndef AIOT_HOLD_H
#define AIOT_HOLD_H

#include <stdbool.h>

#include "list.h"
#include "out.h"

struct aiot_entry;
struct aiot_host;
struct aiot_unit;

enum aiot_readiness {
	AIOT_NOT_READY, /* and nothing is under way that would make it so */
	AIOT_GETS_READY,
	AIOT_IS_READY,
};

/* A unit's part in it. */
struct aiot_unit_hold {
	struct aiot_link link; /* link: host.hold_changed */
	bool blocked;	       /* it waits for what is not under way */
	bool pulls; /* ... and a person ordered its start: what it needs is started, too */
	bool fell;  /* it was not ready at some time since this was looked at */
};

/* What others can expect of it now. */
enum aiot_readiness aiot_unit_readiness(const struct aiot_host *host, const struct aiot_unit *unit);

/* ops->holds, ops->pulls and ops->waits_for. */
bool aiot_hold_asked(void *host, struct aiot_entry *entry, bool ordered);
bool aiot_hold_pulls(void *host, struct aiot_entry *entry);
void aiot_hold_waits_for(void *host, struct aiot_entry *entry, struct aiot_out *out);

/* The service behind a main task; NULL: it is no service's. */
struct aiot_unit *aiot_hold_unit(struct aiot_entry *entry);

/* Its state has changed, it was loaded or unloaded, or could not be. */
void aiot_hold_changed(struct aiot_host *host, struct aiot_unit *unit);
/* What it needs is something else now: if it waits, it is looked at again. */
void aiot_hold_deps_changed(struct aiot_host *host, struct aiot_unit *unit);
/* It is going to be freed. */
void aiot_hold_forget(struct aiot_unit *unit);

/* A service with a schedule was loaded: it waits, or is on its schedule. */
void aiot_hold_schedule(struct aiot_host *host, struct aiot_unit *unit);

/* Do what follows from all that has changed. */
void aiot_hold_step(struct aiot_host *host);

/* "net.service, which failed": the first thing it waits for; nothing: it need not wait. */
void aiot_hold_put(const struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *out);

#endif
