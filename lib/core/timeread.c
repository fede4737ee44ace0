/*
 * Times and time spans as people write them (timetext.c is the other way round).
 *
 * Called by the configuration and the schedules (Every=, At=), by the log's -S and -U, and by the
 * commands.  Each step takes what it knows off a cursor; where the cursor stands when a step fails
 * is the column of the error.  Never reads a clock: the caller says what time it is.
 */
#include "timetext.h"

#include <stdbool.h>
#include <string.h>

#include "aiotools.h"
#include "port.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400
#define SPAN_MAX_NS (36525ull * DAY_S * AIOT_NS_PER_S)
#define NS_PER_S ((int64_t)AIOT_NS_PER_S)

/* A reader's place in a text. */
struct cursor {
	const char *text;
	size_t len, at;
};

struct unit {
	const char *name;
	uint64_t ns;
};

static const struct unit units[] = {
	{"ns", 1},
	{"us", 1000},
	{"ms", AIOT_NS_PER_MS},
	{"s", AIOT_NS_PER_S},
	{"sec", AIOT_NS_PER_S},
	{"secs", AIOT_NS_PER_S},
	{"second", AIOT_NS_PER_S},
	{"seconds", AIOT_NS_PER_S},
	{"m", MINUTE_S *AIOT_NS_PER_S},
	{"min", MINUTE_S *AIOT_NS_PER_S},
	{"mins", MINUTE_S *AIOT_NS_PER_S},
	{"minute", MINUTE_S *AIOT_NS_PER_S},
	{"minutes", MINUTE_S *AIOT_NS_PER_S},
	{"h", HOUR_S *AIOT_NS_PER_S},
	{"hr", HOUR_S *AIOT_NS_PER_S},
	{"hrs", HOUR_S *AIOT_NS_PER_S},
	{"hour", HOUR_S *AIOT_NS_PER_S},
	{"hours", HOUR_S *AIOT_NS_PER_S},
	{"d", DAY_S *AIOT_NS_PER_S},
	{"day", DAY_S *AIOT_NS_PER_S},
	{"days", DAY_S *AIOT_NS_PER_S},
	{"w", 7 * DAY_S *AIOT_NS_PER_S},
	{"week", 7 * DAY_S *AIOT_NS_PER_S},
	{"weeks", 7 * DAY_S *AIOT_NS_PER_S},
};

/* ---- small steps ---- */

static char peek(const struct cursor *c)
{
	return c->at < c->len ? c->text[c->at] : '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(struct cursor *c, char wanted)
{
	if (peek(c) != wanted || c->at == c->len)
		return false;
	c->at++;
	return true;
}

static void skip_blanks(struct cursor *c)
{
	while (peek(c) == ' ' || peek(c) == '\t')
		c->at++;
}

/* Exactly `count` digits (at most 9) between min and max. */
static bool take_digits(struct cursor *c, unsigned count, uint32_t min, uint32_t max,
			uint32_t *ret_value)
{
	uint32_t value = 0;
	size_t start = c->at;

	for (unsigned i = 0; i < count; i++) {
		if (!is_digit(peek(c)))
			return false;
		value = value * 10 + (uint32_t)(c->text[c->at++] - '0');
	}
	if (value < min || value > max) {
		c->at = start;
		return false;
	}
	*ret_value = value;
	return true;
}

/* Digits, any number of them; -AIOT_ERANGE over UINT64_MAX. */
static int take_u64(struct cursor *c, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!is_digit(peek(c)))
		return -AIOT_EINVAL;
	for (; is_digit(peek(c)); c->at++) {
		uint64_t digit = (uint64_t)(peek(c) - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return -AIOT_ERANGE;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}

/*
 * ".25" of a unit, in ns, rounded down; 0 when there is no dot.  Read from the last digit to the
 * first, so that each step divides by ten and nothing is lost however many digits there are.
 */
static uint64_t fraction_ns(const char *digits, size_t count, uint64_t unit_ns)
{
	uint64_t ns = 0;

	while (count-- > 0)
		ns = ((uint64_t)(digits[count] - '0') * unit_ns + ns) / 10;
	return ns;
}

/* Skip ".digits"; false: a dot without a digit.  ret_count is 0 when there is no dot. */
static bool skip_fraction(struct cursor *c, const char **ret_digits, size_t *ret_count)
{
	size_t start = c->at + 1;

	*ret_digits = c->text;
	*ret_count = 0;
	if (!take(c, '.'))
		return true;
	while (is_digit(peek(c)))
		c->at++;
	*ret_digits = c->text + start;
	*ret_count = c->at - start;
	return *ret_count > 0;
}

static int finish(const struct cursor *c, int code, size_t *ret_column)
{
	if (code < 0 && ret_column)
		*ret_column = c->at;
	return code;
}

/* ---- spans ---- */

static const struct unit *take_unit(struct cursor *c)
{
	size_t start = c->at;

	while (is_letter(peek(c)))
		c->at++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == c->at - start &&
		    memcmp(units[i].name, c->text + start, c->at - start) == 0)
			return &units[i];
	}
	c->at = start;
	return NULL;
}

