/*
 * render-config.c - the replies of the commands about services' files and settings: enable,
 * disable, is-enabled, mask, unmask, config, get-config, cat, edit.
 *
 * Called by render.c; not on boards, which have no files.
 */
#include "render-private.h"

/* Members of a reply, looked for once: its arrays are long. */
struct kept {
	struct aiot_json path, until_boot, why;
};

static struct kept kept_of(struct aiot_json reply)
{
	static const char *const keys[] = {"path", "until_boot", "why"};
	struct aiot_json members[3];

	aiot_json_members(reply, keys, 3, members);
	return (struct kept){members[0], members[1], members[2]};
}

/* Where it was written, if that is not where it should be. */
static void put_kept(const struct kept *kept, struct aiot_out *out)
{
	bool until_boot = aiot_json_bool(kept->until_boot, false);
	bool why = aiot_json_type(kept->why) == AIOT_JSON_STRING;

	if (until_boot)
		aiot_out_text(out, ", until the next boot");
	if (until_boot || why)
		aiot_out_text(out, ": ");
	if (why)
		aiot_put_text(kept->why, out);
	else if (until_boot)
		aiot_out_text(out, "there is no state directory");
	if (until_boot) {
		aiot_out_text(out, "; kept in ");
		aiot_put_text(kept->path, out);
	}
	aiot_out_char(out, '\n');
}

static void put_switched(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct kept kept = kept_of(reply);
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(services, &it, NULL, &service)) {
		aiot_put_service_name(aiot_json_get(service, "name"), out);
		aiot_out_text(out, ": ");
		aiot_put_text(aiot_json_get(service, "enabled"), out);
		if (aiot_member_given(service, "active")) {
			aiot_out_text(out, ", ");
			aiot_put_text(aiot_json_get(service, "active"), out);
		}
		put_kept(&kept, out);
	}
}

static void put_is(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(services, &it, NULL, &service)) {
		aiot_put_text(aiot_json_get(service, "enabled"), out);
		aiot_out_char(out, '\n');
	}
}

/* ---- config, get-config ---- */

static void put_origin(struct aiot_json origin, struct aiot_out *out)
{
	aiot_out_text(out, " (");
	aiot_put_text(origin, out);
	aiot_out_char(out, ')');
}

/* Values and origins are written in the same order, each key once. */
static void put_config(struct aiot_json config, struct aiot_out *out)
{
	struct aiot_json origin = aiot_json_get(config, "origin");
	struct aiot_json origins = aiot_json_get(origin, "args");
	struct aiot_json_iter it = {NULL}, origin_it = {NULL};
	struct aiot_json key, value, from;
	bool enabled = aiot_json_bool(aiot_json_get(config, "enabled"), false);

	aiot_put_service_name(aiot_json_get(config, "name"), out);
	aiot_out_text(out, enabled ? ": enabled" : ": disabled");
	put_origin(aiot_json_get(origin, "enabled"), out);
	if (aiot_json_bool(aiot_json_get(config, "masked"), false))
		aiot_out_text(out, ", masked");
	aiot_out_char(out, '\n');
	while (aiot_json_next(aiot_json_get(config, "args"), &it, &key, &value)) {
		aiot_out_text(out, "    ");
		aiot_put_text(key, out);
		aiot_out_text(out, " = ");
		aiot_put_text(value, out);
		if (aiot_json_next(origins, &origin_it, NULL, &from))
			put_origin(from, out);
		aiot_out_char(out, '\n');
	}
}

static void put_configs(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json configs = aiot_json_get(reply, "configs"), config;
	struct aiot_json_iter it = {NULL};

	while (aiot_json_next(configs, &it, NULL, &config))
		put_config(config, out);
}

/* What comes next, for who has just changed something. */
static void put_applies(struct aiot_json name, struct aiot_json applies, struct aiot_out *out)
{
	if (aiot_json_str_is(applies, "unmask"))
		aiot_out_text(out, "it is masked; ");
	else if (!aiot_json_str_is(applies, "load") && !aiot_json_str_is(applies, "reload"))
		return;
	aiot_out_text(out, "to apply: aiotoolsctl ");
	aiot_put_text(applies, out);
	aiot_out_char(out, ' ');
	aiot_put_text(name, out);
	aiot_out_char(out, '\n');
}

