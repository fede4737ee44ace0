/*
 * held.h - a task that ruins every run of the board is not started in the next one.
 *
 * Without it, a task that faults or spins right after its start resets the board for ever, and
 * nobody gets a word in.  noinit.c counts; board.c asks here, once the tasks are made.
 */
#ifndef AIOT_HELD_H
#define AIOT_HELD_H

#include "tasks.h"

/* From the fault handler: a step of that task ends this run.  t is memory of tasks. */
void aiot_held_blame(const struct aiot_task *t);

/* Take back the start of the tasks that are held, and say so. */
void aiot_held_stop(struct aiot_core *core);

#endif