/* Behind the hours: ":MM:SS[.frac]", added to ret_ns; hours may be more than a day's. */
static int span_clock(struct cursor *c, size_t start, uint64_t hours, uint64_t *ret_ns)
{
	uint32_t minute, second;
	const char *digits;
	size_t count;
	uint64_t ns;

	if (!take(c, ':') || !take_digits(c, 2, 0, 59, &minute) || !take(c, ':') ||
	    !take_digits(c, 2, 0, 59, &second) || !skip_fraction(c, &digits, &count))
		return -AIOT_EINVAL;
	ns = (minute * MINUTE_S + second) * AIOT_NS_PER_S +
	     fraction_ns(digits, count, AIOT_NS_PER_S);
	if (hours > SPAN_MAX_NS / (HOUR_S * AIOT_NS_PER_S) ||
	    hours * HOUR_S * AIOT_NS_PER_S + ns > SPAN_MAX_NS - *ret_ns) {
		c->at = start;
		return -AIOT_ERANGE;
	}
	*ret_ns += hours * HOUR_S * AIOT_NS_PER_S + ns;
	return 0;
}

/* 5, 1.5, .5 and 5. with the number before the dot and the digits behind it. */
static int span_number(struct cursor *c, uint64_t *ret_whole, const char **ret_digits,
		       size_t *ret_count)
{
	bool dot_first = peek(c) == '.';
	int rc = dot_first ? 0 : take_u64(c, ret_whole);

	if (rc == 0 && !skip_fraction(c, ret_digits, ret_count) && dot_first)
		rc = -AIOT_EINVAL;
	return rc;
}

/* One number and its unit, added to ret_ns.  `alone`: it is the first, so may lack a unit. */
static int span_part(struct cursor *c, bool alone, uint64_t *ret_ns)
{
	static const struct unit second = {"s", AIOT_NS_PER_S};
	const struct unit *unit;
	const char *digits;
	size_t digit_count;
	uint64_t whole = 0;
	size_t start = c->at;
	int rc = span_number(c, &whole, &digits, &digit_count);

	if (rc < 0)
		return rc;
	if (peek(c) == ':' && is_digit(c->text[c->at - 1]) && digit_count == 0)
		return span_clock(c, start, whole, ret_ns);
	skip_blanks(c);
	unit = alone && c->at == c->len ? &second : take_unit(c);
	if (!unit)
		return -AIOT_EINVAL;
	if (whole > (SPAN_MAX_NS - *ret_ns) / unit->ns ||
	    fraction_ns(digits, digit_count, unit->ns) > SPAN_MAX_NS - *ret_ns - whole * unit->ns) {
		c->at = start;
		return -AIOT_ERANGE;
	}
	*ret_ns += whole * unit->ns + fraction_ns(digits, digit_count, unit->ns);
	return 0;
}

static int span_sum(struct cursor *c, uint64_t *ret_ns)
{
	uint64_t ns = 0;
	bool alone = true;

	skip_blanks(c);
	do {
		int rc = span_part(c, alone, &ns);

		if (rc < 0)
			return rc;
		alone = false;
		skip_blanks(c);
		if (take(c, ',')) {
			skip_blanks(c);
			if (c->at == c->len)
				return -AIOT_EINVAL;
		}
	} while (c->at < c->len);
	*ret_ns = ns;
	return 0;
}

