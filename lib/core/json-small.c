/*
 * json-small.c - see json.h: JSON for boards that have little flash, checked and read.
 *
 * Built instead of json-parse.c and json-read.c.  What it checks of a text is what
 * its own reader trusts: strings, brackets, commas.  Of numbers only whole ones without an exponent
 * are read; a \u escape of half a character (a surrogate) is refused, as nobody who asks a board
 * needs it.
 */
#include "json.h"

#include <string.h>

#include <aiotools.h>

#include "json-text.h"

static const char letters[] = "bfnrt\"\\/", bytes[] = "\b\f\n\r\t\"\\/";

/* ---- checking ---- */

struct scan {
	const char *at, *end;
	uint32_t objects; /* bit n: the container n levels out is an object */
	unsigned depth;
};

static void skip_space(struct scan *s)
{
	while (s->at < s->end && json_is_space(*s->at))
		s->at++;
}

/* White space, then the byte c, which is passed. */
static bool is_at(struct scan *s, char c)
{
	skip_space(s);
	if (s->at == s->end || *s->at != c)
		return false;
	s->at++;
	return true;
}

/* Four hexadecimal digits that are a character; -1: they are not. */
static int read_hex4(const char *p)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		int digit = json_hex_value(p[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return (code & 0xf800) == 0xd800 ? -1 : code;
}

static bool scan_string(struct scan *s)
{
	if (!is_at(s, '"'))
		return false;
	while (s->at < s->end && (unsigned char)*s->at >= 0x20) {
		char c = *s->at++;

		if (c == '"')
			return true;
		if (c != '\\')
			continue;
		if (s->end - s->at > 5 && *s->at == 'u' && read_hex4(s->at + 1) >= 0)
			s->at += 5;
		else if (s->at < s->end && memchr(letters, *s->at, sizeof(letters) - 1))
			s->at++;
		else
			return false;
	}
	return false;
}

/* true, false, null, or what begins as a number does. */
static bool scan_word(struct scan *s)
{
	static const char words[] = "true\0falsenull";
	const char *from = s->at;
	size_t len;

	while (s->at < s->end && (json_is_digit(*s->at) || (*s->at >= 'a' && *s->at <= 'z') ||
				  *s->at == '.' || *s->at == '-' || *s->at == '+' || *s->at == 'E'))
		s->at++;
	len = (size_t)(s->at - from);
	if (len == 0)
		return false;
	if (json_is_digit(*from) || (*from == '-' && len > 1 && json_is_digit(from[1])))
		return true;
	return (len == 4 && (memcmp(from, words, 4) == 0 || memcmp(from, words + 10, 4) == 0)) ||
	       (len == 5 && memcmp(from, words + 5, 5) == 0);
}

static char bracket(const struct scan *s)
{
	return s->objects & 1 ? '}' : ']';
}

/* A whole value, or the beginning of a container; false: neither. */
static bool scan_begin(struct scan *s)
{
	bool object = is_at(s, '{');

	if (!object && !is_at(s, '['))
		return s->at < s->end && *s->at == '"' ? scan_string(s) : scan_word(s);
	s->objects = s->objects << 1 | object;
	return ++s->depth <= AIOT_JSON_DEPTH;
}

/* What comes next in the innermost container: 1: a value is wanted; 0: all is closed; -1: neither.
 */
static int scan_next(struct scan *s, unsigned before)
{
	bool opened = s->depth > before;

	while (s->depth > 0) {
		if (is_at(s, bracket(s))) {
			s->objects >>= 1;
			s->depth--;
		} else if (!opened && !is_at(s, ',')) {
			return -1;
		} else {
			return !(s->objects & 1) || (scan_string(s) && is_at(s, ':')) ? 1 : -1;
		}
		opened = false;
	}
	return 0;
}

int aiot_json_parse(const char *text, size_t len, struct aiot_json *ret, size_t *ret_offset)
{
	const char *from = len > 0 ? text : "";
	struct scan s = {.at = from, .end = from + len};
	unsigned before;
	int more;

	skip_space(&s);
	from = s.at;
	do {
		before = s.depth;
		more = scan_begin(&s) ? scan_next(&s, before) : -1;
	} while (more > 0);
	len = (size_t)(s.at - from);
	skip_space(&s);
	if (more < 0 || s.at < s.end) {
		if (ret_offset)
			*ret_offset = (size_t)(s.at - text);
		return s.depth > AIOT_JSON_DEPTH ? -AIOT_EOVERFLOW : -AIOT_EBADMSG;
	}
	*ret = (struct aiot_json){from, len};
	return 0;
}

/* ---- reading ---- */

enum aiot_json_type aiot_json_type(struct aiot_json value)
{
	static const char begin[] = "{[\"tfn";
	static const uint8_t types[] = {AIOT_JSON_OBJECT, AIOT_JSON_ARRAY, AIOT_JSON_STRING,
					AIOT_JSON_BOOL,	  AIOT_JSON_BOOL,  AIOT_JSON_NULL};
	const char *hit;

	if (value.len == 0)
		return AIOT_JSON_NONE;
	hit = memchr(begin, value.text[0], sizeof(types));
	return hit ? (enum aiot_json_type)types[hit - begin] : AIOT_JSON_NUMBER;
}

static const char *pass_space(const char *p)
{
	while (json_is_space(*p))
		p++;
	return p;
}

/* Behind the value at p, which is inside a container. */
static const char *pass_value(const char *p)
{
	unsigned depth = 0;
	bool quoted = false;

	for (;; p++) {
		if (quoted) {
			quoted = *p != '"';
			p += *p == '\\';
		} else if (*p == '"') {
			quoted = true;
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (depth == 0 && (*p == ',' || *p == '}' || *p == ']' || *p == ':' ||
					  json_is_space(*p))) {
			return p;
		} else if (*p == '}' || *p == ']') {
			depth--;
		}
	}
}

bool aiot_json_next(struct aiot_json container, struct aiot_json_iter *it,
		    struct aiot_json *ret_key, struct aiot_json *ret_value)
{
	enum aiot_json_type type = aiot_json_type(container);
	struct aiot_json key = {NULL, 0};
	const char *p;

	if (type < AIOT_JSON_ARRAY)
		return false;
	p = pass_space(it->at ? it->at : container.text + 1);
	if (*p == ',')
		p = pass_space(p + 1);
	if (p == container.text + container.len - 1)
		return false;
	if (type == AIOT_JSON_OBJECT) {
		key.text = p;
		p = pass_value(p);
		key.len = (size_t)(p - key.text);
		p = pass_space(pass_space(p) + 1);
	}
	it->at = pass_value(p);
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

/* The bytes of the string's next character, which *at (0: the first) passes; 0: its end. */
static unsigned next_char(struct aiot_json string, size_t *at, char made[3])
{
	const char *p = string.text + 1 + *at;
	const char *hit;
	int code;

	if (*at + 2 >= string.len)
		return 0;
	made[0] = p[0];
	if (p[0] != '\\' || p[1] != 'u') {
		hit = p[0] == '\\' ? memchr(letters, p[1], sizeof(letters) - 1) : NULL;
		if (hit)
			made[0] = bytes[hit - letters];
		*at += hit ? 2 : 1;
		return 1;
	}
	code = read_hex4(p + 2);
	*at += 6;
	made[0] = (char)code;
	if (code < 0x80)
		return 1;
	made[0] = (char)(0xc0 | code >> 6);
	made[1] = (char)(0x80 | (code & 0x3f));
	if (code < 0x800)
		return 2;
	made[0] = (char)(0xe0 | code >> 12);
	made[1] = (char)(0x80 | (code >> 6 & 0x3f));
	made[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

/* The decoded string, also to out unless that is NULL; its length, or why there is none. */
static int decode(struct aiot_json value, struct aiot_out *out)
{
	unsigned n;
	char made[3];
	size_t at = 0;
	int len = 0;

	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return -AIOT_EINVAL;
	while ((n = next_char(value, &at, made)) > 0) {
		if (made[0] == '\0')
			return -AIOT_EBADMSG;
		len += (int)n;
		if (out)
			aiot_out_mem(out, made, n);
	}
	return len;
}

int aiot_json_str(struct aiot_json value, char *buf, size_t size)
{
	struct aiot_out out = {.buf = buf, .size = size};
	int len = decode(value, NULL);

	if (len < 0)
		return len;
	if ((size_t)len >= size)
		return -AIOT_ENOSPC;
	(void)decode(value, &out);
	buf[len] = '\0';
	return len;
}

int aiot_json_str_out(struct aiot_json value, struct aiot_out *out)
{
	int len = decode(value, NULL);

	if (len < 0)
		return len;
	(void)decode(value, out);
	return out->error ? out->error : len;
}

bool aiot_json_str_is(struct aiot_json value, const char *text)
{
	unsigned n;
	char made[3];
	size_t at = 0;

	if (aiot_json_type(value) != AIOT_JSON_STRING)
		return false;
	while ((n = next_char(value, &at, made)) > 0) {
		if (strncmp(text, made, n) != 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

struct aiot_json aiot_json_get(struct aiot_json obj, const char *key)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json name, value;

	while (aiot_json_next(obj, &it, &name, &value)) {
		if (aiot_json_str_is(name, key))
			return value;
	}
	return (struct aiot_json){NULL, 0};
}

void aiot_json_members(struct aiot_json obj, const char *const *keys, size_t count,
		       struct aiot_json *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = aiot_json_get(obj, keys[i]);
}

int aiot_json_u64(struct aiot_json value, uint64_t *ret)
{
	uint64_t sum = 0;

	if (aiot_json_type(value) != AIOT_JSON_NUMBER)
		return -AIOT_EINVAL;
	if (value.len > 19)
		return -AIOT_ERANGE;
	for (size_t i = 0; i < value.len; i++) {
		if (!json_is_digit(value.text[i]))
			return value.text[0] == '-' ? -AIOT_ERANGE : -AIOT_EINVAL;
		sum = sum * 10 + (unsigned)(value.text[i] - '0');
	}
	*ret = sum;
	return 0;
}

int aiot_json_i64(struct aiot_json value, int64_t *ret)
{
	bool negative = value.len > 0 && value.text[0] == '-';
	uint64_t sum;
	int r;

	value.text += negative;
	value.len -= negative;
	r = aiot_json_u64(value, &sum);
	if (r < 0)
		return r;
	if (sum > INT64_MAX)
		return -AIOT_ERANGE;
	*ret = negative ? -(int64_t)sum : (int64_t)sum;
	return 0;
}

bool aiot_json_bool(struct aiot_json value, bool otherwise)
{
	if (aiot_json_type(value) != AIOT_JSON_BOOL)
		return otherwise;
	return value.text[0] == 't';
}
