/*
 * describe.c - a service's tables as data.
 *
 * Called by the handler of describe for what is open in the program, and by inspect-child.c for
 * what is opened only to be looked at.  Runs no code of the service.
 */
#include "describe.h"

#include "host.h"
#include "service.h"

static void put_options(const struct aiot_service *service, const struct aiot_opt *table,
			const struct aiot_spec *spec, struct aiot_json_out *json)
{
	const struct aiot_opt *opt;
	unsigned i;

	aiot_json_put_array(json, "options");
	for (i = 0; (opt = aiot_opt_row(service, table, i)) != NULL; i++) {
		const struct aiot_arg *arg =
			spec ? aiot_arg_find(spec->args, spec->arg_count, opt->key) : NULL;

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

void aiot_describe_put(const struct aiot_service *service, const struct aiot_spec *spec,
		       struct aiot_json_out *json)
{
	put_kinds(service, spec, json);
	put_verbs(service, json);
}
