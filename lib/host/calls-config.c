/*
 * calls-config.c - the handlers of config and get-config: a service's options for good.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  What config sets stands in
 * services.json, above what files say; what runs goes on as it was loaded.
 */
#include <string.h>

#include "call-look.h"
#include "calls.h"
#include "host.h"
#include "keep.h"
#include "mem.h"
#include "overlay.h"
#include "service.h"
#include "settings.h"
#include "unit-names.h"

#define KEY_MAX 64

/* ---- what is told ---- */

static const char *enabled_origin(const struct aiot_unit *unit, char *buf, size_t size)
{
	const struct aiot_ini_entry *e;

	if (unit->enabled_said)
		return AIOT_OVERLAY_FILE;
	e = unit->templated ? NULL : aiot_ini_find(&unit->doc, "Service", "Enabled");
	if (e == NULL)
		return "default";
	(void)aiot_format_to(buf, size, "%s:%u", e->file, e->line);
	return buf;
}

static const struct aiot_arg *given(const struct aiot_arg *args, uint32_t count, const char *key)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (aiot_key_equal(args[i].key, key))
			return &args[i];
	}
	return NULL;
}

/* Values or origins: of what is given in the order of the table, else as it was given. */
static void put_args(const struct aiot_unit *unit, const struct aiot_arg *args, uint32_t count,
		     bool origins, struct aiot_json_out *json)
{
	const struct aiot_service *service = aiot_unit_service(unit);
	const struct aiot_opt *opt;
	struct aiot_kind kind;
	uint32_t i;

	aiot_json_put_object(json, "args");
	if (service != NULL && aiot_service_kind(service, NULL, &kind)) {
		for (i = 0; (opt = aiot_opt_row(service, kind.opts, i)) != NULL; i++) {
			const struct aiot_arg *arg = given(args, count, opt->key);
			const char *value = arg ? arg->value : opt->def;
			const char *origin = arg ? arg->origin : "default";

			aiot_json_put_str(json, opt->key, origins ? origin : value);
		}
	} else {
		for (i = 0; i < count; i++)
			aiot_json_put_str(json, args[i].key,
					  origins ? args[i].origin : args[i].value);
	}
	aiot_json_put_end_object(json);
}

static int put_config(struct aiot_host *host, const struct aiot_unit *unit, const char *member,
		      struct aiot_json_out *json)
{
	char where[AIOT_UNIT_LINE_MAX];
	struct aiot_arg *args = NULL;
	uint32_t count = 0;

	if (aiot_unit_collect_args(host, unit, &args, &count) < 0)
		return -AIOT_ENOMEM;
	aiot_json_put_object(json, member);
	aiot_json_put_str(json, "name", unit->name);
	aiot_json_put_bool(json, "enabled", unit->enabled || unit->file == NULL);
	aiot_json_put_bool(json, "masked", unit->masked);
	put_args(unit, args, count, false, json);
	aiot_json_put_object(json, "origin");
	aiot_json_put_str(json, "enabled", enabled_origin(unit, where, sizeof(where)));
	put_args(unit, args, count, true, json);
	aiot_json_put_end_object(json);
	aiot_json_put_end_object(json);
	aiot_mem_free(args);
	return 0;
}

static int put_listed(struct aiot_call *call, struct aiot_unit *unit)
{
	return put_config(call->ctx, unit, NULL, &call->json);
}

enum aiot_call_result aiot_call_get_config(struct aiot_call *call)
{
	if (call->at.phase == 0 && !aiot_unit_names_fit(call, AIOT_WANT_ANY))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	return aiot_unit_pages(call, "configs", put_listed);
}

/* ---- config ---- */

/* The unit of the call, with its error if it cannot be configured. */
static struct aiot_unit *unit_of_call(struct aiot_call *call, bool make)
{
	char name[AIOT_NAME_MAX + 1] = "";
	const char *why = NULL;
	struct aiot_unit *unit;

