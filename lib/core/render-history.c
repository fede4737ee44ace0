/*
 * render-history.c - runs that have ended, as a table: when, how long, how, and what came of them.
 *
 * Called by render.c for history, with each page as it comes; columns are as wide as the page
 * needs.
 */
#include "render-private.h"
#include "timetext.h"

static void name_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(run, "name"), out);
}

static void start_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	(void)r;
	aiot_put_time_us(aiot_member_i64(run, "start_us"), out);
}

static void end_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	(void)r;
	if (aiot_member_given(run, "end_us"))
		aiot_put_time_us(aiot_member_i64(run, "end_us"), out);
	else
		aiot_out_char(out, '-');
}

/* To the millisecond, short ones to the microsecond; a clock that was set back took no time. */
static void took_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	int64_t us = aiot_member_i64(run, "runtime_us");

	(void)r;
	if (!aiot_member_given(run, "runtime_us")) {
		aiot_out_char(out, '-');
		return;
	}
	if (us < 0 || us > INT64_MAX / 1000)
		us = 0;
	if (us >= 1000)
		us -= us % 1000;
	aiot_out_span(out, (uint64_t)us * 1000);
}

static void outcome_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	struct aiot_json outcome = aiot_json_get(run, "outcome");
	const char *color = NULL;

	if (aiot_json_str_is(outcome, "fail") || aiot_json_str_is(outcome, "crash"))
		color = "31;1";
	else if (aiot_json_str_is(outcome, "terminate"))
		color = "33;1";
	if (!r->color)
		color = NULL;
	if (color != NULL)
		aiot_format(out, "\x1b[%sm", color);
	aiot_put_text(outcome, out);
	if (color != NULL)
		aiot_out_text(out, "\x1b[0m");
}

static void result_cell(const struct aiot_render *r, struct aiot_json run, struct aiot_out *out)
{
	struct aiot_json error = aiot_json_get(run, "error");

	(void)r;
	if (aiot_json_type(error) == AIOT_JSON_OBJECT)
		aiot_put_error(error, out);
	else if (aiot_json_str_is(aiot_json_get(run, "outcome"), "crash"))
		aiot_out_text(out, "the program ended in the midst of it");
	else
		aiot_put_value(aiot_json_get(run, "result"), out);
}

void aiot_render_history(const struct aiot_render *r, struct aiot_json reply, bool first,
			 struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"NAME", name_cell}, {"START", start_cell},	{"END", end_cell},
		{"TOOK", took_cell}, {"OUTCOME", outcome_cell}, {"RESULT", result_cell},
	};
	struct aiot_json runs = aiot_json_get(reply, "runs");

	if (aiot_json_count(runs) > 0)
		aiot_put_table(r, columns, 6, runs, first, out);
}

void aiot_render_history_notes(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json unknown = aiot_json_get(reply, "unknown"), name;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(unknown, &it, NULL, &name)) {
		aiot_out_text(out, "no task and no run of '");
		aiot_put_text(name, out);
		aiot_out_text(out, "' is known\n");
	}
}
