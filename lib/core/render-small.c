/*
 * render-small.c - from a reply's data to the text that people read, on boards that have little
 * flash: a line for each row, KEY=VALUE but for what says enough without its key.
 *
 * Built instead of render*.c; called by terminal.c with what the same board's handlers wrote, so it
 * relies on their order of members.  One walk over the JSON text; keeps nothing, recurses never.
 */
#include "render.h"

#include <string.h>

#include <aiotools.h>

#include "core.h"

/* How a member of a row is shown, by its key; what is not here as KEY=VALUE. */
enum how {
	HOW_PLAIN,   /* its value alone */
	HOW_LEVEL,   /* [LEVEL] */
	HOW_SECONDS, /* its value alone, which is in microseconds */
	HOW_CALL,    /* a line of its own for a frame of a traceback: FUNCTION() */
	HOW_LINE,    /* :LINE */
	HOW_NOT,
	HOW_KEY,
};

static const struct {
	const char *key;
	uint8_t how;
} members[] = {
	{"name", HOW_PLAIN},	{"state", HOW_PLAIN},	{"text", HOW_PLAIN},
	{"message", HOW_PLAIN}, {"file", HOW_PLAIN},	{"mono_us", HOW_SECONDS},
	{"level", HOW_LEVEL},	{"function", HOW_CALL}, {"line", HOW_LINE},
	{"cursor", HOW_NOT},	{"time_us", HOW_NOT},	{"since_us", HOW_NOT},
	{"next_us", HOW_NOT},	{"origin", HOW_NOT},
};

static enum how how_of(struct aiot_json key)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (aiot_json_str_is(key, members[i].key))
			return (enum how)members[i].how;
	}
	return HOW_KEY;
}

/* Control characters come out as ?, so that no log line can steer a terminal. */
static void put_text(struct aiot_json value, struct aiot_out *out)
{
	size_t i;

	if (value.len == 0 || value.text[0] != '"') {
		aiot_out_mem(out, value.text, value.len);
		return;
	}
	for (i = 1; i + 1 < value.len; i++) {
		char c = value.text[i];

		if (c == '\\') {
			c = value.text[++i];
			c = c == '"' || c == '\\' ? c : '?';
			if (value.text[i] == 'u')
				i += 4;
		}
		aiot_out_char(out, c);
	}
}

/* Of microseconds, with three digits behind the point: by their places, without a division. */
static void put_seconds(struct aiot_json value, struct aiot_out *out)
{
	size_t whole = value.len > 6 ? value.len - 6 : 0;

	if (whole > 0)
		aiot_out_mem(out, value.text, whole);
	else
		aiot_out_char(out, '0');
	aiot_out_char(out, '.');
	for (size_t i = 6; i > 3; i--)
		aiot_out_char(out, value.len >= i && value.text[value.len - i] != '-'
					   ? value.text[value.len - i]
					   : '0');
	aiot_out_char(out, 's');
}

/* "every_us" is every=10.000s. */
static void put_key(struct aiot_json key, struct aiot_json value, struct aiot_out *out)
{
	bool us = key.len > 5 && memcmp(key.text + key.len - 4, "_us\"", 4) == 0;

	if (key.len > 0) {
		aiot_out_mem(out, key.text + 1, key.len - (us ? 5 : 2));
		aiot_out_char(out, '=');
	}
	if (us)
		put_seconds(value, out);
	else
		put_text(value, out);
}

/* An error's name is for programs: its message says more. */
static bool is_id(struct aiot_json value)
{
	return value.len > 4 && memcmp(value.text, "\"io.", 4) == 0;
}

/* [INFO] [name] */
static void put_in_brackets(struct aiot_json value, struct aiot_out *out)
{
	aiot_out_char(out, '[');
	put_text(value, out);
	aiot_out_char(out, ']');
}

/* A level's word, in capitals. */
static void put_level(struct aiot_json value, struct aiot_out *out)
{
	aiot_out_char(out, '[');
	for (size_t i = 1; i + 1 < value.len; i++)
		aiot_out_char(out, (char)(value.text[i] & ~0x20));
	aiot_out_char(out, ']');
}

/* last: how the member before was shown; HOW_NOT: there was none.  Returns how this one was. */
static enum how put_member(struct aiot_json key, struct aiot_json value, enum how last,
			   struct aiot_out *out)
{
	enum how how = is_id(value) ? HOW_NOT : how_of(key);

	if (how == HOW_NOT)
		return last;
	if (how == HOW_LINE)
		aiot_out_char(out, ':');
	else if (how == HOW_CALL)
		aiot_out_text(out, "\n  ");
	else if (last != HOW_NOT)
		aiot_out_char(out, ' ');
	if (how == HOW_LEVEL)
		put_level(value, out);
	else if (how == HOW_KEY)
		put_key(key, value, out);
	else if (how == HOW_SECONDS)
		put_seconds(value, out);
	else if (last == HOW_LEVEL)
		put_in_brackets(value, out);
	else
		put_text(value, out);
	if (how == HOW_CALL)
		aiot_out_text(out, "()");
	return how;
}

/* The members of a row, and of what is in them; from *it on. */
static void put_row(struct aiot_json row, struct aiot_out *out)
{
	struct aiot_json_iter it[4] = {{NULL}};
	struct aiot_json in[4] = {row}, key, value;
	unsigned depth = 1;
	enum how last = HOW_NOT;

	while (depth > 0) {
		if (!aiot_json_next(in[depth - 1], &it[depth - 1], &key, &value)) {
			depth--;
		} else if (aiot_json_type(value) < AIOT_JSON_ARRAY || depth == 4) {
			last = put_member(key, value, last, out);
		} else {
			it[depth].at = NULL;
			in[depth++] = value;
		}
	}
	aiot_out_char(out, '\n');
}

void aiot_render_reply(const struct aiot_render *r, const struct aiot_command *command,
		       struct aiot_json request, struct aiot_json reply, bool first,
		       struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL}, rows;
	struct aiot_json key, value, row;

	(void)r;
	(void)command;
	(void)request;
	(void)first;
	while (aiot_json_next(reply, &it, &key, &value)) {
		rows.at = NULL;
		if (aiot_json_type(value) == AIOT_JSON_OBJECT) {
			put_row(value, out);
		} else if (aiot_json_type(value) != AIOT_JSON_ARRAY) {
			if (how_of(key) == HOW_NOT)
				continue;
			put_key(key, value, out);
			aiot_out_char(out, '\n');
		} else {
			while (aiot_json_next(value, &rows, NULL, &row))
				put_row(row, out);
		}
	}
}

void aiot_render_failures(const struct aiot_command *command, struct aiot_json reply,
			  struct aiot_out *out)
{
	(void)command; /* they are rows like others */
	(void)reply;
	(void)out;
}

void aiot_render_error(struct aiot_json error_name, struct aiot_json parameters,
		       struct aiot_out *out)
{
	(void)error_name;
	put_text(aiot_json_get(parameters, "message"), out);
}