int aiot_span_parse(const char *text, size_t len, uint64_t *ret_ns, size_t *ret_column)
{
	struct cursor c = {text, len, 0};

	return finish(&c, span_sum(&c, ret_ns), ret_column);
}

/* ---- points in time ---- */

/*
 * The instant at which clocks on the wall show `local` (seconds, as if UTC).  The offsets a day
 * before and a day after are on either side of the one change that can matter.
 */
static int64_t local_to_utc(int64_t local)
{
	int64_t before = local - aiot_port_utc_offset(local - DAY_S);
	int64_t after = local - aiot_port_utc_offset(local + DAY_S);
	bool before_fits = before + aiot_port_utc_offset(before) == local;
	bool after_fits = after + aiot_port_utc_offset(after) == local;

	/*
	 * Both fit: repeated, and `before` is the first.  Neither fits: skipped by a jump forward,
	 * and `before` is as far behind it.
	 */
	return after_fits && !before_fits ? after : before;
}

static int32_t local_offset(int64_t wall_ns)
{
	return aiot_port_utc_offset(wall_ns / NS_PER_S - (wall_ns % NS_PER_S < 0));
}

static int to_ns(int64_t seconds, uint32_t nanosecond, int64_t *ret_ns)
{
	if (seconds >= INT64_MAX / NS_PER_S || seconds <= INT64_MIN / NS_PER_S)
		return -AIOT_ERANGE;
	*ret_ns = seconds * NS_PER_S + nanosecond;
	return 0;
}

static uint8_t days_in_month(int32_t year, uint8_t month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return (uint8_t)(days[month - 1] + (month == 2 && leap));
}

static bool take_date(struct cursor *c, struct aiot_civil *ret)
{
	uint32_t year, month, day;

	if (!take_digits(c, 4, 1, 9999, &year) || !take(c, '-') ||
	    !take_digits(c, 2, 1, 12, &month) || !take(c, '-') ||
	    !take_digits(c, 2, 1, days_in_month((int32_t)year, (uint8_t)month), &day))
		return false;
	ret->year = (int32_t)year;
	ret->month = (uint8_t)month;
	ret->day = (uint8_t)day;
	return true;
}

static bool take_nanosecond(struct cursor *c, uint32_t *ret)
{
	const char *digits;
	size_t count;

	if (!skip_fraction(c, &digits, &count))
		return false;
	*ret = (uint32_t)fraction_ns(digits, count, AIOT_NS_PER_S);
	return true;
}

/* hh:mm[:ss[.frac]] */
static bool take_clock(struct cursor *c, struct aiot_civil *ret)
{
	uint32_t hour, minute;
	uint32_t second = 0;
	uint32_t nanosecond = 0;

	if (!take_digits(c, 2, 0, 23, &hour) || !take(c, ':') || !take_digits(c, 2, 0, 59, &minute))
		return false;
	if (take(c, ':') &&
	    (!take_digits(c, 2, 0, 59, &second) || !take_nanosecond(c, &nanosecond)))
		return false;
	ret->hour = (uint8_t)hour;
	ret->minute = (uint8_t)minute;
	ret->second = (uint8_t)second;
	ret->nanosecond = nanosecond;
	return true;
}

/* Z or +hh:mm; nothing is local time. */
static bool take_zone(struct cursor *c, bool *ret_local, int32_t *ret_offset)
{
	uint32_t hour, minute;
	int32_t offset;
	bool east;

	skip_blanks(c);
	*ret_local = c->at == c->len;
	*ret_offset = 0;
	if (*ret_local || take(c, 'Z'))
		return true;
	east = peek(c) == '+';
	if ((!take(c, '+') && !take(c, '-')) || !take_digits(c, 2, 0, 23, &hour) || !take(c, ':') ||
	    !take_digits(c, 2, 0, 59, &minute))
		return false;
	offset = (int32_t)(hour * HOUR_S + minute * MINUTE_S);
	*ret_offset = east ? offset : -offset;
	return true;
}

/* A clock follows the date: behind a T, or behind a blank (which may also stand before a zone). */
static bool clock_follows(struct cursor *c)
{
	if (take(c, 'T'))
		return true;
	if (peek(c) != ' ' || c->at + 1 == c->len || !is_digit(c->text[c->at + 1]))
		return false;
	c->at++;
	return true;
}

