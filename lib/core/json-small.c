/*
 * json-small.c - see json.h: JSON for boards that have little flash, checked and read.
 *
 * Built instead of json-parse.c and json-read.c.  One tokenizer serves both: what the check lets
 * pass has whole strings and closed brackets, so that no later walk leaves the text.  Any control
 * character is white space; of numbers only whole ones of up to 19 digits and no sign are read.
 * Keys and words are compared as they stand, without escapes; what a string's escapes mean is
 * looked at when it is decoded, and those of a character by its number (\u) are refused then.
 */
#include "json.h"

#include <string.h>

#include <aiotools.h>

#define NUMBER_MAX 19 /* digits: no 64 bits overflow */

/* ---- tokens ---- */

/* Kinds of them: the first seven are the byte that it begins with, by its place in signs. */
enum kind {
	OBJECT,
	ARRAY,
	OBJECT_END,
	ARRAY_END,
	COMMA,
	COLON,
	STRING,
	WORD, /* or a number */
	NONE, /* the text's end, or a string without one */
	SPACE,
};
static const char signs[] = "{[}],:\"";

struct scan {
	const char *at, *end; /* what is left */
	const char *from;     /* where the token begins that ends at `at` */
};

static unsigned kind_at(const char *p, const char *end)
{
	const char *hit;

	if (p == end)
		return NONE;
	if ((unsigned char)*p <= ' ')
		return SPACE;
	hit = memchr(signs, *p, WORD);
	return hit ? (unsigned)(hit - signs) : WORD;
}

/* Behind the string at p; NULL: it has no end. */
static const char *pass_string(const char *p, const char *end)
{
	while (++p < end && (unsigned char)*p >= ' ') {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			break;
	}
	return NULL;
}

static bool is_digit(char c)
{
	return (unsigned)c - '0' < 10;
}

bool aiot_json_is_word(const char *word, const char *text, size_t len)
{
	while (len-- > 0) {
		if (*word++ != *text++)
			return false;
	}
	return *word == '\0';
}

/* Behind the word or number at p; NULL: it is none of JSON's. */
static const char *pass_word(const char *p, const char *end)
{
	static const char words[][6] = {"true", "false", "null"};
	const char *from = p;

	while (kind_at(p, end) == WORD)
		p++;
	for (unsigned i = 0; i < 3; i++) {
		if (aiot_json_is_word(words[i], from, (size_t)(p - from)))
			return p;
	}
	return (*from == '-' || is_digit(*from)) && is_digit(p[-1]) ? p : NULL;
}

static unsigned next_token(struct scan *s)
{
	const char *p = s->at;
	unsigned kind;

	while ((kind = kind_at(p, s->end)) == SPACE)
		p++;
	s->from = p;
	if (kind == STRING)
		p = pass_string(p, s->end);
	else if (kind == WORD)
		p = pass_word(p, s->end);
	else
		p += kind != NONE;
	if (p == NULL)
		return NONE;
	s->at = p;
	return kind;
}

/* ---- checking ---- */

/* What may come next: a bit for each kind of token. */
#define MAY(kind) (1u << (kind))
#define MAY_VALUE (MAY(OBJECT) | MAY(ARRAY) | MAY(STRING) | MAY(WORD))

/*
 * In `open` is a bit for each container that is open, the innermost one lowest, set for an object,
 * behind a bit that marks the end.
 */
int aiot_json_parse(const char *text, size_t len, struct aiot_json *ret, size_t *ret_offset)
{
	struct scan s = {.at = text, .end = text + len};
	unsigned may = MAY_VALUE, kind = next_token(&s);
	const char *from = s.from, *behind = from;
	uint32_t open = 1;

	while (may >> kind & 1) {
		if (kind <= ARRAY) {
			open = open << 1 | (kind == OBJECT);
			may = kind == OBJECT ? MAY(STRING) | MAY(OBJECT_END)
					     : MAY_VALUE | MAY(ARRAY_END);
			if (open >> AIOT_JSON_DEPTH > 1)
				return -AIOT_EOVERFLOW;
		} else if (kind == COLON || kind == COMMA) {
			may = kind == COMMA && open & 1 ? MAY(STRING) : MAY_VALUE;
		} else if (kind == STRING && !(may & MAY(WORD))) { /* a key */
			may = MAY(COLON);
		} else {
			open >>= kind < COMMA;
			may = open & 1 ? MAY(OBJECT_END) | MAY(COMMA) : MAY(ARRAY_END) | MAY(COMMA);
			if (open == 1)
				may = 0;
		}
		behind = s.at;
		kind = next_token(&s);
	}
	if (may == 0 && s.from == s.end) {
		*ret = (struct aiot_json){from, (size_t)(behind - from)};
		return 0;
	}
	if (ret_offset)
		*ret_offset = (size_t)(s.from - text);
	return -AIOT_EBADMSG;
}

