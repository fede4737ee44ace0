/*
 * calls-describe.c - the handler of describe: a service's tables as data.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  Runs no code of a service:
 * what is not open in this program is looked into by another (inspect.h), and waited for by being
 * called again.
 */
#include <string.h>

#include "describe.h"
#include "host.h"
#include "inspect.h"
#include "modules.h"
#include "node.h"
#include "outcome.h"
#include "unit-names.h"

/* A template's file is read for its instances alone, and for this; NULL: it names none. */
static const char *module_of(const struct aiot_unit *unit)
{
	const char *name = unit->conf.module;

	if (name == NULL && aiot_unit_is_template(unit))
		name = aiot_ini_get(&unit->doc, "Service", "Module");
	return name != NULL && aiot_name_valid(name, strlen(name)) ? name : NULL;
}

/* What is known of it without looking: false: it has to be looked into. */
static bool put_what_is_open(struct aiot_call *call, const struct aiot_unit *unit)
{
	const struct aiot_service *service = NULL;
	const struct aiot_spec *spec = NULL;

	if (unit->block != NULL) {
		service = &unit->block->service;
		spec = &unit->block->spec;
	} else if (unit->conf.node) {
		service = &aiot_service_node;
	} else if (module_of(unit) != NULL) {
		const struct aiot_module *m = aiot_module_find(call->ctx, module_of(unit));

		service = m ? &m->service : NULL;
	}
	if (service == NULL)
		return false;
	aiot_outcome_json(unit->error, &call->json, "error");
	aiot_describe_put(service, spec, &call->json);
	return true;
}

/* Why there are no kinds, unless the unit has an error of its own. */
static void put_refusal(struct aiot_host *host, const struct aiot_unit *unit, int code,
			const char *why, struct aiot_json_out *json)
{
	struct aiot_outcome *error = NULL;

	if (unit->error == NULL && why[0] != '\0')
		error = aiot_outcome_error(&host->core, code, why, strlen(why), NULL, NULL);
	aiot_outcome_json(error ? error : unit->error, json, "error");
	aiot_outcome_free(&host->core, error);
}

/*
 * Its constructors run with the rights of this program, even if elsewhere, so who may only look
 * gets no more than what is open already.  0: see *ret_ticket.
 */
static int begin(struct aiot_call *call, const struct aiot_unit *unit, uint32_t *ret_ticket,
		 struct aiot_out *why)
{
	const char *module = module_of(unit);
	char path[AIOT_MODULE_PATH_MAX];
	int r;

	if (module == NULL)
		return -AIOT_ENOENT;
	if (call->role < AIOT_ROLE_ADMIN) {
		aiot_format(why,
			    "module '%s' is not loaded, and only root or the daemon's user may "
			    "have it opened to look into it",
			    module);
		return -AIOT_EPERM;
	}
	r = aiot_module_locate(call->ctx, module, path, why);
	return r < 0 ? r : aiot_inspect(call->ctx, path, module, ret_ticket, why);
}

/* at.count: whether it was begun; at.hint: the ticket.  false: it is under way. */
static bool look_into(struct aiot_call *call, const struct aiot_unit *unit,
		      struct aiot_inspected *ret, struct aiot_out *why)
{
	*ret = (struct aiot_inspected){0};
	if (call->at.hint == 0) {
		ret->code = begin(call, unit, &call->at.hint, why);
		ret->why = aiot_out_str(why);
		return ret->code < 0;
	}
	return aiot_inspect_done(call->ctx, call->at.hint, ret);
}

static void put_tables(const struct aiot_unit *unit, struct aiot_json found,
		       struct aiot_json_out *json)
{
	static const char *const members[] = {"kinds", "conditions", "verbs"};
	unsigned i;

	aiot_outcome_json(unit->error, json, "error");
	for (i = 0; i < 3; i++)
		aiot_json_put_raw(json, members[i], aiot_json_get(found, members[i]));
}

enum aiot_call_result aiot_call_describe(struct aiot_call *call)
{
	char name[AIOT_NAME_MAX + 1] = "", text[4608];
	struct aiot_inspected found;
	struct aiot_unit *unit;
	struct aiot_out why;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, sizeof(name));
	unit = aiot_unit_find(call->ctx, name);
	if (unit == NULL)
		return aiot_no_such_service(call, name);
	aiot_out_init(&why, text, sizeof(text));
	if (unit->block == NULL && !unit->conf.node &&
	    (module_of(unit) == NULL || aiot_module_find(call->ctx, module_of(unit)) == NULL) &&
	    !look_into(call, unit, &found, &why))
		return AIOT_CALL_WAIT;
	aiot_json_put_object(&call->json, "service");
	aiot_put_unit_members(unit, &call->json);
	if (!put_what_is_open(call, unit)) {
		if (found.code < 0)
			put_refusal(call->ctx, unit, found.code, found.why, &call->json);
		else
			put_tables(unit, found.json, &call->json);
	}
	aiot_json_put_end_object(&call->json);
	aiot_inspect_free(call->ctx, call->at.hint);
	return AIOT_CALL_DONE;
}
