/*
 * render-boot.c - what services need of each other, and how long their start took.
 *
 * Called by render.c for dependencies and analyze; the plot is aiotoolsctl's own (ctl/plot.c).
 */
#include "render-private.h"
#include "timetext.h"

void aiot_render_duration_us(int64_t us, struct aiot_out *out)
{
	uint64_t value = us > 0 ? (uint64_t)us : 0;

	if (value >= 60000000)
		aiot_out_span(out, value / 1000000 * AIOT_NS_PER_S);
	else if (value >= 1000000)
		aiot_format(out, "%u.%03u s", (unsigned)(value / 1000000),
			    (unsigned)(value / 1000 % 1000));
	else if (value >= 1000)
		aiot_format(out, "%u.%u ms", (unsigned)(value / 1000),
			    (unsigned)(value / 100 % 10));
	else
		aiot_format(out, "%u us", (unsigned)value);
}

/* ---- dependencies ---- */

static const char *relation_word(struct aiot_json relation, bool reverse)
{
	if (aiot_json_str_is(relation, "requires"))
		return reverse ? "required by " : "requires ";
	if (aiot_json_str_is(relation, "wants"))
		return reverse ? "wanted by " : "wants ";
	if (aiot_json_str_is(relation, "after"))
		return reverse ? "before " : "after ";
	return "";
}

static void put_dependency(const struct aiot_render *r, struct aiot_json row, bool reverse,
			   struct aiot_out *out)
{
	struct aiot_json state = aiot_json_get(row, "state"), load = aiot_json_get(row, "load");
	int64_t depth = aiot_member_i64(row, "depth");
	const char *code;

	if (aiot_json_type(state) != AIOT_JSON_STRING)
		state = load;
	code = r->color ? aiot_state_color(state) : NULL;
	aiot_out_pad(out, ' ', depth > 0 ? (size_t)(depth < 40 ? depth : 40) * 2 : 0);
	aiot_out_text(out, relation_word(aiot_json_get(row, "relation"), reverse));
	aiot_put_service_name(aiot_json_get(row, "name"), out);
	aiot_out_text(out, ": ");
	if (code)
		aiot_format(out, "\x1b[%sm", code);
	if (aiot_json_str_is(load, "unknown"))
		aiot_out_text(out, "not known");
	else
		aiot_put_text(state, out);
	if (code)
		aiot_out_text(out, "\x1b[0m");
	if (aiot_json_bool(aiot_json_get(row, "repeated"), false))
		aiot_out_text(out, " (see above)");
	aiot_out_char(out, '\n');
}

static void put_dependencies(const struct aiot_render *r, struct aiot_json request,
			     struct aiot_json reply, struct aiot_out *out)
{
	bool reverse = aiot_json_bool(aiot_json_get(request, "reverse"), false);
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(aiot_json_get(reply, "dependencies"), &it, NULL, &row))
		put_dependency(r, row, reverse, out);
}

/* ---- analyze ---- */

static void put_names(struct aiot_json names, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	const char *separator = ": ";
	struct aiot_json name;

	while (aiot_json_next(names, &it, NULL, &name)) {
		aiot_out_text(out, separator);
		aiot_put_service_name(name, out);
		separator = ", ";
	}
}

static void put_boot(struct aiot_json reply, struct aiot_out *out)
{
	struct aiot_json under_way = aiot_json_get(reply, "under_way");

	if (aiot_member_given(reply, "total_us")) {
		aiot_out_text(out, "booted in ");
		aiot_render_duration_us(aiot_member_i64(reply, "total_us"), out);
		aiot_out_text(out, ": core ");
		aiot_render_duration_us(aiot_member_i64(reply, "core_us"), out);
		aiot_out_text(out, ", init ");
		aiot_render_duration_us(aiot_member_i64(reply, "init_us"), out);
	} else if (aiot_member_given(reply, "since_us")) {
		aiot_out_text(out, "booting for ");
		aiot_render_duration_us(aiot_member_i64(reply, "since_us"), out);
		if (aiot_json_count(under_way) > 0)
			aiot_out_text(out, ", core services under way");
		put_names(under_way, out);
	} else {
		aiot_put_text(aiot_json_get(reply, "state"), out);
	}
	aiot_out_char(out, '\n');
}

/* Of one that is not ready, and was not. */
static void put_state(struct aiot_json row, struct aiot_out *out)
{
	if (aiot_member_given(row, "state"))
		aiot_put_text(aiot_json_get(row, "state"), out);
	else
		aiot_out_text(out, "not ready");
}

static void took_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_render_duration_us(aiot_member_i64(row, "took_us"), out);
}

static void name_cell(const struct aiot_render *r, struct aiot_json row, struct aiot_out *out)
{
	(void)r;
	aiot_put_service_name(aiot_json_get(row, "name"), out);
	if (!aiot_member_given(row, "ready_us")) {
		aiot_out_text(out, " (");
		put_state(row, out);
		aiot_out_char(out, ')');
	}
}

static void put_chain(struct aiot_json services, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json row;

	while (aiot_json_next(services, &it, NULL, &row)) {
		int64_t depth = aiot_member_i64(row, "depth");

		aiot_out_pad(out, ' ', depth > 1 ? (size_t)(depth < 40 ? depth : 40) * 2 - 2 : 0);
		aiot_out_text(out, depth > 0 ? "\xe2\x94\x94\xe2\x94\x80" : "");
		aiot_put_service_name(aiot_json_get(row, "name"), out);
		if (aiot_member_given(row, "ready_us")) {
			aiot_out_text(out, " @");
			aiot_render_duration_us(aiot_member_i64(row, "ready_us"), out);
		} else {
			aiot_out_char(out, ' ');
			put_state(row, out);
		}
		aiot_out_text(out, " +");
		aiot_render_duration_us(aiot_member_i64(row, "took_us"), out);
		aiot_out_char(out, '\n');
	}
}

static void put_analysis(const struct aiot_render *r, struct aiot_json request,
			 struct aiot_json reply, struct aiot_out *out)
{
	static const struct aiot_column columns[] = {{"TOOK", took_cell}, {"SERVICE", name_cell}};
	struct aiot_json services = aiot_json_get(reply, "services");
	struct aiot_json what = aiot_json_get(request, "what");

	if (aiot_json_type(services) != AIOT_JSON_ARRAY)
		put_boot(reply, out);
	else if (aiot_json_str_is(what, "critical-chain"))
		put_chain(services, out);
	else if (aiot_json_count(services) > 0)
		aiot_put_table(r, columns, 2, services, false, out);
}

void aiot_render_boot(const struct aiot_render *r, const struct aiot_command *command,
		      struct aiot_json request, struct aiot_json reply, struct aiot_out *out)
{
	if (command->id == AIOT_CMD_DEPENDENCIES)
		put_dependencies(r, request, reply, out);
	else
		put_analysis(r, request, reply, out);
}
