/*
 * json-read.c - take values out of a text that aiot_json_parse() found to be JSON.
 *
 * Called with slices of such a text and only with those: everything here trusts that strings end,
 * brackets match and escapes are whole, and stops only where such a text stops.  Strings are copied
 * when asked for, and decoded then; numbers are json-number.c's.
 */
#include "json.h"

#include <limits.h>
#include <string.h>

#include <aiotools.h>

#include "json-text.h"

enum aiot_json_type aiot_json_type(struct aiot_json value)
{
	if (value.len == 0)
		return AIOT_JSON_NONE;
	switch (value.text[0]) {
	case '{':
		return AIOT_JSON_OBJECT;
	case '[':
		return AIOT_JSON_ARRAY;
	case '"':
		return AIOT_JSON_STRING;
	case 't':
	case 'f':
		return AIOT_JSON_BOOL;
	case 'n':
		return AIOT_JSON_NULL;
	default:
		return AIOT_JSON_NUMBER;
	}
}

static const char *pass_space(const char *p)
{
	while (json_is_space(*p))
		p++;
	return p;
}

/* The functions that follow get the end of the container that they are in. */

static const char *pass_string(const char *p, const char *end)
{
	for (p++;; p++) {
		p += json_plain_run(p, (size_t)(end - p));
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p++;
	}
}

/* Behind the outermost of the containers that p is in, of which there are `depth`, or at. */
static const char *pass_containers(const char *p, const char *end, unsigned depth)
{
	do {
		switch (*p) {
		case '"':
			p = pass_string(p, end);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			break;
		default:
			break;
		}
		p++;
	} while (depth > 0);
	return p;
}

/* Behind the value at p, which is inside a container. */
static const char *pass_value(const char *p, const char *end)
{
	if (*p == '"')
		return pass_string(p, end);
	if (*p == '{' || *p == '[')
		return pass_containers(p, end, 0);
	while (*p != ',' && *p != ']' && *p != '}' && !json_is_space(*p))
		p++;
	return p;
}

/* Behind a container's bracket or a member of it: where the next one begins; NULL: nowhere. */
static const char *next_member(const char *at)
{
	at = pass_space(at);
	if (*at == ',')
		at = pass_space(at + 1);
	return *at == ']' || *at == '}' ? NULL : at;
}

/* Where the value begins whose key ends at p. */
static const char *pass_colon(const char *p)
{
	return pass_space(pass_space(p) + 1);
}

bool aiot_json_next(struct aiot_json container, struct aiot_json_iter *it,
		    struct aiot_json *ret_key, struct aiot_json *ret_value)
{
	enum aiot_json_type type = aiot_json_type(container);
	struct aiot_json key = {NULL, 0};
	const char *p, *end;

	if (type != AIOT_JSON_ARRAY && type != AIOT_JSON_OBJECT)
		return false;
	end = container.text + container.len;
	p = next_member(it->at ? it->at : container.text + 1);
	if (p == NULL)
		return false;
	if (type == AIOT_JSON_OBJECT) {
		key.text = p;
		p = pass_string(p, end);
		key.len = (size_t)(p - key.text);
		p = pass_colon(p);
	}
	it->at = pass_value(p, end);
	*ret_value = (struct aiot_json){p, (size_t)(it->at - p)};
	if (ret_key)
		*ret_key = key;
	return true;
}

size_t aiot_json_count(struct aiot_json container)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json value;
	size_t count = 0;

	while (aiot_json_next(container, &it, NULL, &value))
		count++;
	return count;
}

/* ---- strings ---- */

/* What lies between the quotes. */
static bool string_body(struct aiot_json value, const char **ret_from, const char **ret_end)
{
	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return false;
	*ret_from = value.text + 1;
	*ret_end = value.text + value.len - 1;
	return true;
}

static unsigned read_hex4(const char *p)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 4 | (unsigned)json_hex_value(p[i]);
	return value;
}

static size_t encode_utf8(uint32_t code, char *buf)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len - 1; i > 0; i--) {
		buf[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	buf[0] = (char)(lead[len] | code);
	return len;
}

/* Decode the escape at *p (a backslash) into buf (4 bytes) and pass it; returns the bytes made. */
static size_t decode_escape(const char **p, char *buf)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	char c = (*p)[1];
	uint32_t code;

	*p += 2;
	if (c != 'u') {
		const char *hit = memchr(letters, c, 5);

		buf[0] = hit ? bytes[hit - letters] : c;
		return 1;
	}
	code = read_hex4(*p);
	*p += 4;
	if (code >= 0xd800 && code < 0xdc00) {
		code = 0x10000 + ((code - 0xd800) << 10) + (read_hex4(*p + 2) - 0xdc00);
		*p += 6;
	}
	return encode_utf8(code, buf);
}

/*
 * The next piece of a string's decoded bytes, at most up to end; false at the end.  A piece is part
 * of the text itself, or lies in `made` (4 bytes).
 */
static bool next_piece(const char **p, const char *end, char *made, const char **ret_piece,
		       size_t *ret_len)
{
	const char *escape;

	if (*p == end)
		return false;
	if (**p == '\\') {
		*ret_len = decode_escape(p, made);
		*ret_piece = made;
		return true;
	}
	escape = memchr(*p, '\\', (size_t)(end - *p));
	*ret_piece = *p;
	*p = escape ? escape : end;
	*ret_len = (size_t)(*p - *ret_piece);
	return true;
}

