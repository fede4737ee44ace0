/*
 * complete-which.c - which tasks and services make sense behind a verb.
 *
 * Called by complete.c with each row of a list.  Leaves out only what the verb would refuse, or
 * what is already as it would have it; verbs that look at things have all of them.
 */
#include <string.h>

#include <aiotools.h>

#include "complete-private.h"

static bool is_one_of(struct aiot_json row, const char *key, const char *const *words)
{
	struct aiot_json value = aiot_json_get(row, key);

	while (*words != NULL && !aiot_json_str_is(value, *words))
		words++;
	return *words != NULL;
}

static bool is(struct aiot_json row, const char *key, const char *word)
{
	return aiot_json_str_is(aiot_json_get(row, key), word);
}

static bool has_schedule(struct aiot_json task)
{
	return aiot_json_type(aiot_json_get(task, "schedule")) == AIOT_JSON_OBJECT;
}

static bool is_paused(struct aiot_json task)
{
	return aiot_json_bool(aiot_json_get(task, "paused"), false);
}

/* Not a service's own task, nor a child of it, nor a board's. */
static bool was_added(struct aiot_json task)
{
	char name[AIOT_NAME_MAX + 1];

	return aiot_json_str(aiot_json_get(task, "name"), name, sizeof(name)) > 0 &&
	       strstr(name, ".service") == NULL && strchr(name, ':') == NULL;
}

bool ctl_complete_fits_task(const struct aiot_command *command, struct aiot_json task)
{
	static const char *const runs[] = {"running", "starting", "stopping", NULL};
	static const char *const over[] = {"stopped", "done", "failed", "held", NULL};
	static const char *const failed[] = {"failed", "held", NULL};

	switch (command->id) {
	case AIOT_CMD_START:
		return !is_one_of(task, "state", runs);
	case AIOT_CMD_STOP:
		return !is_one_of(task, "state", over);
	case AIOT_CMD_RESET_FAILED:
		return is_one_of(task, "state", failed) || is(task, "last", "failed");
	case AIOT_CMD_PAUSE:
		return has_schedule(task) && !is_paused(task);
	case AIOT_CMD_RESUME:
		return is_paused(task);
	case AIOT_CMD_TIMERS:
	case AIOT_CMD_UNSCHEDULE:
		return has_schedule(task);
	case AIOT_CMD_DELETE:
		return was_added(task);
	default:
		return true;
	}
}

bool ctl_complete_fits_service(const struct aiot_command *command, struct aiot_json service)
{
	static const char *const can_be_enabled[] = {"disabled", "template", NULL};
	bool masked = is(service, "enabled", "masked");

	switch (command->id) {
	case AIOT_CMD_LOAD:
		return !is(service, "load", "loaded") && !masked;
	case AIOT_CMD_UNLOAD:
	case AIOT_CMD_RELOAD:
	case AIOT_CMD_ADD:
		return is(service, "load", "loaded");
	case AIOT_CMD_ANALYZE:
		return !is(service, "load", "unloaded");
	case AIOT_CMD_REMOVE:
		return !is(service, "load", "loaded");
	case AIOT_CMD_ENABLE:
		return is_one_of(service, "enabled", can_be_enabled);
	case AIOT_CMD_DISABLE:
		return is(service, "enabled", "enabled");
	case AIOT_CMD_MASK:
		return !masked;
	case AIOT_CMD_UNMASK:
		return masked;
	default:
		return true;
	}
}
