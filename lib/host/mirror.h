/*
 * mirror.h - entries of tasks that run elsewhere: what is shown here is what was told last.
 */
#ifndef AIOT_MIRROR_H
#define AIOT_MIRROR_H

#include "core.h"

/* A task as its place tells it; times are this core's. */
struct aiot_told {
	enum aiot_state state;
	enum aiot_state last;
	bool paused, idle;
	uint8_t fail;
	uint16_t restarts;
	uint32_t runs;
	uint64_t since_ns;
	uint64_t run_ns; /* alive: when the run began; else how long the last one took */
	uint64_t cpu_ns;
	uint32_t longest_us;
	const struct aiot_site *longest_site; /* the place's, lives as long as the entry shows it */
	struct aiot_outcome *outcome;	      /* taken over; NULL: none */
};

/* What was told before, to see what has happened meanwhile; zero: nothing was. */
struct aiot_before {
	bool known, alive;
	uint32_t runs;
	uint64_t run_ns; /* alive: when it began */
};

/*
 * Make the entry what was told.  Runs that began or ended since `before` are noted for conditions
 * and history, and those who wait for them go on; without it nothing has happened, it is merely
 * known now.  before is brought up to date.
 */
void aiot_entry_mirror(struct aiot_core *core, struct aiot_entry *entry,
		       const struct aiot_told *told, struct aiot_before *before);

#endif
