/*
 * cron-read.c - the text of cron expressions: reading it, and writing it as short as can be.
 *
 * Called where a condition or a Cron= is compiled.  Each field has a row that says its bounds and
 * names; a field is read part by part into a bit map.  What can never match is refused here.
 */
#include <string.h>

#include "aiotools.h"
#include "cron.h"

struct field {
	const char *name; /* "minute" */
	const char *example;
	uint8_t first, last;
	uint8_t bits;		 /* that stand for `*`, from first on; day of week has 7 beside 0 */
	const char (*names)[10]; /* the first of them stands for `first`; NULL: none */
	uint8_t name_count;
};

static const char month_names[12][10] = {"january",   "february", "march",    "april",
					 "may",	      "june",	  "july",     "august",
					 "september", "october",  "november", "december"};
static const char day_names[7][10] = {"sunday",	  "monday", "tuesday", "wednesday",
				      "thursday", "friday", "saturday"};

static const struct field fields[] = {
	{"minute", "0 or */15", 0, 59, 60, NULL, 0},
	{"hour", "8 or 9-17", 0, 23, 24, NULL, 0},
	{"day of month", "1 or 1-7", 1, 31, 31, NULL, 0},
	{"month", "1 or JAN", 1, 12, 12, month_names, 12},
	{"day of week", "1 or MON-FRI", 0, 7, 7, day_names, 7},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

struct reader {
	const char *text;
	size_t len, at;
	struct aiot_when_error *error;
};

static char peek(const struct reader *r)
{
	return r->at < r->len ? r->text[r->at] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

/* The word around `at`, for the sentence. */
static int word_len(const struct reader *r, size_t at)
{
	size_t end = at;

	while (end < r->len && !is_blank(r->text[end]) && end - at < 24)
		end++;
	return (int)(end - at);
}

static int refuse(struct reader *r, size_t at, const char *expected)
{
	r->error->column = (uint32_t)at + 1;
	if (word_len(r, at) > 0)
		(void)aiot_format_to(r->error->text, sizeof(r->error->text),
				     "expected %s, not '%.*s'", expected, word_len(r, at),
				     r->text + at);
	else
		(void)aiot_format_to(r->error->text, sizeof(r->error->text), "expected %s",
				     expected);
	return -AIOT_EINVAL;
}

static int refuse_field(struct reader *r, size_t at, const struct field *f)
{
	char expected[96];

	(void)aiot_format_to(expected, sizeof(expected), "a %s from %u to %u, such as %s", f->name,
			     f->first, f->last, f->example);
	return refuse(r, at, expected);
}

/* ---- one field ---- */

/* Whether the word is a name, in full or by its first three letters. */
static bool is_name(const char *word, size_t len, const char *name)
{
	if (len != 3 && len != strlen(name))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (lower(word[i]) != name[i])
			return false;
	}
	return true;
}

static int take_name(struct reader *r, const struct field *f, unsigned *ret)
{
	size_t start = r->at;

	while (is_letter(peek(r)))
		r->at++;
	if (r->at - start == 1 && lower(r->text[start]) == 'l')
		return refuse(r, start, "a number: L, the last one, is not known here");
	for (unsigned i = 0; i < f->name_count; i++) {
		if (is_name(r->text + start, r->at - start, f->names[i])) {
			*ret = f->first + i;
			return 0;
		}
	}
	return refuse_field(r, start, f);
}

/* A number up to `max`, or a name. */
static int take_value(struct reader *r, const struct field *f, unsigned *ret)
{
	size_t start = r->at;
	unsigned value = 0;

	if (is_letter(peek(r)))
		return take_name(r, f, ret);
	while (is_digit(peek(r)) && value < 1000)
		value = value * 10 + (unsigned)(r->text[r->at++] - '0');
	if (r->at == start || value < f->first || value > f->last)
		return refuse_field(r, start, f);
	*ret = value;
	return 0;
}

static int take_step(struct reader *r, const struct field *f, unsigned *ret)
{
	size_t start = ++r->at;
	unsigned value = 0;

	while (is_digit(peek(r)) && value < 1000)
		value = value * 10 + (unsigned)(r->text[r->at++] - '0');
	if (r->at == start || value < 1 || value > f->last)
		return refuse(r, start, "a step behind '/', such as 5, no larger than its field");
	*ret = value;
	return 0;
}

/* `*`, N, N-M, each with /step; ret_star: it was `*` with no step. */
static int take_part(struct reader *r, const struct field *f, uint64_t *ret_bits)
{
	unsigned last_bit = f->first + f->bits - 1u;
	unsigned first = f->first, last = last_bit, step = 1;
	bool range = false;
	int rc = 0;

	if (peek(r) == '*') {
		r->at++;
		range = true;
	} else {
		rc = take_value(r, f, &first);
		if (rc == 0 && peek(r) == '-') {
			r->at++;
			range = true;
			rc = take_value(r, f, &last);
		}
	}
	if (rc == 0 && peek(r) == '/')
		rc = take_step(r, f, &step);
	else if (!range)
		last = first;
	if (rc < 0)
		return rc;
	/* What is behind the last begins anew: 22-2, and 7, which is Sunday after Saturday. */
	if (first > last)
		last += f->bits;
	for (unsigned at = first; at <= last; at += step)
		*ret_bits |= UINT64_C(1) << ((at - f->first) % f->bits + f->first);
	return 0;
}

static int take_field(struct reader *r, const struct field *f, uint64_t *ret_bits)
{
	for (;;) {
		int rc = take_part(r, f, ret_bits);

		if (rc < 0)
			return rc;
		if (peek(r) != ',')
			break;
		r->at++;
	}
	if (r->at < r->len && !is_blank(peek(r)))
		return refuse(r, r->at, "a blank, ',', '-' or '/'");
	return 0;
}

/* ---- the whole ---- */

static void skip_blanks(struct reader *r)
{
	while (is_blank(peek(r)))
		r->at++;
}

/* "@daily": the text that it stands for. */
static int take_short(struct reader *r, const char **ret_text)
{
	static const struct {
		const char *name, *text;
	} shorts[] = {
		{"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
		{"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
		{"@annually", "0 0 1 1 *"},
	};
	size_t len = (size_t)word_len(r, r->at);

	for (size_t i = 0; i < sizeof(shorts) / sizeof(shorts[0]); i++) {
		size_t same = 0;

		while (same < len && shorts[i].name[same] &&
		       lower(r->text[r->at + same]) == shorts[i].name[same])
			same++;
		if (same == len && !shorts[i].name[same]) {
			r->at += len;
			*ret_text = shorts[i].text;
			return 0;
		}
	}
	return refuse(r, r->at, "@hourly, @daily, @midnight, @weekly, @monthly or @yearly");
}

/* Only days of month can be impossible, and a day of week beside them always comes. */
static int check_dates(struct reader *r, const struct aiot_cron *cron, size_t column)
{
	static const uint8_t longest[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (cron->any_day || !cron->any_wday)
		return 0;
	for (unsigned month = 1; month <= 12; month++) {
		if (cron->months >> month & 1 && cron->days & ((UINT64_C(2) << longest[month]) - 2))
			return 0;
	}
	r->error->column = (uint32_t)column + 1;
	(void)aiot_format_to(r->error->text, sizeof(r->error->text),
			     "expected a day that the month has: %u.%u. never comes",
			     (unsigned)__builtin_ctz(cron->days),
			     (unsigned)__builtin_ctz(cron->months));
	return -AIOT_EINVAL;
}

static uint8_t weekdays_from(uint64_t sunday_first)
{
	return (uint8_t)((sunday_first >> 1 | sunday_first << 6) & 0x7f);
}

/* Fields up to the end; missing ones are `*`. */
static int take_fields(struct reader *r, struct aiot_cron *cron)
{
	uint64_t bits[FIELDS] = {0};
	uint8_t star[FIELDS] = {1, 1, 1, 1, 1};
	size_t columns[FIELDS] = {0};
	unsigned count = 0;
	int rc = 0;

	for (; r->at < r->len && count < FIELDS; count++) {
		bool starts = peek(r) == '*';

		columns[count] = r->at;
		rc = take_field(r, &fields[count], &bits[count]);
		if (rc < 0)
			return rc;
		/* The hour counts as open with a step too, a day only when it is `*` alone. */
		star[count] = starts && (count == 1 ? !memchr(r->text + columns[count], ',',
							      r->at - columns[count])
						    : r->at - columns[count] == 1);
		skip_blanks(r);
	}
	if (r->at < r->len)
		return refuse(r, r->at, "no more than five fields");
	if (count == 0)
		return refuse(r, r->at, "a cron expression such as */15 8-17 * * MON-FRI");
	for (unsigned i = count; i < FIELDS; i++)
		bits[i] = ((UINT64_C(1) << fields[i].bits) - 1) << fields[i].first;
	*cron = (struct aiot_cron){
		.minutes = bits[0],
		.hours = (uint32_t)bits[1],
		.days = (uint32_t)bits[2],
		.months = (uint16_t)bits[3],
		.weekdays = weekdays_from(bits[4]),
		.real_hour = star[1],
		.any_day = star[2],
		.any_wday = star[4],
	};
	return check_dates(r, cron, columns[2]);
}

int aiot_cron_compile(const char *text, size_t len, struct aiot_cron *ret,
		      struct aiot_when_error *ret_error)
{
	struct reader r = {text, len, 0, ret_error};
	struct aiot_cron cron;
	const char *full = NULL;
	int rc;

	while (r.len > 0 && is_blank(text[r.len - 1]))
		r.len--;
	skip_blanks(&r);
	if (peek(&r) == '@') {
		rc = take_short(&r, &full);
		skip_blanks(&r);
		if (rc == 0 && r.at < r.len)
			rc = refuse(&r, r.at, "nothing behind the short form");
		if (rc < 0)
			return rc;
		r = (struct reader){full, strlen(full), 0, ret_error};
	}
	rc = take_fields(&r, &cron);
	if (rc == 0)
		*ret = cron;
	return rc;
}

/* ---- writing ---- */

/* The step by which bits lie apart evenly up to the end of the field; else 0. */
static unsigned even_step(uint64_t bits, unsigned first, unsigned end)
{
	unsigned step, at;

	if (!(bits & (bits - 1)))
		return 0;
	at = (unsigned)__builtin_ctzll(bits);
	step = (unsigned)__builtin_ctzll(bits & (bits - 1)) - at;
	if (at != first || step < 2)
		return 0;
	for (; at < end; at += step) {
		if (!(bits >> at & 1))
			return 0;
		bits &= ~(UINT64_C(1) << at);
	}
	return bits ? 0 : step;
}

static void put_list(struct aiot_out *out, uint64_t bits, unsigned end)
{
	bool first = true;

	for (unsigned at = 0; at < end; at++) {
		unsigned last = at;

		if (!(bits >> at & 1))
			continue;
		while (last + 1 < end && bits >> (last + 1) & 1)
			last++;
		if (last == at + 1)
			last = at; /* 1,2 rather than 1-2 */
		aiot_format(out, first ? "%u" : ",%u", at);
		if (last > at)
			aiot_format(out, "-%u", last);
		first = false;
		at = last;
	}
}

/* star: the field may be written with `*`; else its bits are all listed. */
static void put_field(struct aiot_out *out, const struct field *f, uint64_t bits, bool star)
{
	unsigned end = f->first + f->bits;
	uint64_t all = ((UINT64_C(1) << f->bits) - 1) << f->first;
	unsigned step = even_step(bits, f->first, end);
	bool open_hour = f == &fields[1]; /* for then `*` says more than its hours */

	if (f != &fields[0])
		aiot_out_char(out, ' ');
	if (bits == all && star)
		aiot_out_char(out, '*');
	else if (step && star && (open_hour || f->first + 2 * step < end))
		aiot_format(out, "*/%u", step);
	else
		put_list(out, bits, end);
}

void aiot_cron_text(const struct aiot_cron *cron, struct aiot_out *out)
{
	uint64_t weekdays = (uint64_t)cron->weekdays << 1;

	weekdays = (weekdays | weekdays >> 7) & 0x7f;
	put_field(out, &fields[0], cron->minutes, true);
	put_field(out, &fields[1], cron->hours, cron->real_hour);
	put_field(out, &fields[2], cron->days, cron->any_day || cron->days != 0xfffffffe);
	put_field(out, &fields[3], cron->months, true);
	put_field(out, &fields[4], weekdays, cron->any_wday || cron->weekdays != 0x7f);
}
