/*
 * schedule-private.h - what schedule.c and schedule-make.c share, and nobody else.
 */
#ifndef AIOT_SCHEDULE_PRIVATE_H
#define AIOT_SCHEDULE_PRIVATE_H

#include "schedule.h"

/* Arm one that is whole, for the first time. */
void aiot_schedule_begin(struct aiot_core *core, struct aiot_schedule *s);

#endif
