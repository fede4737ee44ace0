/*
 * render-timers.c - the tasks that run by themselves: a table of when, or the times to come.
 *
 * Called by render.c for the replies of timers, schedule and unschedule.  Reads the reply alone.
 */
#include "render-private.h"

static struct aiot_json schedule_of(struct aiot_json timer)
{
	return aiot_json_get(timer, "schedule");
}

/* Why there is no next time, or why it does not count; NULL: nothing is in its way. */
static const char *reason(struct aiot_json timer)
{
	struct aiot_json waits_for = aiot_json_get(schedule_of(timer), "waits_for");

	if (aiot_json_bool(aiot_json_get(timer, "paused"), false))
		return "paused";
	if (aiot_json_bool(aiot_json_get(schedule_of(timer), "held"), false))
		return "held by stop";
	if (aiot_json_str_is(waits_for, "clock"))
		return "waits for the clock to be set";
	if (aiot_member_given(schedule_of(timer), "next_us"))
		return NULL;
	return aiot_json_str_is(waits_for, "condition") ? "waits for its condition" : "over";
}

static void cell_next(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	if (aiot_member_given(schedule_of(row), "next_us"))
		aiot_put_time_us(aiot_member_i64(schedule_of(row), "next_us"), out);
	else
		aiot_out_char(out, '-');
}

static void cell_left(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	int64_t in_us = aiot_member_i64(schedule_of(row), "in_us");

	(void)r;
	if (!aiot_member_given(schedule_of(row), "next_us")) {
		aiot_out_char(out, '-');
		return;
	}
	aiot_put_ago_us(in_us < 0 ? -in_us : in_us, out);
	if (in_us < 0)
		aiot_out_text(out, " ago");
}

static void cell_last(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	if (aiot_member_given(schedule_of(row), "last_us"))
		aiot_put_time_us(aiot_member_i64(schedule_of(row), "last_us"), out);
	else
		aiot_out_char(out, '-');
}

static void cell_passed(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	int64_t last_us = aiot_member_i64(schedule_of(row), "last_us");

	(void)r;
	if (last_us != 0)
		aiot_put_ago_us(aiot_member_i64(row, "now_us") - last_us, out);
	else
		aiot_out_char(out, '-');
}

static void cell_name(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "name"), out);
}

static void cell_state(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "state"), out);
}

static void cell_plan(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	const char *why = reason(row);

	(void)r;
	(void)aiot_put_plan("", schedule_of(row), out);
	if (why != NULL)
		aiot_format(out, " (%s)", why);
}

static const struct aiot_column columns[] = {
	{"NEXT", cell_next},	 {"LEFT", cell_left},	{"LAST", cell_last},
	{"PASSED", cell_passed}, {"STATE", cell_state}, {"TASK", cell_name},
	{"SCHEDULE", cell_plan},
};

/* The times to come of one task, a line each. */
static void put_times(struct aiot_json timer, struct aiot_out *out)
{
	int64_t now_us = aiot_member_i64(timer, "now_us"), at_us = 0;
	struct aiot_json_iter it = {NULL};
	struct aiot_json time;

	cell_name(NULL, timer, out);
	aiot_out_text(out, ": ");
	cell_plan(NULL, timer, out);
	aiot_out_char(out, '\n');
	while (aiot_json_next(aiot_json_get(timer, "next"), &it, NULL, &time)) {
		(void)aiot_json_i64(time, &at_us);
		aiot_out_text(out, "    ");
		aiot_put_time_us(at_us, out);
		aiot_out_text(out, " in ");
		aiot_put_ago_us(at_us - now_us, out);
		aiot_out_char(out, '\n');
	}
}

void aiot_render_timers(const struct aiot_render *r, struct aiot_json reply, bool first,
			struct aiot_out *out)
{
	struct aiot_json timers = aiot_json_get(reply, "timers"), timer;
	struct aiot_json_iter it = {NULL};
	bool times = false, some = false;

	while (aiot_json_next(timers, &it, NULL, &timer)) {
		some = true;
		times = aiot_member_given(timer, "next");
		if (times)
			put_times(timer, out);
	}
	if (some && !times)
		aiot_put_table(r, columns, sizeof(columns) / sizeof(columns[0]), timers, first,
			       out);
}

void aiot_render_scheduled(const struct aiot_render *r, struct aiot_json reply,
			   struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json timer;

	while (!r->quiet && aiot_json_next(aiot_json_get(reply, "timers"), &it, NULL, &timer)) {
		cell_name(NULL, timer, out);
		aiot_out_text(out, ": ");
		if (aiot_put_plan("", schedule_of(timer), out))
			aiot_out_text(out, "; ");
		aiot_put_schedule(schedule_of(timer),
				  aiot_json_bool(aiot_json_get(timer, "paused"), false), out);
		aiot_out_char(out, '\n');
	}
}
