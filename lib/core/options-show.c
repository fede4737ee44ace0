/*
 * options-show.c - values of options and stats as JSON, and the types of them in words.
 *
 * Called by places that show a task's struct, and by whoever tells what is wrong with a value.
 */
#include "service.h"
#include "timetext.h"

/* ---- types ---- */

#if !AIOT_TEXT
const char *aiot_type_words(uint16_t type)
{
	(void)type;
	return "what it takes";
}
#else
static const struct {
	const char *name, *words;
} types[] = {
	[AIOT_TYPE_STR] = {"string", "a text"},
	[AIOT_TYPE_BOOL] = {"bool", "yes or no"},
	[AIOT_TYPE_I32] = {"int", "a whole number"},
	[AIOT_TYPE_U32] = {"uint", "a whole number from 0 to 4294967295"},
	[AIOT_TYPE_I64] = {"int", "a whole number"},
	[AIOT_TYPE_U64] = {"uint", "a whole number, not negative"},
	[AIOT_TYPE_MS] = {"duration",
			  "a time span such as 500ms or 1min 30s, whole ms, up to 49 days"},
	[AIOT_TYPE_DEC3] = {"decimal", "a number with at most three decimals"},
};

const char *aiot_type_words(uint16_t type)
{
	return type && type < sizeof(types) / sizeof(types[0]) ? types[type].words : "known";
}

const char *aiot_type_name(uint16_t type)
{
	return type && type < sizeof(types) / sizeof(types[0]) ? types[type].name : "unknown";
}
#endif

/* ---- showing ---- */

/* As it is written in an INI file: a bare number would leave open of what. */
static void put_span(uint32_t ms, struct aiot_json_out *json, const char *key)
{
	struct aiot_out out;
	char text[64];

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_span(&out, ms * AIOT_NS_PER_MS);
	aiot_json_put_strn(json, key, text, out.len);
}

void aiot_value_json(uint16_t type, const void *field, struct aiot_json_out *json, const char *key)
{
	switch (type) {
	case AIOT_TYPE_STR:
		aiot_json_put_str(json, key, *(const char *const *)field);
		break;
	case AIOT_TYPE_BOOL:
		aiot_json_put_bool(json, key, *(const uint8_t *)field);
		break;
	case AIOT_TYPE_I32:
		aiot_json_put_i64(json, key, *(const int32_t *)field);
		break;
	case AIOT_TYPE_MS:
		put_span(*(const uint32_t *)field, json, key);
		break;
	case AIOT_TYPE_U32:
		aiot_json_put_u64(json, key, *(const uint32_t *)field);
		break;
	case AIOT_TYPE_I64:
		aiot_json_put_i64(json, key, *(const int64_t *)field);
		break;
	case AIOT_TYPE_U64:
		aiot_json_put_u64(json, key, *(const uint64_t *)field);
		break;
	case AIOT_TYPE_DEC3:
		aiot_json_put_decimal(json, key, *(const int64_t *)field, 3);
		break;
	default:
		aiot_json_put_null(json, key);
	}
}
