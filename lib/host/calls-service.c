/*
 * calls-service.c - the handlers of services, unload and daemon-reload.
 *
 * Called by the dispatcher, through the bindings at the end.  They read units and have unit-load.c
 * do what is asked; unload waits for tasks to end by being called again.
 */
#include "calls.h"
#include "host.h"
#include "unit-names.h"

/* ---- services ---- */

static int put_listed(struct aiot_call *call, struct aiot_unit *unit)
{
	if (!aiot_json_bool(aiot_json_get(call->params, "brief"), false)) {
		aiot_put_unit(unit, &call->json);
		return 0;
	}
	aiot_json_put_object(&call->json, NULL);
	aiot_put_unit_brief(unit, &call->json);
	aiot_json_put_end_object(&call->json);
	return 0;
}

static enum aiot_call_result call_services(struct aiot_call *call)
{
	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	return aiot_unit_pages(call, "services", put_listed);
}

/* ---- unload ---- */

static bool is_to_unload(const struct aiot_call *call, const struct aiot_unit *unit)
{
	(void)call;
	return unit->load == AIOT_UNIT_LOADED;
}

static void unload_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (!is_to_unload(call, unit))
		return;
	(void)aiot_unit_unload(call->ctx, unit);
	call->at.lost++;
}

/* Counts those that are still on their way out. */
static void still_loaded(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->unloading)
		call->at.seq++;
}

/* Those that this call unloaded, not those that were not loaded before. */
static int put_unloaded(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->load == AIOT_UNIT_UNLOADED && unit->unloaded_ns >= call->started_ns)
		aiot_put_unit(unit, &call->json);
	return 0;
}

/* at.lost: how many. */
static enum aiot_call_result unload_all(struct aiot_call *call)
{
	if (!aiot_unit_names_fit(call, AIOT_WANT_LOADED))
		return AIOT_CALL_ERROR;
	if (aiot_unit_names_need_more(call, is_to_unload))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	aiot_each_unit(call, unload_one);
	if (call->at.lost == 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED, "no loaded service matches");
	return AIOT_CALL_DONE;
}

static enum aiot_call_result call_unload(struct aiot_call *call)
{
	if (call->at.phase == 0) {
		enum aiot_call_result r = unload_all(call);

		if (r != AIOT_CALL_DONE)
			return r;
		call->at.phase = 1;
	}
	if (call->at.phase == 1) {
		call->at.seq = 0;
		aiot_each_unit(call, still_loaded);
		if (call->at.seq > 0)
			return AIOT_CALL_WAIT;
		call->at.phase = 2;
	}
	return aiot_unit_pages(call, "services", put_unloaded);
}

/* ---- daemon-reload ---- */

static int put_noteworthy(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->changed || unit->bad_file)
		aiot_put_unit(unit, &call->json);
	return 0;
}

enum aiot_call_result aiot_call_daemon_reload(struct aiot_call *call)
{
	int r = call->at.phase == 0 ? aiot_host_reload(call->ctx) : 0;

	if (r < 0)
		return aiot_call_error(
			call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_BAD_CONFIGURATION,
			"%s", aiot_host_error(call->ctx));
	call->at.phase = 1;
	return aiot_unit_pages(call, "services", put_noteworthy);
}

const struct aiot_binding aiot_bindings_service[] = {
	{AIOT_CMD_SERVICES, call_services},
	{AIOT_CMD_LOAD, aiot_call_load},
	{AIOT_CMD_UNLOAD, call_unload},
	{AIOT_CMD_RELOAD, aiot_call_reload},
	{AIOT_CMD_INSTALL, aiot_call_install},
	{AIOT_CMD_REMOVE, aiot_call_remove},
	{AIOT_CMD_DESCRIBE, aiot_call_describe},
	{AIOT_CMD_ENABLE, aiot_call_enable},
	{AIOT_CMD_DISABLE, aiot_call_enable},
	{AIOT_CMD_MASK, aiot_call_enable},
	{AIOT_CMD_UNMASK, aiot_call_enable},
	{AIOT_CMD_IS_ENABLED, aiot_call_is_enabled},
	{AIOT_CMD_CONFIG, aiot_call_config},
	{AIOT_CMD_GET_CONFIG, aiot_call_get_config},
	{AIOT_CMD_CAT, aiot_call_cat},
	{AIOT_CMD_EDIT, aiot_call_edit},
	{AIOT_CMD_DEPENDENCIES, aiot_call_dependencies},
	{0},
};
