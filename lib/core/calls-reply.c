/*
 * calls-reply.c - what the handlers of orders share: the rows of their replies, the one task that
 * is named, and the record that tells who ordered what.
 *
 * Called by the handlers in calls-*.c, here and in lib/host.  Gives no orders itself.
 */
#include <string.h>

#include "calls.h"
#include "command-private.h"
#include "extra.h"
#include "more.h"

/* ---- rows ---- */

void aiot_put_failed(struct aiot_call *call, const char *name, enum aiot_error_id id,
		     const char *fmt, ...)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_error_put(&call->json, id);
	aiot_json_put_str(&call->json, "message", aiot_out_str(&out));
	aiot_json_put_end_object(&call->json);
}

void aiot_put_missing(struct aiot_call *call, const char *name)
{
	char text[AIOT_MISSING_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_missing_task(call, name, &out);
	aiot_put_failed(call, name, AIOT_ERR_NO_SUCH_TASK, "%s", aiot_out_str(&out));
}

void aiot_put_unmet(struct aiot_call *call, const struct aiot_names *names,
		    enum aiot_names_result result)
{
	if (result == AIOT_NAMES_MISSING)
		aiot_put_missing(call, names->missing);
	else if (result == AIOT_NAMES_NOTHING)
		aiot_put_failed(call, names->missing, AIOT_ERR_TASK_FAILED, "no task matches '%s'",
				names->missing);
}

void aiot_put_done(struct aiot_call *call, const char *name, const char *state)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_str(&call->json, "state", state);
	aiot_json_put_end_object(&call->json);
}

void aiot_put_entry(struct aiot_call *call, const struct aiot_entry *e)
{
	struct aiot_json_out *json = &call->json;

	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	aiot_json_put_str(json, "state", aiot_state_word((enum aiot_state)e->state));
	if (e->flags & AIOT_ENTRY_PAUSED)
		aiot_json_put_bool(json, "paused", true);
	if (aiot_extra_queued(e) > 0)
		aiot_json_put_u64(json, "queued", aiot_extra_queued(e));
	aiot_json_put_end_object(json);
}

#define ROW_BYTES 512 /* of "failed", with a long sentence */

bool aiot_names_need_more(struct aiot_call *call)
{
	size_t rows = call->page_bytes / ROW_BYTES;
	struct aiot_names names;
	struct aiot_entry *e;

	if (call->more || call->page_bytes == 0)
		return false;
	aiot_names_begin(&names, call);
	while (rows > 0 && aiot_names_next(&names, &e) != AIOT_NAMES_END)
		rows--;
	aiot_names_rewind(&names);
	return rows == 0;
}

/* ---- one task ---- */

struct aiot_entry *aiot_call_entry(struct aiot_call *call)
{
	struct aiot_json given = aiot_json_get(call->params, "name");
	char name[AIOT_NAME_MAX + 1], text[AIOT_MISSING_MAX];
	struct aiot_entry *e = NULL;
	struct aiot_out out;

	if (aiot_json_str(given, name, sizeof(name)) < 0)
		(void)aiot_format_to(name, sizeof(name), "%.*s ...", AIOT_NAME_MAX - 5,
				     given.text + 1);
	else if (!aiot_name_is_pattern(name, strlen(name)))
		e = aiot_entry_named(call->core, name);
	else {
		(void)aiot_call_error(call, AIOT_ERR_USAGE,
				      "%s takes exactly one name, and '%s' is a pattern",
				      aiot_command_title(call->command), name);
		return NULL;
	}
	if (e != NULL)
		return e;
	aiot_out_init(&out, text, sizeof(text));
	aiot_missing_task(call, name, &out);
	(void)aiot_call_error_at(call, AIOT_ERR_NO_SUCH_TASK, "name", name, "%s",
				 aiot_out_str(&out));
	return NULL;
}

/* ---- who ordered what ---- */

#define NAMES_SHOWN 20

static void put_names(const struct aiot_call *call, struct aiot_out *out)
{
	struct aiot_json names = aiot_json_get(call->params, "names");
	size_t count = aiot_json_count(names), shown = 0;
	struct aiot_json_iter it = {NULL};
	struct aiot_json name;

	if (aiot_json_type(names) == AIOT_JSON_NONE)
		names = aiot_json_get(call->params, "name");
	if (aiot_json_type(names) == AIOT_JSON_STRING) {
		aiot_out_char(out, ' ');
		(void)aiot_json_str_out(names, out);
	}
	while (shown < NAMES_SHOWN && aiot_json_next(names, &it, NULL, &name)) {
		shown++;
		aiot_out_char(out, ' ');
		(void)aiot_json_str_out(name, out);
	}
	if (count > shown)
		aiot_format(out, " and %zu more", count - shown);
}

/* A verb, and the keys alone: a value may be a secret, and may be long. */
static void put_keys(const struct aiot_call *call, struct aiot_out *out)
{
	struct aiot_json verb = aiot_json_get(call->params, "verb");
	struct aiot_json args = aiot_json_get(call->params, "args"), key, value;
	struct aiot_json_iter it = {NULL};

	if (aiot_json_type(verb) == AIOT_JSON_STRING) {
		aiot_out_char(out, ' ');
		(void)aiot_json_str_out(verb, out);
	}
	while (aiot_json_next(args, &it, &key, &value)) {
		aiot_out_char(out, ' ');
		(void)aiot_json_str_out(key, out);
	}
}

void aiot_log_order(struct aiot_call *call)
{
	struct aiot_core *core = call->core;
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, aiot_command_title(call->command));
	put_names(call, &out);
	put_keys(call, &out);
	if (out.error < 0)
		memcpy(text + sizeof(text) - 4, "...", 3);
	if (call->who != NULL)
		aiot_core_log(core, core->name ? core->name : "aiotools", AIOT_INFO,
			      "%s: by task %s", aiot_out_str(&out), call->who);
	else if (call->uid < 0)
		aiot_core_log(core, core->name ? core->name : "aiotools", AIOT_INFO, "%s",
			      aiot_out_str(&out));
	else
		aiot_core_log(core, core->name ? core->name : "aiotools", AIOT_INFO,
			      "%s: by uid %lld", aiot_out_str(&out), (long long)call->uid);
}
