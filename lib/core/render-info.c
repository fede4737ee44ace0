/*
 * render-info.c - any object as aligned lines, objects in it indented below their name.
 *
 * Called by render.c for info, whose members are whoever's that add to it.  No recursion: the
 * objects that are open stand on a small stack, as deep as JSON may be.
 */
#include "render-private.h"

struct level {
	struct aiot_json obj;
	struct aiot_json_iter it;
	size_t width; /* of the longest key beside a value */
};

static bool is_open(struct aiot_json value)
{
	return aiot_json_type(value) == AIOT_JSON_OBJECT && aiot_json_count(value) > 0;
}

static void enter(struct level *level, struct aiot_json obj)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;

	*level = (struct level){.obj = obj};
	while (aiot_json_next(obj, &it, &key, &value)) {
		if (!is_open(value) && key.len > level->width)
			level->width = key.len;
	}
}

/* An array of plain values reads better without brackets. */
static bool is_plain_array(struct aiot_json value)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json item;

	if (aiot_json_type(value) != AIOT_JSON_ARRAY || aiot_json_count(value) == 0)
		return false;
	while (aiot_json_next(value, &it, NULL, &item)) {
		enum aiot_json_type type = aiot_json_type(item);

		if (type == AIOT_JSON_ARRAY || type == AIOT_JSON_OBJECT)
			return false;
	}
	return true;
}

static void put_items(struct aiot_json array, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json item;
	bool first = true;

	while (aiot_json_next(array, &it, NULL, &item)) {
		if (!first)
			aiot_out_text(out, ", ");
		first = false;
		aiot_put_value(item, out);
	}
}

static void put_member(size_t depth, size_t width, struct aiot_json key, struct aiot_json value,
		       struct aiot_out *out)
{
	aiot_out_pad(out, ' ', 2 * depth);
	aiot_put_text(key, out);
	aiot_out_char(out, ':');
	if (!is_open(value)) {
		aiot_out_pad(out, ' ', width - key.len + 1);
		if (is_plain_array(value))
			put_items(value, out);
		else if (aiot_json_type(value) == AIOT_JSON_NULL)
			aiot_out_char(out, '-');
		else
			aiot_put_value(value, out);
	}
	aiot_out_char(out, '\n');
}

void aiot_render_info(struct aiot_json obj, struct aiot_out *out)
{
	struct level levels[AIOT_JSON_DEPTH];
	size_t depth = 0;

	enter(&levels[0], obj);
	for (;;) {
		struct level *level = &levels[depth];
		struct aiot_json key, value;

		if (!aiot_json_next(level->obj, &level->it, &key, &value)) {
			if (depth-- == 0)
				return;
			continue;
		}
		put_member(depth, level->width, key, value, out);
		if (is_open(value) && depth + 1 < AIOT_JSON_DEPTH)
			enter(&levels[++depth], value);
	}
}
