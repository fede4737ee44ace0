/*
 * calls-service.c - the handlers of services, load, unload and daemon-reload.
 *
 * Called by the dispatcher, through the bindings at the end.  They read units and have unit-load.c
 * do what is asked; unload waits for tasks to end by being called again.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "unit-names.h"

/* ---- services ---- */

static enum aiot_call_result call_services(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	bool full = false;

	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "services");
	for (; !full && aiot_names_nth(&names, call->at.count, text); call->at.count++) {
		struct aiot_unit *unit;

		while ((unit = aiot_unit_match(call->ctx, text, call->at.name)) != NULL) {
			memcpy(call->at.name, unit->name, sizeof(call->at.name));
			aiot_put_unit(unit, &call->json);
			full = aiot_call_full(call);
			if (full)
				break;
		}
		if (full)
			break;
		call->at.name[0] = '\0';
	}
	aiot_json_put_end_array(&call->json);
	return full ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}

/* ---- load ---- */

static bool is_to_load(const struct aiot_call *call, const struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	return unit->load != AIOT_UNIT_LOADED && !unit->masked && (!all || aiot_unit_wanted(unit));
}

/* Those that are loaded first wait for those behind them, if they name them. */
static void expect_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (is_to_load(call, unit))
		aiot_boot_expect(unit);
}

static void load_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (!is_to_load(call, unit))
		return;
	call->at.count++;
	(void)aiot_unit_load(call->ctx, unit);
	aiot_put_unit(unit, &call->json);
}

static enum aiot_call_result call_load(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;

	if (host->stopping)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "nothing is loaded any more: the daemon is stopping");
	if (!aiot_unit_names_fit(call, AIOT_WANT_NOT_LOADED))
		return AIOT_CALL_ERROR;
	aiot_json_put_array(&call->json, "services");
	aiot_each_unit(call, expect_one);
	aiot_each_unit(call, load_one);
	if (call->at.count == 0 && aiot_json_count(aiot_json_get(call->params, "names")) > 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "no service that could be loaded matches");
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

/* ---- unload ---- */

static void unload_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->load != AIOT_UNIT_LOADED)
		return;
	(void)aiot_unit_unload(call->ctx, unit);
	call->at.count++;
}

/* Counts those that are still on their way out. */
static void still_loaded(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->unloading)
		call->at.seq++;
}

/* Those that this call unloaded, not those that were not loaded before. */
static void put_unloaded(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->load == AIOT_UNIT_UNLOADED && unit->unloaded_ns >= call->started_ns)
		aiot_put_unit(unit, &call->json);
}

static enum aiot_call_result call_unload(struct aiot_call *call)
{
	if (call->at.phase == 0) {
		call->at.phase = 1;
		if (!aiot_unit_names_fit(call, AIOT_WANT_LOADED))
			return AIOT_CALL_ERROR;
		aiot_each_unit(call, unload_one);
		if (call->at.count == 0)
			return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
					       "no loaded service matches");
	}
	call->at.seq = 0;
	aiot_each_unit(call, still_loaded);
	if (call->at.seq > 0)
		return AIOT_CALL_WAIT;
	aiot_json_put_array(&call->json, "services");
	aiot_each_unit(call, put_unloaded);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

/* ---- daemon-reload ---- */

static void put_noteworthy(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->changed || unit->bad_file)
		aiot_put_unit(unit, &call->json);
}

enum aiot_call_result aiot_call_daemon_reload(struct aiot_call *call)
{
	int r = aiot_host_reload(call->ctx);

	if (r < 0)
		return aiot_call_error(
			call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_BAD_CONFIGURATION,
			"%s", aiot_host_error(call->ctx));
	aiot_json_put_array(&call->json, "services");
	aiot_each_unit(call, put_noteworthy);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

const struct aiot_binding aiot_bindings_service[] = {
	{AIOT_CMD_SERVICES, call_services},
	{AIOT_CMD_LOAD, call_load},
	{AIOT_CMD_UNLOAD, call_unload},
	{AIOT_CMD_DESCRIBE, aiot_call_describe},
	{AIOT_CMD_DEPENDENCIES, aiot_call_dependencies},
	{0},
};
