/*
 * render-status.c - tasks: the status line, its schedule line, its log lines; and list.
 *
 * Called by render.c with a reply's tasks.  The long form of one task is render-debug.c's.
 */
#include "render-private.h"

#define DOT "\xe2\x97\x8f" /* U+25CF */

/* ---- the state in words ---- */

/* How the last run ended, for tasks that wait for their next one; absent if that says nothing. */
static struct aiot_json ended_as(struct aiot_json task)
{
	struct aiot_json state = aiot_json_get(task, "state");

	if (aiot_json_str_is(state, "scheduled"))
		return aiot_json_get(task, "last");
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
static void put_state_words(const struct aiot_render *r, struct aiot_json task,
			    struct aiot_out *out)
{
	struct aiot_json state = aiot_json_get(task, "state");
	struct aiot_json last = ended_as(task);

	put_word(r, state, out);
	if (aiot_json_type(last) == AIOT_JSON_STRING && last.text != state.text) {
		aiot_out_text(out, " - ");
		put_word(r, last, out);
	}
}

static void put_result(struct aiot_json task, struct aiot_json ended, struct aiot_out *out)
{
	struct aiot_json error = aiot_json_get(task, "error");
	struct aiot_json result = aiot_json_get(task, "result");

	aiot_out_text(out, " --> result: ");
	if (aiot_json_str_is(ended, "failed") && aiot_json_type(error) == AIOT_JSON_OBJECT)
		aiot_put_error(error, out);
	else if (aiot_json_type(result) == AIOT_JSON_STRING)
		aiot_put_lines(result, out);
	else
		aiot_put_value(result, out);
}

static void put_when(struct aiot_json task, struct aiot_out *out)
{
	aiot_put_time_us(aiot_member_i64(task, "since_us"), out);
	aiot_out_text(out, "; ");
	aiot_put_ago_us(aiot_member_i64(task, "ago_us"), out);
	aiot_out_text(out, " ago");
}

/* Stopped because nobody ever started it. */
static bool never_ran(struct aiot_json task)
{
	return aiot_json_str_is(aiot_json_get(task, "state"), "stopped") &&
	       aiot_member_i64(task, "runs") == 0;
}

void aiot_put_state(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json ended = ended_as(task);

	put_state_words(r, task, out);
	if (never_ran(task)) {
		aiot_out_text(out, ", never run");
	} else if (aiot_json_type(ended) == AIOT_JSON_STRING) {
		aiot_out_text(out, " @ ");
		put_when(task, out);
		put_result(task, ended, out);
	} else if (!aiot_json_str_is(aiot_json_get(task, "state"), "scheduled")) {
		aiot_out_text(out, " since ");
		put_when(task, out);
	}
}

/* ---- the schedule ---- */

static void put_next(struct aiot_json task, struct aiot_json schedule, struct aiot_out *out)
{
	bool held = aiot_json_bool(aiot_json_get(schedule, "held"), false);
	bool last = aiot_member_given(schedule, "last_us");
	int64_t in_us = aiot_member_i64(schedule, "in_us");

	if (!aiot_member_given(schedule, "next_us")) {
		aiot_out_text(out, "no next run");
		return;
	}
	if (held)
		aiot_out_text(out, "held, due in ");
	else
		aiot_out_text(out, last ? "next in " : "starts in ");
	aiot_put_ago_us(in_us > 0 ? in_us : 0, out);
	aiot_out_text(out, " @ ");
	aiot_put_time_us(aiot_member_i64(schedule, "next_us"), out);
	if (aiot_json_bool(aiot_json_get(task, "paused"), false))
		aiot_out_text(out, ", paused");
}

void aiot_put_schedule(struct aiot_json task, struct aiot_out *out)
{
	struct aiot_json schedule = aiot_json_get(task, "schedule");

	aiot_out_text(out, "schedule: ");
	if (aiot_member_given(schedule, "last_us")) {
		aiot_out_text(out, "last @ ");
		aiot_put_time_us(aiot_member_i64(schedule, "last_us"), out);
		aiot_out_text(out, " --> ");
	}
	put_next(task, schedule, out);
}

/* ---- status ---- */

void aiot_put_dot(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	aiot_put_colored(r, aiot_state_dot(aiot_json_get(task, "state")), DOT, out);
	aiot_out_char(out, ' ');
	aiot_put_text(aiot_json_get(task, "name"), out);
}

void aiot_put_status_line(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	aiot_put_dot(r, task, out);
	aiot_out_text(out, ": status: ");
	aiot_put_state(r, task, out);
	aiot_out_char(out, '\n');
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
static bool is_debug(struct aiot_json task)
{
	return aiot_member_given(task, "cpu_us") || aiot_member_given(task, "args") ||
	       aiot_member_given(task, "service");
}

void aiot_render_status(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json tasks = aiot_json_get(reply, "tasks");
	struct aiot_json_iter it = {NULL};
	struct aiot_json task;

	while (aiot_json_next(tasks, &it, NULL, &task)) {
		if (is_debug(task)) {
			aiot_render_debug(r, task, out);
		} else {
			aiot_put_status_line(r, task, out);
			if (aiot_member_given(task, "schedule")) {
				aiot_out_text(out, AIOT_RENDER_BRANCH);
				aiot_put_schedule(task, out);
				aiot_out_char(out, '\n');
			}
		}
		put_log(r, aiot_json_get(task, "log"), out);
	}
}

/* ---- list ---- */

static void name_cell(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(task, "name"), out);
}

static void since_cell(const struct aiot_render *r, struct aiot_json task, struct aiot_out *out)
{
	(void)r;
	if (never_ran(task))
		aiot_out_text(out, "never run");
	else
		put_when(task, out);
}

void aiot_render_list(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"NAME", name_cell},
		{"STATE", put_state_words},
		{"SINCE", since_cell},
	};

	aiot_put_table(r, columns, 3, aiot_json_get(reply, "tasks"), false, out);
}
