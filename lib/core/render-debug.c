/*
 * render-debug.c - the long form of a task, and tracebacks.
 *
 * Called by render-status.c and render.c.  Shows all that a debug reply tells: where a service came
 * from, its stats, times, where it waits, its arguments, its last failure.
 */
#include "render-private.h"

#include "timetext.h"

#define INDENT 4

/* ---- tracebacks ---- */

static void put_site(struct aiot_json site, struct aiot_out *out)
{
	aiot_put_text(aiot_json_get(site, "function"), out);
	aiot_out_text(out, "() ");
	aiot_put_text(aiot_json_get(site, "file"), out);
	aiot_format(out, ":%lld", (long long)aiot_member_i64(site, "line"));
}

/* The chain of awaits and the error itself, `indent` blanks before each line. */
static void put_chain(struct aiot_json error, size_t indent, struct aiot_out *out)
{
	struct aiot_json chain = aiot_json_get(error, "traceback"), site;
	struct aiot_json_iter it = {NULL};

	if (aiot_json_count(chain) > 0) {
		aiot_out_pad(out, ' ', indent);
		aiot_out_text(out, "Traceback (most recent call last):\n");
	}
	while (aiot_json_next(chain, &it, NULL, &site)) {
		aiot_out_pad(out, ' ', indent + 2);
		aiot_out_text(out, "File \"");
		aiot_put_text(aiot_json_get(site, "file"), out);
		aiot_format(out, "\", line %lld, in ", (long long)aiot_member_i64(site, "line"));
		aiot_put_text(aiot_json_get(site, "function"), out);
		aiot_out_char(out, '\n');
	}
	aiot_out_pad(out, ' ', indent);
	aiot_put_error(error, out);
	aiot_out_char(out, '\n');
}

static void put_traceback(struct aiot_json named, size_t indent, struct aiot_out *out)
{
	aiot_put_text(aiot_json_get(named, "name"), out);
	aiot_out_text(out, ": Traceback\n");
	put_chain(aiot_json_get(named, "error"), indent, out);
}

void aiot_render_tracebacks(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json tracebacks = aiot_json_get(reply, "tracebacks"), named;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(tracebacks, &it, NULL, &named)) {
		if (aiot_member_given(named, "error")) {
			put_traceback(named, 2, out);
		} else {
			aiot_put_text(aiot_json_get(named, "name"), out);
			aiot_out_text(out, ": has not failed\n");
		}
	}
}

/* ---- the head of a service's main task ---- */

/* Whether the task is a service that was loaded from somewhere, not a bare function. */
static bool is_service(struct aiot_json service)
{
	return aiot_member_given(service, "path") || aiot_member_given(service, "info");
}

static void put_field(const char *label, struct aiot_json value, struct aiot_out *out)
{
	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return;
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, label);
	aiot_put_text(value, out);
	aiot_out_char(out, '\n');
}

static void put_loaded(struct aiot_json service, struct aiot_out *out)
{
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, "Loaded: Service: ");
	aiot_put_service_name(aiot_json_get(service, "name"), out);
	if (aiot_member_given(service, "path")) {
		aiot_out_text(out, " from ");
		aiot_put_text(aiot_json_get(service, "path"), out);
	}
	aiot_out_char(out, '\n');
}

static void put_type(struct aiot_json service, struct aiot_out *out)
{
	struct aiot_json type = aiot_json_get(service, "type");

	if (aiot_json_type(type) != AIOT_JSON_STRING)
		return;
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, "Type: ");
	aiot_put_service_name(type, out);
	aiot_out_char(out, '\n');
}

static void put_head(const struct aiot_render *r, struct aiot_json task, struct aiot_json service,
		     struct aiot_out *out)
{
	bool running = aiot_json_str_is(aiot_json_get(task, "state"), "running");
	struct aiot_json info = aiot_json_get(service, "info");

	aiot_put_dot(r, task, out);
	if (aiot_json_type(info) == AIOT_JSON_STRING) {
		aiot_out_text(out, " - ");
		aiot_put_text(info, out);
	}
	aiot_out_char(out, '\n');
	put_loaded(service, out);
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, running ? "Active: (active) " : "Active: status: ");
	aiot_put_state(r, task, out);
	aiot_out_char(out, '\n');
	put_type(service, out);
	put_field("Docs: ", aiot_json_get(service, "docs"), out);
	if (aiot_json_bool(aiot_json_get(task, "changed"), false)) {
		aiot_out_pad(out, ' ', INDENT);
		aiot_put_changed(aiot_json_get(task, "name"), out);
	}
}

/* ---- the body ---- */

static void put_pairs(struct aiot_json stats, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	bool first = true;

	while (aiot_json_next(stats, &it, &key, &value)) {
		if (!first)
			aiot_out_pad(out, ' ', 3);
		first = false;
		aiot_put_text(key, out);
		aiot_out_text(out, ": ");
		aiot_put_value(value, out);
	}
}

