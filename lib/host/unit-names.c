/*
 * unit-names.c - see unit-names.h.  Called by the handlers of commands about services.
 */
#include "unit-names.h"

#include <string.h>

#include "calls.h"
#include "host.h"

/* ---- a unit as data ---- */

const char *aiot_unit_load_word(const struct aiot_unit *unit)
{
	static const char *const words[] = {"unloaded", "loaded", "failed"};

	return unit->masked && unit->load != AIOT_UNIT_LOADED ? "masked" : words[unit->load];
}

const char *aiot_unit_enabled_word(const struct aiot_unit *unit)
{
	if (unit->masked)
		return "masked";
	if (unit->file == NULL)
		return "static";
	if (aiot_unit_is_template(unit))
		return "template";
	return unit->enabled ? "enabled" : "disabled";
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
	bool written = unit->bad_file || unit->bad_args || unit->bad_deps ||
		       (unit->file != NULL && unit->conf.module == NULL && !unit->conf.node);

	if (unit->error == NULL && unit->load != AIOT_UNIT_FAILED)
		return NULL;
	return aiot_error_name(written ? AIOT_ERR_BAD_CONFIGURATION : AIOT_ERR_LOAD_FAILED);
}

void aiot_put_unit_brief(struct aiot_unit *unit, struct aiot_json_out *json)
{
	const struct aiot_entry *entry = unit->task ? &unit->task->entry : NULL;
	const char *state = entry ? aiot_state_word((enum aiot_state)entry->state) : NULL;

	aiot_json_put_str(json, "name", unit->name);
	aiot_json_put_str(json, "load", aiot_unit_load_word(unit));
	aiot_json_put_str(json, "enabled", aiot_unit_enabled_word(unit));
	aiot_json_put_str(json, "active", state);
	aiot_json_put_bool(json, "changed", unit->changed);
	aiot_json_put_str(json, "type",
			  unit->conf.node			  ? "node"
			  : unit->conf.kind == AIOT_UNIT_SCHEDULE ? "schedule"
			  : unit->conf.kind == AIOT_UNIT_CORE	  ? "core"
								  : "runtime");
	aiot_json_put_str(json, "info", info_of(unit));
}

void aiot_put_unit_members(struct aiot_unit *unit, struct aiot_json_out *json)
{
	aiot_put_unit_brief(unit, json);
	aiot_json_put_str(json, "docs", docs_of(unit));
	aiot_json_put_str(json, "path", aiot_unit_path(unit));
	aiot_json_put_str(json, "file", unit->file);
	aiot_json_put_str(json, "fault", fault_of(unit));
}

void aiot_put_unit(struct aiot_unit *unit, struct aiot_json_out *json)
{
	aiot_json_put_object(json, NULL);
	aiot_put_unit_members(unit, json);
	aiot_outcome_json(unit->error, json, "error");
	aiot_json_put_end_object(json);
}

void aiot_put_reloaded(struct aiot_unit *unit, struct aiot_json_out *json)
{
	static const char *const words[] = {"unchanged", "set",	 "reloaded", "refused",
					    "restored",	 "lost", "unloaded"};

	aiot_json_put_object(json, NULL);
	aiot_put_unit_members(unit, json);
	aiot_json_put_str(json, "effect", words[unit->effect]);
	aiot_outcome_json(unit->error, json, "error");
	aiot_json_put_end_object(json);
}

/* ---- walking the units that a call names ---- */

enum aiot_call_result aiot_no_such_service(struct aiot_call *call, const char *name)
{
	if (aiot_unit_name_valid(name, strlen(name)) && aiot_unit_template(call->ctx, name) != NULL)
		return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_SERVICE, "name", name,
					  "no such service: '%s'; its template would make it: "
					  "aiotoolsctl load %s",
					  name, name);
	return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_SERVICE, "name", name,
				  "no such service: '%s'; aiotoolsctl services shows all", name);
}

static bool refuse_loaded(struct aiot_call *call, const struct aiot_unit *unit,
			  enum aiot_unit_wanted wanted)
{
	bool loaded = unit->load == AIOT_UNIT_LOADED;

