/*
 * calls-task.c - the handlers of status, list, result, stats, report and traceback.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  They read entries and never look
 * into a place.  The handlers that give orders are in calls-order.c, the walk over the tasks that a
 * call names in calls-names.c.
 */
#include <string.h>

#include "calls.h"
#include "extra.h"
#include "more.h"
#include "outcome.h"
#include "port.h"
#include "schedule.h"
#include "supervise.h"
#include "timetext.h"

#define STATUS_LINES 10
#define STATUS_LINES_MAX 1000
#define STATUS_BACK_MAX 20000u /* records that are looked at for one task's log */
#define STATUS_LOGS_MAX 100u   /* tasks with their log in one reply */
#define OTHERS_MAX 256	       /* names that are compared with each other */

/* ---- an entry as data ---- */

static int64_t wall_us(struct aiot_core *core, uint64_t mono_ns)
{
	return aiot_core_wall_of(core, mono_ns) / 1000;
}

#if AIOT_BOARD
static void run_times_json(struct aiot_core *core, struct aiot_entry *e, uint64_t now_ns,
			   struct aiot_json_out *json)
{
	(void)core;
	(void)e;
	(void)now_ns;
	(void)json; /* since_us says as much */
}

static void accounts_json(const struct aiot_entry *e, struct aiot_json_out *json)
{
	(void)e;
	(void)json; /* none are kept */
}

/* Its entries stay, so the place among them is as good as a number, and says more than an address.
 */
static uint32_t id_of(const struct aiot_core *core, const struct aiot_entry *e)
{
	uint32_t i = 0;

	while (i < core->names.count && core->names.table[i] != e)
		i++;
	return i + 1;
}
#else
static uint32_t id_of(const struct aiot_core *core, const struct aiot_entry *e)
{
	(void)core;
	return aiot_entry_id(e);
}

static void run_times_json(struct aiot_core *core, struct aiot_entry *e, uint64_t now_ns,
			   struct aiot_json_out *json)
{
	if (e->state == AIOT_WAITING)
		return; /* it has not begun */
	if (aiot_entry_alive(e)) {
		aiot_json_put_i64(json, "started_us", wall_us(core, e->run_ns));
		aiot_json_put_u64(json, "runtime_us", (now_ns - e->run_ns) / 1000);
	} else if (e->runs) {
		aiot_json_put_u64(json, "runtime_us", e->run_ns / 1000);
	}
}

static void accounts_json(const struct aiot_entry *e, struct aiot_json_out *json)
{
	if (aiot_entry_elsewhere(e) && e->cpu_ns == 0)
		return; /* none are kept where it is */
	aiot_json_put_u64(json, "cpu_us", e->cpu_ns / 1000);
	aiot_json_put_u64(json, "longest_us", e->longest_us);
	aiot_site_json(e->longest_site, json, "longest");
}
#endif

/* Why it does not start. */
#if AIOT_BOARD
static void reason_json(struct aiot_core *core, struct aiot_entry *e, struct aiot_json_out *json)
{
	(void)core;
	(void)e;
	(void)json;
}
#else
static void reason_json(struct aiot_core *core, struct aiot_entry *e, struct aiot_json_out *json)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;

	if (e->state != AIOT_WAITING || core->ops->waits_for == NULL)
		return;
	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, "waits for ");
	core->ops->waits_for(core->ctx, e, &out);
	aiot_json_put_str(json, "reason", aiot_out_str(&out));
}
#endif

static void times_json(struct aiot_core *core, struct aiot_entry *e, uint64_t now_ns,
		       struct aiot_json_out *json)
{
	uint64_t since_ns = aiot_entry_since_ns(e);

	aiot_json_put_i64(json, "since_us", wall_us(core, since_ns));
	aiot_json_put_i64(json, "ago_us", (int64_t)(now_ns - since_ns) / 1000);
	run_times_json(core, e, now_ns, json);
}

static void outcome_json(struct aiot_entry *e, struct aiot_json_out *json)
{
	const struct aiot_outcome *o = aiot_outcome_of(e);

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
	accounts_json(e, json);
	if (e->spec->priority != 0)
		aiot_json_put_i64(json, "priority", e->spec->priority);
	if (e->spec->timeout_ms != 0)
		aiot_json_put_u64(json, "timeout_us", e->spec->timeout_ms * 1000ull);
	e->spec->place->ops->detail(e->spec->place, e, json);
}

static bool is_of(const struct aiot_ring_record *record, const struct aiot_entry *e)
{
	return record->name_len == aiot_entry_name_len(e) &&
	       memcmp(record->name, aiot_entry_name(e), record->name_len) == 0;
}

/*
 * Its last records, oldest first; on a board as many as fit.  One walk back over the ring, one
 * forward over the part that matters.  What lies very far back is not searched for.  Returns how
 * many records it looked at.
 */
