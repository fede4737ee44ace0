/*
 * when-mark.c - the dates of a condition: "between Mon 10:00 and Fri", "after 5th", "at 10 PM".
 *
 * Called by when-read.c behind "daily", "time of week", "this month", and by when-text.c for the
 * other way round.  A mark is a place in a unit of time; as an end it means the end of what it
 * names (to Friday includes Friday) unless a clock time stands with it.  Never looks at a calendar:
 * a 31st that a month does not have is period.c's business.
 */
#include <string.h>

#include "aiotools.h"
#include "when-private.h"

#define MS (S / 1000)
#define S AIOT_US_PER_S
#define MINUTE (60 * S)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define QUARTER (15 * MINUTE)

static const char weekdays[7][10] = {"monday", "tuesday",  "wednesday", "thursday",
				     "friday", "saturday", "sunday"};
static const char months[12][10] = {"january",	 "february", "march",	 "april",
				    "may",	 "june",     "july",	 "august",
				    "september", "october",  "november", "december"};
/* Days before each month in a leap year. */
static const uint16_t month_days[13] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366};

/* A mark that was read. */
struct mark {
	int64_t at;	/* where it begins */
	int64_t length; /* of what it names, when it ends there: a day; 0: a point */
	bool early;	/* a quarter, but the last */
};

static const char *example(enum aiot_period_unit unit)
{
	static const char *const examples[] = {
		"a millisecond such as 500",
		"a second such as 30",
		"a minute and second such as 45:00, or a quarter such as 2 quarter",
		"a time such as 10:00",
		"a day such as Mon, or Mon 10:00",
		"a day such as 5th, or 5th 12:00",
		"a month such as Jan",
	};

	return examples[unit];
}

/* ---- numbers ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One or two digits up to max. */
static bool take_two(struct when_reader *r, unsigned max, unsigned *ret)
{
	size_t start = r->at;
	unsigned value = 0;

	while (is_digit(when_peek(r)) && r->at - start < 3)
		value = value * 10 + (unsigned)(r->text[r->at++] - '0');
	if (r->at == start || r->at - start > 2 || value > max) {
		r->at = start;
		return false;
	}
	*ret = value;
	return true;
}

/* ".25", in microseconds; what is finer is cut. */
static bool take_fraction(struct when_reader *r, int64_t *ret)
{
	int64_t unit = S / 10;
	int64_t value = 0;

	if (when_peek(r) != '.')
		return true;
	r->at++;
	if (!is_digit(when_peek(r)))
		return false;
	for (; is_digit(when_peek(r)); r->at++, unit /= 10)
		value += (when_peek(r) - '0') * unit;
	*ret += value;
	return true;
}

static bool take_char(struct when_reader *r, char c)
{
	if (when_peek(r) != c)
		return false;
	r->at++;
	return true;
}

/* ---- marks, unit by unit; false: it is none ---- */

/* 500, 999.25 */
static bool take_millisecond(struct when_reader *r, struct mark *ret)
{
	size_t start = r->at;
	int64_t fraction = 0;

	while (is_digit(when_peek(r)) && r->at - start < 4)
		ret->at = ret->at * 10 + (r->text[r->at++] - '0') * MS;
	if (r->at == start || ret->at >= S || !take_fraction(r, &fraction))
		return false;
	ret->at += fraction / 1000;
	return true;
}

static bool take_second(struct when_reader *r, struct mark *ret)
{
	unsigned second;

	if (!take_two(r, 59, &second))
		return false;
	ret->at = second * S;
	return take_fraction(r, &ret->at);
}

/* 45:00, 2 quarter, 2q */
static bool take_minute(struct when_reader *r, struct mark *ret)
{
	unsigned minute, second;

	if (!take_two(r, 59, &minute))
		return false;
	if (take_char(r, ':')) {
		if (!take_two(r, 59, &second))
			return false;
		ret->at = minute * MINUTE + second * S;
		return take_fraction(r, &ret->at);
	}
	when_skip_blanks(r);
	if (minute < 1 || minute > 4 ||
	    (!when_take(r, "quarter") && !when_take(r, "quarters") && !when_take(r, "q")))
		return false;
	ret->at = minute * QUARTER;
	ret->early = minute < 4;
	return true;
}

/* 10:00, 10:00:30.5, 10 PM, 10:30 pm */
static bool take_clock(struct when_reader *r, int64_t *ret)
{
	unsigned hour, minute = 0, second = 0;
	int64_t fraction = 0;
	bool has_minute, am, pm;
	size_t at;

	if (!take_two(r, 23, &hour))
		return false;
	has_minute = take_char(r, ':');
	if (has_minute && !take_two(r, 59, &minute))
		return false;
	if (has_minute && take_char(r, ':') &&
	    (!take_two(r, 59, &second) || !take_fraction(r, &fraction)))
		return false;
	at = r->at;
	when_skip_blanks(r);
	am = when_take(r, "am");
	pm = !am && when_take(r, "pm");
	if (!am && !pm)
		r->at = at;
	if ((am || pm) && (hour < 1 || hour > 12))
		return false;
	if (am || pm)
		hour = hour % 12 + (pm ? 12 : 0);
	*ret = hour * HOUR + minute * MINUTE + second * S + fraction;
	return has_minute || am || pm;
}

