/*
 * json-parse.c - check that a text is JSON.
 *
 * aiot_json_parse(), or for an object aiot_json_parse_members(), is called once on every text that
 * comes from outside, before any function of json-read.c, and alone distrusts its bytes.  One pass,
 * no tree: a container costs one bit.  Never looks behind the given length, never converts a
 * number.
 */
#include "json.h"

#include <aiotools.h>

#include "json-text.h"

/* `at` is left on the offending byte when a check fails. */
struct scan {
	const char *at, *end;
	uint32_t objects; /* bit n: the container n levels out is an object */
	unsigned depth;
};

enum {
	VALUE_ENDED = 0,
	VALUE_WANTED = 1, /* inside a container: another value must follow */
};

static void skip_space(struct scan *s)
{
	while (s->at < s->end && json_is_space(*s->at))
		s->at++;
}

/* White space, then the byte c, then white space. */
static int scan_char(struct scan *s, char c)
{
	skip_space(s);
	if (s->at == s->end || *s->at != c)
		return -AIOT_EBADMSG;
	s->at++;
	skip_space(s);
	return 0;
}

/* Four hexadecimal digits. */
static int scan_hex4(struct scan *s, unsigned *ret)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++, s->at++) {
		int digit = s->at < s->end ? json_hex_value(*s->at) : -1;

		if (digit < 0)
			return -AIOT_EBADMSG;
		value = value << 4 | (unsigned)digit;
	}
	*ret = value;
	return 0;
}

/* The XXXX of a \uXXXX and, if it is the first half of a pair, the \uXXXX that must follow. */
static int scan_unicode(struct scan *s)
{
	const char *first = s->at;
	unsigned unit;
	int rc = scan_hex4(s, &unit);

	if (rc < 0 || unit < 0xd800 || unit > 0xdfff)
		return rc;
	if (unit >= 0xdc00 || s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u') {
		s->at = first;
		return -AIOT_EBADMSG;
	}
	s->at += 2;
	const char *second = s->at;
	rc = scan_hex4(s, &unit);
	if (rc == 0 && (unit < 0xdc00 || unit > 0xdfff)) {
		s->at = second;
		return -AIOT_EBADMSG;
	}
	return rc;
}

static int scan_escape(struct scan *s)
{
	s->at++;
	if (s->at == s->end)
		return -AIOT_EBADMSG;
	if (*s->at == 'u') {
		s->at++;
		return scan_unicode(s);
	}
	/* Not the terminator that strchr-like searches would find: the length is given. */
	if (!memchr("\"\\/bfnrt", *s->at, 8))
		return -AIOT_EBADMSG;
	s->at++;
	return 0;
}

static int scan_string(struct scan *s)
{
	s->at++;
	for (;;) {
		s->at += json_plain_run(s->at, (size_t)(s->end - s->at));
		if (s->at == s->end || (unsigned char)*s->at < 0x20)
			return -AIOT_EBADMSG;
		if (*s->at == '"') {
			s->at++;
			return 0;
		}
		if (*s->at == '\\') {
			int rc = scan_escape(s);

			if (rc < 0)
				return rc;
			continue;
		}
		size_t n = json_utf8_length(s->at, (size_t)(s->end - s->at));
		if (n == 0)
			return -AIOT_EBADMSG;
		s->at += n;
	}
}

/* At least one digit. */
static int scan_digits(struct scan *s)
{
	const char *from = s->at;

	while (s->at < s->end && json_is_digit(*s->at))
		s->at++;
	return s->at > from ? 0 : -AIOT_EBADMSG;
}

static int scan_number(struct scan *s)
{
	int rc = 0;

	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0')
		s->at++; /* a digit behind it is then no part of the number, and refused */
	else
		rc = scan_digits(s);
	if (rc == 0 && s->at < s->end && *s->at == '.') {
		s->at++;
		rc = scan_digits(s);
	}
	if (rc == 0 && s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		rc = scan_digits(s);
	}
	return rc;
}

static int scan_word(struct scan *s, const char *word)
{
	for (; *word; word++, s->at++) {
		if (s->at == s->end || *s->at != *word)
			return -AIOT_EBADMSG;
	}
	return 0;
}

/* "key": and the white space around. */
static int scan_key(struct scan *s)
{
	int rc;

	if (s->at == s->end || *s->at != '"')
		return -AIOT_EBADMSG;
	rc = scan_string(s);
	return rc < 0 ? rc : scan_char(s, ':');
}