/* The decoded length, or why it cannot be had. */
static int decoded_length(struct aiot_json value)
{
	const char *p, *end, *piece;
	char made[4];
	size_t n, total = 0;

	if (!string_body(value, &p, &end))
		return -AIOT_EINVAL;
	while (next_piece(&p, end, made, &piece, &n)) {
		if (piece == made && made[0] == '\0')
			return -AIOT_EBADMSG;
		total += n;
	}
	return total <= INT_MAX ? (int)total : -AIOT_EOVERFLOW;
}

static void decode_to(struct aiot_json value, struct aiot_out *out)
{
	const char *p, *end, *piece;
	char made[4];
	size_t n;

	if (!string_body(value, &p, &end))
		return;
	while (next_piece(&p, end, made, &piece, &n))
		aiot_out_mem(out, piece, n);
}

int aiot_json_str(struct aiot_json value, char *buf, size_t size)
{
	struct aiot_out out;
	int len = decoded_length(value);

	if (len < 0)
		return len;
	if ((size_t)len >= size)
		return -AIOT_ENOSPC;
	aiot_out_init(&out, buf, size);
	decode_to(value, &out);
	buf[len] = '\0';
	return len;
}

int aiot_json_str_out(struct aiot_json value, struct aiot_out *out)
{
	int len = decoded_length(value);

	if (len < 0)
		return len;
	decode_to(value, out);
	return out->error ? out->error : len;
}

static bool str_equals(struct aiot_json value, const char *text, size_t len)
{
	const char *p, *end, *piece;
	char made[4];
	size_t n;

	if (!string_body(value, &p, &end))
		return false;
	while (next_piece(&p, end, made, &piece, &n)) {
		if (n > len || memcmp(piece, text, n) != 0)
			return false;
		text += n;
		len -= n;
	}
	return len == 0;
}

bool aiot_json_str_is(struct aiot_json value, const char *text)
{
	return str_equals(value, text, strlen(text));
}

/* ---- members ---- */

/* A key with the quotes around it; most have no escape in them, and differ in the first letter. */
static bool key_is(struct aiot_json key, bool plain, const char *text)
{
	size_t len = key.len - 2;

	if (!plain)
		return aiot_json_str_is(key, text);
	if (len == 0)
		return text[0] == '\0';
	return key.text[1] == text[0] && strncmp(key.text + 1, text, len) == 0 && text[len] == '\0';
}

/*
 * The wanted members of the object at p, which ends before `end`.  Returns where all were found: at
 * its closing bracket, or before.
 */
static const char *find_members(const char *p, const char *end, const char *const *keys,
				size_t count, struct aiot_json *ret)
{
	const char *at = p + 1;
	size_t missing = count;

	while (missing > 0 && (p = next_member(at)) != NULL) {
		const char *close = p + 1 + json_plain_run(p + 1, (size_t)(end - p - 1));
		bool plain = *close == '"';
		const char *value = plain ? close + 1 : pass_string(p, end);
		struct aiot_json key = {p, (size_t)(value - p)};

		value = pass_colon(value);
		at = pass_value(value, end);
		for (size_t i = 0; i < count; i++) {
			if (ret[i].text == NULL && key_is(key, plain, keys[i])) {
				ret[i] = (struct aiot_json){value, (size_t)(at - value)};
				missing--;
				break;
			}
		}
	}
	return at;
}

static void forget(struct aiot_json *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		values[i] = (struct aiot_json){NULL, 0};
}

void aiot_json_members(struct aiot_json obj, const char *const *keys, size_t count,
		       struct aiot_json *ret)
{
	forget(ret, count);
	if (aiot_json_type(obj) == AIOT_JSON_OBJECT)
		(void)find_members(obj.text, obj.text + obj.len, keys, count, ret);
}

struct aiot_json aiot_json_rows(struct aiot_json obj, const char *key)
{
	const char *at, *end, *p;
	struct aiot_json name;

	if (aiot_json_type(obj) != AIOT_JSON_OBJECT)
		return (struct aiot_json){NULL, 0};
	at = obj.text + 1;
	end = obj.text + obj.len;
	while ((p = next_member(at)) != NULL) {
		name.text = p;
		p = pass_string(p, end);
		name.len = (size_t)(p - name.text);
		p = pass_colon(p);
		if (aiot_json_str_is(name, key))
			return (struct aiot_json){p, (size_t)(end - p)};
		at = pass_value(p, end);
	}
	return (struct aiot_json){NULL, 0};
}

bool aiot_json_next_members(struct aiot_json array, struct aiot_json_iter *it,
			    const char *const *keys, size_t count, struct aiot_json *ret_value,
			    struct aiot_json *ret)
{
	const char *p = NULL, *end;

	if (aiot_json_type(array) == AIOT_JSON_ARRAY)
		p = next_member(it->at ? it->at : array.text + 1);
	if (p == NULL)
		return false;
	end = array.text + array.len;
	forget(ret, count);
	if (*p == '{')
		it->at = pass_containers(find_members(p, end, keys, count, ret), end, 1);
	else
		it->at = pass_value(p, end);
	*ret_value = (struct aiot_json){p, (size_t)(it->at - p)};
	return true;
}

struct aiot_json aiot_json_get(struct aiot_json obj, const char *key)
{
	struct aiot_json value;

	aiot_json_members(obj, &key, 1, &value);
	return value;
}

bool aiot_json_bool(struct aiot_json value, bool otherwise)
{
	if (aiot_json_type(value) != AIOT_JSON_BOOL)
		return otherwise;
	return value.text[0] == 't';
}
