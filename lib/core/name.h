/*
 * name.h - what a task may be called, and how patterns find names.  Pure functions.
 */
#ifndef AIOT_NAME_H
#define AIOT_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

#if AIOT_BOARD
#define AIOT_NAME_MAX 31
#else
#define AIOT_NAME_MAX 64
#endif

/* [A-Za-z0-9_.@-]{1,64} */
bool aiot_name_valid(const char *name, size_t len);
/* The same, or NODE:NAME, as a board's task is called here; 64 bytes in all. */
bool aiot_name_valid_entry(const char *name, size_t len);
/* Whether text has a `*` or `?`, so is a pattern. */
bool aiot_name_is_pattern(const char *text, size_t len);
/* `*` is any run of characters, `?` one; the whole name must match.  Linear in
 * len(pattern)*len(name). */
bool aiot_name_match(const char *pattern, size_t pattern_len, const char *name, size_t name_len);
/*
 * How alike two words are, for "did you mean": edits needed to turn one into the other (a letter
 * added, dropped or changed, or two neighbours swapped), case, `_` and `-` not counted; 99 when
 * either is over 31 bytes.
 */
unsigned aiot_name_distance(const char *a, const char *b);

/* "Did you mean": offer all that could have been meant; best is the nearest, NULL: none is near. */
struct aiot_near {
	const char *typed;
	const char *best;
	unsigned distance;
};
void aiot_near_begin(struct aiot_near *near, const char *typed);
void aiot_near_offer(struct aiot_near *near, const char *candidate);

#endif
