/*
 * render-status.c - tasks: the status line, its schedule line, its log lines; and list.
 *
 * Called by render.c with a reply's tasks.  The long form of one task is render-debug.c's.
 */
#include "render-private.h"
#include "timetext.h"

#define DOT "\xe2\x97\x8f" /* U+25CF */

/* ---- one task's members ---- */

/* What is shown of a task, found in one walk: status may have thousands of them. */
enum member {
	NAME,
	STATE,
	LAST,
	PAUSED,
	SINCE,
	AGO,
	RUNS,
	RESULT,
	ERROR_OBJECT,
	SCHEDULE,
	LOG,
	CPU,
	ARGS,
	SERVICE,
	CHANGED,
	INACTION,
	AWAY,
#if AIOT_SUPERVISE
	RESTART,
	HELD,
#endif
	REASON,
	MEMBERS,
};

struct view {
	struct aiot_json m[MEMBERS];
};

static const char *const keys[MEMBERS] = {
	"name",	   "state",   "last",	 "paused",   "since_us", "ago_us",
	"runs",	   "result",  "error",	 "schedule", "log",	 "cpu_us",
	"args",	   "service", "changed", "inaction", "away",
#if AIOT_SUPERVISE
	"restart", "held",
#endif
	"reason",
};

static void view_task(struct aiot_json task, struct view *v)
{
	aiot_json_members(task, keys, MEMBERS, v->m);
}

static int64_t whole(struct aiot_json value)
{
	int64_t number = 0;

	(void)aiot_json_i64(value, &number);
	return number;
}

static bool given(struct aiot_json value)
{
	return aiot_json_type(value) > AIOT_JSON_NULL;
}

/* ---- the state in words ---- */

#if AIOT_SUPERVISE
/* A run ended, and another one is to come. */
static bool pauses(const struct view *v)
{
	return given(v->m[RESTART]);
}

static bool is_held(const struct view *v)
{
	return given(v->m[HELD]);
}

/* " in 3 s, attempt 4" */
static void put_restart(const struct view *v, struct aiot_out *out)
{
	struct aiot_json restart = v->m[RESTART];

	if (!given(restart))
		return;
	aiot_out_text(out, " in ");
	aiot_put_ago_us(aiot_member_i64(restart, "in_us"), out);
	aiot_format(out, ", attempt %lld", (long long)aiot_member_i64(restart, "attempt"));
}

/* What holds it, and what ends that. */
static void put_held(const struct view *v, struct aiot_out *out)
{
	if (!is_held(v))
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "held: ");
	aiot_put_text(v->m[HELD], out);
	aiot_out_text(out, "; aiotoolsctl start ");
	aiot_put_text(v->m[NAME], out);
	aiot_out_char(out, '\n');
}
void aiot_put_held(struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	view_task(task, &v);
	put_held(&v, out);
}

#else
static bool pauses(const struct view *v)
{
	(void)v;
	return false; /* a board's tasks are not supervised */
}

static bool is_held(const struct view *v)
{
	(void)v;
	return false;
}

static void put_restart(const struct view *v, struct aiot_out *out)
{
	(void)v;
	(void)out;
}

static void put_held(const struct view *v, struct aiot_out *out)
{
	(void)v;
	(void)out;
}
#endif

/* How the last run ended, for tasks that wait for their next one; absent if that says nothing. */
static struct aiot_json ended_as(const struct view *v)
{
	struct aiot_json state = v->m[STATE];

	if (aiot_json_str_is(state, "scheduled") || pauses(v))
		return v->m[LAST];
	if (is_held(v))
		return state;
	if (aiot_json_str_is(state, "done") || aiot_json_str_is(state, "failed") ||
	    aiot_json_str_is(state, "stopped"))
		return state;
	return (struct aiot_json){NULL, 0};
}

static void put_word(const struct aiot_render *r, struct aiot_json state, struct aiot_out *out)
{
	const char *code = r->color ? aiot_state_color(state) : NULL;

	if (code)
		aiot_format(out, "\x1b[%sm", code);
	aiot_put_text(state, out);
	if (code)
		aiot_out_text(out, "\x1b[0m");
}

/* "running", "scheduled - done" */
static void put_state_words(const struct aiot_render *r, const struct view *v,
			    struct aiot_json ended, struct aiot_out *out)
{
	put_word(r, v->m[STATE], out);
	put_restart(v, out);
	if (aiot_json_type(ended) == AIOT_JSON_STRING && ended.text != v->m[STATE].text) {
		aiot_out_text(out, " - ");
		put_word(r, ended, out);
	}
	if (aiot_json_bool(v->m[INACTION], false))
		aiot_out_text(out, " (nothing to do)");
}