static void put_stats(struct aiot_json stats, struct aiot_out *out)
{
	if (aiot_json_count(stats) == 0)
		return;
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, "Stats: ");
	put_pairs(stats, out);
	aiot_out_char(out, '\n');
}

static void cell_name(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "name"), out);
}

#if AIOT_BOARD
static void cell_stats(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	put_pairs(aiot_json_get(row, "stats"), out);
}

/* Its console has a row for each task: its lines are short, and its pages of one. */
void aiot_render_stats(const struct aiot_render *r, struct aiot_json reply, bool first,
		       struct aiot_out *out)
{
	static const struct aiot_column columns[] = {{"TASK", cell_name, AIOT_ON_BOARDS(20)},
						     {"STATS", cell_stats}};

	(void)first; /* no titles */
	aiot_put_table(r, columns, 2, aiot_json_get(reply, "tasks"), false, out);
}
#else
static void cell_key(const struct aiot_render *r, struct aiot_json key, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(key, out);
}

static void cell_value(const struct aiot_render *r, struct aiot_json value, struct aiot_out *out)
{
	(void)r;
	if (aiot_json_type(value) != AIOT_JSON_NONE)
		aiot_put_value(value, out);
}

/* A row for each figure, with its task's name, so that grep and awk find it. */
void aiot_render_stats(const struct aiot_render *r, struct aiot_json reply, bool first,
		       struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"TASK", cell_name, 0}, {"STAT", cell_key, 0}, {"VALUE", cell_value, 0}};
	struct aiot_json tasks = aiot_json_get(reply, "tasks");

	if (aiot_json_count(tasks) > 0)
		aiot_put_pairs_table(r, columns, tasks, "stats", first, out);
}
#endif

static uint64_t span_ns(struct aiot_json obj, const char *key)
{
	int64_t us = aiot_member_i64(obj, key);

	return us < 0 ? 0 : us > INT64_MAX / 1000 ? INT64_MAX : (uint64_t)us * 1000;
}

static void put_counts(struct aiot_json task, struct aiot_out *out)
{
	aiot_out_pad(out, ' ', INDENT);
	aiot_out_text(out, "Task: ");
	if (aiot_member_given(task, "place")) { /* a small board tells neither */
		aiot_format(out, "id %lld, place ", (long long)aiot_member_i64(task, "id"));
		aiot_put_text(aiot_json_get(task, "place"), out);
		aiot_out_text(out, ", ");
	}
	aiot_format(out, "runs %lld", (long long)aiot_member_i64(task, "runs"));
	if (aiot_member_given(task, "restarts"))
		aiot_format(out, ", restarts %lld", (long long)aiot_member_i64(task, "restarts"));
	if (aiot_member_given(task, "priority"))
		aiot_format(out, ", priority %lld", (long long)aiot_member_i64(task, "priority"));
	if (aiot_member_given(task, "timeout_us")) {
		aiot_out_text(out, ", a run takes at most ");
		aiot_out_span(out, span_ns(task, "timeout_us"));
	}
	if (aiot_member_i64(task, "queued") > 0)
		aiot_format(out, ", waiting runs %lld", (long long)aiot_member_i64(task, "queued"));
	aiot_out_char(out, '\n');
}

#if AIOT_SUPERVISE
/* "restart: on-failure after 100ms, later up to 30s; held behind 5 in 10s; watchdog 5s" */
static void put_policy(struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json policy = aiot_json_get(task, "policy");

	if (aiot_json_type(policy) != AIOT_JSON_OBJECT)
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "restart: ");
	aiot_put_text(aiot_json_get(policy, "restart"), out);
	if (aiot_member_given(policy, "delay_us")) {
		aiot_out_text(out, " after ");
		aiot_out_span(out, span_ns(policy, "delay_us"));
		aiot_out_text(out, ", later up to ");
		aiot_out_span(out, span_ns(policy, "max_us"));
		aiot_out_text(out, ", anew behind a run of ");
		aiot_out_span(out, span_ns(policy, "reset_us"));
	}
	if (aiot_member_i64(policy, "burst") > 0 && aiot_member_i64(policy, "interval_us") > 0) {
		aiot_format(out, "; at most %lld within ",
			    (long long)aiot_member_i64(policy, "burst"));
		aiot_out_span(out, span_ns(policy, "interval_us"));
	}
	if (aiot_member_given(policy, "watchdog_us")) {
		aiot_out_text(out, "; a step at least every ");
		aiot_out_span(out, span_ns(policy, "watchdog_us"));
	}
	aiot_out_char(out, '\n');
}
#else
static void put_policy(struct aiot_json task, struct aiot_out *out)
{
	(void)task;
	(void)out;
}
#endif

