/*
 * describe.h - a service's tables as data.
 */
#ifndef AIOT_DESCRIBE_H
#define AIOT_DESCRIBE_H

#include "entry.h"
#include "json.h"

/* Members `kinds`, `conditions` and `verbs`; spec (may be NULL): whose arguments are the values. */
void aiot_describe_put(const struct aiot_service *service, const struct aiot_spec *spec,
		       struct aiot_json_out *json);

#endif