static void put_result(const struct view *v, struct aiot_json ended, struct aiot_out *out)
{
	aiot_out_text(out, " --> result: ");
	if ((aiot_json_str_is(ended, "failed") || is_held(v)) &&
	    aiot_json_type(v->m[ERROR_OBJECT]) == AIOT_JSON_OBJECT)
		aiot_put_error(v->m[ERROR_OBJECT], out);
	else if (aiot_json_type(v->m[RESULT]) == AIOT_JSON_STRING)
		aiot_put_indented(v->m[RESULT], out);
	else
		aiot_put_value(v->m[RESULT], out);
}

static void put_when(const struct view *v, struct aiot_out *out)
{
	aiot_put_time_us(whole(v->m[SINCE]), out);
	aiot_out_text(out, "; ");
	aiot_put_ago_us(whole(v->m[AGO]), out);
	aiot_out_text(out, " ago");
}

/* Stopped because nobody ever started it. */
static bool never_ran(const struct view *v)
{
	return whole(v->m[RUNS]) == 0 && aiot_json_str_is(v->m[STATE], "stopped");
}

static void put_state(const struct aiot_render *r, const struct view *v, struct aiot_out *out)
{
	struct aiot_json ended = ended_as(v);

	put_state_words(r, v, ended, out);
	if (never_ran(v)) {
		aiot_out_text(out, ", never run");
	} else if (aiot_json_type(ended) == AIOT_JSON_STRING) {
		aiot_out_text(out, " @ ");
		put_when(v, out);
		put_result(v, ended, out);
	} else if (!aiot_json_str_is(v->m[STATE], "scheduled")) {
		aiot_out_text(out, " since ");
		put_when(v, out);
	}
	if (given(v->m[REASON])) {
		aiot_out_text(out, ": ");
		aiot_put_text(v->m[REASON], out);
	}
}

void aiot_put_state(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	view_task(task, &v);
	put_state(r, &v, out);
}

/* ---- the schedule ---- */

static const char *why_no_next(struct aiot_json schedule)
{
	struct aiot_json waits_for = aiot_json_get(schedule, "waits_for");

	if (aiot_json_str_is(waits_for, "clock"))
		return "waits for the clock to be set";
	if (aiot_json_str_is(waits_for, "condition"))
		return "waits for its condition";
	return "no next run";
}

static void put_next(struct aiot_json schedule, bool paused, struct aiot_out *out)
{
	bool held = aiot_json_bool(aiot_json_get(schedule, "held"), false);
	bool last = aiot_member_given(schedule, "last_us");
	int64_t in_us = aiot_member_i64(schedule, "in_us");

	if (!aiot_member_given(schedule, "next_us")) {
		aiot_out_text(out, why_no_next(schedule));
		if (paused)
			aiot_out_text(out, ", paused");
		return;
	}
	if (held && in_us < 0) {
		aiot_out_text(out, "was due ");
		aiot_put_ago_us(-in_us, out);
		aiot_out_text(out, " ago, runs when started");
		if (paused)
			aiot_out_text(out, ", paused");
		return;
	}
	if (held)
		aiot_out_text(out, "held, due in ");
	else
		aiot_out_text(out, last ? "next in " : "starts in ");
	aiot_put_ago_us(in_us > 0 ? in_us : 0, out);
	aiot_out_text(out, " @ ");
	aiot_put_time_us(aiot_member_i64(schedule, "next_us"), out);
	if (paused)
		aiot_out_text(out, ", paused");
}

bool aiot_put_plan(const char *before, struct aiot_json schedule, struct aiot_out *out)
{
	bool has_text = aiot_member_given(schedule, "plan");
	int64_t every_us = aiot_member_i64(schedule, "every_us");

	if (!has_text && every_us <= 0)
		return false;
	aiot_out_text(out, before);
	if (has_text) {
		aiot_put_text(aiot_json_get(schedule, "plan"), out);
	} else {
		aiot_out_text(out, "Every=");
		aiot_out_span(out, (uint64_t)every_us * 1000);
	}
	return true;
}

