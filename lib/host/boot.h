/*
 * boot.h - the start of all services: core services first, each in its turn, then the rest.
 *
 *	idle --> core: what is Type=core is loaded and run to its end, in the order of its
 *dependencies
 *	     --> rest: all others are loaded and started, some in each turn of the loop --> booted
 *
 * Nothing waits: each round of the core is followed by a step.
 */
#ifndef AIOT_BOOT_H
#define AIOT_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "list.h"

struct aiot_entry;
struct aiot_host;
struct aiot_unit;

enum aiot_boot_phase {
	AIOT_BOOT_IDLE,
	AIOT_BOOT_CORE,
	AIOT_BOOT_REST,
	AIOT_BOOT_OVER,
};

struct aiot_boot {
	uint8_t phase; /* enum aiot_boot_phase */
	bool in_turns; /* the rest is loaded by the loop */
	/* of the first boot, by the core's clock; 0: not yet */
	uint64_t begin_ns, core_ns, end_ns;
	struct aiot_link core, rest; /* who is to be loaded, in order */
	uint32_t active;	     /* core services of which a run is under way */
	uint32_t loaded, failed;
	void (*booted)(void *arg); /* NULL: nobody asked */
	void *arg;
};

/* A unit's part in it. */
struct aiot_unit_boot {
	struct aiot_link turn; /* link: boot.core, boot.rest */
	uint32_t need;	       /* how many others of the boot come before it */
	bool pending;	       /* it is going to be loaded */
	bool active;	       /* counted in boot.active */
	bool begun, ended;     /* of a core service: these were told */
	/* of its last load; 0: not yet */
	uint64_t load_ns, loaded_ns; /* it began, and ended */
	uint64_t start_ns, ready_ns; /* its first run began; it was ready */
	uint64_t over_ns;	     /* it came to an end without having been ready */
};

void aiot_boot_init(struct aiot_host *host);

/*
 * Load what is wanted and not loaded, and what that needs.  in_turns: the loop goes on with it,
 * else all is loaded on return, but for what has to wait until core services have ended.
 */
void aiot_boot_begin(struct aiot_host *host, bool in_turns, void (*booted)(void *arg), void *arg);

/* Behind each round of the core. */
void aiot_boot_step(struct aiot_host *host);

/* The unit is going to be loaded, so that others wait for it. */
void aiot_boot_expect(struct aiot_unit *unit);
void aiot_boot_load_begins(struct aiot_unit *unit);
void aiot_boot_load_ended(struct aiot_host *host, struct aiot_unit *unit);
/* The state of its task has changed. */
void aiot_boot_note(struct aiot_host *host, struct aiot_unit *unit);
/* A core service may begin its run now. */
void aiot_boot_begun(struct aiot_host *host, struct aiot_unit *unit);
/* A core service is looked at again: perhaps its run has ended. */
void aiot_boot_ended(struct aiot_host *host, struct aiot_unit *unit);
/* It is going to be freed. */
void aiot_boot_forget(struct aiot_unit *unit);

/* "idle", "core" ... "booted". */
const char *aiot_boot_word(const struct aiot_host *host);
/* Members of info. */
void aiot_boot_info(struct aiot_host *host, struct aiot_json_out *json);

#endif
