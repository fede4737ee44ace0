/*
 * json.h - the small JSON reader and writer that the daemon, the client and the boards share.
 *
 * Reading makes no tree: aiot_json_parse() checks one complete text once (RFC 8259, depth and UTF-8
 * included), after which values are slices of that text and every other function may trust it.  The
 * text must outlive the slices.  Numbers are integers or decimal text; no double anywhere.
 * Writing goes straight to an aiot_out, commas and quoting are the writer's business.
 * No allocation, no recursion.  Not thread safe, no global state.
 */
#ifndef AIOT_JSON_H
#define AIOT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "out.h"

#define AIOT_JSON_DEPTH 16 /* deepest nesting that is read or written */

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
int aiot_json_parse(const char *text, size_t len, struct aiot_json *ret, size_t *ret_offset);

enum aiot_json_type aiot_json_type(struct aiot_json value);

/* Member `key` of an object; absent (type NONE) when it is not there or obj is no object. */
struct aiot_json aiot_json_get(struct aiot_json obj, const char *key);

/*
 * Several members of an object in one walk, for objects that are read often: ret[i] is what
 * aiot_json_get() finds for keys[i].
 */
void aiot_json_members(struct aiot_json obj, const char *const *keys, size_t count,
		       struct aiot_json *ret);

/*
 * Walk an array or object: start with a zeroed iterator.  false at the end (and for any other
 * type). ret_key is the key as a string value, absent in an array; may be NULL.
 */
struct aiot_json_iter {
	const char *at; /* private */
};
bool aiot_json_next(struct aiot_json container, struct aiot_json_iter *it,
		    struct aiot_json *ret_key, struct aiot_json *ret_value);
size_t aiot_json_count(struct aiot_json container);

/*
 * Decode a string value into buf, terminated.  Returns its length; -AIOT_EINVAL if it is no string,
 * -AIOT_ENOSPC if it does not fit, -AIOT_EBADMSG if it contains U+0000 (no C string can hold it).
 * buf is untouched on failure; boards that have little flash empty it.
 */
int aiot_json_str(struct aiot_json value, char *buf, size_t size);
/* The same, to out (any length, not terminated); also what out->error says. */
int aiot_json_str_out(struct aiot_json value, struct aiot_out *out);
bool aiot_json_str_is(struct aiot_json value, const char *text);
#if !AIOT_TEXT
/* Whether text[0..len), in which there is no NUL, is that word. */
bool aiot_json_is_word(const char *word, const char *text, size_t len);
#endif

/* -AIOT_EINVAL: no number, or not whole (1.50e2 is); -AIOT_ERANGE: does not fit. */
int aiot_json_i64(struct aiot_json value, int64_t *ret);
int aiot_json_u64(struct aiot_json value, uint64_t *ret);
/* true, false, and `otherwise` for anything else. */
bool aiot_json_bool(struct aiot_json value, bool otherwise);

/* ---- writing ---- */

struct aiot_json_out {
	struct aiot_out *out;
#if AIOT_TEXT
	uint8_t depth;
	bool comma; /* private */
#endif
};

/* Deeper than AIOT_JSON_DEPTH: out->error becomes -AIOT_EOVERFLOW. */
void aiot_json_begin(struct aiot_json_out *j, struct aiot_out *out);

/* `key` is NULL inside an array and for the outermost value.  Keys are quoted and escaped too. */
void aiot_json_put_object(struct aiot_json_out *j, const char *key);
void aiot_json_put_array(struct aiot_json_out *j, const char *key);
void aiot_json_put_end_object(struct aiot_json_out *j);
void aiot_json_put_end_array(struct aiot_json_out *j);
/* text NULL writes null.  Each byte that is no UTF-8 becomes U+FFFD; below U+0020 is escaped. */
void aiot_json_put_str(struct aiot_json_out *j, const char *key, const char *text);
void aiot_json_put_strn(struct aiot_json_out *j, const char *key, const char *text, size_t len);
/* A string made with printf directives (cut at 511 bytes before escaping). */
void aiot_json_put_strf(struct aiot_json_out *j, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void aiot_json_put_i64(struct aiot_json_out *j, const char *key, int64_t value);
void aiot_json_put_u64(struct aiot_json_out *j, const char *key, uint64_t value);
/* value * 10^-digits as a JSON number. */
void aiot_json_put_decimal(struct aiot_json_out *j, const char *key, int64_t value,
			   unsigned digits);
void aiot_json_put_bool(struct aiot_json_out *j, const char *key, bool value);
void aiot_json_put_null(struct aiot_json_out *j, const char *key);
#if !AIOT_TEXT
/* Whether `reserve` more bytes fit; if not, what was written from `start` on is taken back. */
bool aiot_json_fits(struct aiot_out *out, size_t start, size_t reserve);
/* As much of a text as leaves room for `reserve` bytes.  false: it was cut, and ends in dots. */
bool aiot_json_put_cut(struct aiot_json_out *j, const char *key, const char *text, size_t len,
		       size_t reserve);
#endif
/* Text that is JSON already (checked by the caller); null for an absent value. */
void aiot_json_put_raw(struct aiot_json_out *j, const char *key, struct aiot_json value);

#endif