void aiot_put_schedule(struct aiot_json schedule, bool paused, struct aiot_out *out)
{
	aiot_out_text(out, "schedule: ");
	if (aiot_member_given(schedule, "last_us")) {
		aiot_out_text(out, "last @ ");
		aiot_put_time_us(aiot_member_i64(schedule, "last_us"), out);
		aiot_out_text(out, " --> ");
	}
	put_next(schedule, paused, out);
}

/* ---- status ---- */

static void put_dot(const struct aiot_render *r, const struct view *v, struct aiot_out *out)
{
	aiot_put_colored(r, aiot_state_dot(v->m[STATE]), DOT, out);
	aiot_out_char(out, ' ');
	aiot_put_text(v->m[NAME], out);
}

void aiot_put_dot(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	view_task(task, &v);
	put_dot(r, &v, out);
}

static void put_status_line(const struct aiot_render *r, const struct view *v, struct aiot_out *out)
{
	put_dot(r, v, out);
	aiot_out_text(out, ": status: ");
	put_state(r, v, out);
	aiot_out_char(out, '\n');
}

void aiot_put_status_line(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	view_task(task, &v);
	put_status_line(r, &v, out);
}

static void put_log(const struct aiot_render *r, struct aiot_json log, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json record;

	if (aiot_json_count(log) == 0)
		return;
	while (aiot_json_next(log, &it, NULL, &record))
		aiot_put_record(r, AIOT_FORM_SHORT, record, out);
	aiot_out_char(out, '<');
	aiot_out_pad(out, '-', 80);
	aiot_out_text(out, ">\n");
}

/* Only debug replies tell of CPU time and arguments. */
static bool is_debug(const struct view *v)
{
	return given(v->m[CPU]) || given(v->m[ARGS]) || given(v->m[SERVICE]);
}

void aiot_put_changed(struct aiot_json name, struct aiot_out *out)
{
	aiot_out_text(out, "changed on disk, run: aiotoolsctl reload ");
	aiot_put_text(name, out);
	aiot_out_char(out, '\n');
}

void aiot_put_away(struct aiot_json away, struct aiot_out *out)
{
	if (!given(away))
		return;
	aiot_out_text(out, AIOT_RENDER_BRANCH "as it was told last: not reachable since ");
	aiot_put_time_us(aiot_member_i64(away, "since_us"), out);
	aiot_out_text(out, "; ");
	aiot_put_ago_us(aiot_member_i64(away, "ago_us"), out);
	aiot_out_text(out, " ago: ");
	aiot_put_text(aiot_json_get(away, "why"), out);
	aiot_out_char(out, '\n');
}

static void render_short(const struct aiot_render *r, const struct view *v, struct aiot_out *out)
{
	put_status_line(r, v, out);
	aiot_put_away(v->m[AWAY], out);
	put_held(v, out);
	if (given(v->m[SCHEDULE])) {
		aiot_out_text(out, AIOT_RENDER_BRANCH);
		aiot_put_schedule(v->m[SCHEDULE], aiot_json_bool(v->m[PAUSED], false), out);
		aiot_out_char(out, '\n');
	}
	if (aiot_json_bool(v->m[CHANGED], false)) {
		aiot_out_text(out, AIOT_RENDER_BRANCH);
		aiot_put_changed(v->m[NAME], out);
	}
}

void aiot_render_status(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json tasks = aiot_json_rows(reply, "tasks");
	struct aiot_json_iter it = {NULL};
	struct aiot_json task;
	struct view v;

	while (aiot_json_next_members(tasks, &it, keys, MEMBERS, &task, v.m)) {
		if (is_debug(&v))
			aiot_render_debug(r, task, out);
		else
			render_short(r, &v, out);
		put_log(r, v.m[LOG], out);
	}
}

/* ---- list ---- */

static void name_cell(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(task, "name"), out);
}

static void state_cell(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	view_task(task, &v);
	put_state_words(r, &v, ended_as(&v), out);
	if (aiot_json_bool(v.m[PAUSED], false))
		aiot_out_text(out, ", paused");
}

static void since_cell(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct view v;

	(void)r;
	view_task(task, &v);
	if (never_ran(&v))
		aiot_out_text(out, "never run");
	else
		put_when(&v, out);
}

void aiot_render_list(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"NAME", name_cell, AIOT_ON_BOARDS(20)},
		{"STATE", state_cell, AIOT_ON_BOARDS(18)}, /* "scheduled - failed" */
		{"SINCE", since_cell},
	};

	aiot_put_table(r, columns, 3, aiot_json_rows(reply, "tasks"), false, out);
}
