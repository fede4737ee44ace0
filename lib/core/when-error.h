/*
 * when-error.h - what is wrong with a condition, a cron expression or a date in it.
 */
#ifndef AIOT_WHEN_ERROR_H
#define AIOT_WHEN_ERROR_H

#include <stdint.h>

struct aiot_when_error {
	uint32_t column; /* where, in bytes, the first is 1 */
	char text[184];	 /* "expected a time such as 10:00 after 'between', not 'noon'" */
};

#endif
