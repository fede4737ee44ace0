/*
 * render-report.c - reports: what services tell of themselves, each under its task's name.
 *
 * Called by render.c for report.
 */
#include "render-private.h"

/* A line each: four blanks, key, value. */
static void put_stats(struct aiot_json stats, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;

	while (aiot_json_next(stats, &it, &key, &value)) {
		aiot_out_text(out, "    ");
		aiot_put_text(key, out);
		aiot_out_text(out, ": ");
		aiot_put_value(value, out);
		aiot_out_char(out, '\n');
	}
}

static void put_report(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	struct aiot_json text = aiot_json_get(row, "text"), state = aiot_json_get(row, "state");

	aiot_put_text(aiot_json_get(row, "name"), out);
	aiot_out_text(out, ": ");
	if (r->color && aiot_state_color(state))
		aiot_format(out, "\x1b[%sm", aiot_state_color(state));
	aiot_put_text(state, out);
	if (r->color && aiot_state_color(state))
		aiot_out_text(out, "\x1b[0m");
	aiot_out_char(out, '\n');
	if (aiot_json_type(text) == AIOT_JSON_STRING && text.len > 2) {
		aiot_out_text(out, "    ");
		aiot_put_indented(text, out);
		aiot_out_char(out, '\n');
	}
	if (aiot_json_bool(aiot_json_get(row, "cut"), false))
		aiot_out_text(out, "    (cut: a report has room for 60 KiB)\n");
	if (aiot_member_given(row, "error")) {
		aiot_out_text(out, "    the report failed: ");
		aiot_put_error(aiot_json_get(row, "error"), out);
		aiot_out_char(out, '\n');
	}
	put_stats(aiot_json_get(row, "stats"), out);
}

void aiot_render_reports(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json rows = aiot_json_get(reply, "reports"), row;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(rows, &it, NULL, &row))
		put_report(r, row, out);
}
