/*
 * calls-set.c - the handler of set: options of one task, now or from its next start on.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  All are checked before the first
 * one is set.
 */
#include "calls.h"
#include "command-private.h"
#include "service.h"
#include "settings.h"

static enum aiot_call_result refuse(struct aiot_call *call, struct aiot_entry *e, int error,
				    const char *why)
{
	enum aiot_error_id id = error == -AIOT_ENOMEM	? AIOT_ERR_NO_MEMORY
				: error == -AIOT_ENOSPC ? AIOT_ERR_LIMIT
							: AIOT_ERR_USAGE;

	return aiot_call_error_at(call, id, "name", aiot_entry_name(e), "cannot set '%s': %s",
				  aiot_entry_name(e), why);
}

static void put_setting(struct aiot_call *call, const struct aiot_entry *e,
			const struct aiot_opt *opt, bool live)
{
	const char *origin = "", *value = aiot_setting_value(e, opt, &origin);

	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "key", opt->key);
	aiot_json_put_str(&call->json, "value", value);
	aiot_json_put_str(&call->json, "origin", origin);
	aiot_json_put_str(&call->json, "effect", live ? "live" : "start");
	aiot_json_put_end_object(&call->json);
}

enum aiot_call_result aiot_call_set(struct aiot_call *call)
{
	struct aiot_setting *list = NULL;
	char text[AIOT_SENTENCE_MAX];
	enum aiot_call_result elsewhere;
	struct aiot_entry *e;
	struct aiot_out why;
	int r;

	if (aiot_call_elsewhere(call, &elsewhere))
		return elsewhere;
	e = aiot_call_entry(call);
	if (e == NULL)
		return AIOT_CALL_ERROR;
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_settings_read(call->core, e->spec->service, AIOT_KIND(e->spec)->opts,
			       aiot_json_get(call->params, "args"), true, &list, &why);
	if (r < 0)
		return refuse(call, e, r, aiot_out_str(&why));
	r = aiot_settings_prepare(call->core, e, list);
	if (r < 0) {
		aiot_settings_free(call->core, list);
		return refuse(call, e, r,
			      r == -AIOT_ENOMEM ? "no memory for it"
						: "this run has had too much set; restart it");
	}
	aiot_log_order(call);
	aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
	aiot_json_put_array(&call->json, "set");
	while (list != NULL) {
		struct aiot_setting *next = list->next;
		const struct aiot_opt *opt = list->opt;

		put_setting(call, e, opt, aiot_setting_put(call->core, e, list));
		list = next;
	}
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}
