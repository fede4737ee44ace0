/*
 * calls-task.c - the handlers of status, list and traceback, and the walk over the tasks that a
 * call names.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  They read entries and never look
 * into a place.  The handlers that give orders are in calls-order.c.
 */
#include <string.h>

#include "calls.h"
#include "outcome.h"
#include "port.h"
#include "schedule.h"
#include "timetext.h"

#define STATUS_LINES 10
#define STATUS_LINES_MAX 1000

/* ---- names ---- */

struct aiot_entry *aiot_entry_named(const struct aiot_core *core, const char *name)
{
	struct aiot_entry *e = aiot_core_find(core, name);
	char longer[AIOT_NAME_MAX + sizeof(".service")];

	if (e != NULL || strlen(name) > AIOT_NAME_MAX)
		return e;
	(void)aiot_format_to(longer, sizeof(longer), "%s.service", name);
	return aiot_core_find(core, longer);
}

bool aiot_name_meant(const char *pattern, const char *name, size_t name_len)
{
	static const char suffix[] = ".service";
	size_t len = strlen(pattern), suffix_len = sizeof(suffix) - 1;

	if (aiot_name_match(pattern, len, name, name_len))
		return true;
	return name_len == len + suffix_len && memcmp(name, pattern, len) == 0 &&
	       memcmp(name + len, suffix, suffix_len) == 0;
}

void aiot_names_begin(struct aiot_names *names, struct aiot_call *call)
{
	memset(names, 0, sizeof(*names));
	names->call = call;
	names->given = aiot_json_get(call->params, "names");
	names->all = aiot_json_count(names->given) == 0;
}

void aiot_names_rewind(struct aiot_names *names)
{
	names->call->at.count = 0;
	names->call->at.name[0] = '\0';
}

/* Its beginning, and a blank, which no task has in its name. */
static void too_long(struct aiot_json name, char text[AIOT_NAME_MAX + 1])
{
	struct aiot_out out;

	aiot_out_init(&out, text, AIOT_NAME_MAX - 4);
	(void)aiot_json_str_out(name, &out);
	memcpy(text + out.len, " ...", 5);
}

bool aiot_names_nth(struct aiot_names *names, uint32_t n, char text[AIOT_NAME_MAX + 1])
{
	if (names->all) {
		memcpy(text, "*", 2);
		return n == 0;
	}
	if (n + 1 < names->taken) {
		names->it.at = NULL;
		names->taken = 0;
	}
	while (names->taken <= n) {
		if (!aiot_json_next(names->given, &names->it, NULL, &names->value))
			return false;
		names->taken++;
	}
	if (aiot_json_str(names->value, text, AIOT_NAME_MAX + 1) < 0)
		too_long(names->value, text);
	return true;
}

static enum aiot_names_result next_plain(struct aiot_names *names, const char *text,
					 struct aiot_entry **ret)
{
	struct aiot_entry *e = aiot_entry_named(names->call->core, text);

	names->call->at.count++;
	names->plain = true;
	if (e == NULL) {
		memcpy(names->missing, text, strlen(text) + 1);
		return AIOT_NAMES_MISSING;
	}
	*ret = e;
	return AIOT_NAMES_TASK;
}

enum aiot_names_result aiot_names_next(struct aiot_names *names, struct aiot_entry **ret)
{
	struct aiot_call *call = names->call;
	char text[AIOT_NAME_MAX + 1];

	while (aiot_names_nth(names, call->at.count, text)) {
		bool first = call->at.name[0] == '\0';
		struct aiot_entry *e;

		if (!aiot_name_is_pattern(text, strlen(text)))
			return next_plain(names, text, ret);
		names->plain = false;
		e = aiot_core_match(call->core, text, call->at.name);
		if (e != NULL) {
			memcpy(call->at.name, aiot_entry_name(e), e->name_len + 1u);
			if (names->all && e->flags & AIOT_ENTRY_HIDDEN)
				continue;
			*ret = e;
			return AIOT_NAMES_TASK;
		}
		call->at.count++;
		call->at.name[0] = '\0';
		memcpy(names->missing, text, strlen(text) + 1);
		if (first && !names->all)
			return AIOT_NAMES_NOTHING;
	}
	return AIOT_NAMES_END;
}

/* ---- an entry as data ---- */

static int64_t wall_us(struct aiot_core *core, uint64_t mono_ns)
{
	return aiot_core_wall_of(core, mono_ns) / 1000;
}