	if (wanted == AIOT_WANT_LOADED && !loaded)
		(void)aiot_call_error_at(call, AIOT_ERR_ALREADY, "name", unit->name,
					 "service '%s' is not loaded", unit->name);
	else if (wanted == AIOT_WANT_NOT_LOADED && loaded)
		(void)aiot_call_error_at(call, AIOT_ERR_ALREADY, "name", unit->name,
					 "service '%s' is loaded already; unload it first, or "
					 "restart its task '%s.service'",
					 unit->name, unit->name);
	else if (wanted == AIOT_WANT_NOT_LOADED && unit->masked)
		(void)aiot_call_error_at(call, AIOT_ERR_BAD_CONFIGURATION, "name", unit->name,
					 unit->masked_file
						 ? "service '%s' is masked: %s is a link to "
						   "/dev/null"
						 : "service '%s' is masked; to have it back: "
						   "aiotoolsctl unmask %s",
					 unit->name, unit->masked_file ? unit->file : unit->name);
	else if (wanted == AIOT_WANT_NOT_LOADED && aiot_unit_is_template(unit))
		(void)aiot_call_error_at(call, AIOT_ERR_BAD_CONFIGURATION, "name", unit->name,
					 "service '%s' is a template; load an instance of it, "
					 "with a word behind the @",
					 unit->name);
	return call->error != AIOT_ERR_NONE;
}

bool aiot_unit_names_fit(struct aiot_call *call, enum aiot_unit_wanted wanted)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		const struct aiot_unit *unit;

		if (aiot_name_is_pattern(text, strlen(text)))
			continue;
		unit = wanted == AIOT_WANT_NOT_LOADED ? aiot_unit_instantiate(call->ctx, text)
						      : aiot_unit_find(call->ctx, text);
		if (unit == NULL)
			(void)aiot_no_such_service(call, text);
		if (unit == NULL || refuse_loaded(call, unit, wanted))
			return false;
	}
	return true;
}

void aiot_unit_walk_begin(struct aiot_unit_walk *walk, struct aiot_call *call)
{
	walk->call = call;
	aiot_names_begin(&walk->names, call);
	walk->n = 0;
	walk->after[0] = '\0';
}

struct aiot_unit *aiot_unit_walk_next(struct aiot_unit_walk *walk)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_unit *unit;

	for (; aiot_names_nth(&walk->names, walk->n, text); walk->n++) {
		unit = aiot_unit_match(walk->call->ctx, text, walk->after);
		if (unit != NULL) {
			memcpy(walk->after, unit->name, sizeof(walk->after));
			return unit;
		}
		walk->after[0] = '\0';
	}
	return NULL;
}

/*
 * Thousands of services are in no cache: what a row needs of memory is fetched while the one before
 * it is written.
 */
static struct aiot_unit *fetch_next(struct aiot_unit_walk *walk)
{
	struct aiot_unit *unit = aiot_unit_walk_next(walk);

	if (unit != NULL) {
		__builtin_prefetch(unit->conf.description);
		__builtin_prefetch(unit->task);
	}
	return unit;
}

enum aiot_call_result aiot_unit_pages(struct aiot_call *call, const char *member,
				      aiot_unit_row_fn *put)
{
	struct aiot_unit_walk walk;
	struct aiot_host *host = call->ctx;
	struct aiot_unit *unit, *next;
	bool full = false;

	if (call->at.back == 0)
		call->at.back = ++host->last_pages;
	aiot_unit_walk_begin(&walk, call);
	walk.n = call->at.count;
	memcpy(walk.after, call->at.name, sizeof(walk.after));
	aiot_json_put_array(&call->json, member);
	for (unit = fetch_next(&walk); unit != NULL && !full; unit = next) {
		call->at.count = walk.n;
		memcpy(call->at.name, walk.after, sizeof(call->at.name));
		next = fetch_next(&walk);
		if (unit->told == call->at.back) /* another name means it, too */
			continue;
		unit->told = call->at.back;
		if (put(call, unit) < 0)
			return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory");
		full = aiot_call_full(call);
	}
	aiot_json_put_end_array(&call->json);
	return full ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}

#define ROW_BYTES 1024 /* of a Service object, more or less */

bool aiot_unit_names_need_more(struct aiot_call *call, bool (*counts)(const struct aiot_call *call,
								      const struct aiot_unit *unit))
{
	size_t rows = call->page_bytes / ROW_BYTES;
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;

	if (call->more || call->page_bytes == 0)
		return false;
	aiot_unit_walk_begin(&walk, call);
	while (rows > 0 && (unit = aiot_unit_walk_next(&walk)) != NULL)
		rows -= counts(call, unit);
	return rows == 0;
}

void aiot_each_unit(struct aiot_call *call, aiot_unit_fn *fn)
{
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;

	aiot_unit_walk_begin(&walk, call);
	while ((unit = aiot_unit_walk_next(&walk)) != NULL)
		fn(call, unit);
}
