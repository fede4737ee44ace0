/*
 * schedules.c - what schedules cost: conditions that nobody polls, and a hundred thousand tasks
 * that run every so often.
 *
 * Lateness is measured in the run itself, against the grid of the schedule.  Beside it repeating uv
 * timers with the same periods, as a program would write it by hand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <uv.h>

#include "bench.h"
#include "host.h"
#include "more.h"

#define QUIET_MS 3000u
#define SETTLE_MS 3000u
#define MEASURE_MS 10000u
#define PERIODS 60u /* of 1 s to 60 s */

/* One measurement; it has the process to itself. */
static struct run {
	uv_loop_t loop;
	uv_timer_t phase;
	bool measuring;
	uint64_t late_ns, count;
} run;

static void end_phase(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void pass(uint32_t ms)
{
	uv_update_time(&run.loop);
	(void)uv_timer_start(&run.phase, end_phase, ms, 0);
	(void)uv_run(&run.loop, UV_RUN_DEFAULT);
}

static void begin(void)
{
	(void)uv_loop_init(&run.loop);
	(void)uv_timer_init(&run.loop, &run.phase);
}

/* ---- tasks with a schedule ---- */

struct nothing {
};

static uint64_t mono_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The time of its grid is the one before the next. */
static enum aiot_co note(struct aiot_task *t)
{
	const struct aiot_schedule *s = aiot_entry_schedule(&t->entry);
	uint64_t due_ns = s->base_ns - s->plan.every_ns, now_ns = mono_ns();

	if (!run.measuring)
		return AIOT_DONE;
	run.count++;
	run.late_ns += now_ns - due_ns;
	return AIOT_DONE;
}

AIOT_SERVICE(noter, struct nothing, .info = "notes its lateness", .main = note);

/* A task that is made and has run once, for want of a way to add one without. */
static struct aiot_entry *add(struct aiot_host *host, uint32_t number)
{
	char name[BENCH_NAME_BYTES];

	bench_name(number, name);
	if (aiot_host_add_task(host, &aiot_service_noter, NULL, name, NULL, NULL) < 0)
		return NULL;
	return aiot_core_find(&host->core, name);
}

static int give_plan(struct aiot_host *host, struct aiot_entry *e, const struct aiot_plan *plan)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (e != NULL && aiot_schedule_create(&host->core, e, plan, false, &why) == 0)
		return 0;
	return bench_fail("no schedule: %s", aiot_out_str(&why));
}

/* ---- conditions ---- */

/* Conditions that are false for an hour at least, each in another way. */
static void quiet_condition(uint32_t number, char *text, size_t size)
{
	time_t soon = time(NULL) + 2 * 3600;
	struct tm at;

	(void)localtime_r(&soon, &at);
	switch (number % 4) {
	case 0:
		(void)snprintf(text, size, "daily between %02d:%02u and 23:59:59", at.tm_hour,
			       number % 60);
		break;
	case 1:
		(void)snprintf(text, size, "after task 'task%08u' & time of day after %02d:00",
			       number - 1, at.tm_hour);
		break;
	case 2:
		(void)snprintf(text, size, "cron %u %d * * *", number % 60, at.tm_hour);
		break;
	default:
		(void)snprintf(text, size, "after any tasks 'task%08u', 'task%08u' failed",
			       number - 1, number - 2);
	}
}

static int quiet_wakes(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host;
	uint64_t rounds;
	char text[160];
	uint32_t i;

	begin();
	host = bench_host(&run.loop);
	for (i = 0; host != NULL && i < count; i++) {
		struct aiot_entry *e = add(host, i);
		struct aiot_plan plan;

		aiot_plan_init(&plan);
		quiet_condition(i, text, sizeof(text));
		plan.when = text;
		if (give_plan(host, e, &plan) < 0)
			return -1;
	}
	if (host == NULL)
		return -1;
	pass(SETTLE_MS);
	rounds = host->core.rounds;
	pass(QUIET_MS);
	ret->value = (double)(host->core.rounds - rounds);
	return 0;
}

static int conditions(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {quiet_wakes, row->count}, none = {NULL, 0};

	return bench_rounds(1, ours, none, ret);
}

/* ---- every ---- */

static uint64_t period_ns(uint32_t number)
{
	return (number % PERIODS + 1) * 1000 * MS_NS;
}

/* Somewhere in its first period. */
static uint64_t first_ns(uint32_t number)
{
	return (uint64_t)number * 7919u % 100000u * (period_ns(number) / 100000u);
}

static uint64_t all_skipped(struct aiot_host *host)
{
	struct aiot_entry *e = NULL;
	uint64_t skipped = 0;

	while ((e = aiot_core_match(&host->core, "*", e ? aiot_entry_name(e) : "")) != NULL)
		skipped += aiot_entry_schedule(e)->skipped;
	return skipped;
}

static int every_tasks(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host;
	uint32_t i;

	begin();
	host = bench_host(&run.loop);
	for (i = 0; host != NULL && i < count; i++) {
		struct aiot_entry *e = add(host, i);
		struct aiot_plan plan;

		aiot_plan_init(&plan);
		plan.has_start_in = true;
		plan.start_in_ns = first_ns(i) + 1000 * MS_NS;
		plan.every_ns = period_ns(i);
		if (give_plan(host, e, &plan) < 0)
			return -1;
	}
	if (host == NULL)
		return -1;
	pass(SETTLE_MS);
	run.measuring = true;
	pass(MEASURE_MS);
	if (run.count == 0 || all_skipped(host) > 0)
		return bench_fail("%llu runs, %llu skipped", (unsigned long long)run.count,
				  (unsigned long long)all_skipped(host));
	ret->value = (double)run.late_ns / (double)run.count / 1000;
	return 0;
}

struct timer {
	uv_timer_t uv;
	uint64_t due_ns, period_ns;
};

/* uv repeats a timer from when it was run, in whole milliseconds: the next is set by the grid. */
static void on_timer(uv_timer_t *uv)
{
	struct timer *timer = (struct timer *)uv;
	uint64_t now_ns = mono_ns();

	if (run.measuring) {
		run.count++;
		run.late_ns += now_ns > timer->due_ns ? now_ns - timer->due_ns : 0; /* its ms */
	}
	timer->due_ns += timer->period_ns;
	(void)uv_timer_start(uv, on_timer, (timer->due_ns - now_ns + MS_NS - 1) / MS_NS, 0);
}

static int every_timers(uint32_t count, struct bench_result *ret)
{
	struct timer *timers = calloc(count, sizeof(*timers));
	uint32_t i;

	begin();
	for (i = 0; timers != NULL && i < count; i++) {
		timers[i].period_ns = period_ns(i);
		timers[i].due_ns = mono_ns() + first_ns(i) + 1000 * MS_NS;
		(void)uv_timer_init(&run.loop, &timers[i].uv);
		(void)uv_timer_start(&timers[i].uv, on_timer, first_ns(i) / MS_NS + 1001, 0);
	}
	if (timers == NULL)
		return bench_fail("no memory");
	pass(SETTLE_MS);
	run.measuring = true;
	pass(MEASURE_MS);
	ret->value = (double)run.late_ns / (double)run.count / 1000;
	return 0;
}

static int every(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {every_tasks, row->count}, theirs = {every_timers, row->count};

	return bench_rounds(1, ours, theirs, ret);
}

const struct bench_row bench_rows_schedules[] = {
	{"conditions_10k", "wakes", NULL, 0, false, 10000, conditions},
	{"every_100k", "us", "uv timers, mean lateness", 1000, false, 100000, every},
	{0},
};
