/*
 * calls-describe.c - the handler of describe: a service's tables as data.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  Runs no code of a service,
 * but for the constructors of one that nobody has opened yet.
 */
#include "host.h"
#include "modules.h"
#include "node.h"
#include "service.h"
#include "unit-names.h"

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
	if (call->role < AIOT_ROLE_ADMIN && aiot_module_find(host, unit->conf.module) == NULL) {
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

enum aiot_call_result aiot_call_describe(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1] = "";
	struct aiot_unit *unit;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, sizeof(name));
	unit = aiot_unit_find(call->ctx, name);
	if (unit == NULL)
		return aiot_no_such_service(call, name);
	aiot_json_put_object(&call->json, "service");
	aiot_put_unit_members(unit, &call->json);
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
