/*
 * calls-host.c - the handlers of services, load, unload, describe, daemon-reload and shutdown.
 *
 * Called by the dispatcher, through the bindings at the end.  They read units and have unit-load.c
 * do what is asked; unload waits for tasks to end by being called again.
 */
#include <string.h>

#include "calls.h"
#include "history.h"
#include "host.h"
#include "node.h"
#include "service.h"
#include "units.h"
#include "varlink.h"

/* ---- a unit as data ---- */

static const char *load_word(const struct aiot_unit *unit)
{
	static const char *const words[] = {"unloaded", "loaded", "failed"};

	return unit->masked && unit->load != AIOT_UNIT_LOADED ? "masked" : words[unit->load];
}

static const char *info_of(const struct aiot_unit *unit)
{
	if (unit->conf.description != NULL)
		return unit->conf.description;
	return unit->block ? unit->block->service.info : NULL;
}

static const char *docs_of(const struct aiot_unit *unit)
{
	if (unit->conf.documentation != NULL)
		return unit->conf.documentation;
	return unit->block ? unit->block->service.docs : NULL;
}

/* Whose fault the unit's error is: of what was written down, or of what came of it. */
static const char *fault_of(const struct aiot_unit *unit)
{
	bool written = unit->bad_file || unit->bad_args ||
		       (unit->file != NULL && unit->conf.module == NULL && !unit->conf.node);

	if (unit->error == NULL && unit->load != AIOT_UNIT_FAILED)
		return NULL;
	return aiot_error_name(written ? AIOT_ERR_BAD_CONFIGURATION : AIOT_ERR_LOAD_FAILED);
}

/* Members of a Service object (idl.c) but `kinds` and `error`. */
static void put_unit_members(struct aiot_unit *unit, struct aiot_json_out *json)
{
	const struct aiot_entry *entry = unit->task ? &unit->task->entry : NULL;
	const char *state = entry ? aiot_state_word((enum aiot_state)entry->state) : NULL;

	aiot_json_put_str(json, "name", unit->name);
	aiot_json_put_str(json, "load", load_word(unit));
	aiot_json_put_str(json, "enabled", unit->conf.enabled ? "enabled" : "disabled");
	aiot_json_put_str(json, "active", state);
	aiot_json_put_str(json, "type",
			  unit->conf.node			  ? "node"
			  : unit->conf.kind == AIOT_UNIT_SCHEDULE ? "schedule"
								  : "runtime");
	aiot_json_put_str(json, "info", info_of(unit));
	aiot_json_put_str(json, "docs", docs_of(unit));
	aiot_json_put_str(json, "path", aiot_unit_path(unit));
	aiot_json_put_str(json, "file", unit->file);
	aiot_json_put_bool(json, "changed", unit->changed);
	aiot_json_put_str(json, "fault", fault_of(unit));
}

static void put_unit(struct aiot_unit *unit, struct aiot_json_out *json)
{
	aiot_json_put_object(json, NULL);
	put_unit_members(unit, json);
	aiot_outcome_json(unit->error, json, "error");
	aiot_json_put_end_object(json);
}

/* ---- walking the units that a call names ---- */

enum aiot_call_result aiot_no_such_service(struct aiot_call *call, const char *name)
{
	return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_SERVICE, "name", name,
				  "no such service: '%s'; aiotoolsctl services shows all", name);
}

enum wanted {
	WANT_ANY,
	WANT_LOADED,
	WANT_NOT_LOADED,
};

static bool refuse_loaded(struct aiot_call *call, const struct aiot_unit *unit, enum wanted wanted)
{
	bool loaded = unit->load == AIOT_UNIT_LOADED;

	if (wanted == WANT_LOADED && !loaded)
		(void)aiot_call_error_at(call, AIOT_ERR_ALREADY, "name", unit->name,
					 "service '%s' is not loaded", unit->name);
	else if (wanted == WANT_NOT_LOADED && loaded)
		(void)aiot_call_error_at(call, AIOT_ERR_ALREADY, "name", unit->name,
					 "service '%s' is loaded already; unload it first, or "
					 "restart its task '%s.service'",
					 unit->name, unit->name);
	else if (wanted == WANT_NOT_LOADED && unit->masked)
		(void)aiot_call_error_at(call, AIOT_ERR_BAD_CONFIGURATION, "name", unit->name,
					 "service '%s' is masked: %s is a link to /dev/null",
					 unit->name, unit->file);
	return call->error != AIOT_ERR_NONE;
}