static bool in_object(const struct scan *s)
{
	return s->objects & 1;
}

/* Behind the '{', '[' or ',' of the innermost container: up to where its next value begins. */
static int want_value(struct scan *s)
{
	int rc = in_object(s) ? scan_key(s) : 0;

	return rc < 0 ? rc : VALUE_WANTED;
}

static void leave(struct scan *s)
{
	s->at++;
	s->objects >>= 1;
	s->depth--;
}

static int enter(struct scan *s)
{
	bool object = *s->at == '{';

	if (s->depth == AIOT_JSON_DEPTH)
		return -AIOT_EOVERFLOW;
	s->depth++;
	s->objects = s->objects << 1 | object;
	s->at++;
	skip_space(s);
	if (s->at < s->end && *s->at == (object ? '}' : ']')) {
		leave(s);
		return VALUE_ENDED;
	}
	return want_value(s);
}

static int begin_value(struct scan *s)
{
	if (s->at == s->end)
		return -AIOT_EBADMSG;
	switch (*s->at) {
	case '{':
	case '[':
		return enter(s);
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		return scan_number(s);
	}
}

/* Behind a value: leave the containers that end here, up to the next value or the last end. */
static int end_value(struct scan *s)
{
	while (s->depth > 0) {
		skip_space(s);
		if (s->at == s->end)
			return -AIOT_EBADMSG;
		if (*s->at == ',') {
			s->at++;
			skip_space(s);
			return want_value(s);
		}
		if (*s->at != (in_object(s) ? '}' : ']'))
			return -AIOT_EBADMSG;
		leave(s);
	}
	return VALUE_ENDED;
}

static int scan_value(struct scan *s)
{
	int rc;

	do {
		rc = begin_value(s);
		if (rc == VALUE_ENDED)
			rc = end_value(s);
	} while (rc == VALUE_WANTED);
	return rc;
}

int aiot_json_parse(const char *text, size_t len, struct aiot_json *ret, size_t *ret_offset)
{
	/* An empty text may be NULL, to which nothing may be added. */
	const char *from = len > 0 ? text : "";
	struct scan s = {.at = from, .end = from + len};
	struct aiot_json value;
	int rc;

	skip_space(&s);
	value.text = s.at;
	rc = scan_value(&s);
	value.len = (size_t)(s.at - value.text);
	if (rc == 0) {
		skip_space(&s);
		if (s.at < s.end)
			rc = -AIOT_EBADMSG;
	}
	if (rc < 0) {
		if (ret_offset)
			*ret_offset = (size_t)(s.at - from);
		return rc;
	}
	*ret = value;
	return 0;
}

/* "key": value, and the comma or bracket behind it; the value is one of ret's if it is wanted. */
static int scan_member(struct scan *s, const char *const *keys, size_t count, struct aiot_json *ret)
{
	struct aiot_json key = {.text = s->at}, value;
	int rc = s->at < s->end && *s->at == '"' ? scan_string(s) : -AIOT_EBADMSG;

	key.len = (size_t)(s->at - key.text);
	if (rc == 0)
		rc = scan_char(s, ':');
	value.text = s->at;
	if (rc == 0)
		rc = scan_value(s);
	if (rc < 0)
		return rc;
	value.len = (size_t)(s->at - value.text);
	for (size_t i = 0; i < count; i++) {
		if (ret[i].text == NULL && aiot_json_str_is(key, keys[i]))
			ret[i] = value;
	}
	return 0;
}

int aiot_json_parse_members(const char *text, size_t len, const char *const *keys, size_t count,
			    struct aiot_json *ret)
{
	struct scan s = {.at = text, .end = text + len};
	int rc = scan_char(&s, '{');

	for (size_t i = 0; i < count; i++)
		ret[i] = (struct aiot_json){NULL, 0};
	if (rc == 0 && scan_char(&s, '}') == 0)
		return s.at == s.end ? 0 : -AIOT_EBADMSG;
	while (rc == 0) {
		rc = scan_member(&s, keys, count, ret);
		if (rc == 0 && scan_char(&s, ',') < 0)
			break;
	}
	if (rc == 0)
		rc = scan_char(&s, '}');
	return rc < 0 || s.at == s.end ? rc : -AIOT_EBADMSG;
}
