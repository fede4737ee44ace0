/*
 * options-small.c - values of options and stats on boards that have little flash: read from text,
 * put into a struct, shown as JSON.
 *
 * Built instead of options.c and options-show.c.  Pure functions of what they are handed; which
 * option is meant is service.c's.  What the daemon takes in addition is refused: +5, YES,
 * fractions, numbers over 2^63.
 */
#include <string.h>

#include "service.h"
#include "timetext.h"

uint32_t aiot_type_bytes(uint16_t type)
{
	static const uint8_t bytes[] = {
		[AIOT_TYPE_STR] = sizeof(const char *),
		[AIOT_TYPE_BOOL] = 1,
		[AIOT_TYPE_I32] = 4,
		[AIOT_TYPE_U32] = 4,
		[AIOT_TYPE_MS] = 4,
	};

	return type < sizeof(bytes) && bytes[type] > 0 ? bytes[type] : 8;
}

/* ---- reading ---- */

static int read_bool(const char *text, uint64_t *ret)
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

static int read_ms(const char *text, uint64_t *ret)
{
	uint32_t ms;
	int r = aiot_span_ms(text, strlen(text), &ms);

	if (r == 0)
		*ret = ms;
	return r;
}

static bool fits(unsigned type, int64_t value)
{
	switch (type) {
	case AIOT_TYPE_U32:
		return value == (uint32_t)value;
	case AIOT_TYPE_U64:
		return value >= 0;
	case AIOT_TYPE_I64:
		return true;
	default:
		return value == (int32_t)value; /* of DEC3, too, so that it can be thousandths */
	}
}

static int read_number(unsigned type, const char *text, uint64_t *ret)
{
	bool negative = *text == '-';
	uint64_t magnitude;
	int64_t value;
	int r;

	text += negative;
	r = aiot_json_u64((struct aiot_json){text, strlen(text)}, &magnitude);
	if (r < 0)
		return r;
	if (magnitude > INT64_MAX)
		return -AIOT_ERANGE;
	value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	if (!fits(type, value))
		return -AIOT_ERANGE;
	*ret = (uint64_t)(type == AIOT_TYPE_DEC3 ? value * 1000 : value);
	return 0;
}

int aiot_opt_value(const struct aiot_opt *opt, const char *text, union aiot_value *ret)
{
	switch (opt->type) {
	case AIOT_TYPE_STR:
		ret->text = text;
		return 0;
	case AIOT_TYPE_BOOL:
		return read_bool(text, &ret->number);
	case AIOT_TYPE_MS:
		return read_ms(text, &ret->number);
	default:
		return read_number(opt->type, text, &ret->number);
	}
}

int aiot_opt_store(const struct aiot_opt *opt, void *self, const char *text)
{
	union aiot_value value;
	void *field;
	int r = aiot_opt_value(opt, text, &value);

	if (r < 0 || self == NULL)
		return r;
	field = (char *)self + opt->off;
	if (opt->type == AIOT_TYPE_STR)
		*(const char **)field = text;
	else if (opt->type == AIOT_TYPE_BOOL)
		*(uint8_t *)field = (uint8_t)value.number;
	else if (aiot_type_bytes(opt->type) == 4)
		*(uint32_t *)field = (uint32_t)value.number;
	else
		*(uint64_t *)field = value.number;
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
	aiot_json_put_raw(json, key, (struct aiot_json){"\"", 1});
	aiot_out_span_ms(json->out, ms);
	aiot_out_char(json->out, '"');
}

void aiot_value_json(uint16_t type, const void *field, struct aiot_json_out *json, const char *key)
{
	int64_t value;

	if (type == AIOT_TYPE_STR) {
		aiot_json_put_str(json, key, *(const char *const *)field);
	} else if (type == AIOT_TYPE_BOOL) {
		aiot_json_put_bool(json, key, *(const uint8_t *)field);
	} else if (type == AIOT_TYPE_MS) {
		put_span(*(const uint32_t *)field, json, key);
	} else if (type == AIOT_TYPE_U64) {
		aiot_json_put_u64(json, key, *(const uint64_t *)field);
	} else {
		value = aiot_type_bytes(type) == 8 ? *(const int64_t *)field
						   : *(const int32_t *)field;
		if (type == AIOT_TYPE_U32)
			value = (uint32_t)value;
		aiot_json_put_decimal(json, key, value, type == AIOT_TYPE_DEC3 ? 3 : 0);
	}
}
