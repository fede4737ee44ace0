/*
 * calls-small.c - the handlers of the core's commands on boards that have little flash, but for
 * orders (calls-small-order.c) and the log (calls-small-log.c).
 *
 * Built instead of calls-*.c; called by the dispatcher, through the bindings at the end.  A reply
 * has the members that the node of a daemon needs, a row a page.  Of a name that is no task's the
 * whole call fails, before anything was done.
 */
#include "calls-small.h"

#include <string.h>

#include "command-private.h"
#include "more.h"
#include "outcome.h"
#include "service.h"
#include "settings.h"

/* ---- the tasks that a call names ---- */

enum aiot_call_result aiot_small_names(struct aiot_call *call)
{
	struct aiot_json names = aiot_json_get(call->params, "names"), name;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(names, &it, NULL, &name)) {
		if (!aiot_name_is_pattern(name.text, name.len) &&
		    aiot_small_entry(call, name) == NULL)
			return AIOT_CALL_ERROR;
	}
	return AIOT_CALL_DONE;
}

struct aiot_entry *aiot_small_entry(struct aiot_call *call, struct aiot_json name)
{
	struct aiot_entry *e = NULL;
	char text[AIOT_NAME_MAX + 1];

	if (aiot_json_str(name, text, sizeof(text)) > 0)
		e = aiot_entry_named(call->core, text);
	if (e == NULL)
		(void)aiot_call_error(call, AIOT_ERR_NO_SUCH_TASK, "no such task: %.*s",
				      (int)name.len, name.text);
	return e;
}

enum aiot_meant aiot_small_meant(struct aiot_call *call, const char *entry)
{
	struct aiot_json names = aiot_json_get(call->params, "names"), name;
	struct aiot_json_iter it = {NULL};
	enum aiot_meant meant = names.len <= 2 ? AIOT_MEANT : AIOT_NOT_MEANT;
	size_t len = strlen(entry);
	char text[AIOT_NAME_MAX + 1];

	while (aiot_json_next(names, &it, NULL, &name)) {
		int pattern_len = aiot_json_str(name, text, sizeof(text));
		bool pattern = pattern_len > 0 && aiot_name_is_pattern(text, (size_t)pattern_len);

		if (pattern_len <= 0 ||
		    (!aiot_name_match(text, (size_t)pattern_len, entry, len) &&
		     !(len > 8 && strcmp(entry + len - 8, ".service") == 0 &&
		       aiot_name_match(text, (size_t)pattern_len, entry, len - 8))))
			continue;
		if (!pattern)
			return AIOT_MEANT_PLAINLY;
		meant = AIOT_MEANT;
	}
	return meant;
}

struct aiot_entry *aiot_small_next(struct aiot_call *call, enum aiot_meant *ret)
{
	const struct aiot_index *names = &call->core->names;

	while (call->at.count < names->count) {
		struct aiot_entry *e = names->table[call->at.count++];

		*ret = aiot_small_meant(call, aiot_entry_name(e));
		if (*ret != AIOT_NOT_MEANT)
			return e;
	}
	return NULL;
}

void aiot_small_log_order(struct aiot_call *call)
{
	struct aiot_json name = aiot_json_get(call->params, "names");

	if (name.len == 0)
		name = aiot_json_get(call->params, "name");
	aiot_core_log(call->core, call->core->name ? call->core->name : "aiotools", AIOT_INFO,
		      "%s %.*s", call->command->verb, (int)name.len, name.text);
}

/* ---- rows ---- */

void aiot_small_begin_row(struct aiot_call *call, const struct aiot_entry *e)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
}

void aiot_small_put_us(struct aiot_call *call, const char *key, int64_t ns)
{
	bool before = ns < 0; /* unsigned divisions are smaller */
	uint64_t us = (before ? -(uint64_t)ns : (uint64_t)ns) / 1000;

	aiot_json_put_i64(&call->json, key, before ? -(int64_t)us : (int64_t)us);
}

static void put_state(struct aiot_call *call, const struct aiot_entry *e)
{
	aiot_json_put_str(&call->json, "state", aiot_state_word((enum aiot_state)e->state));
}

static void put_outcome(struct aiot_call *call, const struct aiot_entry *e)
{
	const struct aiot_outcome *o = aiot_entry_alive(e) ? NULL : aiot_outcome_of(e);
	bool error = o != NULL && o->type == AIOT_OUTCOME_ERROR;

	aiot_outcome_json(o, &call->json, error ? "error" : "result");
}

