/*
 * json-small-write.c - see json.h: JSON written by boards that have little flash.
 *
 * Built instead of json-write.c.  How deep it is nested is not counted: the handlers of these
 * boards write five levels.
 */
#include "json.h"

#include <string.h>

#include <aiotools.h>

static const char letters[] = "bfnrt\"\\", bytes[] = "\b\f\n\r\t\"\\";

void aiot_json_begin(struct aiot_json_out *j, struct aiot_out *out)
{
	*j = (struct aiot_json_out){.out = out};
}

static void put_escaped(struct aiot_out *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *hit = memchr(bytes, c, sizeof(bytes) - 1);

	if (c >= 0x80) {
		aiot_out_text(out, "\xef\xbf\xbd"); /* U+FFFD for each bad byte */
		return;
	}
	aiot_out_char(out, '\\');
	if (hit) {
		aiot_out_char(out, letters[hit - bytes]);
		return;
	}
	aiot_out_text(out, "u00");
	aiot_out_char(out, hex[c >> 4]);
	aiot_out_char(out, hex[c & 15]);
}

/*
 * Bytes of the character that can be copied as they are; 0: it cannot.  Of UTF-8 those of two and
 * three bytes, but for the lead bytes behind which not every sequence is one.
 */
static size_t plain_bytes(const char *text, size_t len)
{
	unsigned char c = (unsigned char)*text;
	size_t n = 1;

	if (c < 0x80)
		return c >= 0x20 && c != '"' && c != '\\';
	if (c < 0xc2 || c == 0xe0 || c == 0xed || c > 0xef)
		return 0;
	while (n < len && n < (c < 0xe0 ? 2u : 3u) && ((unsigned char)text[n] & 0xc0) == 0x80)
		n++;
	return n == (c < 0xe0 ? 2u : 3u) ? n : 0;
}

static void put_quoted(struct aiot_out *out, const char *text, size_t len)
{
	aiot_out_char(out, '"');
	while (len > 0) {
		size_t n = plain_bytes(text, len);

		if (n > 0)
			aiot_out_mem(out, text, n);
		else
			put_escaped(out, (unsigned char)*text);
		n += n == 0;
		text += n;
		len -= n;
	}
	aiot_out_char(out, '"');
}

/* What comes before a value: a comma, a key. */
static void put_lead(struct aiot_json_out *j, const char *key)
{
	if (j->comma)
		aiot_out_char(j->out, ',');
	j->comma = true;
	if (!key)
		return;
	put_quoted(j->out, key, strlen(key));
	aiot_out_char(j->out, ':');
}

static void put_bracket(struct aiot_json_out *j, char c, bool comma)
{
	aiot_out_char(j->out, c);
	j->comma = comma;
}

void aiot_json_put_object(struct aiot_json_out *j, const char *key)
{
	put_lead(j, key);
	put_bracket(j, '{', false);
}

void aiot_json_put_array(struct aiot_json_out *j, const char *key)
{
	put_lead(j, key);
	put_bracket(j, '[', false);
}

void aiot_json_put_end_object(struct aiot_json_out *j)
{
	put_bracket(j, '}', true);
}

void aiot_json_put_end_array(struct aiot_json_out *j)
{
	put_bracket(j, ']', true);
}

static void put_word(struct aiot_json_out *j, const char *key, const char *word)
{
	put_lead(j, key);
	aiot_out_text(j->out, word);
}

void aiot_json_put_str(struct aiot_json_out *j, const char *key, const char *text)
{
	aiot_json_put_strn(j, key, text, text ? strlen(text) : 0);
}

void aiot_json_put_strn(struct aiot_json_out *j, const char *key, const char *text, size_t len)
{
	put_word(j, key, text ? "" : "null");
	if (text)
		put_quoted(j->out, text, len);
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
	put_word(j, key, value.len == 0 ? "null" : "");
	aiot_out_mem(j->out, value.text, value.len);
}