/* ---- reading ---- */

enum aiot_json_type aiot_json_type(struct aiot_json value)
{
	static const char begin[] = "nt0\"[{"; /* in the order of the types */
	const char *hit;

	if (value.len == 0)
		return AIOT_JSON_NONE;
	hit = memchr(begin, value.text[0] == 'f' ? 't' : value.text[0], sizeof(begin) - 1);
	return hit ? (enum aiot_json_type)(AIOT_JSON_NULL + (hit - begin)) : AIOT_JSON_NUMBER;
}

bool aiot_json_next(struct aiot_json container, struct aiot_json_iter *it,
		    struct aiot_json *ret_key, struct aiot_json *ret_value)
{
	struct scan s;
	unsigned depth = 0, kind;

	if (aiot_json_type(container) < AIOT_JSON_ARRAY)
		return false;
	s.at = it->at ? it->at : container.text + 1;
	s.end = container.text + container.len;
	kind = next_token(&s);
	if (kind == COMMA)
		kind = next_token(&s);
	if (kind == OBJECT_END || kind == ARRAY_END)
		return false;
	if (ret_key)
		*ret_key = (struct aiot_json){NULL, 0};
	if (*container.text == '{') {
		if (ret_key)
			*ret_key = (struct aiot_json){s.from, (size_t)(s.at - s.from)};
		(void)next_token(&s);
		kind = next_token(&s);
	}
	ret_value->text = s.from;
	for (;; kind = next_token(&s)) {
		if (kind <= ARRAY)
			depth++;
		else if (kind <= ARRAY_END)
			depth--;
		if (depth == 0)
			break;
	}
	ret_value->len = (size_t)(s.at - ret_value->text);
	it->at = s.at;
	return true;
}

bool aiot_json_str_is(struct aiot_json value, const char *text)
{
	return aiot_json_type(value) == AIOT_JSON_STRING &&
	       aiot_json_is_word(text, value.text + 1, value.len - 2);
}

struct aiot_json aiot_json_get(struct aiot_json obj, const char *key)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json name, value;

	do {
		if (!aiot_json_next(obj, &it, &name, &value)) {
			value = (struct aiot_json){NULL, 0};
			break;
		}
	} while (!aiot_json_str_is(name, key));
	return value;
}

void aiot_json_members(struct aiot_json obj, const char *const *keys, size_t count,
		       struct aiot_json *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = aiot_json_get(obj, keys[i]);
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

int aiot_json_str(struct aiot_json value, char *buf, size_t size)
{
	static const char letters[] = "bfnrt\"\\/", bytes[] = "\b\f\n\r\t\"\\/";
	const char *p = value.text, *end, *hit;
	char *to = buf;

	buf[0] = '\0';
	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return -AIOT_EINVAL;
	end = p + value.len - 1;
	while (++p < end) {
		char c = *p;

		if (to == buf + size - 1) {
			buf[0] = '\0';
			return -AIOT_ENOSPC;
		}
		if (c == '\\') {
			hit = memchr(letters, *++p, sizeof(letters) - 1);
			if (!hit) {
				buf[0] = '\0';
				return -AIOT_EBADMSG;
			}
			c = bytes[hit - letters];
		}
		*to++ = c;
	}
	*to = '\0';
	return (int)(to - buf);
}

int aiot_json_u64(struct aiot_json value, uint64_t *ret)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < value.len && is_digit(value.text[i]); i++)
		sum = sum * 10 + (unsigned)(value.text[i] - '0');
	if (i > NUMBER_MAX || (value.len > 0 && *value.text == '-'))
		return -AIOT_ERANGE;
	if (i == 0 || i < value.len)
		return -AIOT_EINVAL;
	*ret = sum;
	return 0;
}

int aiot_json_i64(struct aiot_json value, int64_t *ret)
{
	uint64_t sum;
	int r = aiot_json_u64(value, &sum);

	if (r == 0 && sum > INT64_MAX)
		r = -AIOT_ERANGE;
	if (r == 0)
		*ret = (int64_t)sum;
	return r;
}

bool aiot_json_bool(struct aiot_json value, bool otherwise)
{
	char c = value.len > 0 ? *value.text : '\0';

	return c == 't' || (c != 'f' && otherwise);
}
