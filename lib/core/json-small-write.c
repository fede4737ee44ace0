/*
 * json-small-write.c - see json.h: JSON written by boards that have little flash.
 *
 * Built instead of json-write.c.  It knows where it is by what was written last: so the text has to
 * stay in one buffer, from its beginning on.  How deep it is nested is not counted: the handlers of
 * these boards write five levels.
 */
#include "json.h"

#include <string.h>

#include <aiotools.h>

/*
 * Bytes of the character at text[0..len); 0: it is none.  Of UTF-8 those of two bytes, and of three
 * where any two may follow the first.
 */
static size_t char_bytes(const char *text, size_t len)
{
	unsigned char c = (unsigned char)*text;
	size_t bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : 3;

	if (bytes > len || (bytes > 1 && (c < 0xc2 || c == 0xe0 || c > 0xec)))
		return 0;
	for (size_t i = 1; i < bytes; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
	}
	return bytes;
}

/* "\\u001b".  Byte by byte: printf would lie too deep in the stack. */
static void put_code(struct aiot_out *out, unsigned code)
{
	static const char hex[] = "0123456789abcdef";

	aiot_out_char(out, '\\');
	aiot_out_char(out, 'u');
	for (int shift = 12; shift >= 0; shift -= 4)
		aiot_out_char(out, hex[code >> shift & 15]);
}

static void put_quoted(struct aiot_out *out, const char *text, size_t len)
{
	aiot_out_char(out, '"');
	while (len > 0) {
		unsigned char c = (unsigned char)*text;
		size_t bytes = char_bytes(text, len);

		if (c == '"' || c == '\\')
			aiot_out_char(out, '\\');
		if (bytes > 0 && c >= ' ')
			aiot_out_mem(out, text, bytes);
		else
			put_code(out, bytes > 0 ? c : 0xfffdu);
		bytes += bytes == 0;
		text += bytes;
		len -= bytes;
	}
	aiot_out_char(out, '"');
}

/* What comes before a value: a comma, but for the first one; a key. */
static struct aiot_out *put_lead(struct aiot_json_out *j, const char *key)
{
	struct aiot_out *out = j->out;

	/* [ and { differ by one bit; behind a key that was written as a value stands a colon */
	if (out->len > 0 && (out->buf[out->len - 1] | 0x20) != '{' && out->buf[out->len - 1] != ':')
		aiot_out_char(out, ',');
	if (key) {
		put_quoted(out, key, strlen(key));
		aiot_out_char(out, ':');
	}
	return out;
}

void aiot_json_begin(struct aiot_json_out *j, struct aiot_out *out)
{
	j->out = out;
}

void aiot_json_put_object(struct aiot_json_out *j, const char *key)
{
	aiot_out_char(put_lead(j, key), '{');
}

void aiot_json_put_array(struct aiot_json_out *j, const char *key)
{
	aiot_out_char(put_lead(j, key), '[');
}

void aiot_json_put_end_object(struct aiot_json_out *j)
{
	aiot_out_char(j->out, '}');
}

void aiot_json_put_end_array(struct aiot_json_out *j)
{
	aiot_out_char(j->out, ']');
}

void aiot_json_put_str(struct aiot_json_out *j, const char *key, const char *text)
{
	if (text)
		put_quoted(put_lead(j, key), text, strlen(text));
	else
		aiot_json_put_null(j, key);
}

void aiot_json_put_strn(struct aiot_json_out *j, const char *key, const char *text, size_t len)
{
	put_quoted(put_lead(j, key), text, len);
}

bool aiot_json_fits(struct aiot_out *out, size_t start, size_t reserve)
{
	if (out->error == 0 && out->size - out->len >= reserve)
		return true;
	out->len = start;
	out->error = 0;
	return false;
}

/* How long it gets is not known before it is quoted. */
bool aiot_json_put_cut(struct aiot_json_out *j, const char *key, const char *text, size_t len,
		       size_t reserve)
{
	struct aiot_out *out = j->out;
	size_t start = out->len, keep = len;

	for (;;) {
		aiot_json_put_strn(j, key, text, keep);
		if (keep < len) {
			out->len--;
			aiot_out_text(out, "...\"");
		}
		if (aiot_json_fits(out, start, reserve) || keep == 0)
			return keep == len;
		keep -= keep / 8 + 1;
	}
}

void aiot_json_put_i64(struct aiot_json_out *j, const char *key, int64_t value)
{
	aiot_out_i64(put_lead(j, key), value);
}

void aiot_json_put_u64(struct aiot_json_out *j, const char *key, uint64_t value)
{
	aiot_out_u64(put_lead(j, key), value);
}

void aiot_json_put_decimal(struct aiot_json_out *j, const char *key, int64_t value, unsigned digits)
{
	aiot_out_decimal(put_lead(j, key), value, digits);
}

static void put_word(struct aiot_json_out *j, const char *key, const char *word)
{
	aiot_out_text(put_lead(j, key), word);
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
	if (value.len > 0)
		aiot_out_mem(put_lead(j, key), value.text, value.len);
	else
		aiot_json_put_null(j, key);
}
