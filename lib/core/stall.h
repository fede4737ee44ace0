/*
 * stall.h - what a loop is doing right now, for those who look from outside: watchdog and crash
 * handler.
 *
 * One preallocated block a loop, written by the executor before each step under a sequence lock,
 * read by another thread or a signal handler, which must not touch anything else of the core.
 */
#ifndef AIOT_STALL_H
#define AIOT_STALL_H

#include <stdbool.h>
#include <stdint.h>

#include "aiotools.h"
#include "name.h"

struct aiot_stall {
	uint32_t sequence;	      /* odd while it is being written */
	uint32_t name_len;	      /* 0: no step is being run */
	uint64_t start_ns;	      /* of the step */
	uint64_t step;		      /* counts steps */
	const struct aiot_site *site; /* where the step began; NULL: at the start of its function */
	char name[AIOT_NAME_MAX];
};

/* A consistent copy; false if the writer kept changing it (then try again). Any thread. */
bool aiot_stall_read(const struct aiot_stall *stall, struct aiot_stall *ret);

#endif
