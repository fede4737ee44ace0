/*
 * calls-away.c - calls about a task that runs elsewhere (a board's): given on to its place.
 *
 * Called first by the handlers of those orders that need what only the task's own runtime has: its
 * options, its schedule, its verbs.  Never waits; the place has the handler called again.
 */
#include <string.h>

#include "calls.h"

#if !AIOT_BOARD
/* The one name that a call has, as "name" or as "names"; absent: it has none, or several. */
static struct aiot_json only_name(const struct aiot_call *call)
{
	struct aiot_json names = aiot_json_get(call->params, "names"), name;
	struct aiot_json_iter it = {NULL};

	if (aiot_json_count(names) == 0)
		return aiot_json_get(call->params, "name");
	if (aiot_json_count(names) > 1 || !aiot_json_next(names, &it, NULL, &name))
		name = (struct aiot_json){NULL, 0};
	return name;
}

bool aiot_call_elsewhere(struct aiot_call *call, enum aiot_call_result *ret)
{
	char name[AIOT_NAME_MAX + 1];
	struct aiot_entry *e;

	if (aiot_json_str(only_name(call), name, sizeof(name)) < 0 ||
	    aiot_name_is_pattern(name, strlen(name)))
		return false;
	e = aiot_entry_named(call->core, name);
	if (e == NULL || !aiot_entry_elsewhere(e))
		return false;
	*ret = (enum aiot_call_result)e->spec->place->ops->forward(e->spec->place, e, call);
	return true;
}
#endif
