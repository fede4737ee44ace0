/*
 * calls-service.c - the handlers of services, load, unload and daemon-reload.
 *
 * Called by the dispatcher, through the bindings at the end.  They read units and have unit-load.c
 * do what is asked; unload waits for tasks to end by being called again.
 */
#include "calls.h"
#include "host.h"
#include "mem.h"
#include "unit-files.h"
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

/* ---- load ---- */

static void put_steps(const struct aiot_load_steps *steps, struct aiot_json_out *json)
{
	unsigned i;

	aiot_json_put_array(json, "steps");
	for (i = 0; steps != NULL && i < steps->count; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "step", steps->step[i].step);
		aiot_json_put_u64(json, "us", steps->step[i].us);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

static bool is_debug(const struct aiot_call *call)
{
	return aiot_json_bool(aiot_json_get(call->params, "debug"), false);
}

/* Those that this call tried to load. */
static int put_load(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->boot.load_ns < call->started_ns)
		return 0;
	aiot_json_put_object(&call->json, NULL);
	aiot_put_unit_members(unit, &call->json);
	aiot_outcome_json(unit->error, &call->json, "error");
	if (is_debug(call))
		put_steps(unit->steps, &call->json);
	aiot_json_put_end_object(&call->json);
	return 0;
}

/* With or without its configuration, and with its steps or not. */
static void load_as_asked(struct aiot_call *call, struct aiot_unit *unit)
{
	struct aiot_host *host = call->ctx;

	aiot_mem_free(unit->steps);
	unit->steps = is_debug(call) ? aiot_mem_zalloc(sizeof(*unit->steps)) : NULL;
	if (unit->steps != NULL)
		unit->steps->last_ns = aiot_clock_mono_ns();
	unit->bare = aiot_json_bool(aiot_json_get(call->params, "no_config"), false);
	host->load_steps = unit->steps;
	(void)aiot_unit_load(host, unit);
	host->load_steps = NULL;
	unit->bare = false;
}

static bool is_to_load(const struct aiot_call *call, const struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	return unit->load != AIOT_UNIT_LOADED && !unit->masked && !aiot_unit_is_template(unit) &&
	       (!all || aiot_unit_wanted(unit));
}

/* Those that are loaded first wait for those behind them, if they name them. */
static void expect_one(struct aiot_call *call, struct aiot_unit *unit)
{
	if (is_to_load(call, unit))
		aiot_boot_expect(unit);
}

static void load_one(struct aiot_call *call, struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	if (!is_to_load(call, unit))
		return;
	call->at.lost++;
	if (all || aiot_drop_ins_look(call->ctx, unit->name) == 0) {
		load_as_asked(call, unit);
		return;
	}
	aiot_boot_load_begins(unit);
	aiot_unit_fail(call->ctx, unit, -AIOT_ENOMEM, "no memory");
	aiot_boot_load_ended(call->ctx, unit);
}

/* All at once: a client that leaves does not leave half of them expected for ever.  at.lost: how
 * many. */
static enum aiot_call_result load_all(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;

	if (host->stopping)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "nothing is loaded any more: the daemon is stopping");
	if (!aiot_unit_names_fit(call, AIOT_WANT_NOT_LOADED))
		return AIOT_CALL_ERROR;
	if (aiot_unit_names_need_more(call, is_to_load))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	aiot_each_unit(call, expect_one);
	aiot_each_unit(call, load_one);
	if (call->at.lost == 0 && aiot_json_count(aiot_json_get(call->params, "names")) > 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
				       "no service that could be loaded matches");
	return AIOT_CALL_DONE;
}

static enum aiot_call_result call_load(struct aiot_call *call)
{
	if (call->at.phase == 0) {
		enum aiot_call_result r = load_all(call);

		if (r != AIOT_CALL_DONE)
			return r;
		call->at.phase = 1;
	}
	return aiot_unit_pages(call, "services", put_load);
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
	{AIOT_CMD_LOAD, call_load},
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
