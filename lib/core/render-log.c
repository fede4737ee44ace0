/*
 * render-log.c - log records, in the forms of -o.
 *
 * Called by render.c for log and follow, and by render-status.c for a task's last lines.
 */
#include <aiotools.h>

#include "render-private.h"

#include "timetext.h"

/* ---- one record ---- */

static void put_level(const struct aiot_render *r, struct aiot_json level, struct aiot_out *out)
{
	static const struct {
		const char *word, *shown, *color;
	} levels[] = {
		{"error", "ERROR", "31;1"},
		{"warn", "WARN", "33;1"},
		{"info", "INFO", NULL},
		{"debug", "DEBUG", "2"},
	};

	aiot_out_char(out, '[');
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		if (aiot_json_str_is(level, levels[i].word))
			aiot_put_colored(r, levels[i].color, levels[i].shown, out);
	}
	aiot_out_text(out, "] ");
}

static void put_iso(struct aiot_json record, struct aiot_out *out)
{
	int64_t us = aiot_member_i64(record, "time_us");

	if (us > INT64_MAX / 1000 || us < INT64_MIN / 1000)
		us = 0;
	aiot_out_time_iso(out, us * 1000);
}

static void put_mono(struct aiot_json record, struct aiot_out *out)
{
	int64_t us = aiot_member_i64(record, "mono_us");

	aiot_format(out, "[%5lld.%06lld]", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void put_lead(const struct aiot_render *r, enum aiot_form form, struct aiot_json record,
		     struct aiot_out *out)
{
	struct aiot_json name = aiot_json_get(record, "name");

	if (form == AIOT_FORM_ISO)
		put_iso(record, out);
	else if (form == AIOT_FORM_MONO)
		put_mono(record, out);
	else
		aiot_put_time_us(aiot_member_i64(record, "time_us"), out);
	aiot_out_char(out, ' ');
	if (r->host)
		aiot_format(out, "[%s] ", r->host);
	put_level(r, aiot_json_get(record, "level"), out);
	if (name.len > 2) { /* not "" */
		aiot_out_char(out, '[');
		aiot_put_text(name, out);
		aiot_out_text(out, "] ");
	}
}

void aiot_put_record(const struct aiot_render *r, enum aiot_form form, struct aiot_json record,
		     struct aiot_out *out)
{
	if (form == AIOT_FORM_JSON) {
		aiot_put_compact(record, out);
	} else {
		if (form != AIOT_FORM_CAT)
			put_lead(r, form, record, out);
		aiot_put_text(aiot_json_get(record, "text"), out);
	}
	aiot_out_char(out, '\n');
}

/* ---- a reply ---- */

static enum aiot_form form_of(struct aiot_json request)
{
	char word[8] = "short";
	int form;

	(void)aiot_json_str(aiot_json_get(request, "output"), word, sizeof(word));
	form = aiot_form_parse(word);
	return form < 0 ? AIOT_FORM_SHORT : (enum aiot_form)form;
}

static void put_lost(enum aiot_form form, int64_t lost, struct aiot_out *out)
{
	if (form == AIOT_FORM_JSON)
		aiot_format(out, "{\"lost\":%lld}\n", (long long)lost);
	else
		aiot_format(out, "-- lost=%lld records, overwritten before they were read --\n",
			    (long long)lost);
}

#if AIOT_BOARD
#define WHERE_ELSE ""
#else
#define WHERE_ELSE "; aiotoolsctl services tells what did not load"
#endif

void aiot_render_log_notes(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json unknown = aiot_json_get(reply, "unknown"), name;
	struct aiot_json_iter it = {NULL};

	if (aiot_json_bool(aiot_json_get(reply, "foreign"), false))
		aiot_out_text(out, "the cursor is not of this log; showing all of it\n");
	while (aiot_json_next(unknown, &it, NULL, &name)) {
		aiot_out_text(out, "no records of '");
		aiot_put_text(name, out);
		aiot_out_text(out, "', and no task is called so" WHERE_ELSE "\n");
	}
}

void aiot_render_log(const struct aiot_render *r, struct aiot_json request, struct aiot_json reply,
		     struct aiot_out *out)
{
	enum aiot_form form = form_of(request);
	struct aiot_json records = aiot_json_get(reply, "records");
	struct aiot_json cursor = aiot_json_get(reply, "cursor");
	int64_t lost = aiot_member_i64(reply, "lost");
	struct aiot_json_iter it = {NULL};
	struct aiot_json record;

	if (lost > 0)
		put_lost(form, lost, out);
	while (aiot_json_next(records, &it, NULL, &record))
		aiot_put_record(r, form, record, out);
	/* Only the last reply has one; a JSON record has its own. */
	if (form != AIOT_FORM_JSON && aiot_json_type(cursor) == AIOT_JSON_STRING &&
	    aiot_json_bool(aiot_json_get(request, "show_cursor"), false)) {
		aiot_out_text(out, "-- cursor: ");
		aiot_put_text(cursor, out);
		aiot_out_char(out, '\n');
	}
}
