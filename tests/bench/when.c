/*
 * when.c - what it costs to plan: the next minute of a cron expression, the next window of a
 * period.
 *
 * Instants lie scattered over a few years, as those of many schedules do, in the zone of the
 * process.  Beside a cron expression the same minute is found by trying days and then reading it
 * off a list of the day's times; beside a condition the calendar alone is asked, by localtime_r and
 * mktime.
 */
#include <aiotools.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "cron.h"
#include "when.h"

#define PLANS 200000u
#define FIRST_S 1767225600 /* 2026-01-01 */
#define SCATTER_S 7919u	   /* between two instants; a prime, so that all times of day come */
#define SPAN_S 31536000u

static volatile int64_t sink; /* so that nothing is left out */

static int64_t instant_s(uint32_t i)
{
	return FIRST_S + (int64_t)((uint64_t)i * SCATTER_S % SPAN_S);
}

static int done(uint64_t cpu_ns, uint32_t count, struct bench_result *ret)
{
	ret->value = (double)(bench_cpu_ns() - cpu_ns) / count;
	return 0;
}

/* ---- cron ---- */

static int plan_cron(uint32_t count, struct bench_result *ret)
{
	static const char text[] = "*/15 8-17 * * MON-FRI";
	struct aiot_when_error error;
	struct aiot_zone zone = {0};
	struct aiot_cron cron;
	uint64_t cpu_ns;

	if (aiot_cron_compile(text, strlen(text), &cron, &error) < 0)
		return bench_fail("%s", error.text);
	cpu_ns = bench_cpu_ns();
	for (uint32_t i = 0; i < count; i++)
		sink += aiot_cron_next(&cron, &zone, instant_s(i) * AIOT_US_PER_S);
	return done(cpu_ns, count, ret);
}

/* The same by a list of the times of a day, in seconds, and nothing that is general. */
static int list_cron(uint32_t count, struct bench_result *ret)
{
	static int32_t times[40];
	uint64_t cpu_ns;

	for (int32_t i = 0; i < 40; i++)
		times[i] = (8 * 60 + i * 15) * 60;
	cpu_ns = bench_cpu_ns();
	for (uint32_t i = 0; i < count; i++) {
		int64_t day = instant_s(i) / 86400;
		int32_t second = (int32_t)(instant_s(i) % 86400);
		unsigned n = 0;

		while (n < 40 && times[n] < second)
			n++;
		if (n == 40 || (day + 3) % 7 > 4) {
			n = 0;
			for (day++; (day + 3) % 7 > 4;)
				day++;
		}
		sink += day * 86400 + times[n];
	}
	return done(cpu_ns, count, ret);
}

static int when_cron(const struct bench_row *row, struct bench_figure *ret)
{
	return bench_rounds(5, (struct bench_side){plan_cron, row->count},
			    (struct bench_side){list_cron, row->count}, ret);
}

/* ---- periods ---- */

static bool no_record(void *ctx, int slot, unsigned actions, int64_t from_us, int64_t to_us,
		      int64_t *ret_us)
{
	(void)ctx;
	(void)slot;
	(void)actions;
	(void)from_us;
	(void)to_us;
	(void)ret_us;
	return false;
}

static int plan_period(uint32_t count, struct bench_result *ret)
{
	static const char text[] = "daily between 22:00 and 02:00";
	static _Alignas(8) char memory[4096];
	struct aiot_zone zone = {0};
	struct aiot_when_facts facts = {.zone = &zone, .last = no_record};
	struct aiot_when_error error;
	struct aiot_when *w = NULL;
	uint64_t cpu_ns;

	if (aiot_when_compile(text, strlen(text), NULL, memory, sizeof(memory), &w, &error) < 0)
		return bench_fail("%s", error.text);
	cpu_ns = bench_cpu_ns();
	for (uint32_t i = 0; i < count; i++) {
		struct aiot_when_result result = {0};

		if (aiot_when_at(w, &facts, instant_s(i) * AIOT_US_PER_S, &result) < 0)
			return bench_fail("the condition could not be evaluated");
		sink += result.until_us;
	}
	return done(cpu_ns, count, ret);
}

static int calendar_period(uint32_t count, struct bench_result *ret)
{
	uint64_t cpu_ns = bench_cpu_ns();

	for (uint32_t i = 0; i < count; i++) {
		time_t now = (time_t)instant_s(i);
		struct tm local = {0};

		(void)localtime_r(&now, &local);
		local.tm_hour = local.tm_hour >= 2 && local.tm_hour < 22 ? 22 : 2;
		local.tm_min = local.tm_sec = 0;
		sink += mktime(&local);
	}
	return done(cpu_ns, count, ret);
}

static int when_period(const struct bench_row *row, struct bench_figure *ret)
{
	return bench_rounds(5, (struct bench_side){plan_period, row->count},
			    (struct bench_side){calendar_period, row->count}, ret);
}

const struct bench_row bench_rows_when[] = {
	{"when_cron", "ns", "a list of the day's times", 200, false, PLANS, when_cron},
	{"when_period", "ns", "localtime_r and mktime", 2000, false, PLANS, when_period},
	{0},
};
