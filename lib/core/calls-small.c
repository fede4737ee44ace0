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
#include "place-main.h"
#include "service.h"
#include "settings.h"
#include "timetext.h"

/* What it has on the stack is not to lie below everything that its caller calls. */
#define NOINLINE __attribute__((noinline))

/* ---- parameters ---- */

struct aiot_json aiot_small_param(const struct aiot_call *call, const char *name)
{
	struct aiot_json value = aiot_json_get(call->params, name);

	if (aiot_json_type(value) == AIOT_JSON_NULL)
		value.len = 0; /* as if it was absent */
	return value;
}

bool aiot_small_flag(const struct aiot_call *call, const char *param, bool otherwise)
{
	return aiot_json_bool(aiot_small_param(call, param), otherwise);
}

uint32_t aiot_small_number(const struct aiot_call *call, const char *param, uint32_t otherwise)
{
	struct aiot_json value = aiot_small_param(call, param);
	uint64_t number;

	if (aiot_json_type(value) == AIOT_JSON_STRING) {
		value.text++;
		value.len -= 2;
	}
	if (aiot_json_u64(value, &number) < 0 || number > UINT32_MAX)
		return otherwise;
	return (uint32_t)number;
}

/* ---- the tasks that a call names ---- */

/* How one of the call's names means what is called that, with .service behind it or without. */
static enum aiot_meant means(struct aiot_json name, const char *entry, size_t len)
{
	static const char suffix[] = ".service";
	const size_t suffix_len = sizeof(suffix) - 1;

	if (*name.text++ != '"')
		return AIOT_NOT_MEANT;
	name.len -= 2;
	while (!aiot_name_match(name.text, name.len, entry, len)) {
		if (len <= suffix_len || memcmp(entry + len - suffix_len, suffix, suffix_len) != 0)
			return AIOT_NOT_MEANT;
		len -= suffix_len;
	}
	return aiot_name_is_pattern(name.text, name.len) ? AIOT_MEANT : AIOT_MEANT_PLAINLY;
}

enum aiot_meant aiot_small_meant(struct aiot_call *call, const char *entry, size_t len)
{
	struct aiot_json names = aiot_small_param(call, "names"), name;
	struct aiot_json_iter it = {NULL};
	enum aiot_meant meant = names.len <= 2 ? AIOT_MEANT : AIOT_NOT_MEANT, how;

	while (aiot_json_next(names, &it, NULL, &name)) {
		how = means(name, entry, len);
		if (how > meant)
			meant = how;
	}
	return meant;
}

struct aiot_entry *aiot_small_entry(struct aiot_call *call, struct aiot_json name,
				    enum aiot_meant least)
{
	const struct aiot_index *names = &call->core->names;

	for (uint32_t i = 0; i < names->count; i++) {
		const char *entry = aiot_entry_name(names->table[i]);

		if (means(name, entry, strlen(entry)) >= least)
			return names->table[i];
	}
	(void)aiot_call_error(call, AIOT_ERR_NO_SUCH_TASK, "no such task: %.*s", (int)name.len,
			      name.text);
	return NULL;
}

bool aiot_small_names(struct aiot_call *call)
{
	struct aiot_json names = aiot_small_param(call, "names"), name;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(names, &it, NULL, &name)) {
		if (aiot_small_entry(call, name, AIOT_MEANT) == NULL)
			return false;
	}
	return true;
}

/* Of a command for one task, that task. */
static struct aiot_entry *the_task(struct aiot_call *call)
{
	return aiot_small_entry(call, aiot_small_param(call, "name"), AIOT_MEANT_PLAINLY);
}

struct aiot_entry *aiot_small_next(struct aiot_call *call, enum aiot_meant *ret)
{
	const struct aiot_index *names = &call->core->names;

	while (call->at.count < names->count) {
		struct aiot_entry *e = names->table[call->at.count++];
		const char *name = aiot_entry_name(e);

		*ret = aiot_small_meant(call, name, strlen(name));
		if (*ret != AIOT_NOT_MEANT)
			return e;
	}
	return NULL;
}

