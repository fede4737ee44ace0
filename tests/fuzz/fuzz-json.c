/*
 * fuzz-json.c - any bytes into the JSON reader, and what it accepts out of the writer again.
 *
 * The fuzzer calls LLVMFuzzerTestOneInput.  A text that parses is walked with every reading
 * function, written with every fitting writing function, parsed again and compared value by value;
 * writing that second text once more must give the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <aiotools.h>

#include "json.h"
#include "port.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int grow(struct aiot_out *out, size_t need)
{
	size_t size = out->len + need + out->size;
	char *buf = realloc(out->buf, size);

	if (!buf)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = size;
	return 0;
}

/* Decode into an allocation of the exact size; NULL if it holds U+0000. */
static char *decode(struct aiot_json value)
{
	size_t size = value.len;
	char *buf = malloc(size);
	int len;

	AIOT_ASSERT(buf);
	len = aiot_json_str(value, buf, size);
	if (len < 0) {
		AIOT_ASSERT(len == -AIOT_EBADMSG);
		free(buf);
		return NULL;
	}
	AIOT_ASSERT(strlen(buf) == (size_t)len);
	AIOT_ASSERT(aiot_json_str_is(value, buf));
	AIOT_ASSERT(aiot_json_str(value, buf, (size_t)len) == -AIOT_ENOSPC);
	AIOT_ASSERT(aiot_json_str(value, buf, (size_t)len + 1) == len);
	return buf;
}

static void check_decoded_out(struct aiot_json value, const char *expected)
{
	struct aiot_out out = {.grow = grow};
	int len = aiot_json_str_out(value, &out);

	AIOT_ASSERT(len >= 0 && (size_t)len == strlen(expected));
	AIOT_ASSERT(out.len == (size_t)len &&
		    memcmp(out.buf ? out.buf : "", expected, out.len) == 0);
	free(out.buf);
}

static void write_number(struct aiot_json_out *j, const char *key, struct aiot_json value)
{
	int64_t i;
	uint64_t u;

	if (aiot_json_i64(value, &i) == 0)
		aiot_json_put_i64(j, key, i);
	else if (aiot_json_u64(value, &u) == 0)
		aiot_json_put_u64(j, key, u);
	else
		aiot_json_put_raw(j, key, value);
}

/* false: it holds a string that the writer cannot be given (U+0000 in it). */
static bool write_value(struct aiot_json_out *j, const char *key, struct aiot_json value);

static bool write_string(struct aiot_json_out *j, const char *key, struct aiot_json value)
{
	char *text = decode(value);

	if (!text)
		return false;
	check_decoded_out(value, text);
	aiot_json_put_str(j, key, text);
	free(text);
	return true;
}

static bool write_members(struct aiot_json_out *j, struct aiot_json value)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json name, member;
	size_t count = 0;
	bool good = true;

	while (good && aiot_json_next(value, &it, &name, &member)) {
		char *key = name.len > 0 ? decode(name) : NULL;

		if (name.len > 0 && !key)
			return false;
		/* The first of its name is found, which is this one or an earlier one. */
		if (key)
			AIOT_ASSERT(aiot_json_get(value, key).text <= member.text &&
				    aiot_json_get(value, key).text);
		good = write_value(j, key, member);
		free(key);
		count++;
	}
	AIOT_ASSERT(!good || count == aiot_json_count(value));
	return good;
}

static bool write_value(struct aiot_json_out *j, const char *key, struct aiot_json value)
{
	bool good;

	switch (aiot_json_type(value)) {
	case AIOT_JSON_NULL:
		aiot_json_put_null(j, key);
		return true;
	case AIOT_JSON_BOOL:
		AIOT_ASSERT(aiot_json_bool(value, true) == aiot_json_bool(value, false));
		aiot_json_put_bool(j, key, aiot_json_bool(value, false));
		return true;
	case AIOT_JSON_NUMBER:
		write_number(j, key, value);
		return true;
	case AIOT_JSON_STRING:
		return write_string(j, key, value);
	case AIOT_JSON_ARRAY:
		aiot_json_put_array(j, key);
		good = write_members(j, value);
		aiot_json_put_end_array(j);
		return good;
	case AIOT_JSON_OBJECT:
		aiot_json_put_object(j, key);
		good = write_members(j, value);
		aiot_json_put_end_object(j);
		return good;
	default:
		AIOT_ASSERT(!"a checked text has no absent value");
		return false;
	}
}

static void check_equal_strings(struct aiot_json a, struct aiot_json b)
{
	char *text = decode(a);

	AIOT_ASSERT(text && aiot_json_str_is(b, text));
	free(text);
}

static void check_equal_numbers(struct aiot_json a, struct aiot_json b)
{
	int64_t ai = 0, bi = 0;
	uint64_t au = 0, bu = 0;

	AIOT_ASSERT(aiot_json_i64(a, &ai) == aiot_json_i64(b, &bi) && ai == bi);
	AIOT_ASSERT(aiot_json_u64(a, &au) == aiot_json_u64(b, &bu) && au == bu);
}

static void check_equal(struct aiot_json a, struct aiot_json b)
{
	struct aiot_json_iter at_a = {NULL}, at_b = {NULL};
	struct aiot_json name_a, name_b, member_a, member_b;

	AIOT_ASSERT(aiot_json_type(a) == aiot_json_type(b));
	AIOT_ASSERT(aiot_json_bool(a, true) == aiot_json_bool(b, true));
	if (aiot_json_type(a) == AIOT_JSON_STRING)
		check_equal_strings(a, b);
	if (aiot_json_type(a) == AIOT_JSON_NUMBER)
		check_equal_numbers(a, b);
	while (aiot_json_next(a, &at_a, &name_a, &member_a)) {
		AIOT_ASSERT(aiot_json_next(b, &at_b, &name_b, &member_b));
		if (aiot_json_type(a) == AIOT_JSON_OBJECT)
			check_equal_strings(name_a, name_b);
		check_equal(member_a, member_b);
	}
	AIOT_ASSERT(!aiot_json_next(b, &at_b, &name_b, &member_b));
}

static bool write_text(struct aiot_json value, struct aiot_out *out)
{
	struct aiot_json_out j;
	bool good;

	aiot_json_begin(&j, out);
	good = write_value(&j, NULL, value);
	AIOT_ASSERT(out->error == 0 && j.depth == 0);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct aiot_out once = {.grow = grow}, twice = {.grow = grow};
	struct aiot_json value, again;
	size_t offset = 0;
	int rc = aiot_json_parse((const char *)data, size, &value, &offset);

	if (rc < 0) {
		AIOT_ASSERT(offset <= size);
		return 0;
	}
	if (write_text(value, &once)) {
		AIOT_ASSERT(aiot_json_parse(once.buf, once.len, &again, NULL) == 0);
		check_equal(value, again);
		AIOT_ASSERT(write_text(again, &twice));
		AIOT_ASSERT(once.len == twice.len && memcmp(once.buf, twice.buf, once.len) == 0);
	}
	free(once.buf);
	free(twice.buf);
	return 0;
}
