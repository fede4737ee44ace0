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

/* How a member is shown; bits. */
#define PLAIN 0x01    /* its value alone */
#define HIDDEN 0x02   /* not at all */
#define LINE 0x04     /* in a line of its own */
#define COLON 0x08    /* behind a colon, not a blank */
#define CAPITALS 0x10 /* in capitals and brackets, and the next one in brackets, too */
#define ERROR 0x20    /* "error:", if it is an error's name, which is for programs */
#define FIRST 0x40    /* none yet in this line */

/* The keys of which not KEY=VALUE is shown, behind how they are. */
static const char keys[] =
	"\1name\0\1state\0\1text\0\1message\0\1file\0\1mono_us\0\21level\0\5function\0"
	"\11line\0\40error\0\2cursor\0\2time_us\0\2since_us\0\2next_us\0\2origin\0";

/* Of the key at p. */
static unsigned how_of(const char *p, size_t len)
{
	const char *key = keys;

	while (*key != '\0' && (strncmp(key + 1, p, len) != 0 || key[1 + len] != '\0'))
		key += strlen(key) + 1;
	return (unsigned char)*key;
}

/*
 * The string, number or word at p, to out unless that is NULL; behind it.  Control characters come
 * out as ?, so that no log line can steer a terminal.
 */
static const char *put_value(const char *p, char mask, struct aiot_out *out)
{
	bool quoted = *p == '"';

	for (p += quoted; quoted ? *p != '"' : *p != ',' && (*p | 0x20) != '}'; p++) {
		char c = *p;

		if (c == '\\') {
			c = *++p;
			if (c == 'u')
				p += 4;
			if (c != '"' && c != '\\')
				c = '?';
		}
		if (out != NULL)
			aiot_out_char(out, (char)(c & mask));
	}
	return p + quoted;
}

/* Of microseconds, with three digits behind the point: by their places, without a division. */
static void put_seconds(const char *p, const char *end, struct aiot_out *out)
{
	int len, place;

	if (*p == '-')
		aiot_out_char(out, *p++);
	len = (int)(end - p);
	for (place = len > 7 ? len : 7; place > 3; place--) {
		aiot_out_char(out, place > len ? '0' : end[-place]);
		if (place == 7)
			aiot_out_char(out, '.');
	}
	aiot_out_char(out, 's');
}

/* key has no quotes.  before: how the member before was shown.  Returns how this was. */
static unsigned put_member(const char *key, size_t key_len, const char *p, const char *end,
			   unsigned before, struct aiot_out *out)
{
	unsigned how = how_of(key, key_len), brackets = (how | before) & CAPITALS;
	size_t us = key_len > 3 && strncmp(key + key_len - 3, "_us", 3) == 0 ? 3 : 0;

	if (how & HIDDEN)
		return before;
	if (!(before & FIRST))
		aiot_out_text(out, how & LINE ? "\n  " : how & COLON ? ":" : " ");
	if (how & ERROR && memchr(p, '.', (size_t)(end - p)) != NULL) {
		aiot_out_text(out, "error:");
		return how;
	}
	if (!(how & PLAIN)) {
		aiot_out_mem(out, key, key_len - us);
		aiot_out_char(out, '=');
	}
	if (brackets)
		aiot_out_char(out, '[');
	if (us)
		put_seconds(p, end, out);
	else
		(void)put_value(p, how & CAPITALS ? (char)~0x20 : (char)~0, out);
	if (brackets)
		aiot_out_char(out, ']');
	return how;
}

void aiot_render_small(const char *reply, size_t len, struct aiot_out *out)
{
	const char *end = reply + len, *key = reply, *from;
	size_t key_len = 0;
	unsigned depth = 0;
	unsigned before = FIRST;

	while (reply < end) {
		char c = *reply;

		from = reply++;
		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (--depth <= ROW_DEPTH && !(before & FIRST)) {
				before = FIRST;
				aiot_out_char(out, '\n');
			}
		} else if (c != ',' && c != ':') {
			reply = put_value(from, 0, NULL);
			if (*reply == ':') {
				key = from + 1;
				key_len = (size_t)(reply - from) - 2;
			} else {
				before = put_member(key, key_len, from, reply, before, out);
			}
		}
	}
}