static int read_civil(struct cursor *c, int64_t now_ns, int64_t *ret_ns)
{
	struct aiot_civil when = {.year = 0};
	bool has_date = c->len - c->at < 3 || c->text[c->at + 2] != ':';
	bool local;
	int32_t offset;

	if (has_date && !take_date(c, &when))
		return -AIOT_EINVAL;
	if ((!has_date || clock_follows(c)) && !take_clock(c, &when))
		return -AIOT_EINVAL;
	if (!take_zone(c, &local, &offset) || c->at < c->len)
		return -AIOT_EINVAL;
	if (!has_date) {
		struct aiot_civil today;

		aiot_civil_from_ns(now_ns, local ? local_offset(now_ns) : offset, &today);
		when.year = today.year;
		when.month = today.month;
		when.day = today.day;
	}
	return to_ns(local ? local_to_utc(aiot_civil_to_s(&when)) : aiot_civil_to_s(&when) - offset,
		     when.nanosecond, ret_ns);
}

/* 00:00 local, `days` before today. */
static int read_midnight(int64_t now_ns, int32_t days, int64_t *ret_ns)
{
	struct aiot_civil c;

	aiot_civil_from_ns(now_ns, local_offset(now_ns), &c);
	c.hour = c.minute = c.second = 0;
	return to_ns(local_to_utc(aiot_civil_to_s(&c) - (int64_t)days * DAY_S), 0, ret_ns);
}

/* Behind the @: seconds since 1970 UTC. */
static int read_epoch(struct cursor *c, int64_t *ret_ns)
{
	uint64_t seconds = 0;
	uint32_t nanosecond = 0;
	int rc = take_u64(c, &seconds);

	if (rc == 0 && (!take_nanosecond(c, &nanosecond) || c->at < c->len))
		rc = -AIOT_EINVAL;
	if (rc == 0 && seconds > INT64_MAX)
		rc = -AIOT_ERANGE;
	return rc < 0 ? rc : to_ns((int64_t)seconds, nanosecond, ret_ns);
}

static int read_relative(struct cursor *c, int64_t now_ns, bool ahead, int64_t *ret_ns)
{
	uint64_t span = 0;
	int rc = span_sum(c, &span);

	if (rc < 0)
		return rc;
	if (ahead ? now_ns > INT64_MAX - (int64_t)span : now_ns < INT64_MIN + (int64_t)span)
		return -AIOT_ERANGE;
	*ret_ns = ahead ? now_ns + (int64_t)span : now_ns - (int64_t)span;
	return 0;
}

/* Cut " ago" off the end. */
static bool cut_ago(struct cursor *c)
{
	size_t rest = c->len - c->at;

	if (rest < 5 || memcmp(c->text + c->len - 3, "ago", 3) != 0 ||
	    (c->text[c->len - 4] != ' ' && c->text[c->len - 4] != '\t'))
		return false;
	c->len -= 4;
	return true;
}

static bool is_word(const struct cursor *c, const char *word)
{
	size_t len = strlen(word);

	return c->len - c->at == len && memcmp(c->text + c->at, word, len) == 0;
}

static int read_time(struct cursor *c, int64_t now_ns, int64_t *ret_ns)
{
	skip_blanks(c);
	while (c->len > c->at && (c->text[c->len - 1] == ' ' || c->text[c->len - 1] == '\t'))
		c->len--;
	if (is_word(c, "now")) {
		*ret_ns = now_ns;
		return 0;
	}
	if (is_word(c, "today"))
		return read_midnight(now_ns, 0, ret_ns);
	if (is_word(c, "yesterday"))
		return read_midnight(now_ns, 1, ret_ns);
	if (take(c, '@'))
		return read_epoch(c, ret_ns);
	if (take(c, '+'))
		return read_relative(c, now_ns, true, ret_ns);
	if (take(c, '-') || cut_ago(c))
		return read_relative(c, now_ns, false, ret_ns);
	return read_civil(c, now_ns, ret_ns);
}

int aiot_time_parse(const char *text, size_t len, int64_t now_ns, int64_t *ret_ns,
		    size_t *ret_column)
{
	struct cursor c = {text, len, 0};

	return finish(&c, read_time(&c, now_ns, ret_ns), ret_column);
}
