/*
 * render-service.c - services: their table, how their loading went, what one of them is.
 *
 * Called by render.c for services, load, unload, daemon-reload and describe.
 */
#include "render-private.h"

#include <string.h>

/* ---- the table of services ---- */

static void name_cell(const struct aiot_render *r, struct aiot_json name, struct aiot_out *out)
{
	(void)r;
	aiot_put_service_name(name, out);
}

static void put_word(const struct aiot_render *r, const char *code, struct aiot_json word,
		     struct aiot_out *out)
{
	if (!r->color)
		code = NULL;
	if (code)
		aiot_format(out, "\x1b[%sm", code);
	aiot_put_text(word, out);
	if (code)
		aiot_out_text(out, "\x1b[0m");
}

static void load_cell(const struct aiot_render *r, struct aiot_json load, struct aiot_out *out)
{
	put_word(r, aiot_json_str_is(load, "failed") ? "31;1" : NULL, load, out);
}

static void text_cell(const struct aiot_render *r, struct aiot_json text, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(text, out);
}

static void active_cell(const struct aiot_render *r, struct aiot_json active, struct aiot_out *out)
{
	if (aiot_json_type(active) != AIOT_JSON_STRING)
		aiot_out_char(out, '-');
	else
		put_word(r, aiot_state_color(active), active, out);
}

static void put_services(const struct aiot_render *r, struct aiot_json services, bool head,
			 struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"NAME", name_cell, .key = "name"},
		{"LOAD", load_cell, .key = "load"},
		{"ENABLED", text_cell, .key = "enabled"},
		{"ACTIVE", active_cell, .key = "active"},
		{"DESCRIPTION", text_cell, .key = "info", .flag = "changed",
		 .note = "(changed on disk)"},
	};

	struct aiot_json_iter it = {NULL};
	struct aiot_json any;

	if (aiot_json_next(services, &it, NULL, &any))
		aiot_put_table(r, columns, 5, services, head, out);
}

/* ---- how loading went ---- */

void aiot_put_service(struct aiot_json service, struct aiot_out *out)
{
	const char *from = aiot_member_given(service, "path") ? "path" : "file";

	aiot_out_text(out, "Service: ");
	aiot_put_service_name(aiot_json_get(service, "name"), out);
	if (aiot_member_given(service, from)) {
		aiot_out_text(out, " from ");
		aiot_put_text(aiot_json_get(service, from), out);
	}
}

/* What each step of a load took, if that was asked. */
static void put_steps(struct aiot_json service, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json step;
	const char *between = "    ";

	while (aiot_json_next(aiot_json_get(service, "steps"), &it, NULL, &step)) {
		aiot_out_text(out, between);
		aiot_put_text(aiot_json_get(step, "step"), out);
		aiot_out_char(out, ' ');
		aiot_out_decimal(out, aiot_member_i64(step, "us"), 3);
		aiot_out_text(out, " ms");
		between = ", ";
	}
	if (between[0] == ',')
		aiot_out_char(out, '\n');
}

void aiot_put_load_failure(const struct aiot_render *r, const char *done, struct aiot_json service,
			   struct aiot_out *out)
{
	struct aiot_json error = aiot_json_get(service, "error");

	aiot_out_text(out, "[ ");
	aiot_put_colored(r, "31;1", "ERROR", out);
	aiot_out_text(out, " ] ");
	aiot_put_service(service, out);
	aiot_format(out, " not %s", done);
	if (aiot_json_type(error) == AIOT_JSON_OBJECT) {
		/* A class of error that has no name is called just so. */
		if (!aiot_json_str_is(aiot_json_get(error, "error"), "Error"))
			aiot_out_text(out, ": Error");
		aiot_out_text(out, ": ");
		aiot_put_error(error, out);
	}
	aiot_out_char(out, '\n');
	put_steps(service, out);
}

/* One that was unloaded may have an error all the same, that of its file. */
static bool has_failed(const char *done, struct aiot_json service)
{
	return aiot_json_str_is(aiot_json_get(service, "load"), "failed") ||
	       (strcmp(done, "unloaded") != 0 && aiot_member_given(service, "error"));
}

static void put_how_to_apply(struct aiot_json name, struct aiot_out *out)
{
	aiot_out_text(out, ", changed on disk, run: aiotoolsctl reload ");
	aiot_put_text(name, out);
}

static void put_loading(const struct aiot_render *r, const char *done, struct aiot_json service,
			struct aiot_out *out)
{
	struct aiot_json load = aiot_json_get(service, "load");
	bool masked = aiot_json_str_is(load, "masked"); /* which is unloaded, too */
	bool good = aiot_json_str_is(load, done) || (masked && strcmp(done, "unloaded") == 0);

	aiot_out_text(out, "[ ");
	aiot_put_colored(r, good ? "92" : NULL, good ? "OK" : "--", out);
	aiot_out_text(out, " ] ");
	aiot_put_service(service, out);
	aiot_out_text(out, good ? " " : " not ");
	aiot_out_text(out, done);
	if (aiot_json_bool(aiot_json_get(service, "changed"), false))
		put_how_to_apply(aiot_json_get(service, "name"), out);
	if (masked && !good)
		aiot_out_text(out, ": masked");
	else if (!good && aiot_json_str_is(aiot_json_get(service, "enabled"), "disabled"))
		aiot_out_text(out, ": disabled");
	aiot_out_char(out, '\n');
	put_steps(service, out);
}

