/*
 * wake.c - what a wake costs: tasks that sleep and sleep again, about 200,000 wakes a second.
 *
 * Ours run as tasks of a host, with all that a task has; beside them one uv timer each, or a bare
 * wheel behind one uv timer.  CPU time, user and system, per wake.  Tasks come due in another order
 * than they lie in memory, as in a program that has run for a while.
 */
#include <aiotools-host.h>
#include <stdlib.h>

#include <uv.h>

#include "bare-wheel.h"
#include "bench.h"
#include "host.h"

#define WAKES_PER_MS 200u
#define SAMPLE_OF 64u	 /* one task in so many measures how late it is */
#define SCATTER 7919u	 /* prime: numbers in the order in which they come due */
#define SETTLE_MS 1000u	 /* beside one period, before anything is measured */
#define MEASURE_MS 1500u /* at least, and at least one period */
#define SPARSE_MS 2000u

/* One measurement; it has the process to itself. */
static struct run {
	uv_loop_t loop;
	uv_timer_t phase;
	uint32_t count, period_ms;
	const uint64_t *wakes; /* the counter of whoever is measured */
	uint64_t uv_wakes;
	bool measuring;
	uint64_t cpu_ns, first_wakes, woken;
	uint64_t late_ns, late_count;
} run;

/* ---- phases ---- */

static void end_measuring(uv_timer_t *timer)
{
	run.cpu_ns = bench_cpu_ns() - run.cpu_ns;
	run.woken = *run.wakes - run.first_wakes;
	uv_stop(timer->loop);
}

static void begin_measuring(uv_timer_t *timer)
{
	uint32_t ms = run.period_ms > MEASURE_MS ? run.period_ms : MEASURE_MS;

	run.measuring = true;
	run.first_wakes = *run.wakes;
	run.cpu_ns = bench_cpu_ns();
	(void)uv_timer_start(timer, end_measuring, ms, 0);
}

static void begin(uint32_t count)
{
	run.count = count;
	run.period_ms = count / WAKES_PER_MS;
	run.wakes = &run.uv_wakes;
	(void)uv_loop_init(&run.loop);
	(void)uv_timer_init(&run.loop, &run.phase);
}

static int go(struct bench_result *ret)
{
	uv_update_time(&run.loop);
	(void)uv_timer_start(&run.phase, begin_measuring, run.period_ms + SETTLE_MS, 0);
	(void)uv_run(&run.loop, UV_RUN_DEFAULT);
	if (run.woken == 0)
		return bench_fail("nothing woke");
	ret->value = (double)run.cpu_ns / (double)run.woken;
	if (run.late_count > 0)
		ret->late_us = (double)run.late_ns / (double)run.late_count / 1000;
	return 0;
}

/* When in its first period a task comes due. */
static uint32_t first_ms(uint32_t number)
{
	uint64_t at = (uint64_t)number * SCATTER % run.count;

	return (uint32_t)(at * run.period_ms / run.count) + 1;
}

/* ---- ours ---- */

struct nothing {
};

struct sampled {
	uint64_t due_ns;
};

static uint32_t number_of(const struct aiot_task *t)
{
	return (uint32_t)strtoul(aiot_name(t) + 4, NULL, 10);
}

static enum aiot_co wake(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct nothing, self);
	AIOT_SLEEP_MS(t, first_ms(number_of(t)));
	for (;;)
		AIOT_SLEEP_MS(t, run.period_ms);
	AIOT_END(t);
}

static void note_late(uint64_t due_ns)
{
	uint64_t now_ns = bench_now_ns();

	if (!run.measuring)
		return;
	run.late_count++;
	if (now_ns < due_ns)
		abort(); /* a task never wakes early */
	run.late_ns += now_ns - due_ns;
}

static enum aiot_co wake_sampled(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sampled, self);
	AIOT_SLEEP_MS(t, first_ms(number_of(t)));
	for (;;) {
		self->due_ns = bench_now_ns() + run.period_ms * MS_NS;
		AIOT_SLEEP_MS(t, run.period_ms);
		note_late(self->due_ns);
	}
	AIOT_END(t);
}

AIOT_SERVICE(waker, struct nothing, .info = "sleeps and wakes", .main = wake);
AIOT_SERVICE(sampler, struct sampled, .info = "measures its lateness", .main = wake_sampled);

