/*
 * Any bytes as a cron expression: nothing crashes, what is understood has a text that means the
 * same, and what comes next comes before or at nothing else: the match before the next one's
 * successor is the next one.
 *
 * The first 8 bytes are the instant, the rest is the text.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aiotools.h"
#include "cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int truth)
{
	if (!truth)
		abort();
}

static void try_text(const struct aiot_cron *cron)
{
	char text[512], same[512];
	struct aiot_out out;
	struct aiot_cron again;
	struct aiot_when_error error;
	size_t len;

	aiot_out_init(&out, text, sizeof(text));
	aiot_cron_text(cron, &out);
	len = out.len;
	require(out.error == 0 && aiot_cron_compile(text, len, &again, &error) == 0);
	require(again.minutes == cron->minutes && again.hours == cron->hours &&
		again.days == cron->days && again.months == cron->months &&
		again.weekdays == cron->weekdays && again.any_day == cron->any_day &&
		again.any_wday == cron->any_wday && again.real_hour == cron->real_hour);
	aiot_out_init(&out, same, sizeof(same));
	aiot_cron_text(&again, &out);
	require(out.len == len && memcmp(text, same, len) == 0);
}

static void try_matches(const struct aiot_cron *cron, int64_t from_us)
{
	struct aiot_zone zone = {0};
	int64_t next = aiot_cron_next(cron, &zone, from_us);
	int64_t second;

	if (next == AIOT_NEVER_US)
		return;
	require(next >= from_us && aiot_cron_next(cron, &zone, next) == next);
	require(aiot_cron_prev(cron, &zone, next) == next);
	second = aiot_cron_next(cron, &zone, next + 1);
	if (second != AIOT_NEVER_US)
		require(aiot_cron_prev(cron, &zone, second - 1) == next);
}

static void set_zone(int summer_time)
{
	require(setenv("TZ", summer_time ? "CET-1CEST,M3.5.0,M10.5.0/3" : "UTC0", 1) == 0);
	tzset();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int64_t from_us = 0;
	struct aiot_cron cron;
	struct aiot_when_error error = {0};
	size_t len;

	if (size < sizeof(from_us))
		return 0;
	memcpy(&from_us, data, sizeof(from_us));
	if (from_us & 1)
		from_us %= AIOT_WALL_MAX_US;
	len = size - sizeof(from_us);
	set_zone(from_us & 2);
	if (aiot_cron_compile((const char *)data + sizeof(from_us), len, &cron, &error) < 0) {
		require(error.column >= 1 && error.column <= len + 1 && error.text[0]);
		return 0;
	}
	try_text(&cron);
	try_matches(&cron, from_us);
	return 0;
}
