/*
 * json.h - the small JSON reader and writer that the daemon, the client and the boards share.
 *
 * Reading is aiotools-json.h, which services have, too.  Writing goes straight to an aiot_out,
 * commas and quoting are the writer's business.  No allocation, no recursion.  Not thread safe, no
 * global state.
 */
#ifndef AIOT_JSON_H
#define AIOT_JSON_H

#include <aiotools-json.h>

#include "config.h"
#include "out.h"

/* aiot_json_str() to out (any length, not terminated); also what out->error says. */
int aiot_json_str_out(struct aiot_json value, struct aiot_out *out);
#if !AIOT_TEXT
/* Whether text[0..len), in which there is no NUL, is that word. */
bool aiot_json_is_word(const char *word, const char *text, size_t len);
#else
/*
 * Check that a text is one object, whose members are as aiot_json_parse() wants values, and find
 * those of `keys` while that is under way: passing over a long one costs nearly what checking it
 * does.  0 or negative.
 */
int aiot_json_parse_members(const char *text, size_t len, const char *const *keys, size_t count,
			    struct aiot_json *ret);
/*
 * Member `key`, to be walked through and no more: its end is not looked for, and the slice has what
 * is behind it, too.
 */
struct aiot_json aiot_json_rows(struct aiot_json obj, const char *key);
/*
 * aiot_json_next() of an array, and aiot_json_members() of what it finds, in one walk: for rows, of
 * which there may be thousands.
 */
bool aiot_json_next_members(struct aiot_json array, struct aiot_json_iter *it,
			    const char *const *keys, size_t count, struct aiot_json *ret_value,
			    struct aiot_json *ret);
#endif

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