static void schedule_json(struct aiot_core *core, struct aiot_schedule *s, uint64_t now_ns,
			  struct aiot_json_out *json)
{
	aiot_json_put_object(json, "schedule");
	aiot_json_put_u64(json, "start_in_us", s->start_in_ns / 1000);
	aiot_json_put_u64(json, "every_us", s->every_ns / 1000);
	aiot_json_put_bool(json, "from_daemon", s->from_daemon);
	if (s->last_ns)
		aiot_json_put_i64(json, "last_us", wall_us(core, s->last_ns));
	else
		aiot_json_put_null(json, "last_us");
	if (s->due_ns != AIOT_CORE_NEVER) {
		aiot_json_put_i64(json, "next_us", wall_us(core, s->due_ns));
		aiot_json_put_i64(json, "in_us", (int64_t)(s->due_ns - now_ns) / 1000);
	} else {
		aiot_json_put_null(json, "next_us");
		aiot_json_put_null(json, "in_us");
	}
	aiot_json_put_u64(json, "skipped", s->skipped);
	aiot_json_put_bool(json, "held", s->due_ns != AIOT_CORE_NEVER && !aiot_schedule_armed(s));
	aiot_json_put_end_object(json);
}

static void times_json(struct aiot_core *core, struct aiot_entry *e, uint64_t now_ns,
		       struct aiot_json_out *json)
{
	aiot_json_put_i64(json, "since_us", wall_us(core, e->since_ns));
	aiot_json_put_i64(json, "ago_us", (int64_t)(now_ns - e->since_ns) / 1000);
	if (aiot_entry_alive(e)) {
		aiot_json_put_i64(json, "started_us", wall_us(core, e->run_ns));
		aiot_json_put_u64(json, "runtime_us", (now_ns - e->run_ns) / 1000);
	} else if (e->runs) {
		aiot_json_put_u64(json, "runtime_us", e->run_ns / 1000);
	}
}

static void outcome_json(struct aiot_entry *e, struct aiot_json_out *json)
{
	const struct aiot_outcome *o = e->outcome;

	if (o != NULL && o->type == AIOT_OUTCOME_ERROR)
		aiot_outcome_json(o, json, "error");
	else
		aiot_outcome_json(o, json, "result");
}

static void detail_json(struct aiot_core *core, struct aiot_entry *e, struct aiot_json_out *json)
{
	aiot_json_put_object(json, "service");
	if (core->ops->origin == NULL || !core->ops->origin(core->ctx, e, json))
		aiot_json_put_str(json, "name", e->spec->service->name);
	aiot_json_put_end_object(json);
	aiot_json_put_u64(json, "cpu_us", e->cpu_ns / 1000);
	aiot_json_put_u64(json, "longest_us", e->longest_us);
	aiot_site_json(e->longest_site, json, "longest");
	e->spec->place->ops->detail(e->spec->place, e, json);
}

/* Its last records, oldest first.  One walk back over the ring, one forward over the part that
 * matters. */
static void log_json(struct aiot_core *core, struct aiot_entry *e, uint32_t lines,
		     struct aiot_json_out *json)
{
	const char *name = aiot_entry_name(e);
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	uint64_t lost;
	uint32_t found = 0;

	aiot_ring_newest(core->ring, &cursor);
	while (found < lines && aiot_ring_prev(core->ring, &cursor, &record)) {
		if (record.name_len == e->name_len && memcmp(record.name, name, e->name_len) == 0)
			found++;
	}
	aiot_json_put_array(json, "log");
	while (found > 0 && aiot_ring_next(core->ring, &cursor, &record, &lost)) {
		if (record.name_len != e->name_len || memcmp(record.name, name, e->name_len) != 0)
			continue;
		aiot_record_json(&record, json);
		found--;
	}
	aiot_json_put_end_array(json);
}

void aiot_entry_json(struct aiot_core *core, struct aiot_entry *e, struct aiot_json_out *json,
		     bool debug, uint32_t lines)
{
	uint64_t now_ns = core->ops->mono_ns(core->ctx);
	const char *last = e->runs ? aiot_state_word((enum aiot_state)e->last) : NULL;

	if (aiot_entry_alive(e) && e->runs == 1)
		last = NULL;
	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", aiot_entry_name(e), e->name_len);
	aiot_json_put_u64(json, "id", e->node.tag);
	aiot_json_put_str(json, "state", aiot_state_word((enum aiot_state)e->state));
	aiot_json_put_str(json, "last", last);
	aiot_json_put_bool(json, "paused", e->flags & AIOT_ENTRY_PAUSED);
	times_json(core, e, now_ns, json);
	aiot_json_put_u64(json, "runs", e->runs);
	aiot_json_put_u64(json, "restarts", e->restarts);
	aiot_json_put_str(json, "place", e->spec->place->name);
	if (!aiot_entry_alive(e))
		outcome_json(e, json);
	if (e->schedule != NULL)
		schedule_json(core, e->schedule, now_ns, json);
	if (debug)
		detail_json(core, e, json);
	if (lines > 0)
		log_json(core, e, lines, json);
	aiot_json_put_end_object(json);
}

/* ---- status and list ---- */

