/*
 * render-life.c - the replies of the commands about a task's life: set, result, wait, is-active,
 * is-failed, add, call, debug.
 *
 * Called by render.c.  Actions whose replies are names and states alone are rendered there.
 */
#include "render-private.h"

void aiot_render_set(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "set"), row;
	struct aiot_json_iter it = {NULL};

	while (!r->quiet && aiot_json_next(rows, &it, NULL, &row)) {
		struct aiot_json origin = aiot_json_get(row, "origin");
		bool live = aiot_json_str_is(aiot_json_get(row, "effect"), "live");

		aiot_put_text(aiot_json_get(reply, "name"), out);
		aiot_out_text(out, ": ");
		aiot_put_text(aiot_json_get(row, "key"), out);
		aiot_out_text(out, " = ");
		aiot_put_text(aiot_json_get(row, "value"), out);
		if (!aiot_json_str_is(origin, "set")) {
			aiot_out_text(out, " (");
			aiot_put_text(origin, out);
			aiot_out_char(out, ')');
		}
		aiot_out_text(out, live ? ", at once\n" : ", from the next start on\n");
	}
}

void aiot_render_results(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "results"), row;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(rows, &it, NULL, &row)) {
		struct aiot_json result = aiot_json_get(row, "result");

		aiot_put_text(aiot_json_get(row, "name"), out);
		aiot_out_text(out, " --> ");
		if (aiot_member_given(row, "error"))
			aiot_put_error(aiot_json_get(row, "error"), out);
		else if (aiot_json_type(result) == AIOT_JSON_STRING)
			aiot_put_indented(result, out);
		else
			aiot_put_value(result, out);
		aiot_out_char(out, '\n');
	}
}

void aiot_render_ended(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "ended"), row;
	struct aiot_json_iter it = {NULL};

	while (!r->quiet && aiot_json_next(rows, &it, NULL, &row)) {
		aiot_put_text(aiot_json_get(row, "name"), out);
		aiot_out_text(out, ": ");
		aiot_put_text(aiot_json_get(row, "state"), out);
		if (aiot_member_given(row, "message")) {
			aiot_out_text(out, ": ");
			aiot_put_text(aiot_json_get(row, "message"), out);
		}
		aiot_out_char(out, '\n');
	}
}

void aiot_render_is(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "tasks"), row;
	struct aiot_json_iter it = {NULL};

	while (!r->quiet && aiot_json_next(rows, &it, NULL, &row)) {
		aiot_put_text(aiot_json_get(row, "state"), out);
		aiot_out_char(out, '\n');
	}
}

void aiot_render_unknown(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "tasks"), row;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(rows, &it, NULL, &row)) {
		if (!aiot_member_given(row, "message"))
			continue;
		aiot_put_text(aiot_json_get(row, "message"), out);
		aiot_out_char(out, '\n');
	}
}

/* Quiet or not: the name is what the command is called for. */
void aiot_render_added(struct aiot_json reply, struct aiot_out *out)
{
	aiot_put_text(aiot_json_get(reply, "name"), out);
	if (aiot_json_bool(aiot_json_get(reply, "kept"), false))
		aiot_out_text(out, " (there already, and kept)");
	aiot_out_char(out, '\n');
}

void aiot_render_answer(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json result = aiot_json_get(reply, "result");

	if (!aiot_member_given(reply, "result"))
		return;
	if (aiot_json_type(result) == AIOT_JSON_STRING)
		aiot_put_lines(result, out);
	else
		aiot_put_value(result, out);
	aiot_out_char(out, '\n');
}

void aiot_render_debug_mode(const struct aiot_render *r, struct aiot_json reply,
			    struct aiot_out *out)
{
	bool on = aiot_json_bool(aiot_json_get(reply, "debug"), false);

	if (!r->quiet)
		aiot_format(out, "debug mode: %s\n", on ? "on" : "off");
}
