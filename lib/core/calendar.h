/*
 * calendar.h - the times of a schedule that follows the wall clock: Cron, At, At with Every.
 */
#ifndef AIOT_CALENDAR_H
#define AIOT_CALENDAR_H

#include "schedule.h"

/* Cron's text.  -AIOT_EINVAL: a sentence in why says where and what was expected. */
int aiot_calendar_compile(const char *text, struct aiot_cron *ret, struct aiot_out *why);

/* The first of its times behind after_us; false: none is left. */
bool aiot_calendar_after(struct aiot_core *core, const struct aiot_schedule *s, int64_t after_us,
			 int64_t *ret_us);

#endif