static void put_schedule(struct aiot_call *call, const struct aiot_entry *e)
{
	struct aiot_json_out *json = &call->json;
	struct aiot_schedule *s = aiot_entry_schedule(e);

	if (s == NULL)
		return;
	aiot_json_put_object(json, "schedule");
	if (s->plan.every_ns)
		aiot_small_put_us(call, "every_us", (int64_t)s->plan.every_ns);
	if (s->due_ns != AIOT_CORE_NEVER) {
		aiot_small_put_us(call, "next_us", aiot_core_wall_of(call->core, s->due_ns));
		aiot_small_put_us(call, "in_us", (int64_t)(s->due_ns - call->core->now_ns));
	}
	if (s->phase == AIOT_SCHEDULE_HELD)
		aiot_json_put_bool(json, "held", true);
	aiot_json_put_end_object(json);
}

static void put_status(struct aiot_call *call, const struct aiot_entry *e)
{
	struct aiot_core *core = call->core;
	struct aiot_json_out *json = &call->json;
	uint64_t since_ns = aiot_entry_since_ns(e);

	put_state(call, e);
	if (e->runs > aiot_entry_alive(e))
		aiot_json_put_str(json, "last", aiot_state_word((enum aiot_state)e->last));
	aiot_small_put_us(call, "since_us", aiot_core_wall_of(core, since_ns));
	aiot_small_put_us(call, "ago_us", (int64_t)(core->now_ns - since_ns));
	aiot_json_put_u64(json, "runs", e->runs);
	if (aiot_entry_restarts(e) > 0)
		aiot_json_put_u64(json, "restarts", aiot_entry_restarts(e));
	if (!aiot_entry_alive(e))
		put_outcome(call, e);
	put_schedule(call, e);
}

/* ---- status, list, result, stats, traceback ---- */

/* false: this command leaves it out. */
static bool put_row(struct aiot_call *call, struct aiot_entry *e, enum aiot_meant meant)
{
	struct aiot_place *place = e->spec->place;
	unsigned id = call->command->id;

	if (id == AIOT_CMD_LIST && meant == AIOT_MEANT && !aiot_entry_alive(e) &&
	    e->state != AIOT_SCHEDULED &&
	    !aiot_json_bool(aiot_json_get(call->params, "all"), false))
		return false;
	if (id == AIOT_CMD_TRACEBACK && meant == AIOT_MEANT && !aiot_entry_failed(e))
		return false;
	aiot_small_begin_row(call, e);
	if (id == AIOT_CMD_STATUS || id == AIOT_CMD_LIST)
		put_status(call, e);
	else if (id == AIOT_CMD_STATS)
		place->ops->stats(place, e, &call->json);
	else
		put_outcome(call, e);
	if (id == AIOT_CMD_STATUS &&
	    aiot_json_bool(aiot_json_get(call->params, "debug"), call->core->debug))
		place->ops->detail(place, e, &call->json);
	aiot_json_put_end_object(&call->json);
	return true;
}

static enum aiot_call_result tell_tasks(struct aiot_call *call)
{
	unsigned id = call->command->id;
	struct aiot_entry *e;
	enum aiot_meant meant;

	if (call->at.phase++ == 0 && aiot_small_names(call) == AIOT_CALL_ERROR)
		return AIOT_CALL_ERROR;
	aiot_core_touch(call->core);
	aiot_json_put_array(&call->json, id == AIOT_CMD_RESULT	    ? "results"
					 : id == AIOT_CMD_TRACEBACK ? "tracebacks"
								    : "tasks");
	while ((e = aiot_small_next(call, &meant)) != NULL) {
		if (put_row(call, e, meant) && aiot_call_full(call))
			break;
	}
	aiot_json_put_end_array(&call->json);
	return e != NULL ? AIOT_CALL_PAGE : AIOT_CALL_DONE;
}

/* ---- the others ---- */

static enum aiot_call_result info(struct aiot_call *call)
{
	struct aiot_core *core = call->core;
	struct aiot_json_out *json = &call->json;