void aiot_render_loading(const struct aiot_render *r, const char *done, struct aiot_json reply,
			 struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_json_iter it = {NULL};

	while (!r->quiet && aiot_json_next(services, &it, NULL, &service)) {
		if (!has_failed(done, service))
			put_loading(r, done, service, out);
	}
}

void aiot_render_loading_failures(const char *done, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_render plain = {.color = false};
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(services, &it, NULL, &service)) {
		if (has_failed(done, service))
			aiot_put_load_failure(&plain, done, service, out);
	}
}

/* Good and bad, in their order: this was asked for, it does not merely confirm. */
static void put_all_loading(const struct aiot_render *r, struct aiot_json services,
			    struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json service;

	while (aiot_json_next(services, &it, NULL, &service)) {
		if (has_failed("loaded", service))
			aiot_put_load_failure(r, "loaded", service, out);
		else
			put_loading(r, "loaded", service, out);
	}
}

void aiot_render_services(const struct aiot_render *r, struct aiot_json request,
			  struct aiot_json reply, bool first, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_rows(reply, "services");

	if (aiot_json_bool(aiot_json_get(request, "status"), false))
		put_all_loading(r, services, out);
	else
		put_services(r, services, first, out);
}

/* ---- describe ---- */

static void key_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_out_text(out, "  ");
	aiot_put_text(aiot_json_get(row, "key"), out);
}

static void type_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "type"), out);
}

static void default_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "default"), out);
}

static void value_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "value"), out);
	if (aiot_member_given(row, "origin")) {
		aiot_out_text(out, " (");
		aiot_put_text(aiot_json_get(row, "origin"), out);
		aiot_out_char(out, ')');
	}
}

static void help_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_text(aiot_json_get(row, "help"), out);
	if (aiot_json_bool(aiot_json_get(row, "live"), false))
		aiot_out_text(out, " (live)");
}

static void put_kind(const struct aiot_render *r, struct aiot_json kind, struct aiot_out *out)
{
	static const struct aiot_column option_columns[] = {
		{"  OPTION", key_cell}, {"TYPE", type_cell}, {"DEFAULT", default_cell},
		{"VALUE", value_cell},	{"HELP", help_cell},
	};
	static const struct aiot_column stat_columns[] = {
		{"  STAT", key_cell},
		{"TYPE", type_cell},
		{"HELP", help_cell},
	};
	struct aiot_json options = aiot_json_get(kind, "options");
	struct aiot_json stats = aiot_json_get(kind, "stats");

	aiot_out_text(out, "Kind: ");
	aiot_put_text(aiot_json_get(kind, "name"), out);
	aiot_out_char(out, '\n');
	if (aiot_json_count(options) > 0)
		aiot_put_table(r, option_columns, 5, options, true, out);
	if (aiot_json_count(stats) > 0)
		aiot_put_table(r, stat_columns, 3, stats, true, out);
}

static void put_verb(const struct aiot_render *r, struct aiot_json verb, struct aiot_out *out)
{
	static const struct aiot_column columns[] = {
		{"  OPTION", key_cell},
		{"TYPE", type_cell},
		{"DEFAULT", default_cell},
		{"HELP", help_cell},
	};
	struct aiot_json options = aiot_json_get(verb, "options");

	aiot_out_text(out, "Verb: ");
	aiot_put_text(aiot_json_get(verb, "name"), out);
	aiot_out_text(out, " - ");
	aiot_put_text(aiot_json_get(verb, "help"), out);
	aiot_out_char(out, '\n');
	if (aiot_json_count(options) > 0)
		aiot_put_table(r, columns, 4, options, true, out);
}

static void put_line(const char *label, struct aiot_json value, struct aiot_out *out)
{
	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return;
	aiot_out_text(out, label);
	aiot_put_text(value, out);
	aiot_out_char(out, '\n');
}

void aiot_render_describe(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json service = aiot_json_get(reply, "service"), kind;
	struct aiot_json error = aiot_json_get(service, "error");
	struct aiot_json_iter it = {NULL};

	aiot_put_service(service, out);
	aiot_out_char(out, '\n');
	put_line("Info: ", aiot_json_get(service, "info"), out);
	put_line("Type: ", aiot_json_get(service, "type"), out);
	put_line("Docs: ", aiot_json_get(service, "docs"), out);
	put_line("File: ", aiot_json_get(service, "file"), out);
	if (aiot_json_type(error) == AIOT_JSON_OBJECT) {
		aiot_out_text(out, "Error: ");
		aiot_put_error(error, out);
		aiot_out_char(out, '\n');
	}
	while (aiot_json_next(aiot_json_get(service, "kinds"), &it, NULL, &kind))
		put_kind(r, kind, out);
	it.at = NULL;
	while (aiot_json_next(aiot_json_get(service, "conditions"), &it, NULL, &kind)) {
		aiot_out_text(out, "Condition ");
		aiot_put_text(aiot_json_get(kind, "name"), out);
		aiot_out_text(out, ": ");
		aiot_put_text(aiot_json_get(kind, "help"), out);
		aiot_out_char(out, '\n');
	}
	it.at = NULL;
	while (aiot_json_next(aiot_json_get(service, "verbs"), &it, NULL, &kind))
		put_verb(r, kind, out);
}
