/*
 * bench-steps.c - what a resume and what a sleep cost on a board, in instructions: run by
 * tests/mcu/count.py under QEMU, which counts what is executed between the marks.
 *
 * Sixteen tasks.  "resume": all yield, a round after the other.  "sleep_wake": each sleeps 16 ms, a
 * millisecond behind the one before it, so that every wake is a call of aiot_core_run() of its own
 * with fifteen others asleep; "sleep_wake_together": they wake in one round.  The clock is a
 * variable: what reading a real one takes is the port's.
 */
#include <string.h>

#include "bench-board.h"
#include "core.h"
#include "service.h"
#include "shim.h"
#include "task.h"

#define TASKS BENCH_TASKS
#define MS 1000000ull
#define ROUNDS 10

struct worker {
	uint32_t first_ms;
};

static enum aiot_co yields(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct worker, self);
	for (;;)
		AIOT_YIELD(t);
	AIOT_END(t);
}

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct worker, self);
	AIOT_SLEEP_MS(t, self->first_ms);
	for (;;)
		AIOT_SLEEP_MS(t, TASKS);
	AIOT_END(t);
}

AIOT_SERVICE(yielder, struct worker, .main = yields);
AIOT_SERVICE(sleeper, struct worker, .main = sleeps);

struct bench_case {
	struct bench_board board;
	struct aiot_service service;
	struct aiot_spec spec[TASKS];
	char name[TASKS][3];
	_Alignas(8) char block[TASKS][sizeof(struct aiot_task) + sizeof(struct worker)];
};

/* Of which the size is what counts. */
const volatile char bench_task_bytes[sizeof(struct aiot_task)] = {1};

static struct bench_case bench;

static bool open_bench(const struct aiot_service *found, uint32_t apart_ms)
{
	struct aiot_task *task;
	uint32_t i;

	memset(&bench, 0, sizeof(bench));
	if (!bench_open(&bench.board))
		return false;
	for (i = 0; i < TASKS; i++) {
		bench.name[i][0] = 't';
		bench.name[i][1] = (char)('a' + i);
		if (!bench_spec(&bench.board, found, &bench.service, &bench.spec[i]))
			return false;
		task = bench_start(&bench.board, &bench.spec[i], bench.block[i], bench.name[i]);
		if (task == NULL)
			return false;
		((struct worker *)aiot_task_self(task))->first_ms = TASKS + apart_ms * i;
	}
	return true;
}

/* Go to the next time at which something is due, and do it. */
static void next(void)
{
	uint64_t due = aiot_core_run(&bench.board.core, 0);

	if (due > bench.board.now_ns)
		bench.board.now_ns = due;
}

static void rounds(uint32_t count)
{
	while (count-- > 0)
		next();
}

BENCH_MARKS(resume)
BENCH_MARKS(sleep_wake)
BENCH_MARKS(sleep_wake_together)

static bool measure_resume(void)
{
	if (!open_bench(&aiot_service_yielder, 0))
		return false;
	rounds(4);
	begin_resume();
	rounds(ROUNDS);
	end_resume();
	return true;
}

static bool measure_sleep_wake(void)
{
	if (!open_bench(&aiot_service_sleeper, 1))
		return false;
	rounds(4 * TASKS);
	begin_sleep_wake();
	rounds(TASKS * ROUNDS);
	end_sleep_wake();
	return true;
}

static bool measure_together(void)
{
	if (!open_bench(&aiot_service_sleeper, 0))
		return false;
	rounds(4);
	begin_sleep_wake_together();
	rounds(ROUNDS);
	end_sleep_wake_together();
	return true;
}

int main(void)
{
	shim_exit(bench_task_bytes[0] && measure_resume() && measure_sleep_wake() &&
				  measure_together()
			  ? 0
			  : 1);
}
