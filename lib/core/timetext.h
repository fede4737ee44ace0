/*
 * timetext.h - times and time spans as people write them.
 *
 * Pure functions.  Units: nanoseconds unless the name says otherwise; wall times count from 1970
 * UTC. Local time comes from aiot_port_utc_offset().  No float, no allocation.
 */
#ifndef AIOT_TIMETEXT_H
#define AIOT_TIMETEXT_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "out.h"

#define AIOT_NS_PER_MS 1000000ull
#define AIOT_NS_PER_S 1000000000ull

struct aiot_civil {
	int32_t year;		      /* proleptic Gregorian */
	uint8_t month, day;	      /* 1..12, 1..31 */
	uint8_t hour, minute, second; /* 0..23, 0..59, 0..59 */
	uint8_t weekday;	      /* 0 = Monday */
	uint32_t nanosecond;
};

/* UTC <-> civil; any year from 1 to 9999.  Days-from-civil, no table, no loop. */
void aiot_civil_from_ns(int64_t wall_ns, int32_t utc_offset_s, struct aiot_civil *ret);
/* The same of whole seconds, counted as if UTC. */
void aiot_civil_from_s(int64_t local_s, struct aiot_civil *ret);
int64_t aiot_civil_to_s(const struct aiot_civil *c); /* as if UTC */

/* "2026-11-21 00:35:10", local time. */
void aiot_out_time(struct aiot_out *out, int64_t wall_ns);
/* "2026-11-21T00:35:10.123456+00:00", local time with its offset. */
void aiot_out_time_iso(struct aiot_out *out, int64_t wall_ns);

/*
 * How long, as the seeds' status shows it: "9 s" below a minute (truncated), "00:02:31" below a
 * day, "1 days, 01:01:01" above.  Negative spans count as their absolute value.
 */
void aiot_out_ago(struct aiot_out *out, int64_t span_ns);

/*
 * A span in canonical form, largest unit first: "1min 30s", "500ms", "2h", "1d 4us"; 0 is "0s".
 * Days are the largest unit, so 2 weeks are "14d".
 */
void aiot_out_span(struct aiot_out *out, uint64_t span_ns);

/*
 * Read a time span, systemd's units: ns us ms s m/min h d w (and sec(s) second(s) mins minute(s)
 * hour(s) hr(s) day(s) week(s)), numbers with a decimal part, several summed ("1h 30min", "1min,
 * 30s"), "hh:mm:ss[.frac]" among them, a bare number is seconds.  In a sum each number has its
 * unit: "1h 30" is refused, for who writes it may mean minutes.  The whole text must be used.
 * -AIOT_EINVAL (ret_column, may be NULL, says where, from 0), -AIOT_ERANGE: over 100 years (36525
 * days).
 */
int aiot_span_parse(const char *text, size_t len, uint64_t *ret_ns, size_t *ret_column);

#if AIOT_CONTROL && !AIOT_TEXT
/*
 * The same in ms, on boards that have little flash (span-small.c, which has the one above, too):
 * whole numbers of ms, s, min, h, d.  What is behind the text is no digit, blank or letter: its
 * terminator, or a quote.  -AIOT_ERANGE: over 49 days.
 */
int aiot_span_ms(const char *text, size_t len, uint32_t *ret_ms);
/* The largest unit of which it is a whole number: 90s, 1500ms, 1h. */
void aiot_out_span_ms(struct aiot_out *out, uint32_t ms);
#endif

/*
 * Read a point in time for -S/-U: "2026-11-21 00:35:10[.frac]", "2026-11-21 00:35", "2026-11-21",
 * the same with T, "00:35[:10]" (today), "now", "today", "yesterday", "-5min" and "5min ago"
 * (before now_ns), "+5min", "@1795221421[.5]"; local unless it ends with Z or +hh:mm.  A local time
 * that does not exist (DST) is the instant as far behind the jump; one that exists twice is the
 * first.  A clock without a date and with a zone is today in that zone.  -AIOT_EINVAL as above,
 * -AIOT_ERANGE: not in 1678..2261.
 */
int aiot_time_parse(const char *text, size_t len, int64_t now_ns, int64_t *ret_ns,
		    size_t *ret_column);

#endif
