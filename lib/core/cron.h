/*
 * cron.h - cron expressions: compiled to bit maps, and which minute matches next.
 *
 * Used by conditions and by the schedule's Cron=.  Five fields: minute, hour, day of month, month,
 * day of week; missing ones are `*`.  Each is `*`, numbers, names (JAN, MON, any case), ranges that
 * may wrap (22-2, FRI-MON), steps of them (`N/step` is from N to the end), and lists of all that.
 * 0 and 7 are Sunday.  When both day of month and day of week are given (not `*`), a day matches
 * when either does.  @hourly @daily @midnight @weekly @monthly @yearly @annually stand for their
 * five fields.  Pure functions; no minute is ever tried one by one.
 *
 * Summer time: an expression whose hour is `*` (or `*` with a step) goes by what clocks show, so it
 * matches in both of two equal hours, and in none that is skipped.  Any other fires once for each
 * local time: in the first of two equal hours, and for a time that is skipped as far behind the
 * jump as it would have been; two times that fall on one instant fire once.
 */
#ifndef AIOT_CRON_H
#define AIOT_CRON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out.h"
#include "when-error.h"
#include "zone.h"

#define AIOT_CRON_MINUTE_US (60 * AIOT_US_PER_S)

struct aiot_cron {
	/* private */
	uint64_t minutes;  /* bit 0..59 */
	uint32_t hours;	   /* bit 0..23 */
	uint32_t days;	   /* bit 1..31 */
	uint16_t months;   /* bit 1..12 */
	uint8_t weekdays;  /* bit 0 = Monday .. 6 */
	uint8_t any_day;   /* day of month is `*` */
	uint8_t any_wday;  /* day of week is `*` */
	uint8_t real_hour; /* hour is `*` or a step of it */
};

/*
 * Compile the whole text.  -AIOT_EINVAL: ret_error has the sentence, with its column counted in
 * this text; dates that never come (30 February) are errors too.
 */
int aiot_cron_compile(const char *text, size_t len, struct aiot_cron *ret,
		      struct aiot_when_error *ret_error);

/* The first instant at or after from_us at which a matching minute begins; AIOT_NEVER_US: none. */
int64_t aiot_cron_next(const struct aiot_cron *cron, struct aiot_zone *zone, int64_t from_us);
/* The last one at or before from_us; INT64_MIN: none. */
int64_t aiot_cron_prev(const struct aiot_cron *cron, struct aiot_zone *zone, int64_t from_us);

/* Five fields, as short as can be: "*\/15 9-17 * * 1-5". */
void aiot_cron_text(const struct aiot_cron *cron, struct aiot_out *out);

#endif
