/*
 * json-write.c - JSON, written straight to an aiot_out.
 *
 * aiot_json_begin() first, then put functions in the order of the text; the writer sets commas,
 * quotes and escapes.  Errors (no room, too deep) stay in the aiot_out and are asked for once, at
 * the end.  It does not check that a key is given where one is needed, nor that the right end is
 * called: the tests of its callers parse what they write.
 */
#include "json.h"

#include <aiotools.h>

#include "json-text.h"
#include "port.h"

#define STRF_SIZE 512 /* a formatted string with its terminator */

void aiot_json_begin(struct aiot_json_out *j, struct aiot_out *out)
{
	*j = (struct aiot_json_out){.out = out};
}

static bool has_room(const struct aiot_out *out, size_t need)
{
	return !out->error && out->size - out->len >= need;
}

static void put_control(struct aiot_out *out, unsigned char c)
{
	static const char bytes[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
	static const char hex[] = "0123456789abcdef";
	const char *hit = memchr(bytes, c, sizeof(bytes) - 1);
	char text[6] = "\\u00";

	if (hit) {
		text[1] = letters[hit - bytes];
		aiot_out_mem(out, text, 2);
		return;
	}
	text[4] = hex[c >> 4];
	text[5] = hex[c & 15];
	aiot_out_mem(out, text, 6);
}

/* How many bytes at the start of text[0..len) can be copied as they are: plain or good UTF-8. */
static size_t clean_run(const char *text, size_t len)
{
	size_t i = 0;

	for (;;) {
		size_t n;

		i += json_plain_run(text + i, len - i);
		if (i == len || (unsigned char)text[i] < 0x80)
			return i;
		n = json_utf8_length(text + i, len - i);
		if (n == 0)
			return i;
		i += n;
	}
}

static void put_escaped(struct aiot_out *out, const char *text, size_t len)
{
	for (;;) {
		size_t run = clean_run(text, len);

		aiot_out_mem(out, text, run);
		text += run;
		len -= run;
		if (len == 0)
			return;
		if ((unsigned char)*text < 0x80)
			put_control(out, (unsigned char)*text);
		else
			aiot_out_mem(out, "\xef\xbf\xbd", 3); /* U+FFFD for each bad byte */
		text++;
		len--;
	}
}

/* The string in quotes, and behind them the byte `after` unless it is NUL. */
static void put_quoted(struct aiot_out *out, const char *text, size_t len, char after)
{
	char *to;

	if (!has_room(out, len + 3) || json_plain_run(text, len) < len) {
		aiot_out_char(out, '"');
		put_escaped(out, text, len);
		aiot_out_char(out, '"');
		if (after)
			aiot_out_char(out, after);
		return;
	}
	/* Nearly all strings: nothing to escape, and there is room. */
	to = out->buf + out->len;
	*to++ = '"';
	memcpy(to, text, len);
	to += len;
	*to++ = '"';
	if (after)
		*to++ = after;
	out->len = (size_t)(to - out->buf);
}

/* What comes before a value: a comma, a key. */
static void put_lead(struct aiot_json_out *j, const char *key)
{
	if (j->comma)
		aiot_out_char(j->out, ',');
	j->comma = true;
	if (key)
		put_quoted(j->out, key, strlen(key), ':');
}

static void put_open(struct aiot_json_out *j, const char *key, char bracket)
{
	if (j->depth == AIOT_JSON_DEPTH) {
		if (!j->out->error)
			j->out->error = -AIOT_EOVERFLOW;
		return;
	}
	put_lead(j, key);
	aiot_out_char(j->out, bracket);
	j->depth++;
	j->comma = false;
}

static void put_close(struct aiot_json_out *j, char bracket)
{
	/* After an error not every begin was counted. */
	AIOT_ASSERT(j->depth > 0 || j->out->error);
	if (j->depth > 0)
		j->depth--;
	aiot_out_char(j->out, bracket);
	j->comma = true;
}

void aiot_json_put_object(struct aiot_json_out *j, const char *key)
{
	put_open(j, key, '{');
}

void aiot_json_put_array(struct aiot_json_out *j, const char *key)
{
	put_open(j, key, '[');
}

void aiot_json_put_end_object(struct aiot_json_out *j)
{
	put_close(j, '}');
}

void aiot_json_put_end_array(struct aiot_json_out *j)
{
	put_close(j, ']');
}

void aiot_json_put_str(struct aiot_json_out *j, const char *key, const char *text)
{
	aiot_json_put_strn(j, key, text, text ? strlen(text) : 0);
}

void aiot_json_put_strn(struct aiot_json_out *j, const char *key, const char *text, size_t len)
{
	if (!text) {
		aiot_json_put_null(j, key);
		return;
	}
	put_lead(j, key);
	put_quoted(j->out, text, len, '\0');
}

void aiot_json_put_strf(struct aiot_json_out *j, const char *key, const char *fmt, ...)
{
	char text[STRF_SIZE];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text) - 1);
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	aiot_json_put_strn(j, key, text, out.len);
}

void aiot_json_put_i64(struct aiot_json_out *j, const char *key, int64_t value)
{
	put_lead(j, key);
	aiot_out_i64(j->out, value);
}

void aiot_json_put_u64(struct aiot_json_out *j, const char *key, uint64_t value)
{
	put_lead(j, key);
	aiot_out_u64(j->out, value);
}

void aiot_json_put_decimal(struct aiot_json_out *j, const char *key, int64_t value, unsigned digits)
{
	put_lead(j, key);
	aiot_out_decimal(j->out, value, digits);
}

static void put_word(struct aiot_json_out *j, const char *key, const char *word)
{
	put_lead(j, key);
	aiot_out_text(j->out, word);
}

void aiot_json_put_bool(struct aiot_json_out *j, const char *key, bool value)
{
	put_word(j, key, value ? "true" : "false");
}

void aiot_json_put_null(struct aiot_json_out *j, const char *key)
{
	put_word(j, key, "null");
}

void aiot_json_put_raw(struct aiot_json_out *j, const char *key, struct aiot_json value)
{
	if (value.len == 0) {
		aiot_json_put_null(j, key); /* an absent value still is one in the text */
		return;
	}
	put_lead(j, key);
	aiot_out_mem(j->out, value.text, value.len);
}
