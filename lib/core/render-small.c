/*
 * render-small.c - from a reply to the text that people read, on boards that have little flash: a
 * line for each row, KEY=VALUE but for what says enough without its key.
 *
 * Built instead of render*.c; called by terminal.c with what the same board's handlers wrote, so it
 * trusts that text, and relies on the order of its members.  One pass over its bytes: a row ends
 * where its bracket is closed, and what is nested in it stands in its line.  Keeps nothing.
 */
#include "render.h"

#include <string.h>

#include "core.h"

#define ROW_DEPTH 3 /* {"parameters":{"tasks":[ */

/*
 * How members are shown, by the byte before their key: '-' not at all; '[' in capitals and
 * brackets, and the next one in brackets, too; '(' in a line of its own, with brackets behind; ':'
 * without a blank before; '!' as "error:", if it is an error's name, which is for programs; the
 * others as their value alone.  What is not here is KEY=VALUE.
 */
static const char keys[] = " name\0 state\0 text\0 message\0 file\0 mono_us\0[level\0(function\0"
			   ":line\0!error\0-cursor\0-time_us\0-since_us\0-next_us\0-origin\0";

/* Of the key at p, in quotes. */
static char how_of(const char *p, size_t len)
{
	for (const char *key = keys; *key != '\0'; key += strlen(key) + 1) {
		if (strlen(key) + 1 == len && memcmp(key + 1, p + 1, len - 2) == 0)
			return *key;
	}
	return '=';
}

/* Behind the string, number or word at p. */
static const char *pass(const char *p)
{
	bool quoted = *p++ == '"';

	while (quoted ? *p != '"' : *p != ',' && *p != ']' && *p != '}')
		p += *p == '\\' ? 2 : 1;
	return p + quoted;
}

/* Control characters come out as ?, so that no log line can steer a terminal. */
static void put_text(const char *p, const char *end, char mask, struct aiot_out *out)
{
	bool quoted = *p == '"';

	for (p += quoted, end -= quoted; p < end; p++) {
		char c = *p;

		if (c == '\\') {
			c = *++p;
			if (c == 'u')
				p += 4;
			if (c != '"' && c != '\\')
				c = '?';
		}
		aiot_out_char(out, (char)(c & mask));
	}
}

/* Of microseconds, with three digits behind the point: by their places, without a division. */
static void put_seconds(const char *p, const char *end, struct aiot_out *out)
{
	size_t len = (size_t)(end - p);

	for (size_t place = len > 7 ? len : 7; place > 3; place--) {
		char c = place > len ? '0' : end[-(ptrdiff_t)place];

		aiot_out_char(out, c == '-' && place < 7 ? '0' : c);
		if (place == 7)
			aiot_out_char(out, '.');
	}
	aiot_out_char(out, 's');
}

/* before: how the member before was shown; '\n': there is none in this line.  Returns how this was.
 */
static char put_member(const char *key, size_t key_len, const char *p, const char *end, char before,
		       struct aiot_out *out)
{
	char how = how_of(key, key_len);
	bool us = key_len > 5 && memcmp(key + key_len - 4, "_us\"", 4) == 0;
	bool brackets = how == '[' || before == '[';

	if (how == '-')
		return before;
	if (how == '(')
		aiot_out_text(out, "\n ");
	if (how == ':')
		aiot_out_char(out, ':');
	else if (before != '\n')
		aiot_out_char(out, ' ');
	if (how == '!' && memchr(p, '.', (size_t)(end - p)) != NULL) {
		aiot_out_text(out, "error:");
		return how;
	}
	if (how == '=' || how == '!') {
		aiot_out_mem(out, key + 1, key_len - (us ? 5 : 2));
		aiot_out_char(out, '=');
	}
	if (brackets)
		aiot_out_char(out, '[');
	if (us)
		put_seconds(p, end, out);
	else
		put_text(p, end, how == '[' ? (char)~0x20 : (char)~0, out);
	if (brackets)
		aiot_out_char(out, ']');
	if (how == '(')
		aiot_out_text(out, "()");
	return how;
}

void aiot_render_small(const char *reply, size_t len, struct aiot_out *out)
{
	const char *end = reply + len, *key = reply, *from;
	size_t key_len = 0;
	unsigned depth = 0;
	char before = '\n';

	while (reply < end) {
		char c = *reply;

		from = reply++;
		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (--depth <= ROW_DEPTH && before != '\n')
				aiot_out_char(out, before = '\n');
		} else if (c != ',' && c != ':') {
			reply = pass(from);
			if (*reply == ':') {
				key = from;
				key_len = (size_t)(reply - from);
			} else {
				before = put_member(key, key_len, from, reply, before, out);
			}
		}
	}
}
