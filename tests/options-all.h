/*
 * options-all.h - a struct with a field of every type that an option can have, and its options.
 *
 * Included by the tests of options and of descriptors.  DEC3_DEFAULT before it: what the core of
 * the test reads as a decimal.
 */
#ifndef AIOT_OPTIONS_ALL_H
#define AIOT_OPTIONS_ALL_H

#include <stddef.h>

#include "aiotools.h"

struct all {
	const char *str;
	int64_t i64;
	uint64_t u64;
	int64_t dec3;
	int32_t i32;
	uint32_t u32;
	uint32_t ms;
	uint8_t flag;
	uint32_t count;
};

#define ROW(f, key, def, type)                                                                     \
	{                                                                                          \
		key, def, "help", offsetof(struct all, f), type, 0                                 \
	}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct all, str, "str", "text", "help"),
	AIOT_OPT_BOOL(struct all, flag, "flag", "yes", "help"),
	AIOT_OPT_I32(struct all, i32, "i32", "-1", "help"),
	AIOT_OPT_U32(struct all, u32, "u32", "1", "help"),
	ROW(i64, "i64", "-1", AIOT_TYPE_I64),
	ROW(u64, "u64", "1", AIOT_TYPE_U64),
	AIOT_OPT_MS(struct all, ms, "ms", "1s", "help"),
	AIOT_OPT_DEC3(struct all, dec3, "dec3", DEC3_DEFAULT, "help"),
	{0},
};

#endif
