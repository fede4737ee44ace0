/*
 * aiotools-json.h - reading JSON, as replies of the daemon's commands are (aiotools-call.h).
 *
 * Reading makes no tree: aiot_json_parse() checks one complete text once (RFC 8259, depth and UTF-8
 * included), after which values are slices of that text and every other function may trust it.  The
 * text must outlive the slices.  Numbers are integers or decimal text; no double anywhere.
 *	struct aiot_json reply, tasks, task;
 *	struct aiot_json_iter it = {0};
 *	if (aiot_json_parse(text, strlen(text), &reply, NULL) < 0)
 *		...
 *	tasks = aiot_json_get(reply, "tasks");
 *	while (aiot_json_next(tasks, &it, NULL, &task))
 *		... aiot_json_str_is(aiot_json_get(task, "state"), "failed") ...
 * No allocation, no recursion.  Thread: any, there is no state.
 */
#ifndef AIOTOOLS_JSON_H
#define AIOTOOLS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIOT_JSON_DEPTH 16 /* deepest nesting that is read */

enum aiot_json_type {
	AIOT_JSON_NONE, /* absent */
	AIOT_JSON_NULL,
	AIOT_JSON_BOOL,
	AIOT_JSON_NUMBER,
	AIOT_JSON_STRING,
	AIOT_JSON_ARRAY,
	AIOT_JSON_OBJECT,
};

/* A value inside a checked text: its bytes, white space around it removed. {NULL, 0} is "absent".
 * Frozen.
 */
struct aiot_json {
	const char *text;
	size_t len;
};

/*
 * Check that text[0..len) is exactly one JSON value (white space around it allowed) and return it.
 * -AIOT_EBADMSG: not JSON; -AIOT_EOVERFLOW: deeper than AIOT_JSON_DEPTH; ret_offset (may be NULL)
 * is where it went wrong.  Duplicate keys are allowed, the first one counts.
 */
AIOT_API int aiot_json_parse(const char *text, size_t len, struct aiot_json *ret,
			     size_t *ret_offset);

AIOT_API enum aiot_json_type aiot_json_type(struct aiot_json value);

/* Member `key` of an object; absent (type NONE) when it is not there or obj is no object. */
AIOT_API struct aiot_json aiot_json_get(struct aiot_json obj, const char *key);

/*
 * Several members of an object in one walk, for objects that are read often: ret[i] is what
 * aiot_json_get() finds for keys[i].
 */
AIOT_API void aiot_json_members(struct aiot_json obj, const char *const *keys, size_t count,
				struct aiot_json *ret);

/*
 * Walk an array or object: start with a zeroed iterator.  false at the end (and for any other
 * type). ret_key is the key as a string value, absent in an array; may be NULL.
 */
struct aiot_json_iter {
	const char *at; /* private */
};
AIOT_API bool aiot_json_next(struct aiot_json container, struct aiot_json_iter *it,
			     struct aiot_json *ret_key, struct aiot_json *ret_value);
AIOT_API size_t aiot_json_count(struct aiot_json container);

/*
 * Decode a string value into buf, terminated.  Returns its length; -AIOT_EINVAL if it is no string,
 * -AIOT_ENOSPC if it does not fit, -AIOT_EBADMSG if it contains U+0000 (no C string can hold it).
 * buf is untouched on failure; boards that have little flash empty it.
 */
AIOT_API int aiot_json_str(struct aiot_json value, char *buf, size_t size);
AIOT_API bool aiot_json_str_is(struct aiot_json value, const char *text);

/* -AIOT_EINVAL: no number, or not whole (1.50e2 is); -AIOT_ERANGE: does not fit. */
AIOT_API int aiot_json_i64(struct aiot_json value, int64_t *ret);
AIOT_API int aiot_json_u64(struct aiot_json value, uint64_t *ret);
/* true, false, and `otherwise` for anything else. */
AIOT_API bool aiot_json_bool(struct aiot_json value, bool otherwise);

#ifdef __cplusplus
}
#endif
#endif
