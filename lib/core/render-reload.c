/*
 * render-reload.c - what reload came to, service by service; install and remove.
 *
 * Called by render.c.
 */
#include "render-private.h"

static bool is_refused(struct aiot_json service)
{
	return aiot_json_type(aiot_json_get(service, "error")) == AIOT_JSON_OBJECT ||
	       aiot_json_str_is(aiot_json_get(service, "load"), "failed");
}

/* What is said behind the service, where it went well. */
static const char *words_of(struct aiot_json service)
{
	struct aiot_json effect = aiot_json_get(service, "effect");

	if (aiot_json_str_is(effect, "reloaded"))
		return "reloaded";
	if (aiot_json_str_is(effect, "set"))
		return "set, without a restart";
	if (aiot_json_str_is(effect, "unchanged"))
		return "not changed";
	return "not reloaded: it was unloaded meanwhile";
}

void aiot_render_reloaded(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_json_iter it = {NULL};

	while (!r->quiet && aiot_json_next(services, &it, NULL, &service)) {
		struct aiot_json effect = aiot_json_get(service, "effect");
		bool good = aiot_json_str_is(effect, "reloaded") || aiot_json_str_is(effect, "set");

		if (is_refused(service))
			continue;
		aiot_out_text(out, "[ ");
		aiot_put_colored(r, good ? "92" : NULL, good ? "OK" : "--", out);
		aiot_out_text(out, " ] ");
		aiot_put_service(service, out);
		aiot_format(out, " %s\n", words_of(service));
	}
}

void aiot_render_reload_failures(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_render plain = {.color = false};
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(services, &it, NULL, &service)) {
		struct aiot_json effect = aiot_json_get(service, "effect");

		if (!is_refused(service))
			continue;
		aiot_put_load_failure(&plain,
				      aiot_json_str_is(effect, "restored")
					      ? "reloaded, the old one is back as it was"
				      : aiot_json_str_is(effect, "refused")
					      ? "reloaded, it runs on as it was"
					      : "reloaded, nor the old one started again",
				      service, out);
	}
}

/* What else there is to know, a line each. */
static void put_notes(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json notes = aiot_json_get(reply, "notes"), note;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(notes, &it, NULL, &note)) {
		aiot_out_text(out, "    ");
		aiot_put_text(note, out);
		aiot_out_char(out, '\n');
	}
}

void aiot_render_installed(const struct aiot_render *r, struct aiot_json reply,
			   struct aiot_out *out)
{
	bool loaded = aiot_json_bool(aiot_json_get(reply, "loaded"), false);
	struct aiot_json name = aiot_json_get(reply, "name");

	if (r->quiet)
		return;
	aiot_put_text(name, out);
	aiot_out_text(out, ": installed as ");
	aiot_put_text(aiot_json_get(reply, "path"), out);
	aiot_out_text(out, loaded ? "; run: aiotoolsctl reload " : "; run: aiotoolsctl load ");
	aiot_put_text(name, out);
	aiot_out_char(out, '\n');
	put_notes(reply, out);
}

void aiot_render_removed(const struct aiot_render *r, struct aiot_json reply, struct aiot_out *out)
{
	if (r->quiet)
		return;
	aiot_put_text(aiot_json_get(reply, "name"), out);
	aiot_out_text(out, ": removed\n");
	put_notes(reply, out);
}
