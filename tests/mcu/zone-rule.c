/*
 * zone-rule.c - the port's two functions that tests on boards look at: local time by a rule as
 * POSIX has it for TZ ("CET-1CEST,M3.5.0,M10.5.0/3"), and reals that are "?".
 *
 * Of the rules for changes only the form Mm.w.d is known; it is what the tests use.
 */
#include <stdint.h>
#include <string.h>

#include "port.h"
#include "shim.h"

#define DAY_S 86400

/* A change of the clocks: the week's (5: last) day of the month, at seconds after its midnight. */
struct change {
	int month, week, day;
	int32_t at_s;
};

static struct {
	int32_t winter_s, summer_s; /* east of UTC */
	int changes;		    /* whether there is a summer time */
	struct change begin, end;
} zone;

/* ---- reading ---- */

static const char *skip_name(const char *s)
{
	if (*s == '<') {
		while (*s != '\0' && *s++ != '>')
			;
		return s;
	}
	while ((*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z'))
		s++;
	return s;
}

static const char *read_int(const char *s, int *ret)
{
	for (*ret = 0; *s >= '0' && *s <= '9'; s++)
		*ret = *ret * 10 + (*s - '0');
	return s;
}

/* [+-]hh[:mm[:ss]] */
static const char *read_hms(const char *s, int32_t *ret_s)
{
	int sign = *s == '-' ? -1 : 1, part = 0;
	int32_t unit = 3600, all = 0;

	if (*s == '-' || *s == '+')
		s++;
	for (;; s++, unit /= 60) {
		s = read_int(s, &part);
		all += part * unit;
		if (*s != ':' || unit == 1)
			break;
	}
	*ret_s = sign * all;
	return s;
}

static const char *read_change(const char *s, struct change *ret)
{
	if (s[0] != ',' || s[1] != 'M')
		return NULL;
	s = read_int(s + 2, &ret->month);
	s = *s == '.' ? read_int(s + 1, &ret->week) : s;
	s = *s == '.' ? read_int(s + 1, &ret->day) : s;
	ret->at_s = 2 * 3600;
	return *s == '/' ? read_hms(s + 1, &ret->at_s) : s;
}

int shim_set_zone(const char *rule)
{
	int32_t west_s = 0;

	memset(&zone, 0, sizeof(zone));
	rule = skip_name(rule);
	rule = read_hms(rule, &west_s);
	zone.winter_s = -west_s;
	if (*rule == '\0')
		return 1;
	rule = skip_name(rule);
	zone.summer_s = zone.winter_s + 3600;
	if (*rule != ',') {
		rule = read_hms(rule, &west_s);
		zone.summer_s = -west_s;
	}
	rule = read_change(rule, &zone.begin);
	rule = rule != NULL ? read_change(rule, &zone.end) : NULL;
	zone.changes = rule != NULL && *rule == '\0';
	return zone.changes;
}

/* ---- asking ---- */

static int leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int64_t year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1970 to the first of January. */
static int64_t year_day(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

/* Seconds from 1970 to a change, on the clock that it ends. */
static int64_t change_s(const struct change *c, int64_t year)
{
	int64_t day = year_day(year);
	int month, weekday, first;

	for (month = 1; month < c->month; month++)
		day += month_days(year, month);
	weekday = (int)((day % 7 + 11) % 7); /* 1970 began on a Thursday */
	first = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
	while (first >= month_days(year, c->month))
		first -= 7;
	return (day + first) * DAY_S + c->at_s;
}

int32_t aiot_port_utc_offset(int64_t wall_s)
{
	int64_t year, begin_s, end_s;
	int summer;

	if (!zone.changes || wall_s < -62135596800 || wall_s > 253402300799) /* years 1 to 9999 */
		return zone.winter_s;
	year = 1970 + (wall_s + zone.winter_s) / (DAY_S * 366);
	while (year_day(year + 1) * DAY_S <= wall_s + zone.winter_s)
		year++;
	while (year_day(year) * DAY_S > wall_s + zone.winter_s)
		year--;
	begin_s = change_s(&zone.begin, year) - zone.winter_s;
	end_s = change_s(&zone.end, year) - zone.summer_s;
	if (begin_s < end_s)
		summer = wall_s >= begin_s && wall_s < end_s;
	else
		summer = wall_s >= begin_s || wall_s < end_s;
	return summer ? zone.summer_s : zone.winter_s;
}

size_t aiot_port_format_real(char *buf, size_t size, const char *flags, int width, int precision,
			     char conv, struct aiot_va *va)
{
	(void)flags;
	(void)width;
	(void)precision;
	(void)conv;
	(void)va_arg(va->ap, double);
	if (size < 2)
		return 0;
	buf[0] = '?';
	buf[1] = '\0';
	return 1;
}