	aiot_json_put_object(json, "info");
	core->ops->info(core->ctx, json);
	aiot_json_put_object(json, "tasks");
	aiot_json_put_u64(json, "count", core->names.count);
	aiot_json_put_u64(json, "alive", core->alive);
	aiot_small_put_us(call, "uptime_us", (int64_t)call->started_ns);
	aiot_json_put_end_object(json);
	aiot_json_put_end_object(json);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result debug(struct aiot_call *call)
{
	struct aiot_json mode = aiot_json_get(call->params, "mode");

	call->core->debug = mode.len > 0 ? aiot_json_str_is(mode, "on") : !call->core->debug;
	aiot_json_put_bool(&call->json, "debug", call->core->debug);
	return AIOT_CALL_DONE;
}

/* Set an option, and its row; or only check it. */
static int set_one(struct aiot_call *call, struct aiot_entry *e, struct aiot_json key,
		   struct aiot_json value, bool check)
{
	int r = aiot_setting_set(call->core, e, key, value, check);

	if (check || r < 0)
		return r;
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_raw(&call->json, "key", key);
	aiot_json_put_raw(&call->json, "value", value);
	aiot_json_put_str(&call->json, "origin", "set");
	aiot_json_put_str(&call->json, "effect", r > 0 ? "live" : "start");
	aiot_json_put_end_object(&call->json);
	return 0;
}

/* All are checked before the first one is set. */
static enum aiot_call_result set(struct aiot_call *call)
{
	struct aiot_entry *e = aiot_small_entry(call, aiot_json_get(call->params, "name"));
	struct aiot_json args = aiot_json_get(call->params, "args"), key, value;
	int r = 0;

	if (e == NULL)
		return AIOT_CALL_ERROR;
	aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
	aiot_json_put_array(&call->json, "set");
	for (unsigned check = 2; check-- > 0;) {
		struct aiot_json_iter it = {NULL};

		while (r == 0 && aiot_json_next(args, &it, &key, &value))
			r = set_one(call, e, key, value, check);
	}
	if (r == -AIOT_ENOMEM)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "set: no memory");
	if (r < 0)
		return aiot_call_error(call, AIOT_ERR_USAGE, "set: no such option or value: %.*s",
				       (int)(value.text + value.len - key.text), key.text);
	aiot_json_put_end_array(&call->json);
	aiot_small_log_order(call);
	return AIOT_CALL_DONE;
}

/* A parameter of the plan, if it is given; false: refused, with a sentence in why. */
static bool plan_key(struct aiot_call *call, struct aiot_plan *plan, const char *param,
		     const char *key, struct aiot_out *why)
{
	struct aiot_json value = aiot_json_get(call->params, param);
	char text[24] = "";

	if (value.len == 0)
		return true;
	(void)aiot_json_str(value, text, sizeof(text));
	return aiot_plan_set(plan, key, text, 0, why) == 0;
}

static enum aiot_call_result schedule(struct aiot_call *call)
{
	struct aiot_entry *e = aiot_small_entry(call, aiot_json_get(call->params, "name"));
	char text[AIOT_SENTENCE_MAX];
	struct aiot_plan plan;
	struct aiot_out why;

	if (e == NULL)
		return AIOT_CALL_ERROR;
	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	if (!plan_key(call, &plan, "start_in", "StartIn", &why) ||
	    !plan_key(call, &plan, "every", "Every", &why) || aiot_plan_check(&plan, &why) < 0 ||
	    aiot_schedule_replace(call->core, e, &plan, &why) < 0)
		return aiot_call_error(call, AIOT_ERR_USAGE, "%s", aiot_out_str(&why));
	aiot_small_log_order(call);
	aiot_json_put_array(&call->json, "timers");
	aiot_small_begin_row(call, e);
	put_state(call, e);
	put_schedule(call, e);
	aiot_json_put_end_object(&call->json);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

const struct aiot_binding aiot_bindings_core[] = {
	{AIOT_CMD_STATUS, tell_tasks},
	{AIOT_CMD_LIST, tell_tasks},
	{AIOT_CMD_RESULT, tell_tasks},
	{AIOT_CMD_STATS, tell_tasks},
	{AIOT_CMD_TRACEBACK, tell_tasks},
	{AIOT_CMD_START, aiot_small_order},
	{AIOT_CMD_STOP, aiot_small_order},
	{AIOT_CMD_RESTART, aiot_small_order},
	{AIOT_CMD_LOG, aiot_small_log},
	{AIOT_CMD_FOLLOW, aiot_small_log},
	{AIOT_CMD_INFO, info},
	{AIOT_CMD_DEBUG, debug},
	{AIOT_CMD_SET, set},
	{AIOT_CMD_SCHEDULE, schedule},
	{0},
};
