/*
 * calls-enable.c - the handlers of enable, disable, mask, unmask and is-enabled.
 *
 * Called by the dispatcher, through the bindings in calls-service.c.  What is said goes into
 * services.json first (overlay.h) and counts when it is on disk; --now then does at once what the
 * next start would.
 *
 *	judge -> wait for the file -> write -> --now -> wait for what is unloaded -> reply
 */
#include <string.h>

#include "calls.h"
#include "host.h"
#include "keep.h"
#include "overlay.h"
#include "unit-names.h"

/* ---- which services ---- */

/* Why this one cannot be switched, as the call's error if it was named; false: it can. */
static bool refused(struct aiot_call *call, const struct aiot_unit *unit, bool named)
{
	unsigned id = call->command->id;
	bool masks = id == AIOT_CMD_MASK || id == AIOT_CMD_UNMASK;
	const char *why = NULL;

	if (unit->file == NULL)
		why = "it is linked into the program, which alone decides what becomes of it";
	else if (id == AIOT_CMD_UNMASK && unit->masked_file)
		why = "its file is a link to /dev/null: that masks it, and only removing it helps";
	else if (!masks && aiot_unit_is_template(unit))
		why = "it is a template; name an instance of it, with a word behind the @";
	else if (id == AIOT_CMD_ENABLE && unit->masked)
		why = "it is masked; unmask it first";
	else if (id == AIOT_CMD_ENABLE && !unit->bad_file && !unit->conf.node &&
		 unit->conf.module == NULL)
		why = "its file only disables it; remove that, or add Module=";
	if (why != NULL && named)
		(void)aiot_call_error_at(call,
					 unit->file == NULL ? AIOT_ERR_TASK_FAILED
							    : AIOT_ERR_BAD_CONFIGURATION,
					 "name", unit->name, "cannot %s '%s': %s",
					 call->command->verb, unit->name, why);
	return why != NULL;
}

/* Every plain name; an instance that nobody has asked for before is made. */
static bool names_fit(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		const struct aiot_unit *unit;

		if (aiot_name_is_pattern(text, strlen(text)))
			continue;
		unit = aiot_unit_instantiate(call->ctx, text);
		if (unit == NULL)
			(void)aiot_no_such_service(call, text);
		if (unit == NULL || refused(call, unit, true))
			return false;
	}
	return true;
}

/* ---- what is written ---- */

static void say(struct aiot_overlay_entry *entry, unsigned command)
{
	switch (command) {
	case AIOT_CMD_ENABLE:
		entry->enabled = AIOT_OVERLAY_YES;
		break;
	case AIOT_CMD_DISABLE:
		entry->enabled = AIOT_OVERLAY_NO;
		break;
	default:
		entry->masked = command == AIOT_CMD_MASK;
	}
}

/* How many are meant, or -AIOT_ENOMEM. */
static int collect(struct aiot_call *call, struct aiot_overlay *changes)
{
	struct aiot_host *host = call->ctx;
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;
	int count = 0;

	aiot_unit_walk_begin(&walk, call);
	while ((unit = aiot_unit_walk_next(&walk)) != NULL) {
		struct aiot_overlay_entry *entry;

		if (refused(call, unit, false))
			continue;
		entry = aiot_overlay_copy(&host->overlay, unit->name);
		if (entry == NULL)
			return -AIOT_ENOMEM;
		say(entry, call->command->id);
		aiot_overlay_put(changes, entry);
		count++;
	}
	return count;
}

static enum aiot_call_result write_all(struct aiot_call *call)
{
	struct aiot_overlay changes = {0};
	int n = collect(call, &changes);

	if (n > 0)
		return aiot_call_commit(call, &changes);
	aiot_overlay_finish(&changes);
	if (n < 0)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "no memory");
	return aiot_call_error(call, AIOT_ERR_TASK_FAILED, "no service that could be %s%s matches",
			       call->command->verb,
			       call->command->verb[strlen(call->command->verb) - 1] == 'e' ? "d"
											   : "ed");
}

