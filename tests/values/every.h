/*
 * every.h - the struct and the options of a service that has one of every type.
 */
#ifndef EVERY_H
#define EVERY_H

#include <aiotools.h>

struct every {
	const char *str;
	uint8_t yes;
	int32_t i32;
	uint32_t u32, ms;
	int64_t i64, dec3;
	uint64_t u64;
};

static const struct aiot_opt every_opts[] = {
	AIOT_OPT_STR(struct every, str, "str", "a \"b\" \\?", "a text"),
	AIOT_OPT_BOOL(struct every, yes, "yes", "off", "one of two"),
	AIOT_OPT_I32(struct every, i32, "i32", "-7", "32 bits with a sign"),
	AIOT_OPT_U32(struct every, u32, "u32", "4294967295", "32 bits"),
	AIOT_OPT_I64(struct every, i64, "i64", "-1", "64 bits with a sign"),
	AIOT_OPT_U64(struct every, u64, "u64", "18446744073709551615", "64 bits"),
	AIOT_OPT_MS(struct every, ms, "ms", "1min 30s", "a span"),
	AIOT_OPT_DEC3(struct every, dec3, "dec3", "25.5", "thousandths"),
	{0},
};

#endif