	(void)aiot_json_str(aiot_json_get(call->params, "name"), name, sizeof(name));
	unit = make ? aiot_unit_instantiate(call->ctx, name) : aiot_unit_find(call->ctx, name);
	if (unit == NULL) {
		(void)aiot_no_such_service(call, name);
		return NULL;
	}
	if (unit->file == NULL)
		why = "it is linked into the program, which alone gives it options";
	else if (aiot_unit_is_template(unit))
		why = "it is a template; name an instance of it, with a word behind the @";
	if (why == NULL)
		return unit;
	(void)aiot_call_error_at(call, AIOT_ERR_TASK_FAILED, "name", unit->name,
				 "cannot configure '%s': %s", unit->name, why);
	return NULL;
}

static enum aiot_call_result refuse(struct aiot_call *call, const struct aiot_unit *unit, int code,
				    const char *why)
{
	return aiot_call_error_at(call, code == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_USAGE,
				  "name", unit->name, "cannot configure '%s': %s", unit->name, why);
}

/* One of them, as an object of its own. */
static int check_one(struct aiot_call *call, const struct aiot_service *service,
		     struct aiot_json key, struct aiot_json value, struct aiot_out *why)
{
	size_t size = key.len + value.len + sizeof("{:}");
	char *text = aiot_mem_alloc(size);
	struct aiot_setting *list = NULL;
	struct aiot_kind kind;
	struct aiot_json one;
	int r = -AIOT_ENOMEM;

	if (text != NULL) {
		size = aiot_format_to(text, size, "{%.*s:%.*s}", (int)key.len, key.text,
				      (int)value.len, value.text);
		r = aiot_json_parse(text, size, &one, NULL);
	}
	if (r == 0 && aiot_service_kind(service, NULL, &kind))
		r = aiot_settings_read(call->core, service, kind.opts, one, true, &list, why);
	aiot_settings_free(call->core, list);
	aiot_mem_free(text);
	return r;
}

/* Taking back what was set once is right even if no option is called so any more. */
static bool takes_back(const struct aiot_overlay_entry *entry, struct aiot_json key,
		       struct aiot_json value)
{
	uint32_t i;

	for (i = 0; aiot_json_type(value) == AIOT_JSON_NULL && i < entry->arg_count; i++) {
		char name[KEY_MAX + 1] = "";

		if (aiot_json_str(key, name, sizeof(name)) >= 0 &&
		    aiot_key_equal(entry->args[i].key, name))
			return true;
	}
	return false;
}

/* With the tables of its service: what they would not take is refused. */
static int check_args(struct aiot_call *call, const struct aiot_service *service,
		      const struct aiot_overlay_entry *entry, struct aiot_out *why)
{
	struct aiot_json args = aiot_json_get(call->params, "args"), key, value;
	struct aiot_json_iter it = {NULL};
	int r = 0;

	while (service != NULL && r == 0 && aiot_json_next(args, &it, &key, &value)) {
		if (!takes_back(entry, key, value))
			r = check_one(call, service, key, value, why);
	}
	return r;
}

/* A number, true or false is the text that it is. */
static int value_text(struct aiot_json value, char **ret)
{
	char *text = aiot_mem_alloc(value.len + 1);

	if (text == NULL)
		return -AIOT_ENOMEM;
	if (aiot_json_type(value) != AIOT_JSON_STRING) {
		memcpy(text, value.text, value.len);
		text[value.len] = '\0';
	} else if (aiot_json_str(value, text, value.len + 1) < 0) {
		aiot_mem_free(text);
		return -AIOT_EINVAL;
	}
	*ret = text;
	return 0;
}

static int set_one(struct aiot_overlay_entry *entry, struct aiot_json key, struct aiot_json value,
		   struct aiot_out *why)
{
	char name[KEY_MAX + 1], *text = NULL;
	enum aiot_json_type type = aiot_json_type(value);
	int r;

