/*
 * Task names: which are allowed, which patterns match them, and how near a mistyped word is to a
 * known one.
 *
 * Called by the registry when a task is added, by every command that takes several names, and by
 * the configuration's "did you mean".  Never allocates and keeps no state; bytes are compared as
 * they are, without a locale.
 */
#include "name.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 31 /* longest word that aiot_name_distance() looks at */
#define FAR 99

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool aiot_name_valid(const char *name, size_t len)
{
	if (len < 1 || len > AIOT_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!is_alnum(c) && c != '_' && c != '.' && c != '@' && c != '-')
			return false;
	}
	return true;
}

bool aiot_name_valid_entry(const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);
	size_t node = colon ? (size_t)(colon - name) : 0;

	if (colon == NULL)
		return aiot_name_valid(name, len);
	return len <= AIOT_NAME_MAX && aiot_name_valid(name, node) &&
	       aiot_name_valid(colon + 1, len - node - 1);
}

bool aiot_name_is_pattern(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '*' || text[i] == '?')
			return true;
	}
	return false;
}

/*
 * Only the last `*` is ever tried again: whatever an earlier one could take in addition, the last
 * one can take as well.  That is what keeps this free of recursion and of exponential patterns.
 */
bool aiot_name_match(const char *pattern, size_t pattern_len, const char *name, size_t name_len)
{
	size_t p = 0;
	size_t n = 0;
	size_t after_star = 0; /* pattern index behind the last `*`; 0: none yet */
	size_t star_end = 0;   /* name index up to which that `*` reaches */

	while (n < name_len) {
		if (p < pattern_len && pattern[p] == '*') {
			after_star = ++p;
			star_end = n;
		} else if (p < pattern_len && (pattern[p] == '?' || pattern[p] == name[n])) {
			p++;
			n++;
		} else if (after_star) {
			p = after_star;
			n = ++star_end;
		} else {
			return false;
		}
	}
	while (p < pattern_len && pattern[p] == '*')
		p++;
	return p == pattern_len;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Copy without `_` and `-`, in lower case; returns the length, or WORD_MAX + 1 when too long. */
static size_t fold_word(const char *word, char *folded)
{
	size_t len = 0;

	for (size_t i = 0; word[i]; i++) {
		if (i == WORD_MAX)
			return WORD_MAX + 1;
		if (word[i] == '_' || word[i] == '-')
			continue;
		folded[len++] = lower(word[i]);
	}
	return len;
}

static uint8_t min3(uint8_t a, uint8_t b, uint8_t c)
{
	uint8_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* One row of the edit table; prev and before are the two rows above it. */
static void distance_row(const char *a, size_t i, const char *b, size_t b_len,
			 uint8_t rows[3][WORD_MAX + 1])
{
	uint8_t *row = rows[i % 3];
	const uint8_t *prev = rows[(i + 2) % 3];
	const uint8_t *before = rows[(i + 1) % 3];

	row[0] = (uint8_t)i;
	for (size_t j = 1; j <= b_len; j++) {
		uint8_t change = (uint8_t)(prev[j - 1] + (a[i - 1] != b[j - 1]));

		row[j] = min3((uint8_t)(prev[j] + 1), (uint8_t)(row[j - 1] + 1), change);
		if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
		    before[j - 2] + 1 < row[j])
			row[j] = (uint8_t)(before[j - 2] + 1);
	}
}

unsigned aiot_name_distance(const char *a, const char *b)
{
	char x[WORD_MAX];
	char y[WORD_MAX];
	uint8_t rows[3][WORD_MAX + 1];
	size_t x_len = fold_word(a, x);
	size_t y_len = fold_word(b, y);

	if (x_len > WORD_MAX || y_len > WORD_MAX)
		return FAR;
	for (size_t j = 0; j <= y_len; j++)
		rows[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= x_len; i++)
		distance_row(x, i, y, y_len, rows);
	return rows[x_len % 3][y_len];
}

/* ---- did you mean ---- */

#define PREFIX_MIN 3 /* so many letters of a longer word are taken for its beginning */

void aiot_near_begin(struct aiot_near *near, const char *typed)
{
	size_t len = strlen(typed);

	/* One slip in a short word, one in three letters of a longer one. */
	near->typed = typed;
	near->best = NULL;
	near->distance = len < 5 ? 2 : (unsigned)(len < 9 ? (len + 1) / 3 + 1 : 4);
}

static bool begins_with(const char *text, const char *with, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (lower(text[i]) != lower(with[i])) /* also at the end of text */
			return false;
	}
	return true;
}

/* "timeout" for "TimeoutStopSec", "reload" for "daemon-reload". */
static bool is_part(const char *candidate, const char *typed)
{
	size_t whole = strlen(candidate), len = strlen(typed);

	if (len < PREFIX_MIN || whole <= len)
		return false;
	return begins_with(candidate, typed, len) ||
	       (candidate[whole - len - 1] == '-' &&
		begins_with(candidate + whole - len, typed, len));
}

void aiot_near_offer(struct aiot_near *near, const char *candidate)
{
	unsigned distance = aiot_name_distance(near->typed, candidate);

	if (is_part(candidate, near->typed))
		distance = 1;
	/* As many slips as letters: any word would do. */
	if (distance >= near->distance || distance >= strlen(near->typed))
		return;
	near->best = candidate;
	near->distance = distance;
}