static int wake_tasks(uint32_t count, struct bench_result *ret)
{
	char name[BENCH_NAME_BYTES];
	struct aiot_host *host;
	uint32_t i;

	begin(count);
	host = bench_host(&run.loop);
	if (host == NULL)
		return -1;
	for (i = 0; i < count; i++) {
		const struct aiot_service *service =
			i < count / SAMPLE_OF ? &aiot_service_sampler : &aiot_service_waker;

		bench_name(i, name);
		if (aiot_host_add_task(host, service, NULL, name, NULL, NULL) < 0)
			return bench_fail("%s: %s", name, aiot_host_error(host));
	}
	run.wakes = &host->core.steps;
	return go(ret);
}

/* ---- a uv timer each ---- */

static void uv_woken(uv_timer_t *timer)
{
	run.uv_wakes++;
	(void)uv_timer_start(timer, uv_woken, run.period_ms, 0);
}

static int wake_uv_timers(uint32_t count, struct bench_result *ret)
{
	uint32_t i;

	begin(count);
	for (i = 0; i < count; i++) {
		uv_timer_t *timer = malloc(sizeof(*timer));

		if (timer == NULL)
			return bench_fail("no memory");
		(void)uv_timer_init(&run.loop, timer);
		(void)uv_timer_start(timer, uv_woken, first_ms(i), 0);
	}
	return go(ret);
}

/* ---- a bare wheel ---- */

static void bare_woken(struct bare_wheel *wheel, struct bare_timer *timer)
{
	bare_wheel_add(wheel, timer, wheel->now + run.period_ms);
}

static void bare_tick(uv_timer_t *timer)
{
	bare_wheel_advance(timer->data, uv_now(timer->loop));
}

static int wake_bare_wheel(uint32_t count, struct bench_result *ret)
{
	struct bare_wheel *wheel = malloc(sizeof(*wheel));
	uv_timer_t tick;
	uint32_t i;

	begin(count);
	if (wheel == NULL)
		return bench_fail("no memory");
	bare_wheel_init(wheel, uv_now(&run.loop));
	for (i = 0; i < count; i++) {
		struct bare_timer *timer = malloc(sizeof(*timer));

		if (timer == NULL)
			return bench_fail("no memory");
		timer->fn = bare_woken;
		bare_wheel_add(wheel, timer, wheel->now + first_ms(i));
	}
	tick.data = wheel;
	(void)uv_timer_init(&run.loop, &tick);
	(void)uv_timer_start(&tick, bare_tick, 1, 1);
	run.wakes = &wheel->fired;
	return go(ret);
}

/* ---- tasks that sleep long ---- */

static void stop_loop(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* A turn at the start is each task's first step; after it the loop has no reason to turn. */
static int wake_sparse(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host;
	uint64_t before;

	begin(count);
	host = bench_host(&run.loop);
	if (host == NULL || bench_add_sleepers(host, count) < 0)
		return -1;
	while (host->core.steps < count)
		(void)uv_run(&run.loop, UV_RUN_ONCE);
	before = host->core.rounds;
	uv_update_time(&run.loop);
	(void)uv_timer_start(&run.phase, stop_loop, SPARSE_MS, 0);
	(void)uv_run(&run.loop, UV_RUN_DEFAULT);
	ret->value = (double)(host->core.rounds - before);
	return 0;
}

/* ---- rows ---- */

static unsigned rounds_for(const struct bench_row *row)
{
	return row->count < 1000000 ? 5 : 3;
}

static int beside_uv(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {wake_tasks, row->count}, theirs = {wake_uv_timers, row->count};

	return bench_rounds(rounds_for(row), ours, theirs, ret);
}

static int beside_bare(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {wake_tasks, row->count}, theirs = {wake_bare_wheel, row->count};

	return bench_rounds(rounds_for(row), ours, theirs, ret);
}

static int sparse(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {wake_sparse, row->count}, none = {NULL, 0};

	return bench_rounds(1, ours, none, ret);
}

#define UV "a uv timer each"
#define BARE "a bare wheel"
const struct bench_row bench_rows_wake[] = {
	{"wake_1k", "ns", UV, 1.0 / 2, true, 1000, beside_uv},
	{"wake_10k", "ns", UV, 1.0 / 4, true, 10000, beside_uv},
	{"wake_100k", "ns", UV, 1.0 / 6, true, 100000, beside_uv},
	{"wake_1m", "ns", UV, 1.0 / 6, true, 1000000, beside_uv},
	{"wheel_100k", "ns", BARE, 1.6, true, 100000, beside_bare},
	{"sparse_1k", "turns", NULL, 0, false, 1000, sparse},
	{0},
};