/* A day, and perhaps a clock behind it: Fri, Fri 10:00, Fri at 10:00. */
static bool take_day_clock(struct when_reader *r, struct mark *ret)
{
	int64_t clock;

	when_skip_blanks(r);
	ret->length = DAY;
	if (!when_take(r, "at") && !is_digit(when_peek(r)))
		return true;
	if (!take_clock(r, &clock))
		return false;
	ret->at += clock;
	ret->length = 0;
	return true;
}

/* A name in full or by three letters; its number, or -1. */
static int take_name(struct when_reader *r, const char (*names)[10], int count)
{
	for (int i = 0; i < count; i++) {
		char three[4] = {names[i][0], names[i][1], names[i][2]};

		if (when_take(r, names[i]) || when_take(r, three))
			return i;
	}
	return -1;
}

static bool take_weekday(struct when_reader *r, struct mark *ret)
{
	int day = take_name(r, weekdays, 7);

	if (day < 0)
		return false;
	ret->at = day * DAY;
	return take_day_clock(r, ret);
}

/* 5, 5., 5th, each with a clock */
static bool take_month_day(struct when_reader *r, struct mark *ret)
{
	unsigned day;

	if (!take_two(r, 31, &day) || day == 0)
		return false;
	if (!when_take(r, "st") && !when_take(r, "nd") && !when_take(r, "rd") &&
	    !when_take(r, "th"))
		(void)take_char(r, '.');
	ret->at = (day - 1) * DAY;
	return take_day_clock(r, ret);
}

/* A month ends a microsecond early: that is how the conditions' model has it. */
static bool take_month(struct when_reader *r, struct mark *ret)
{
	int month = take_name(r, months, 12);

	if (month < 0)
		return false;
	ret->at = month_days[month] * DAY;
	ret->length = (month_days[month + 1] - month_days[month]) * DAY - 1;
	return true;
}

static int read_mark(struct when_reader *r, enum aiot_period_unit unit, const char *behind,
		     struct mark *ret)
{
	size_t start = r->at;
	bool found = false;
	char expected[112];

	*ret = (struct mark){0};
	if (unit == AIOT_SECOND)
		found = take_millisecond(r, ret);
	else if (unit == AIOT_MINUTE)
		found = take_second(r, ret);
	else if (unit == AIOT_HOUR)
		found = take_minute(r, ret);
	else if (unit == AIOT_DAY)
		found = take_clock(r, &ret->at);
	else if (unit == AIOT_WEEK)
		found = take_weekday(r, ret);
	else if (unit == AIOT_MONTH)
		found = take_month_day(r, ret);
	else if (unit == AIOT_YEAR)
		found = take_month(r, ret);
	if (found) {
		when_skip_blanks(r);
		return 0;
	}
	(void)aiot_format_to(expected, sizeof(expected), "%s behind '%s'", example(unit), behind);
	return when_refuse(r, start, expected);
}

/* ---- periods ---- */

/* How long `on` a mark is where the mark does not say: a minute of the hour, an hour of the day. */
static int64_t point_length(enum aiot_period_unit unit)
{
	static const int64_t lengths[] = {MS, S, MINUTE, HOUR, DAY, DAY, DAY};

	return lengths[unit];
}

static void set_on(enum aiot_period_unit unit, const struct mark *m, struct aiot_period *p)
{
	p->start_us = m->at;
	p->start_early = m->early;
	p->end_us = m->at + (m->length ? m->length : point_length(unit));
	p->end_early = m->early;
	if (p->end_us >= aiot_period_unit_us(unit))
		p->end_us -= aiot_period_unit_us(unit);
}

static int read_between(struct when_reader *r, enum aiot_period_unit unit, struct aiot_period *p)
{
	struct mark start, end;
	int rc = read_mark(r, unit, "between", &start);

	if (rc < 0)
		return rc;
	if (!when_take(r, "and"))
		return when_refuse(r, r->at, "'and' and the end of the time behind 'between'");
	rc = read_mark(r, unit, "and", &end);
	if (rc < 0)
		return rc;
	p->start_us = start.at;
	p->start_early = start.early;
	p->end_us = end.at + end.length;
	p->end_early = end.early;
	return 0;
}

static int read_bound(struct when_reader *r, enum when_form form, const char *word,
		      struct aiot_period *p)
{
	struct mark m;
	int rc = read_mark(r, p->unit, word, &m);

	if (rc < 0)
		return rc;
	if (form == WHEN_ON) {
		set_on(p->unit, &m, p);
	} else if (form == WHEN_BEFORE) {
		p->end_us = m.at + m.length;
		p->end_early = m.early;
	} else {
		p->start_us = m.at;
		p->start_early = m.early;
	}
	if (form == WHEN_STARTING) {
		p->end_us = m.at;
		p->end_early = m.early;
	}
	return 0;
}