void aiot_small_log_order(struct aiot_call *call)
{
	aiot_core_log(call->core, call->core->name, AIOT_INFO, "%s %.*s", call->command->verb,
		      (int)call->params.len, call->params.text);
}

/* ---- rows ---- */

void aiot_small_begin_row(struct aiot_call *call, const struct aiot_entry *e)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
	aiot_json_put_str(&call->json, "state", aiot_state_word((enum aiot_state)e->state));
}

/* The digits behind the point are dropped, instead of a division. */
void aiot_small_put_us(struct aiot_call *call, const char *key, int64_t ns)
{
	aiot_json_put_decimal(&call->json, key, ns, 3);
	call->json.out->len -= 4;
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
		aiot_small_put_us(call, "in_us",
				  s->due_ns > call->core->now_ns
					  ? (int64_t)(s->due_ns - call->core->now_ns)
					  : 0);
	}
	if (s->phase == AIOT_SCHEDULE_HELD)
		aiot_json_put_bool(json, "held", true);
	aiot_json_put_end_object(json);
}

static void put_status(struct aiot_call *call, const struct aiot_entry *e)
{
	uint64_t since_ns = aiot_entry_since_ns(e);

	if (e->runs > aiot_entry_alive(e))
		aiot_json_put_str(&call->json, "last", aiot_state_word((enum aiot_state)e->last));
	aiot_small_put_us(call, "since_us", aiot_core_wall_of(call->core, since_ns));
	aiot_small_put_us(call, "ago_us", (int64_t)(call->core->now_ns - since_ns));
	aiot_json_put_u64(&call->json, "runs", e->runs);
	put_schedule(call, e);
	if (!aiot_entry_alive(e))
		put_outcome(call, e); /* last, for it takes what room is left */
}

/* ---- status, list, result, stats, traceback ---- */

/* Whether this command tells of it though it was not named. */
static bool is_told(struct aiot_call *call, const struct aiot_entry *e)
{
	if (call->command->id == AIOT_CMD_LIST)
		return aiot_entry_alive(e) || e->state == AIOT_SCHEDULED ||
		       aiot_small_flag(call, "all", false);
	return call->command->id != AIOT_CMD_TRACEBACK || aiot_entry_failed(e);
}

static void put_row(struct aiot_call *call, struct aiot_entry *e)
{
	unsigned id = call->command->id;

	aiot_small_begin_row(call, e);
	if (id == AIOT_CMD_STATS)
		aiot_main_stats(e->spec->place, e, &call->json);
	else if (id == AIOT_CMD_RESULT || id == AIOT_CMD_TRACEBACK)
		put_outcome(call, e);
	else
		put_status(call, e);
	if (id == AIOT_CMD_STATUS && aiot_small_flag(call, "debug", call->core->debug))
		aiot_main_detail(e->spec->place, e, &call->json);
	aiot_json_put_end_object(&call->json);
}

static enum aiot_call_result tell_tasks(struct aiot_call *call)
{
	unsigned id = call->command->id;
	struct aiot_entry *e;
	enum aiot_meant meant;

