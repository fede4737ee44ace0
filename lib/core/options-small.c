/*
 * options-small.c - values of options and stats on boards that have little flash: read from text,
 * put into a struct, shown as JSON.
 *
 * Built instead of options.c and options-show.c.  Pure functions of what they are handed; which
 * option is meant is service.c's.  What the daemon takes in addition is refused: +5, YES, numbers
 * over 2^63.
 */
#include <string.h>

#include "service.h"
#include "timetext.h"

uint32_t aiot_type_bytes(uint16_t type)
{
	if (type == AIOT_TYPE_STR)
		return sizeof(const char *);
	if (type == AIOT_TYPE_BOOL)
		return 1;
	return type == AIOT_TYPE_I32 || type == AIOT_TYPE_U32 || type == AIOT_TYPE_MS ? 4 : 8;
}

/* ---- reading ---- */

/* With the zeros that are missing behind the point it is a whole number of the last digit. */
static int read_number(const char *text, unsigned decimals, int64_t *ret)
{
	char digits[20];
	struct aiot_json number = {digits, 0};
	const char *from = text;
	bool point = false;

	for (; number.len < sizeof(digits); number.len++) {
		if (*text == '.' && decimals > 0 && !point && text[1] != '\0') {
			point = true;
			text++;
		}
		if ((*text == '\0' || point) && decimals-- == 0)
			break;
		digits[number.len] = *text != '\0' ? *text++ : '0';
	}
	if (*text != '\0' || text == from || text[-1] < '0')
		return -AIOT_EINVAL;
	return aiot_json_i64(number, ret);
}

static int read_bool(const char *text, int64_t *ret)
{
	static const char words[][6] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = i & 1;
			return 0;
		}
	}
	return -AIOT_EINVAL;
}

static int read_value(unsigned type, const char *text, int64_t *ret)
{
	uint32_t ms;
	int r;

	if (type == AIOT_TYPE_BOOL)
		return read_bool(text, ret);
	if (type == AIOT_TYPE_MS) {
		r = aiot_span_ms(text, strlen(text), &ms);
		*ret = ms;
		return r;
	}
	r = read_number(text, type == AIOT_TYPE_DEC3 ? 3 : 0, ret);
	if (r == 0 && ((type == AIOT_TYPE_I32 && *ret != (int32_t)*ret) ||
		       (type == AIOT_TYPE_U32 && *ret != (uint32_t)*ret) ||
		       (type == AIOT_TYPE_U64 && *ret < 0)))
		r = -AIOT_ERANGE;
	return r;
}

int aiot_opt_store(const struct aiot_opt *opt, void *self, const char *text)
{
	void *field = (char *)self + opt->off;
	int64_t value = 0;
	int r = opt->type == AIOT_TYPE_STR ? 0 : read_value(opt->type, text, &value);

	if (r < 0 || self == NULL)
		return r;
	if (opt->type == AIOT_TYPE_STR)
		*(const char **)field = text;
	else if (opt->type == AIOT_TYPE_BOOL)
		*(uint8_t *)field = (uint8_t)value;
	else if (aiot_type_bytes(opt->type) == 4)
		*(uint32_t *)field = (uint32_t)value;
	else
		*(int64_t *)field = value;
	return 0;
}

const char *aiot_type_words(uint16_t type)
{
	(void)type;
	return "what it takes";
}

/* ---- showing ---- */

/* With its unit: a bare number would leave open of what. */
static void put_span(uint32_t ms, struct aiot_json_out *json, const char *key)
{
	char text[16];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_span_ms(&out, ms);
	aiot_json_put_strn(json, key, text, out.len);
}

void aiot_value_json(uint16_t type, const void *field, struct aiot_json_out *json, const char *key)
{
	int64_t value;

	switch (type) {
	case AIOT_TYPE_STR:
		aiot_json_put_str(json, key, *(const char *const *)field);
		return;
	case AIOT_TYPE_BOOL:
		aiot_json_put_bool(json, key, *(const uint8_t *)field);
		return;
	case AIOT_TYPE_MS:
		put_span(*(const uint32_t *)field, json, key);
		return;
	case AIOT_TYPE_U64:
		aiot_json_put_u64(json, key, *(const uint64_t *)field);
		return;
	case AIOT_TYPE_I32:
		value = *(const int32_t *)field;
		break;
	case AIOT_TYPE_U32:
		value = *(const uint32_t *)field;
		break;
	default:
		value = *(const int64_t *)field;
	}
	aiot_json_put_decimal(json, key, value, type == AIOT_TYPE_DEC3 ? 3 : 0);
}