/*
 * Before anything is done: every plain name must be that of a service, and one for which there is
 * something to do.  false: the error reply is made.
 */
static bool names_fit(struct aiot_call *call, enum wanted wanted)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		const struct aiot_unit *unit;

		if (aiot_name_is_pattern(text, strlen(text)))
			continue;
		unit = aiot_unit_find(call->ctx, text);
		if (unit == NULL)
			(void)aiot_no_such_service(call, text);
		if (unit == NULL || refuse_loaded(call, unit, wanted))
			return false;
	}
	return true;
}

typedef void unit_fn(struct aiot_call *call, struct aiot_unit *unit);

/* fn for every unit that is named. */
static void each_unit(struct aiot_call *call, unit_fn *fn)
{
	char text[AIOT_NAME_MAX + 1], after[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	struct aiot_unit *unit;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		after[0] = '\0';
		while ((unit = aiot_unit_match(call->ctx, text, after)) != NULL) {
			memcpy(after, unit->name, sizeof(after));
			fn(call, unit);
		}
	}
}

/* ---- services ---- */

static enum aiot_call_result call_services(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	bool full = false;

	if (call->at.phase == 0 && !names_fit(call, WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "services");
	for (; !full && aiot_names_nth(&names, call->at.count, text); call->at.count++) {
		struct aiot_unit *unit;

		while ((unit = aiot_unit_match(call->ctx, text, call->at.name)) != NULL) {
			memcpy(call->at.name, unit->name, sizeof(call->at.name));
			put_unit(unit, &call->json);
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

static void load_one(struct aiot_call *call, struct aiot_unit *unit)
{
	bool all = aiot_json_count(aiot_json_get(call->params, "names")) == 0;

	if (unit->load == AIOT_UNIT_LOADED || unit->masked || (all && !aiot_unit_wanted(unit)))
		return;
	call->at.count++;
	(void)aiot_unit_load(call->ctx, unit);
	put_unit(unit, &call->json);
}

static enum aiot_call_result call_load(struct aiot_call *call)
{
	struct aiot_host *host = call->ctx;

	if (host->stopping)
		return aiot_call_error(call, AIOT_ERR_SHUTTING_DOWN,
				       "nothing is loaded any more: the daemon is stopping");
	if (!names_fit(call, WANT_NOT_LOADED))
		return AIOT_CALL_ERROR;
	aiot_json_put_array(&call->json, "services");
	each_unit(call, load_one);
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
		put_unit(unit, &call->json);
}

static enum aiot_call_result call_unload(struct aiot_call *call)
{
	if (call->at.phase == 0) {
		call->at.phase = 1;
		if (!names_fit(call, WANT_LOADED))
			return AIOT_CALL_ERROR;
		each_unit(call, unload_one);
		if (call->at.count == 0)
			return aiot_call_error(call, AIOT_ERR_TASK_FAILED,
					       "no loaded service matches");
	}
	call->at.seq = 0;
	each_unit(call, still_loaded);
	if (call->at.seq > 0)
		return AIOT_CALL_WAIT;
	aiot_json_put_array(&call->json, "services");
	each_unit(call, put_unloaded);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

/* ---- describe ---- */

static const struct aiot_arg *given(const struct aiot_spec *spec, const char *key)
{
	uint32_t i = spec ? spec->arg_count : 0;

	while (i-- > 0) {
		if (aiot_key_equal(spec->args[i].key, key))
			return &spec->args[i];
	}
	return NULL;
}

static void put_options(const struct aiot_service *service, const struct aiot_opt *table,
			const struct aiot_spec *spec, struct aiot_json_out *json)
{
	const struct aiot_opt *opt;
	unsigned i;

	aiot_json_put_array(json, "options");
	for (i = 0; (opt = aiot_opt_row(service, table, i)) != NULL; i++) {
		const struct aiot_arg *arg = given(spec, opt->key);

		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "key", opt->key);
		aiot_json_put_str(json, "type", aiot_type_name(opt->type));
		aiot_json_put_str(json, "default", opt->def);
		aiot_json_put_str(json, "help", opt->help);
		aiot_json_put_bool(json, "live", opt->flags & AIOT_OPT_LIVE);
		aiot_json_put_str(json, "value", arg ? arg->value : NULL);
		aiot_json_put_str(json, "origin", arg ? arg->origin : NULL);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

static void put_kind(const struct aiot_service *service, const struct aiot_kind *kind,
		     const struct aiot_spec *spec, struct aiot_json_out *json)
{
	const struct aiot_stat *stat;
	unsigned i;

	aiot_json_put_object(json, NULL);
	aiot_json_put_str(json, "name", kind->name);
	put_options(service, kind->opts, spec, json);
	aiot_json_put_array(json, "stats");
	for (i = 0; (stat = aiot_stat_row(service, kind->stats, i)) != NULL; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "key", stat->key);
		aiot_json_put_str(json, "type", aiot_type_name(stat->type));
		aiot_json_put_str(json, "help", stat->help);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
	aiot_json_put_end_object(json);
}

static void put_kinds(const struct aiot_service *service, const struct aiot_spec *spec,
		      struct aiot_json_out *json)
{
	const char *row = (const char *)service->kinds;
	struct aiot_kind kind;

	aiot_json_put_array(json, "kinds");
	if (aiot_service_kind(service, "main", &kind))
		put_kind(service, &kind, spec, json);
	for (; row != NULL && ((const struct aiot_kind *)(const void *)row)->name != NULL;
	     row += service->kind_size)
		put_kind(service, (const struct aiot_kind *)(const void *)row, NULL, json);
	aiot_json_put_end_array(json);
}

static void put_verbs(const struct aiot_service *service, struct aiot_json_out *json)
{
	const struct aiot_cond *cond;
	const struct aiot_verb *verb;
	unsigned i;

	aiot_json_put_array(json, "conditions");
	for (i = 0; (cond = aiot_cond_row(service, i)) != NULL; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "name", cond->name);
		aiot_json_put_str(json, "help", cond->help);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
	aiot_json_put_array(json, "verbs");
	for (i = 0; (verb = aiot_verb_row(service, i)) != NULL; i++) {
		aiot_json_put_object(json, NULL);
		aiot_json_put_str(json, "name", verb->name);
		aiot_json_put_str(json, "help", verb->help);
		aiot_json_put_bool(json, "changes", !(verb->flags & AIOT_VERB_READ));
		put_options(service, verb->opts, NULL, json);
		aiot_json_put_end_object(json);
	}
	aiot_json_put_end_array(json);
}

/*
 * A service that is not loaded is opened for its tables alone.  Opening runs constructors with the
 * daemon's rights, so who may only look gets no more than what is open already.
 */
static int open_tables(struct aiot_call *call, const struct aiot_unit *unit,
		       struct aiot_module **ret, struct aiot_out *why)
{
	struct aiot_host *host = call->ctx;

	if (unit->conf.module == NULL)
		return -AIOT_ENOENT;
	if (call->role < AIOT_ROLE_ADMIN && !aiot_module_is_open(host, unit->conf.module)) {
		aiot_format(why,
			    "module '%s' is not loaded, and only root or the daemon's user may "
			    "have it opened to look into it",
			    unit->conf.module);
		return -AIOT_EPERM;
	}
	return aiot_module_open(host, unit->conf.module, ret, why);
}

/* Why there are no kinds, unless the unit has an error of its own. */
static void put_refusal(struct aiot_host *host, const struct aiot_unit *unit, int code,
			struct aiot_out *why, struct aiot_json_out *json)
{
	struct aiot_outcome *error = NULL;

	if (unit->error == NULL && why->len > 0)
		error = aiot_outcome_error(&host->core, code, aiot_out_str(why), why->len, NULL,
					   NULL);
	aiot_outcome_json(error ? error : unit->error, json, "error");
	aiot_outcome_free(&host->core, error);
}

static void put_kinds_of_file(struct aiot_call *call, struct aiot_unit *unit)
{
	struct aiot_module *module;
	struct aiot_out why;
	char text[4608];
	int r;

	if (unit->conf.node) {
		aiot_outcome_json(unit->error, &call->json, "error");
		put_kinds(&aiot_service_node, NULL, &call->json);
		put_verbs(&aiot_service_node, &call->json);
		return;
	}
	aiot_out_init(&why, text, sizeof(text));
	r = open_tables(call, unit, &module, &why);
	if (r < 0) {
		put_refusal(call->ctx, unit, r, &why, &call->json);
		return;
	}
	aiot_outcome_json(unit->error, &call->json, "error");
	put_kinds(&module->service, NULL, &call->json);
	put_verbs(&module->service, &call->json);
	aiot_module_close(call->ctx, module);
}

static enum aiot_call_result call_describe(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1] = "";
	struct aiot_unit *unit;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, sizeof(name));
	unit = aiot_unit_find(call->ctx, name);
	if (unit == NULL)
		return aiot_no_such_service(call, name);
	aiot_json_put_object(&call->json, "service");
	put_unit_members(unit, &call->json);
	if (unit->block != NULL) {
		aiot_outcome_json(unit->error, &call->json, "error");
		put_kinds(&unit->block->service, &unit->block->spec, &call->json);
		put_verbs(&unit->block->service, &call->json);
	} else {
		put_kinds_of_file(call, unit);
	}
	aiot_json_put_end_object(&call->json);
	return AIOT_CALL_DONE;
}

/* ---- the daemon ---- */

static void put_noteworthy(struct aiot_call *call, struct aiot_unit *unit)
{
	if (unit->changed || unit->bad_file)
		put_unit(unit, &call->json);
}

static enum aiot_call_result call_daemon_reload(struct aiot_call *call)
{
	int r = aiot_host_reload(call->ctx);

	if (r < 0)
		return aiot_call_error(
			call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_BAD_CONFIGURATION,
			"%s", aiot_host_error(call->ctx));
	aiot_json_put_array(&call->json, "services");
	each_unit(call, put_noteworthy);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

const struct aiot_binding aiot_bindings_host[] = {
	{AIOT_CMD_TIMERS, aiot_call_timers},
	{AIOT_CMD_DAEMON_RESTART, aiot_call_daemon_restart},
	{AIOT_CMD_SERVICES, call_services},
	{AIOT_CMD_HISTORY, aiot_call_history},
	{AIOT_CMD_LOAD, call_load},
	{AIOT_CMD_UNLOAD, call_unload},
	{AIOT_CMD_DESCRIBE, call_describe},
	{AIOT_CMD_DAEMON_RELOAD, call_daemon_reload},
	{AIOT_CMD_SHUTDOWN, aiot_call_shutdown},
	{AIOT_CMD_ADD, aiot_call_add},
	{AIOT_CMD_DELETE, aiot_call_delete},
	{AIOT_CMD_TRIGGER, aiot_call_trigger},
	{AIOT_CMD_PAUSE, aiot_call_pause},
	{AIOT_CMD_RESUME, aiot_call_resume},
	{AIOT_CMD_WAIT, aiot_call_wait},
	{AIOT_CMD_IS_ACTIVE, aiot_call_is_active},
	{AIOT_CMD_IS_FAILED, aiot_call_is_failed},
	{AIOT_CMD_RESET_FAILED, aiot_call_reset_failed},
	{AIOT_CMD_CALL, aiot_call_verb},
	{AIOT_CMD_GET_INFO, aiot_call_varlink_info},
	{AIOT_CMD_GET_INTERFACE, aiot_call_varlink_interface},
	{0},
};