enum aiot_call_result aiot_call_commit(struct aiot_call *call, struct aiot_overlay *changes)
{
	char text[512];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (aiot_overlay_commit(call->ctx, changes, &call->at.seq, &why) < 0)
		return aiot_call_error(call, AIOT_ERR_TASK_FAILED, "%s", aiot_out_str(&why));
	aiot_log_order(call);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_kept(struct aiot_call *call)
{
	const struct aiot_keep_result *result;

	if (call->at.seq == 0)
		return AIOT_CALL_DONE;
	result = aiot_keep_result(call->ctx, call->at.seq);
	if (result == NULL)
		return AIOT_CALL_WAIT;
	return result->code == 0 ? AIOT_CALL_DONE
				 : aiot_call_error(call, AIOT_ERR_TASK_FAILED,
						   "%s; nothing has changed", result->why);
}

void aiot_put_kept(struct aiot_call *call)
{
	const struct aiot_keep_result *r =
		call->at.seq ? aiot_keep_result(call->ctx, call->at.seq) : NULL;

	aiot_json_put_str(&call->json, "path", r ? r->path : NULL);
	aiot_json_put_bool(&call->json, "until_boot", r != NULL && r->until_boot);
	aiot_json_put_str(&call->json, "why", r && r->why[0] ? r->why : NULL);
}

static bool is_meant(const struct aiot_call *call, const struct aiot_unit *unit)
{
	(void)call;
	(void)unit;
	return true;
}

/* ---- --now ---- */

static void do_now(struct aiot_call *call)
{
	bool load = call->command->id == AIOT_CMD_ENABLE;
	struct aiot_host *host = call->ctx;
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;

	aiot_unit_walk_begin(&walk, call);
	while ((unit = aiot_unit_walk_next(&walk)) != NULL) {
		if (refused(call, unit, false) || host->stopping)
			continue;
		if (load && unit->load != AIOT_UNIT_LOADED)
			(void)aiot_unit_load(host, unit);
		else if (!load && unit->load == AIOT_UNIT_LOADED)
			(void)aiot_unit_unload(host, unit);
	}
}

static bool any_unloading(struct aiot_call *call)
{
	struct aiot_unit_walk walk;
	struct aiot_unit *unit;

	aiot_unit_walk_begin(&walk, call);
	while ((unit = aiot_unit_walk_next(&walk)) != NULL) {
		if (unit->unloading)
			return true;
	}
	return false;
}

static int put_switched(struct aiot_call *call, struct aiot_unit *unit)
{
	if (!refused(call, unit, false))
		aiot_put_unit(unit, &call->json);
	return 0;
}

static enum aiot_call_result reply(struct aiot_call *call)
{
	enum aiot_call_result r = aiot_unit_pages(call, "services", put_switched);

	aiot_put_kept(call);
	return r;
}

enum aiot_call_result aiot_call_enable(struct aiot_call *call)
{
	enum aiot_call_result r = AIOT_CALL_DONE;

	if (call->at.phase == 0) {
		if (!names_fit(call))
			return AIOT_CALL_ERROR;
		if (aiot_unit_names_need_more(call, is_meant))
			return AIOT_CALL_PAGE; /* which is an error without `more` */
		call->at.phase = 1;
	}
	if (call->at.phase == 1) {
		if (aiot_keep_busy(call->ctx))
			return AIOT_CALL_WAIT;
		r = write_all(call);
		call->at.phase = 2;
	}
	if (call->at.phase == 2 && r == AIOT_CALL_DONE) {
		r = aiot_call_kept(call);
		if (r == AIOT_CALL_DONE) {
			call->at.phase = 3;
			if (aiot_json_bool(aiot_json_get(call->params, "now"), false))
				do_now(call);
		}
	}
	if (r != AIOT_CALL_DONE)
		return r;
	if (call->at.phase == 3 && any_unloading(call))
		return AIOT_CALL_WAIT;
	call->at.phase = 4;
	return reply(call);
}

/* ---- is-enabled ---- */

static void put_is(struct aiot_call *call, const char *name, const char *word)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_str(&call->json, "enabled", word);
	aiot_json_put_bool(&call->json, "loads",
			   strcmp(word, "enabled") == 0 || strcmp(word, "static") == 0);
	aiot_json_put_end_object(&call->json);
}

/* Every plain name.  An instance that nobody has asked for yet is not made for a question. */
static bool names_known(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;
	uint32_t n;

	aiot_names_begin(&names, call);
	for (n = 0; aiot_names_nth(&names, n, text); n++) {
		if (aiot_name_is_pattern(text, strlen(text)) ||
		    aiot_unit_find(call->ctx, text) != NULL ||
		    aiot_unit_template(call->ctx, text) != NULL)
			continue;
		(void)aiot_no_such_service(call, text);
		return false;
	}
	return true;
}

static void put_named(struct aiot_call *call, const char *name)
{
	const struct aiot_unit *unit = aiot_unit_find(call->ctx, name);
	const struct aiot_unit *template = unit ? NULL : aiot_unit_template(call->ctx, name);

	if (unit != NULL)
		put_is(call, unit->name, aiot_unit_enabled_word(unit));
	else if (template != NULL)
		put_is(call, name, template->masked ? "masked" : "disabled");
}

/* Those that a pattern means, from at.name on.  false: the page is full. */
static bool put_matching(struct aiot_call *call, const char *pattern)
{
	const struct aiot_unit *unit;

	while ((unit = aiot_unit_match(call->ctx, pattern, call->at.name)) != NULL) {
		memcpy(call->at.name, unit->name, sizeof(call->at.name));
		put_is(call, unit->name, aiot_unit_enabled_word(unit));
		if (aiot_call_full(call))
			return false;
	}
	call->at.name[0] = '\0';
	return true;
}

enum aiot_call_result aiot_call_is_enabled(struct aiot_call *call)
{
	char text[AIOT_NAME_MAX + 1];
	struct aiot_names names;

	if (call->at.phase == 0 && !names_known(call))
		return AIOT_CALL_ERROR;
	call->at.phase = 1;
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "services");
	for (; aiot_names_nth(&names, call->at.count, text); call->at.count++) {
		if (!aiot_name_is_pattern(text, strlen(text)))
			put_named(call, text);
		else if (!put_matching(call, text))
			break;
	}
	aiot_json_put_end_array(&call->json);
	return call->at.name[0] ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}