static uint32_t log_json(struct aiot_core *core, struct aiot_entry *e, uint32_t lines,
			 struct aiot_json_out *json)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	struct aiot_out planned = *json->out;
	uint64_t lost;
	uint32_t found = 0, back = 0;

	aiot_ring_newest(core->ring, &cursor);
	while (found < lines && back < STATUS_BACK_MAX &&
	       aiot_ring_prev(core->ring, &cursor, &record)) {
		back++;
		if (!is_of(&record, e))
			continue;
		if (aiot_record_room(&record, &planned) < record.text_len) {
			(void)aiot_ring_next(core->ring, &cursor, &record, &lost);
			break;
		}
		planned.len += AIOT_RECORD_BYTES + record.name_len + record.text_len;
		found++;
	}
	aiot_json_put_array(json, "log");
	while (found > 0 && aiot_ring_next(core->ring, &cursor, &record, &lost)) {
		if (!is_of(&record, e))
			continue;
		aiot_record_json(&record, json);
		found--;
	}
	aiot_json_put_end_array(json);
	return back;
}

static void entry_json(struct aiot_call *call, struct aiot_entry *e, bool debug, uint32_t lines)
{
	struct aiot_core *core = call->core;
	struct aiot_json_out *json = &call->json;
	uint64_t now_ns = core->ops->mono_ns(core->ctx);
	const char *last = e->runs ? aiot_state_word((enum aiot_state)e->last) : NULL;

	if (aiot_entry_alive(e) && e->runs == 1)
		last = NULL;
	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	aiot_json_put_u64(json, "id", id_of(core, e));
	aiot_json_put_str(json, "state", aiot_state_word((enum aiot_state)e->state));
	aiot_json_put_str(json, "last", last);
	aiot_json_put_bool(json, "paused", e->flags & AIOT_ENTRY_PAUSED);
	if (aiot_extra_queued(e) > 0)
		aiot_json_put_u64(json, "queued", aiot_extra_queued(e));
	times_json(core, e, now_ns, json);
	reason_json(core, e, json);
	aiot_json_put_u64(json, "runs", e->runs);
	aiot_json_put_u64(json, "restarts", aiot_entry_restarts(e));
	aiot_json_put_str(json, "place", e->spec->place->name);
	if (e->flags & AIOT_ENTRY_STALE)
		aiot_json_put_bool(json, "changed", true);
	if (!aiot_entry_alive(e) && e->flags & AIOT_ENTRY_IDLE)
		aiot_json_put_bool(json, "inaction", true);
	if (!aiot_entry_alive(e))
		outcome_json(e, json);
	aiot_supervise_json(core, e, debug, json);
	if (aiot_entry_schedule(e) != NULL)
		aiot_schedule_json(core, aiot_entry_schedule(e), now_ns, json);
	aiot_elsewhere_json(e, json);
	if (debug)
		detail_json(core, e, json);
	if (lines > 0)
		call->work += log_json(core, e, lines, json) + AIOT_CALL_WORK / STATUS_LOGS_MAX;
	aiot_json_put_end_object(json);
}

/* ---- status and list ---- */

/* The n-th name again, for the error that follows the tasks that were found. */
static enum aiot_call_result tell_missing(struct aiot_call *call)
{
	struct aiot_names names;
	char text[AIOT_NAME_MAX + 1];

	aiot_names_begin(&names, call);
	if (!aiot_names_nth(&names, (uint32_t)call->at.until - 1, text))
		text[0] = '\0';
	return aiot_call_no_such_task(call, text);
}

/* What a call wants to see of each task; read once a page, for a page has many. */
struct view {
	bool all, debug;
	struct aiot_json log; /* absent: as it is usual */
	uint64_t lines;
};

static void read_view(const struct aiot_call *call, struct view *ret)
{
	static const char *const keys[] = {"all", "debug", "log", "lines"};
	struct aiot_json member[4];

	aiot_json_members(call->params, keys, 4, member);
	ret->all = aiot_json_bool(member[0], false);
	ret->debug = aiot_json_bool(member[1], call->core->debug);
	ret->log = member[2];
	ret->lines = STATUS_LINES;
	(void)aiot_json_u64(member[3], &ret->lines);
	if (ret->lines > STATUS_LINES_MAX)
		ret->lines = STATUS_LINES_MAX;
}

typedef void write_entry_fn(struct aiot_call *call, const struct view *view, bool plain,
			    struct aiot_entry *e);

/*
 * Pages of tasks.  at.phase 1: all were written, a missing one is still to be told (at.until:
 * which, +1).  at.seq: logs written.
 */
static enum aiot_call_result write_tasks(struct aiot_call *call, const char *array,
					 write_entry_fn *write)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;
	struct view view;

	if (call->at.phase == 1)
		return tell_missing(call);
	read_view(call, &view);
	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, array);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK)
			write(call, &view, names.plain, e);
		else if (r == AIOT_NAMES_MISSING && call->at.until == 0)
			call->at.until = call->at.count;
		if (r == AIOT_NAMES_AGAIN ? aiot_call_overworked(call) : aiot_call_full(call))
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

static void write_status(struct aiot_call *call, const struct view *view, bool plain,
			 struct aiot_entry *e)
{
	bool log = aiot_json_bool(view->log, plain);

	/* With `more` the page is full by then. */
	if (log && view->lines > 0 && !call->more && call->at.seq++ >= STATUS_LOGS_MAX)
		log = false;
	entry_json(call, e, view->debug, log ? (uint32_t)view->lines : 0);
}