int when_read_period(struct when_reader *r, enum aiot_period_unit unit, struct when_node *node)
{
	static const struct {
		const char *word;
		enum when_form form;
	} bounds[] = {
		{"between", WHEN_BETWEEN},   {"before", WHEN_BEFORE}, {"after", WHEN_BEHIND},
		{"starting", WHEN_STARTING}, {"on", WHEN_ON},	      {"at", WHEN_ON},
	};
	struct aiot_period *p = &node->period;

	*p = (struct aiot_period){.end_us = aiot_period_unit_us(unit), .unit = (uint8_t)unit};
	node->form = WHEN_WHOLE;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		if (!when_take(r, bounds[i].word))
			continue;
		node->form = (uint8_t)bounds[i].form;
		if (bounds[i].form == WHEN_BETWEEN)
			return read_between(r, unit, p);
		return read_bound(r, bounds[i].form, bounds[i].word, p);
	}
	return 0;
}

/* ---- writing ---- */

static void put_fraction(struct aiot_out *out, int64_t us)
{
	char digits[8];
	size_t len = aiot_format_to(digits, sizeof(digits), ".%06u", (unsigned)(us % S));

	if (us % S == 0)
		return;
	while (digits[len - 1] == '0')
		len--;
	aiot_out_mem(out, digits, len);
}

static void put_clock(struct aiot_out *out, int64_t us)
{
	aiot_format(out, "%02u:%02u", (unsigned)(us / HOUR), (unsigned)(us / MINUTE % 60));
	if (us % MINUTE != 0)
		aiot_format(out, ":%02u", (unsigned)(us / S % 60));
	put_fraction(out, us);
}

static void put_capital(struct aiot_out *out, const char *name)
{
	aiot_out_char(out, (char)(name[0] - 'a' + 'A'));
	aiot_out_mem(out, name + 1, 2);
}

static void put_month_day(struct aiot_out *out, unsigned day)
{
	static const char *const ends[] = {"th", "st", "nd", "rd"};
	unsigned last = day % 10;

	aiot_format(out, "%u%s", day, ends[last > 3 || day / 10 == 1 ? 0 : last]);
}

/* is_end: what the mark names is included, so that midnight is the end of the day before. */
static void put_day(struct aiot_out *out, const struct aiot_period *p, int64_t us, bool is_end)
{
	bool whole = us % DAY == 0 && (!is_end || us > 0);
	unsigned day = (unsigned)(us / DAY) - (whole && is_end);

	if (p->unit == AIOT_WEEK)
		put_capital(out, weekdays[day]);
	else
		put_month_day(out, day + 1);
	if (whole)
		return;
	aiot_out_char(out, ' ');
	put_clock(out, us % DAY);
}

static void put_month(struct aiot_out *out, int64_t us)
{
	unsigned month = 0;

	while (month < 11 && us >= month_days[month + 1] * DAY - 1)
		month++;
	put_capital(out, months[month]);
}

static void put_mark(struct aiot_out *out, const struct aiot_period *p, int64_t us, bool is_end)
{
	if (p->unit == AIOT_YEAR) {
		put_month(out, is_end ? us - DAY : us);
	} else if (p->unit == AIOT_WEEK || p->unit == AIOT_MONTH) {
		put_day(out, p, us, is_end);
	} else if (p->unit == AIOT_DAY) {
		put_clock(out, us);
	} else if (p->unit == AIOT_HOUR &&
		   (us == HOUR || (is_end ? p->end_early : p->start_early))) {
		aiot_format(out, "%u quarter", (unsigned)(us / QUARTER));
	} else if (p->unit == AIOT_SECOND) {
		aiot_format(out, "%u", (unsigned)(us / MS));
		put_fraction(out, us % MS * 1000);
	} else {
		if (p->unit == AIOT_HOUR)
			aiot_format(out, "%02u:", (unsigned)(us / MINUTE));
		aiot_format(out, p->unit == AIOT_HOUR ? "%02u" : "%u", (unsigned)(us / S % 60));
		put_fraction(out, us);
	}
}

void when_put_period(const struct when_node *node, struct aiot_out *out)
{
	static const char *const words[] = {"",		 " before ",   " after ",
					    " between ", " starting ", " on "};
	const struct aiot_period *p = &node->period;

	aiot_out_text(out,
		      node->form == WHEN_ON && p->unit <= AIOT_DAY ? " at " : words[node->form]);
	if (node->form == WHEN_BEFORE)
		put_mark(out, p, p->end_us, true);
	else if (node->form != WHEN_WHOLE)
		put_mark(out, p, p->start_us, false);
	if (node->form != WHEN_BETWEEN)
		return;
	aiot_out_text(out, " and ");
	put_mark(out, p, p->end_us, true);
}
