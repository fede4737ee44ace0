/*
 * noinit.h - what a reset does not clear: the log, why the last run ended, and where.
 *
 * One struct in a section of its own, which neither the start-up code nor a loader touches.
 * Whatever comes up in it may be garbage: the head has a check sum, the log has those of its
 * records.
 *
 *	start --> aiot_noinit_begin() --> ... --> aiot_noinit_leave() --> reset
 */
#ifndef AIOT_NOINIT_H
#define AIOT_NOINIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"
#include "sizes.h"

/* Why a run ended, or this one began. */
enum aiot_reset {
	AIOT_RESET_POWER_ON,  /* nothing was kept */
	AIOT_RESET_EXTERNAL,  /* nobody here asked for it: a button, a debugger, a power dip */
	AIOT_RESET_REQUESTED, /* a command */
	AIOT_RESET_FAULT,
	AIOT_RESET_WATCHDOG,
};

/* What went wrong, in copies: the next run may be another program. */
struct aiot_fault {
	char what[48]; /* "hard fault", "watchdog", what an assertion said */
	char task[24]; /* whose step it was; "": none was run */
	char file[40]; /* where that step began, or the assertion is; "": not known */
	uint32_t line; /* 0: at the beginning of a run */
	uint32_t pc, lr;
	uint32_t
		early; /* whose step ended a short run: the task's number; 0: it was no short one */
};

struct aiot_noinit {
	uint32_t magic; /* with the layout's version */
	uint32_t boots;
	uint32_t reset; /* enum aiot_reset: why the run that is under way will have ended */
	struct aiot_fault fault;
	uint32_t again; /* the task that ended the last short runs: its number; 0: none */
	uint32_t times; /* so many of them, one behind the other */
	uint32_t held;	/* tasks that are not started any more, a bit each */
	uint32_t check; /* over all that is before it */
	uint64_t log[AIOT_LOG_MEMORY / sizeof(uint64_t)];
};

_Static_assert(AIOT_LOG_MEMORY >= AIOT_RING_MIN_SIZE, "AIOT_LOG_BYTES is too small for a log");

extern struct aiot_noinit aiot_noinit;

/* How this run began. */
struct aiot_start {
	enum aiot_reset reset;
	uint32_t boots;			/* starts since power-on, with this one */
	const struct aiot_fault *fault; /* of the run before; NULL: none */
	size_t lost;			/* bytes of the log that were damaged */
	bool new_log;			/* none was there */
};

/* Once, first of all: what was left behind, and the log to go on with. */
void aiot_noinit_begin(struct aiot_start *ret, struct aiot_ring *ret_ring);

/* The run ends: why.  From anywhere, also a fault handler; what the next start is told. */
void aiot_noinit_leave(enum aiot_reset reset);

/* The same with a fault.  Texts are copied; one that is too long loses its end, a path its
 * beginning. */
void aiot_noinit_leave_fault(enum aiot_reset reset, const char *what, uint32_t pc, uint32_t lr);
/*
 * Whose step it was, and where that began (NULL: not known); behind leave_fault(), because looking
 * for it may fail once more.
 */
void aiot_noinit_blame(const char *task, const char *file, uint32_t line);
/*
 * The run was a short one, and ends in a step of task `number`, counted from 1.  A task that does
 * so AIOT_FAULTS_MAX times in a row is held from then on, until a reset that is no fault's.
 */
void aiot_noinit_early(uint32_t number);
bool aiot_noinit_holds(uint32_t number);
/* Where an assertion is: known better than where the step began. */
void aiot_noinit_assertion(const char *file, uint32_t line);

/* "power-on", "fault" ... */
const char *aiot_reset_word(enum aiot_reset reset);

#endif
