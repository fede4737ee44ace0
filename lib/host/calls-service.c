/*
 * calls-service.c - the handlers of services, load, unload and daemon-reload.
 *
 * Called by the dispatcher, through the bindings at the end.  They read units and have unit-load.c
 * do what is asked; unload waits for tasks to end by being called again.
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "unit-files.h"
#include "unit-names.h"

/* ---- services ---- */

static void put_listed(struct aiot_unit *unit, bool brief, struct aiot_json_out *json)
{
	if (!brief) {
		aiot_put_unit(unit, json);
		return;
	}
	aiot_json_put_object(json, NULL);
	aiot_put_unit_brief(unit, json);
	aiot_json_put_end_object(json);
}

/*
 * Thousands of services are in no cache: what a row needs of memory is fetched while the one before
 * it is written.
 */
static void fetch_listed(const struct aiot_unit *unit)
{
	if (unit == NULL)
		return;
	__builtin_prefetch(unit->conf.description);
	__builtin_prefetch(unit->task);
}

static enum aiot_call_result call_services(struct aiot_call *call)
{
	bool brief = aiot_json_bool(aiot_json_get(call->params, "brief"), false);
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	bool full = false;

	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "services");
	for (; !full && aiot_names_nth(&names, call->at.count, text); call->at.count++) {
		struct aiot_unit *unit = aiot_unit_match(call->ctx, text, call->at.name), *next;

		for (; unit != NULL && !full; unit = next) {
			next = aiot_unit_match(call->ctx, text, unit->name);
			fetch_listed(next);
			memcpy(call->at.name, unit->name, sizeof(call->at.name));
			put_listed(unit, brief, &call->json);
			full = aiot_call_full(call);
		}
		if (full)
			break;
		call->at.name[0] = '\0';
	}
	aiot_json_put_end_array(&call->json);
	return full ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}

/* ---- load ---- */

static void put_steps(const struct aiot_load_steps *steps, struct aiot_json_out *json)
{
	unsigned i;

	aiot_json_put_array(json, "steps");
	for (i = 0; i < steps->count; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "step", steps->step[i].step);
		aiot_json_put_u64(json, "us", steps->step[i].us);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

/* With or without its configuration, and with its steps or not. */
static void load_as_asked(struct aiot_call *call, struct aiot_unit *unit)
{
	bool debug = aiot_json_bool(aiot_json_get(call->params, "debug"), false);
	struct aiot_load_steps steps = {.last_ns = aiot_clock_mono_ns()};
	struct aiot_host *host = call->ctx;

	unit->bare = aiot_json_bool(aiot_json_get(call->params, "no_config"), false);
	host->load_steps = debug ? &steps : NULL;
	(void)aiot_unit_load(host, unit);
	host->load_steps = NULL;
	unit->bare = false;
	aiot_json_put_object(&call->json, NULL);
	aiot_put_unit_members(unit, &call->json);
	aiot_outcome_json(unit->error, &call->json, "error");
	if (debug)
		put_steps(&steps, &call->json);
	aiot_json_put_end_object(&call->json);
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
	call->at.count++;
	if (!all && aiot_drop_ins_look(call->ctx, unit->name) < 0)
		aiot_unit_fail(call->ctx, unit, -AIOT_ENOMEM, "no memory");
	else
		load_as_asked(call, unit);
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
