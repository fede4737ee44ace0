/*
 * crash.h - what a crash of this process leaves behind: which task made a step, where, and what
 * happened.
 *
 * The handler of SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS and SIGABRT runs on a stack of
 * its own, writes a record into memory that outlives the process (the log ring's crash slot), and
 * lets the signal do what it would have done without it.  So is recorded who calls exit.  It
 * reads the loop's stall block, and the rest through the kernel (peek.h).  The next run reads the
 * record; quarantine.c says what becomes of the culprit.
 */
#ifndef AIOT_CRASH_H
#define AIOT_CRASH_H

#include <stdbool.h>

#include "core.h"
#include "peek.h"

/* What is known of a crash; texts are "" where it is not. */
struct aiot_crash_record {
	char signal[16]; /* "SIGSEGV"; "call of exit" */
	char task[AIOT_NAME_MAX + 1];
	char module[AIOT_NAME_MAX + 1]; /* no task is known, but whose code it was */
	char doing[64];			/* "" and a task: a step */
	struct aiot_peek_site site;
	char at[160];		  /* the instruction: FILE+0xOFFSET */
	uint64_t blocked_ms;	  /* it was ended because it blocked the loop so long; 0: no */
	int64_t began_us, end_us; /* the run and its end, wall clock; 0: not known */
	bool outside; /* the signal came from another process: nobody's fault, unless it blocked */
};

/*
 * From now on crashes are recorded in slot, of the calling thread's loop.  A process has one such
 * handler: -AIOT_EBUSY if another host has it; -AIOT_ENOMEM.
 */
int aiot_crash_install(const struct aiot_core *core, char *slot, size_t slot_size);

/* Signals do what they did before.  Only if that core's was installed. */
void aiot_crash_uninstall(const struct aiot_core *core);

/*
 * The loop has been blocked for so long: end the process as a crash of what is being run.  Called
 * by the thread that watches; does not return.
 */
void aiot_crash_blocked(uint32_t blocked_ms) __attribute__((noreturn));

/*
 * The calling thread works for this task from now on, whose name must stay; NULL: for none any
 * more.
 */
void aiot_crash_thread(const char *task);

/* Read the record that a run before left.  false: there is none, or it is damaged. */
bool aiot_crash_read(const char *slot, size_t slot_size, struct aiot_crash_record *ret);

/* "SIGSEGV in hello.service at hello.c:12 (hello.so+0x1139)". */
void aiot_crash_words(const struct aiot_crash_record *record, struct aiot_out *out);

#endif