	if (call->at.phase++ == 0 && !aiot_small_names(call))
		return AIOT_CALL_ERROR;
	aiot_core_touch(call->core);
	aiot_json_put_array(&call->json, id == AIOT_CMD_RESULT	    ? "results"
					 : id == AIOT_CMD_TRACEBACK ? "tracebacks"
								    : "tasks");
	while ((e = aiot_small_next(call, &meant)) != NULL) {
		if (meant == AIOT_MEANT && !is_told(call, e))
			continue;
		put_row(call, e);
		if (aiot_call_full(call))
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
	if (core->ops->info != NULL)
		core->ops->info(core->ctx, json);
	aiot_small_put_us(call, "uptime_us", (int64_t)call->started_ns);
	aiot_json_put_end_object(json);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result debug(struct aiot_call *call)
{
	struct aiot_json mode = aiot_small_param(call, "mode");

	bool on = aiot_json_str_is(mode, "on");

	if (mode.len > 0 && !on && !aiot_json_str_is(mode, "off"))
		return aiot_call_error(call, AIOT_ERR_INVALID_PARAMETER, "debug: on or off");
	call->core->debug = mode.len > 0 ? on : !call->core->debug;
	aiot_json_put_bool(&call->json, "debug", call->core->debug);
	return AIOT_CALL_DONE;
}

/* Set an option, or only check it; its row. */
static int set_one(struct aiot_call *call, struct aiot_entry *e, const struct aiot_json member[2],
		   bool check)
{
	int r = aiot_setting_set(e, member, check);

	if (r < 0)
		return r;
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_raw(&call->json, "key", member[0]);
	aiot_json_put_raw(&call->json, "value", member[1]);
	aiot_json_put_str(&call->json, "origin", "set");
	aiot_json_put_str(&call->json, "effect", r > 0 ? "live" : "start");
	aiot_json_put_end_object(&call->json);
	return 0;
}

/* All are checked before the first one is set, and that the reply has room for them. */
static NOINLINE enum aiot_call_result set_all(struct aiot_call *call, struct aiot_entry *e)
{
	struct aiot_json args = aiot_small_param(call, "args"), member[2];
	struct aiot_out *out = call->json.out;
	size_t start;
	int r = 0;

	aiot_json_put_str(&call->json, "name", aiot_entry_name(e));
	aiot_json_put_array(&call->json, "set");
	start = out->len;
	for (unsigned check = 2; check-- > 0;) {
		struct aiot_json_iter it = {NULL};

		while (r == 0 && aiot_json_next(args, &it, &member[0], &member[1]))
			r = set_one(call, e, member, check);
		if (check && !aiot_json_fits(out, start, 2)) /* ]} */
			return aiot_call_error(call, AIOT_ERR_LIMIT, "set: too much at once");
		out->len = check ? start : out->len;
	}
	if (r < 0)
		return aiot_call_error(
			call, r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_USAGE,
			r == -AIOT_ENOMEM ? "set: no memory for %.*s"
					  : "set: no such option or value: %.*s",
			(int)(member[1].text + member[1].len - member[0].text), member[0].text);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

static enum aiot_call_result set(struct aiot_call *call)
{
	struct aiot_entry *e = the_task(call);

	if (e == NULL || set_all(call, e) != AIOT_CALL_DONE)
		return AIOT_CALL_ERROR;
	aiot_small_log_order(call);
	return AIOT_CALL_DONE;
}

/* A time span, if it is given: then more than nothing.  false: it is none. */
static bool read_span(struct aiot_call *call, const char *param, uint64_t *ret_ns)
{
	struct aiot_json value = aiot_small_param(call, param);
	uint32_t ms = 0;

	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return true;
	(void)aiot_span_ms(value.text + 1, value.len - 2, &ms);
	*ret_ns = ms * AIOT_NS_PER_MS;
	return ms > 0;
}

static NOINLINE enum aiot_call_result give_plan(struct aiot_call *call, struct aiot_entry *e)
{
	struct aiot_plan plan;
	struct aiot_out why;

	aiot_plan_init(&plan);
	if (!read_span(call, "start_in", &plan.start_in_ns) ||
	    !read_span(call, "every", &plan.every_ns) || (plan.start_in_ns | plan.every_ns) == 0)
		return aiot_call_error(call, AIOT_ERR_USAGE,
				       "schedule: --in and --every want time spans such as 10s");
	plan.has_start_in = plan.start_in_ns > 0;
	aiot_out_init(&why, NULL, 0);
	if (aiot_schedule_replace(call->core, e, &plan, &why) < 0)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "schedule: no memory");
	return AIOT_CALL_DONE;
}

static enum aiot_call_result schedule(struct aiot_call *call)
{
	struct aiot_entry *e = the_task(call);

	if (e == NULL || give_plan(call, e) != AIOT_CALL_DONE)
		return AIOT_CALL_ERROR;
	aiot_small_log_order(call);
	aiot_json_put_array(&call->json, "timers");
	put_row(call, e);
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