/* Why nobody knows whether the service takes its options. */
static void put_unchecked(struct aiot_json reply, struct aiot_out *out)
{
	if (aiot_json_bool(aiot_json_get(reply, "checked"), true))
		return;
	aiot_out_text(out, "not checked: ");
	aiot_put_text(aiot_json_get(reply, "unchecked"), out);
	aiot_out_char(out, '\n');
}

static void put_configured(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json config = aiot_json_get(reply, "config");
	struct kept kept = kept_of(reply);

	put_config(config, out);
	put_unchecked(reply, out);
	if (aiot_json_bool(kept.until_boot, false) ||
	    aiot_json_type(kept.why) == AIOT_JSON_STRING) {
		aiot_out_text(out, "kept");
		put_kept(&kept, out);
	}
	put_applies(aiot_json_get(config, "name"), aiot_json_get(reply, "applies"), out);
}

/* ---- cat, edit ---- */

static void put_files(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json files = aiot_json_get(reply, "files"), file;
	struct aiot_json_iter it = {NULL};
	bool first = true;

	while (aiot_json_next(files, &it, NULL, &file)) {
		struct aiot_json text = aiot_json_get(file, "text");

		aiot_out_text(out, first ? "# " : "\n# ");
		aiot_put_text(aiot_json_get(file, "file"), out);
		if (aiot_json_type(text) != AIOT_JSON_STRING)
			aiot_out_text(out, ": you may not read it, or it cannot be read");
		aiot_out_char(out, '\n');
		aiot_put_lines(text, out);
		first = false;
	}
}

static void put_edited(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json service = aiot_json_get(reply, "service");
	struct aiot_json load = aiot_json_get(service, "load");
	struct kept kept = kept_of(reply);

	aiot_put_service_name(aiot_json_get(service, "name"), out);
	aiot_out_text(out, ": ");
	aiot_put_text(kept.path, out);
	aiot_out_text(out, " written");
	put_kept(&kept, out);
	put_unchecked(reply, out);
	if (aiot_json_str_is(load, "loaded"))
		put_applies(aiot_json_get(service, "name"), (struct aiot_json){"\"reload\"", 8},
			    out);
}

/* ---- which is which ---- */

bool aiot_render_config(const struct aiot_render *r, const struct aiot_command *command,
			struct aiot_json request, struct aiot_json reply, struct aiot_out *out)
{
	(void)request;
	switch (command->id) {
	case AIOT_CMD_ENABLE:
	case AIOT_CMD_DISABLE:
	case AIOT_CMD_MASK:
	case AIOT_CMD_UNMASK:
		if (!r->quiet)
			put_switched(reply, out);
		return true;
	case AIOT_CMD_IS_ENABLED:
		if (!r->quiet)
			put_is(reply, out);
		return true;
	case AIOT_CMD_CONFIG:
		if (!r->quiet)
			put_configured(reply, out);
		return true;
	case AIOT_CMD_GET_CONFIG:
		put_configs(reply, out);
		return true;
	case AIOT_CMD_CAT:
		put_files(reply, out);
		return true;
	case AIOT_CMD_EDIT:
		if (!r->quiet)
			put_edited(reply, out);
		return true;
	default:
		return false;
	}
}

/* 0 when any is loaded at start, as with is-active; a pattern without a match is no failure. */
static int is_exit(struct aiot_json reply)
{
	struct aiot_json services = aiot_json_get(reply, "services"), service;
	struct aiot_json_iter it = {NULL};
	int code = 0;

	while (aiot_json_next(services, &it, NULL, &service)) {
		if (aiot_json_bool(aiot_json_get(service, "loads"), false))
			return 0;
		code = 3;
	}
	return code;
}

int aiot_render_config_exit(const struct aiot_command *command, struct aiot_json reply)
{
	if (command->id == AIOT_CMD_IS_ENABLED)
		return is_exit(reply);
	return command->id == AIOT_CMD_ENABLE ? aiot_service_exit(reply) : 0;
}