static void write_list(struct aiot_call *call, const struct view *view, bool plain,
		       struct aiot_entry *e)
{
	if (view->all || plain || aiot_entry_alive(e) || aiot_entry_pauses(e) ||
	    e->state == AIOT_SCHEDULED)
		entry_json(call, e, false, 0);
}

enum aiot_call_result aiot_call_status(struct aiot_call *call)
{
	return write_tasks(call, "tasks", write_status);
}

enum aiot_call_result aiot_call_list(struct aiot_call *call)
{
	return write_tasks(call, "tasks", write_list);
}

static void write_result(struct aiot_call *call, const struct view *view, bool plain,
			 struct aiot_entry *e)
{
	(void)view;
	(void)plain;
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_strn(&call->json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	if (!aiot_entry_alive(e))
		outcome_json(e, &call->json);
	else
		aiot_json_put_null(&call->json, "result");
	aiot_json_put_end_object(&call->json);
}

enum aiot_call_result aiot_call_results(struct aiot_call *call)
{
	return write_tasks(call, "results", write_result);
}

static void write_stats(struct aiot_call *call, const struct view *view, bool plain,
			struct aiot_entry *e)
{
	struct aiot_json_out *json = &call->json;

	(void)view;
	(void)plain;
	aiot_json_put_object(json, NULL);
	aiot_json_put_strn(json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	if (e->spec->place->ops->stats == NULL)
		aiot_json_put_null(json, "stats");
	else
		e->spec->place->ops->stats(e->spec->place, e, json);
	aiot_json_put_end_object(json);
}

enum aiot_call_result aiot_call_stats(struct aiot_call *call)
{
	return write_tasks(call, "tasks", write_stats);
}

static void write_report(struct aiot_call *call, const struct view *view, bool plain,
			 struct aiot_entry *e)
{
	(void)view;
	aiot_report_put(call, plain, e);
}

enum aiot_call_result aiot_call_report(struct aiot_call *call)
{
	return write_tasks(call, "reports", write_report);
}

/* ---- traceback ---- */

static bool failed_entry(const struct aiot_entry *e)
{
	return aiot_outcome_of(e) != NULL && aiot_outcome_of(e)->type == AIOT_OUTCOME_ERROR &&
	       !aiot_entry_alive(e);
}

static void put_traceback(struct aiot_call *call, const char *name,
			  const struct aiot_outcome *error)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_outcome_json(error, &call->json, "error");
	aiot_json_put_end_object(&call->json);
}

/* Whether a name before number n means that failure too. */
static bool told_before(struct aiot_names *names, uint32_t n, const char *name)
{
	char text[AIOT_NAME_MAX + 1];
	uint32_t i;

	for (i = 0; i < n && i < OTHERS_MAX && aiot_names_nth(names, i, text); i++) {
		if (aiot_name_meant(text, name, strlen(name)))
			return true;
	}
	return false;
}

/* Failures that are no tasks, for every name given (or all), from at.until on.  false: full. */
static bool other_failures(struct aiot_call *call, struct aiot_names *names)
{
	const struct aiot_core_ops *ops = call->core->ops;
	const struct aiot_outcome *error = NULL;
	char pattern[AIOT_NAME_MAX + 1];
	uint32_t n = (uint32_t)call->at.until;

	for (; ops->failure != NULL && aiot_names_nth(names, n, pattern); n++) {
		const char *name = "";
		bool some = false;

		call->work++;
		while ((name = ops->failure(call->core->ctx, pattern, name, &error)) != NULL) {
			call->work++;
			if (told_before(names, n, name))
				continue;
			put_traceback(call, name, error);
			some = true;
		}
		call->at.until = n + 1;
		if (some ? aiot_call_full(call) : aiot_call_overworked(call))
			return false;
	}
	return true;
}

static bool failed_otherwise(struct aiot_call *call, const char *name)
{
	const struct aiot_core_ops *ops = call->core->ops;
	const struct aiot_outcome *error = NULL;

	return ops->failure != NULL && ops->failure(call->core->ctx, name, "", &error) != NULL;
}

enum aiot_call_result aiot_call_traceback(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "tracebacks");
	if (call->at.phase == 0 && !other_failures(call, &names)) {
		aiot_json_put_end_array(&call->json);
		return AIOT_CALL_PAGE;
	}
	call->at.phase = 1;
	for (;;) {
		r = aiot_names_next(&names, &e);
		if (r == AIOT_NAMES_END)
			break;
		if (r == AIOT_NAMES_TASK && (failed_entry(e) || names.plain))
			put_traceback(call, aiot_entry_name(e),
				      failed_entry(e) ? aiot_outcome_of(e) : NULL);
		if (r == AIOT_NAMES_MISSING && !failed_otherwise(call, names.missing))
			return aiot_call_no_such_task(call, names.missing);
		if (r == AIOT_NAMES_TASK ? aiot_call_full(call) : aiot_call_overworked(call))
			break;
	}
	aiot_json_put_end_array(&call->json);
	return r == AIOT_NAMES_END ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}