	if (aiot_json_str(key, name, sizeof(name)) <= 0) {
		aiot_format(why, "a key has 1 to %d bytes", KEY_MAX);
		return -AIOT_EINVAL;
	}
	if (type == AIOT_JSON_NULL)
		return aiot_overlay_set_arg(entry, name, NULL);
	if (type == AIOT_JSON_OBJECT || type == AIOT_JSON_ARRAY || value.len > AIOT_ARG_MAX) {
		aiot_format(why, "%s: its value is %s", name,
			    value.len > AIOT_ARG_MAX ? "too long" : "no text");
		return -AIOT_EINVAL;
	}
	r = value_text(value, &text);
	if (r == -AIOT_EINVAL)
		aiot_format(why, "%s: there is a NUL in its value", name);
	if (r == 0)
		r = aiot_overlay_set_arg(entry, name, text);
	aiot_mem_free(text);
	return r;
}

static int change(struct aiot_call *call, struct aiot_overlay_entry *entry, struct aiot_out *why)
{
	bool enable = aiot_json_bool(aiot_json_get(call->params, "enable"), false);
	bool disable = aiot_json_bool(aiot_json_get(call->params, "disable"), false);
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	int r = 0;

	if (enable && disable) {
		aiot_out_text(why, "--enable and --disable exclude each other");
		return -AIOT_EINVAL;
	}
	if (enable || disable)
		entry->enabled = enable ? AIOT_OVERLAY_YES : AIOT_OVERLAY_NO;
	while (r == 0 && aiot_json_next(aiot_json_get(call->params, "args"), &it, &key, &value))
		r = set_one(entry, key, value, why);
	return r;
}

static enum aiot_call_result write_one(struct aiot_call *call, const struct aiot_unit *unit,
				       const struct aiot_service *service)
{
	struct aiot_host *host = call->ctx;
	struct aiot_overlay_entry *entry = aiot_overlay_copy(&host->overlay, unit->name);
	struct aiot_overlay changes = {0};
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = entry ? check_args(call, service, entry, &why) : -AIOT_ENOMEM;
	if (r == 0)
		r = change(call, entry, &why);
	if (r < 0) {
		aiot_overlay_entry_free(entry);
		return refuse(call, unit, r, why.len ? aiot_out_str(&why) : "no memory");
	}
	aiot_overlay_put(&changes, entry);
	return aiot_call_commit(call, &changes);
}

/* Whether anything was given that takes effect when the service is loaded. */
static bool gives(const struct aiot_call *call)
{
	return aiot_json_count(aiot_json_get(call->params, "args")) > 0 ||
	       aiot_json_bool(aiot_json_get(call->params, "enable"), false);
}

static enum aiot_call_result reply(struct aiot_call *call, const struct aiot_unit *unit)
{
	bool loaded = unit->load == AIOT_UNIT_LOADED;

	if (put_config(call->ctx, unit, "config", &call->json) < 0)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory");
	aiot_json_put_str(&call->json, "applies",
			  loaded && unit->changed  ? "reload"
			  : loaded || !gives(call) ? "now"
			  : unit->masked	   ? "unmask"
						   : "load");
	aiot_put_kept(call);
	return AIOT_CALL_DONE;
}

/* Checked, if there is anything that can be and a way to know, then on its way to the disk. */
static enum aiot_call_result begin_config(struct aiot_call *call, const struct aiot_unit *unit)
{
	bool any = aiot_json_count(aiot_json_get(call->params, "args")) > 0;
	enum aiot_call_result r;
	struct aiot_look look;

	if (aiot_keep_busy(call->ctx) || (any && !aiot_look(call, &unit->conf, &look)))
		return AIOT_CALL_WAIT;
	aiot_look_put(call, any ? &look : NULL);
	r = write_one(call, unit, any ? look.service : NULL);
	if (any)
		aiot_look_finish(call, &look);
	call->at.phase = 1;
	return r;
}

enum aiot_call_result aiot_call_config(struct aiot_call *call)
{
	struct aiot_unit *unit = unit_of_call(call, call->at.phase == 0);
	enum aiot_call_result r = AIOT_CALL_DONE;

	if (unit == NULL)
		return AIOT_CALL_ERROR;
	if (call->at.phase == 0)
		r = begin_config(call, unit);
	if (r == AIOT_CALL_DONE)
		r = aiot_call_kept(call);
	return r == AIOT_CALL_DONE ? reply(call, unit) : r;
}