static enum aiot_call_result no_such_task(struct aiot_call *call, const char *name)
{
	return aiot_call_error_at(call, AIOT_ERR_NO_SUCH_TASK, "name", name,
				  "no such task: '%s'; aiotoolsctl list --all shows all", name);
}

/* The n-th name again, for the error that follows the tasks that were found. */
static enum aiot_call_result tell_missing(struct aiot_call *call)
{
	struct aiot_names names;
	char text[AIOT_NAME_MAX + 1];

	aiot_names_begin(&names, call);
	if (!aiot_names_nth(&names, (uint32_t)call->at.until - 1, text))
		text[0] = '\0';
	return no_such_task(call, text);
}

typedef void write_entry_fn(struct aiot_call *call, struct aiot_names *names, struct aiot_entry *e);

/*
 * Pages of tasks.  at.phase 1: all were written, a missing one is still to be told (at.until:
 * which, +1).
 */
static enum aiot_call_result write_tasks(struct aiot_call *call, write_entry_fn *write)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	if (call->at.phase == 1)
		return tell_missing(call);
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "tasks");
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK)
			write(call, &names, e);
		else if (r == AIOT_NAMES_MISSING && call->at.until == 0)
			call->at.until = call->at.count;
		if (aiot_call_full(call))
			break;
	}
	aiot_json_put_end_array(&call->json);
	if (r != AIOT_NAMES_END)
		return AIOT_CALL_PAGE;
	if (call->at.until == 0)
		return AIOT_CALL_DONE;
	if (!call->more || aiot_json_count(aiot_json_get(call->params, "names")) == 1)
		return tell_missing(call);
	call->at.phase = 1;
	return AIOT_CALL_PAGE;
}

static void write_status(struct aiot_call *call, struct aiot_names *names, struct aiot_entry *e)
{
	bool debug = aiot_json_bool(aiot_json_get(call->params, "debug"), false);
	bool log = aiot_json_bool(aiot_json_get(call->params, "log"), names->plain);
	uint64_t lines = STATUS_LINES;

	(void)aiot_json_u64(aiot_json_get(call->params, "lines"), &lines);
	if (lines > STATUS_LINES_MAX)
		lines = STATUS_LINES_MAX;
	aiot_entry_json(call->core, e, &call->json, debug, log ? (uint32_t)lines : 0);
}

static void write_list(struct aiot_call *call, struct aiot_names *names, struct aiot_entry *e)
{
	bool all = aiot_json_bool(aiot_json_get(call->params, "all"), false);

	if (all || names->plain || aiot_entry_alive(e) || e->state == AIOT_SCHEDULED)
		aiot_entry_json(call->core, e, &call->json, false, 0);
}

enum aiot_call_result aiot_call_status(struct aiot_call *call)
{
	return write_tasks(call, write_status);
}

enum aiot_call_result aiot_call_list(struct aiot_call *call)
{
	return write_tasks(call, write_list);
}

/* ---- traceback ---- */

static bool failed_entry(const struct aiot_entry *e)
{
	return e->outcome != NULL && e->outcome->type == AIOT_OUTCOME_ERROR && !aiot_entry_alive(e);
}

static void put_traceback(struct aiot_call *call, const char *name,
			  const struct aiot_outcome *error)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_outcome_json(error, &call->json, "error");
	aiot_json_put_end_object(&call->json);
}

/* Failures that are no tasks, for every name given (or all). */
static uint32_t other_failures(struct aiot_call *call, const char *pattern)
{
	const struct aiot_core_ops *ops = call->core->ops;
	const struct aiot_outcome *error = NULL;
	const char *name = "";
	uint32_t found = 0;

	if (ops->failure == NULL)
		return 0;
	while ((name = ops->failure(call->core->ctx, pattern, name, &error)) != NULL) {
		put_traceback(call, name, error);
		found++;
	}
	return found;
}

enum aiot_call_result aiot_call_traceback(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;
	char pattern[AIOT_NAME_MAX + 1];

	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "tracebacks");
	if (call->at.phase == 0 && names.all)
		(void)other_failures(call, "*");
	call->at.phase = 1;
	for (;;) {
		bool fresh = call->at.name[0] == '\0' && !names.all &&
			     aiot_names_nth(&names, call->at.count, pattern);
		uint32_t others = fresh ? other_failures(call, pattern) : 0;

		r = aiot_names_next(&names, &e);
		if (r == AIOT_NAMES_END)
			break;
		if (r == AIOT_NAMES_TASK && (failed_entry(e) || names.plain))
			put_traceback(call, aiot_entry_name(e),
				      failed_entry(e) ? e->outcome : NULL);
		if (r == AIOT_NAMES_MISSING && others == 0)
			return no_such_task(call, names.missing);
		if (aiot_call_full(call))
			break;
	}
	aiot_json_put_end_array(&call->json);
	return r == AIOT_NAMES_END ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}
