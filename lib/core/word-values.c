/*
 * word-values.c - one word of a command line as the value of a parameter: checked, then written.
 *
 * Called by words.c for each word and option.  Pure functions of the text and of what time it is;
 * which word belongs to which parameter is not known here.
 */
#include <string.h>

#include <aiotools.h>

#include "command-private.h"
#include "json-text.h"
#include "timetext.h"

static int read_u32(const char *text, int64_t *ret)
{
	uint64_t value = 0;

	if (*text == '\0')
		return -AIOT_EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -AIOT_EINVAL;
		if (value <= UINT32_MAX)
			value = value * 10 + (uint64_t)(*p - '0');
	}
	if (value > UINT32_MAX)
		return -AIOT_ERANGE;
	*ret = (int64_t)value;
	return 0;
}

static int read_time_us(const char *text, int64_t now_ns, int64_t *ret, size_t *ret_column)
{
	int64_t ns;
	int rc = aiot_time_parse(text, strlen(text), now_ns, &ns, ret_column);

	if (rc == 0)
		*ret = ns / 1000 - (ns % 1000 < 0);
	return rc;
}

static int read_span_us(const char *text, int64_t *ret)
{
	uint64_t ns;
	int rc = aiot_span_parse(text, strlen(text), &ns, NULL);

	if (rc == 0)
		*ret = (int64_t)(ns / 1000);
	return rc;
}

static int read_level(const char *text, int64_t *ret)
{
	int level = aiot_level_parse(text);

	if (level >= 0)
		*ret = level;
	return level < 0 ? level : 0;
}

/* Values that are numbers in JSON. */
static int read_number(uint8_t type, const char *text, int64_t now_ns, int64_t *ret,
		       size_t *ret_column)
{
	switch (type) {
	case AIOT_PARAM_TIME:
		return read_time_us(text, now_ns, ret, ret_column);
	case AIOT_PARAM_SPAN:
		return read_span_us(text, ret);
	case AIOT_PARAM_LEVEL:
		return read_level(text, ret);
	default:
		return read_u32(text, ret);
	}
}

static void put_no_time(const char *value, int rc, size_t column, struct aiot_out *why)
{
	uint64_t span;

	if (rc == -AIOT_ERANGE) {
		aiot_out_text(why, "is too far from today");
		return;
	}
	aiot_out_text(why, "is not a time");
	if (aiot_span_parse(value, strlen(value), &span, NULL) == 0) {
		aiot_format(why, " but a time span; did you mean '%s ago'?", value);
		return;
	}
	if (column > 0 && column < strlen(value))
		aiot_format(why, ", from '%s' on", value + column);
	aiot_out_text(why, "; such as 10min ago, 00:35, 2026-11-21 00:35");
}

/* JSON can carry nothing else, and what is given is kept as it is or not at all. */
static bool is_utf8(const char *text)
{
	size_t len = strlen(text), n;

	for (; len > 0; text += n, len -= n) {
		n = json_utf8_length(text, len);
		if (n == 0)
			return false;
	}
	return true;
}

static int check_arg(const char *word, struct aiot_out *why)
{
	const char *equals = strchr(word, '=');
	size_t key = equals ? (size_t)(equals - word) : strlen(word);

	if (key == 0)
		aiot_format(why, "'%.40s' has no key in front of its '='", word);
	else if (!is_utf8(word))
		aiot_format(why, "'%.*s' is not given as UTF-8, which is all that can be sent",
			    (int)(key < 64 ? key : 64), word);
	else
		return 0;
	return -AIOT_EINVAL;
}

int aiot_word_check(uint8_t type, const char *value, int64_t now_ns, struct aiot_out *why)
{
	size_t column = 0;
	int64_t number;
	int rc = 0;

	switch (type) {
	case AIOT_PARAM_U32:
		rc = read_number(type, value, now_ns, &number, &column);
		if (rc < 0)
			aiot_out_text(why, rc == -AIOT_ERANGE ? "is over 4294967295"
							      : "is not a whole number");
		return rc;
	case AIOT_PARAM_LEVEL:
		rc = read_number(type, value, now_ns, &number, &column);
		if (rc < 0)
			aiot_out_text(why, "is not a level: error, warn, info or debug");
		return rc;
	case AIOT_PARAM_SPAN:
		rc = read_number(type, value, now_ns, &number, &column);
		if (rc < 0)
			aiot_out_text(why, "is not a time span, such as 500ms, 10s or 1min 30s");
		return rc;
	case AIOT_PARAM_TIME:
		rc = read_number(type, value, now_ns, &number, &column);
		if (rc < 0)
			put_no_time(value, rc, column, why);
		return rc;
	case AIOT_PARAM_FORM:
		rc = aiot_form_parse(value);
		if (rc < 0)
			aiot_out_text(why, "is not a form: " AIOT_FORM_WORDS);
		return rc < 0 ? rc : 0;
	case AIOT_PARAM_ARGS:
		return check_arg(value, why);
	default:
		return 0;
	}
}

/* key=value as a member; a key alone is null. */
static void put_arg(const char *word, struct aiot_json_out *j)
{
	const char *equals = strchr(word, '=');
	size_t key_len = equals ? (size_t)(equals - word) : strlen(word);
	char key[AIOT_ARG_KEY_MAX + 1];

	/* Longer than that no option is called; what is cut stays none. */
	if (key_len > AIOT_ARG_KEY_MAX)
		key_len = AIOT_ARG_KEY_MAX;
	memcpy(key, word, key_len);
	key[key_len] = '\0';
	aiot_json_put_str(j, key, equals ? equals + 1 : NULL);
}

void aiot_word_put(uint8_t type, const char *name, const char *value, int64_t now_ns,
		   struct aiot_json_out *j)
{
	int64_t number = 0;

	switch (type) {
	case AIOT_PARAM_STR:
	case AIOT_PARAM_FORM:
		aiot_json_put_str(j, name, value);
		break;
	case AIOT_PARAM_ARGS:
		put_arg(value, j);
		break;
	default:
		(void)read_number(type, value, now_ns, &number, NULL);
		aiot_json_put_i64(j, name, number);
	}
}
