/*
 * The calendar, and times and time spans as people like to read them (timeread.c is the other way
 * round).
 *
 * Called by the schedules, and by the renderer for status and log lines.  Civil dates follow the
 * proleptic Gregorian calendar, computed in eras of 400 years that begin on 1 March, so that the
 * leap day is an era's and a year's last. Never reads a clock: the caller says what time it is;
 * local time comes from the port.
 */
#include "timetext.h"

#include <stdbool.h>

#include "port.h"

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400
#define ERA_DAYS 146097	      /* days in 400 years */
#define EPOCH_ERA_DAYS 719468 /* 0000-03-01 to 1970-01-01 */

struct unit {
	const char *name;
	uint64_t ns;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* ---- calendar ---- */

static void date_from_days(int64_t days, struct aiot_civil *c)
{
	int64_t era = floor_div(days + EPOCH_ERA_DAYS, ERA_DAYS);
	uint32_t doe = (uint32_t)(days + EPOCH_ERA_DAYS - era * ERA_DAYS);
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t march_month = (5 * doy + 2) / 153; /* 0 = March */

	c->day = (uint8_t)(doy - (153 * march_month + 2) / 5 + 1);
	c->month = (uint8_t)(march_month < 10 ? march_month + 3 : march_month - 9);
	c->year = (int32_t)(era * 400 + yoe + (c->month <= 2));
	c->weekday = (uint8_t)(((days + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

void aiot_civil_from_s(int64_t local_s, struct aiot_civil *ret)
{
	int64_t days = floor_div(local_s, DAY_S);
	uint32_t second = (uint32_t)(local_s - days * DAY_S);

	date_from_days(days, ret);
	ret->hour = (uint8_t)(second / HOUR_S);
	ret->minute = (uint8_t)(second / MINUTE_S % 60);
	ret->second = (uint8_t)(second % MINUTE_S);
	ret->nanosecond = 0;
}

void aiot_civil_from_ns(int64_t wall_ns, int32_t utc_offset_s, struct aiot_civil *ret)
{
	int64_t rest_ns = wall_ns % (int64_t)AIOT_NS_PER_S;

	aiot_civil_from_s(floor_div(wall_ns, (int64_t)AIOT_NS_PER_S) + utc_offset_s, ret);
	ret->nanosecond = (uint32_t)(rest_ns < 0 ? rest_ns + (int64_t)AIOT_NS_PER_S : rest_ns);
}

int64_t aiot_civil_to_s(const struct aiot_civil *c)
{
	int64_t year = (int64_t)c->year - (c->month <= 2);
	int64_t era = floor_div(year, 400);
	int64_t yoe = year - era * 400;
	int64_t march_month = c->month > 2 ? c->month - 3 : c->month + 9;
	int64_t doy = (153 * march_month + 2) / 5 + c->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	int64_t days = era * ERA_DAYS + doe - EPOCH_ERA_DAYS;

	return days * DAY_S + c->hour * HOUR_S + c->minute * MINUTE_S + c->second;
}

/* ---- writing ---- */

static void out_digits(struct aiot_out *out, uint32_t value, unsigned count)
{
	char digits[9];

	for (unsigned i = count; i-- > 0; value /= 10)
		digits[i] = (char)('0' + value % 10);
	aiot_out_mem(out, digits, count);
}

static void out_clock(struct aiot_out *out, uint32_t hour, uint32_t minute, uint32_t second)
{
	out_digits(out, hour, 2);
	aiot_out_char(out, ':');
	out_digits(out, minute, 2);
	aiot_out_char(out, ':');
	out_digits(out, second, 2);
}

static void out_civil(struct aiot_out *out, const struct aiot_civil *c, char between)
{
	out_digits(out, (uint32_t)c->year, 4);
	aiot_out_char(out, '-');
	out_digits(out, c->month, 2);
	aiot_out_char(out, '-');
	out_digits(out, c->day, 2);
	aiot_out_char(out, between);
	out_clock(out, c->hour, c->minute, c->second);
}

static int32_t offset_at(int64_t wall_ns)
{
	return aiot_port_utc_offset(floor_div(wall_ns, (int64_t)AIOT_NS_PER_S));
}

void aiot_out_time(struct aiot_out *out, int64_t wall_ns)
{
	struct aiot_civil c;

	aiot_civil_from_ns(wall_ns, offset_at(wall_ns), &c);
	out_civil(out, &c, ' ');
}

void aiot_out_time_iso(struct aiot_out *out, int64_t wall_ns)
{
	struct aiot_civil c;
	int32_t offset = offset_at(wall_ns) / MINUTE_S; /* old local mean times have seconds */
	uint32_t size = (uint32_t)magnitude(offset);

	aiot_civil_from_ns(wall_ns, offset * MINUTE_S, &c);
	out_civil(out, &c, 'T');
	aiot_out_char(out, '.');
	out_digits(out, c.nanosecond / 1000, 6);
	aiot_out_char(out, offset < 0 ? '-' : '+');
	out_digits(out, size / 60, 2);
	aiot_out_char(out, ':');
	out_digits(out, size % 60, 2);
}

void aiot_out_ago(struct aiot_out *out, int64_t span_ns)
{
	uint64_t seconds = magnitude(span_ns) / AIOT_NS_PER_S;
	uint32_t second = (uint32_t)(seconds % DAY_S);

	if (seconds < MINUTE_S) {
		aiot_out_u64(out, seconds);
		aiot_out_text(out, " s");
		return;
	}
	if (seconds >= DAY_S) {
		aiot_out_u64(out, seconds / DAY_S);
		aiot_out_text(out, " days, ");
	}
	out_clock(out, second / HOUR_S, second / MINUTE_S % 60, second % MINUTE_S);
}

void aiot_out_span(struct aiot_out *out, uint64_t span_ns)
{
	static const struct unit shown[] = {
		{"d", DAY_S * AIOT_NS_PER_S},
		{"h", HOUR_S * AIOT_NS_PER_S},
		{"min", MINUTE_S * AIOT_NS_PER_S},
		{"s", AIOT_NS_PER_S},
		{"ms", AIOT_NS_PER_MS},
		{"us", 1000},
		{"ns", 1},
	};
	bool first = true;

	if (!span_ns)
		aiot_out_text(out, "0s");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (span_ns < shown[i].ns)
			continue;
		if (!first)
			aiot_out_char(out, ' ');
		aiot_out_u64(out, span_ns / shown[i].ns);
		aiot_out_text(out, shown[i].name);
		span_ns %= shown[i].ns;
		first = false;
	}
}
