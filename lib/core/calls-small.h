/*
 * calls-small.h - what the handlers of boards that have little flash share: calls-small*.c.
 */
#ifndef AIOT_CALLS_SMALL_H
#define AIOT_CALLS_SMALL_H

#include "command.h"
#include "core.h"
#include "schedule.h"

enum aiot_meant {
	AIOT_NOT_MEANT,
	AIOT_MEANT, /* by a pattern, or because no name was given */
	AIOT_MEANT_PLAINLY,
};

/* A parameter; a flag; a number below 2^32, also in a string. */
struct aiot_json aiot_small_param(const struct aiot_call *call, const char *name);
bool aiot_small_flag(const struct aiot_call *call, const char *param, bool otherwise);
uint32_t aiot_small_number(const struct aiot_call *call, const char *param, uint32_t otherwise);

/* How the call's "names" mean what is called that. */
enum aiot_meant aiot_small_meant(struct aiot_call *call, const char *entry, size_t len);
/* The next task from call->at.count on that they mean; NULL: there is none. */
struct aiot_entry *aiot_small_next(struct aiot_call *call, enum aiot_meant *ret);
/* Whether each of them means a task; else the error reply is made. */
bool aiot_small_names(struct aiot_call *call);
/* The first task that a name means at least so; NULL: there is none, and the error reply is made.
 */
struct aiot_entry *aiot_small_entry(struct aiot_call *call, struct aiot_json name,
				    enum aiot_meant least);

/* One record for an order that was given. */
void aiot_small_log_order(struct aiot_call *call);

/* A time in microseconds, rounded towards 0. */
void aiot_small_put_us(struct aiot_call *call, const char *key, int64_t ns);

/* Open a row, with its "name" and "state". */
void aiot_small_begin_row(struct aiot_call *call, const struct aiot_entry *e);

aiot_call_fn aiot_small_order; /* start, stop, restart */
aiot_call_fn aiot_small_log;   /* log, follow */

#endif