static void put_times(struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json longest = aiot_json_get(task, "longest");

	/* While a task runs, status has said since when. */
	if (aiot_member_given(task, "runtime_us") && !aiot_member_given(task, "started_us")) {
		aiot_out_text(out, AIOT_RENDER_BRANCH "runtime: ");
		aiot_put_ago_us(aiot_member_i64(task, "runtime_us"), out);
		aiot_out_char(out, '\n');
	}
	if (!aiot_member_given(task, "cpu_us"))
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "in steps: ");
	aiot_out_span(out, span_ns(task, "cpu_us"));
	if (aiot_member_given(task, "longest_us")) {
		aiot_out_text(out, ", longest step: ");
		aiot_out_span(out, span_ns(task, "longest_us"));
	}
	if (aiot_json_type(longest) == AIOT_JSON_OBJECT) {
		aiot_out_text(out, " at ");
		put_site(longest, out);
	} else if (aiot_member_i64(task, "longest_us") > 0) {
		aiot_out_text(out, " at a run's start"); /* where it had not waited yet */
	}
	aiot_out_char(out, '\n');
}

static void put_waits(struct aiot_json site, struct aiot_out *out)
{
	if (aiot_json_type(site) != AIOT_JSON_OBJECT)
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "waits at: ");
	put_site(site, out);
	aiot_out_char(out, '\n');
}

static void put_children(struct aiot_json children, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json name;
	bool first = true;

	if (aiot_json_count(children) == 0)
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "children: ");
	while (aiot_json_next(children, &it, NULL, &name)) {
		if (!first)
			aiot_out_text(out, ", ");
		first = false;
		aiot_put_text(name, out);
	}
	aiot_out_char(out, '\n');
}

static void put_schedules(struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json schedule = aiot_json_get(task, "schedule");

	if (aiot_json_type(schedule) != AIOT_JSON_OBJECT)
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH);
	aiot_put_schedule(schedule, aiot_json_bool(aiot_json_get(task, "paused"), false), out);
	if (aiot_put_plan("\n" AIOT_RENDER_BRANCH "schedule opts: ", schedule, out) &&
	    aiot_member_given(schedule, "skipped"))
		aiot_format(out, ", skipped: %lld",
			    (long long)aiot_member_i64(schedule, "skipped"));
	aiot_out_char(out, '\n');
}

/* Where it comes from, and what the next run has instead. */
static void put_origin(struct aiot_json task, struct aiot_json key, struct aiot_out *out)
{
	char name[256] = "";
	struct aiot_json origin, next;

	(void)aiot_json_str(key, name, sizeof(name));
	origin = aiot_json_get(aiot_json_get(task, "origins"), name);
	next = aiot_json_get(aiot_json_get(task, "next"), name);
	if (origin.len == 0)
		return;
	if (next.len == 0) {
		aiot_out_text(out, " (");
		aiot_put_text(origin, out);
		aiot_out_char(out, ')');
		return;
	}
	if (aiot_json_str_is(origin, "trigger")) { /* that is for this run, and not for the next */
		aiot_out_text(out, " (trigger; at the next start: '");
		aiot_put_text(next, out);
		aiot_out_text(out, "')");
		return;
	}
	aiot_out_text(out, " (at the next start: '");
	aiot_put_text(next, out);
	aiot_out_text(out, "', ");
	aiot_put_text(origin, out);
	aiot_out_char(out, ')');
}

static void put_arg(struct aiot_json key, struct aiot_json value, struct aiot_out *out)
{
	aiot_out_char(out, '\'');
	aiot_put_text(key, out);
	aiot_out_text(out, "': ");
	if (aiot_json_type(value) == AIOT_JSON_STRING) {
		aiot_out_char(out, '\'');
		aiot_put_text(value, out);
		aiot_out_char(out, '\'');
	} else {
		aiot_put_compact(value, out);
	}
}

static void put_args(struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json args = aiot_json_get(task, "args");
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	bool first = true;

	if (aiot_json_type(args) != AIOT_JSON_OBJECT)
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "args: {");
	while (aiot_json_next(args, &it, &key, &value)) {
		if (first) {
			aiot_out_char(out, ' ');
		} else {
			aiot_out_text(out, ",\n");
			aiot_out_pad(out, ' ', 16); /* below the first one */
		}
		first = false;
		put_arg(key, value, out);
		put_origin(task, key, out);
	}
	aiot_out_text(out, first ? "}\n" : " }\n");
}

void aiot_render_debug(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json service = aiot_json_get(task, "service");

	if (is_service(service))
		put_head(r, task, service, out);
	else
		aiot_put_status_line(r, task, out);
	aiot_put_away(aiot_json_get(task, "away"), out);
	aiot_put_held(task, out);
	put_stats(aiot_json_get(task, "stats"), out);
	put_counts(task, out);
	put_policy(task, out);
	put_times(task, out);
	put_waits(aiot_json_get(task, "site"), out);
	put_children(aiot_json_get(task, "children"), out);
	put_schedules(task, out);
	put_args(task, out);
	if (aiot_member_given(task, "error")) {
		aiot_out_text(out, AIOT_RENDER_BRANCH "traceback: ");
		put_traceback(task, 18, out);
	}
}
