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

/* What may be done instead of a step; more where it is done. */
#define AIOT_DOING_LOAD "while it was loaded"
#define AIOT_DOING_INIT "in its init"

struct aiot_stall {
	uint32_t sequence;	      /* odd while it is being written */
	uint32_t name_len;	      /* 0: nothing of a task or service is being run */
	uint64_t start_ns;	      /* of the step */
	uint64_t step;		      /* counts steps */
	const struct aiot_site *site; /* where the step began; NULL: at the start of its function */
	const char *doing;	      /* it is no step, but this ("in its init"); NULL: a step */
	char name[AIOT_NAME_MAX];
};

/* A consistent copy; false if the writer kept changing it (then try again). Any thread. */
bool aiot_stall_read(const struct aiot_stall *stall, struct aiot_stall *ret);

#endif
