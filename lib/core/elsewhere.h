/*
 * elsewhere.h - tasks whose place is not this loop: what the handlers of commands ask their place.
 *
 * A board has no such tasks, and none of this.
 */
#ifndef AIOT_ELSEWHERE_H
#define AIOT_ELSEWHERE_H

#include "command.h"
#include "entry.h"

#if AIOT_BOARD
static inline bool aiot_call_elsewhere(struct aiot_call *c, enum aiot_call_result *ret)
{
	(void)c;
	(void)ret;
	return false;
}
static inline bool aiot_elsewhere_refusal(struct aiot_entry *e, struct aiot_out *why)
{
	(void)e;
	(void)why;
	return false;
}
static inline void aiot_elsewhere_json(struct aiot_entry *e, struct aiot_json_out *json)
{
	(void)e;
	(void)json;
}
static inline bool aiot_elsewhere_due(const struct aiot_entry *e, int64_t *ret_us)
{
	(void)e;
	(void)ret_us;
	return false;
}
#else
/*
 * Whether the call is about one task, given plainly, that is elsewhere: then its place answers it,
 * and *ret is what the handler returns.
 */
bool aiot_call_elsewhere(struct aiot_call *call, enum aiot_call_result *ret);

/* What its place says of the order that it refused last; false: nothing. */
static inline bool aiot_elsewhere_refusal(struct aiot_entry *e, struct aiot_out *why)
{
	return aiot_entry_elsewhere(e) && e->spec->place->ops->refusal(e->spec->place, e, why);
}
/* The members "schedule" and "away". */
static inline void aiot_elsewhere_json(struct aiot_entry *e, struct aiot_json_out *json)
{
	if (aiot_entry_elsewhere(e))
		e->spec->place->ops->brief(e->spec->place, e, json);
}
/* Whether it is elsewhere and has a schedule, and when that starts it next. */
static inline bool aiot_elsewhere_due(const struct aiot_entry *e, int64_t *ret_us)
{
	return aiot_entry_elsewhere(e) && e->spec->place->ops->due(e->spec->place, e, ret_us);
}
#endif

#endif
