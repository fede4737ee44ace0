/*
 * bench-idle.c - ten seconds in which nothing is due, on the port's own clock: run by tools/bench
 * under QEMU, which counts what is executed between the marks.
 *
 * What is executed nevertheless is the port's: timers that go round, a sleep in several pieces.
 */
#include "bench-board.h"
#include "board.h"
#include "shim.h"

#define IDLE_MS 10000

struct sleeper {
	uint32_t woken;
};

BENCH_MARKS(idle)

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sleeper, self);
	begin_idle();
	AIOT_SLEEP_MS(t, IDLE_MS);
	end_idle();
	self->woken++;
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct sleeper, .main = sleeps);

static struct {
	struct bench_board board;
	struct aiot_service service;
	struct aiot_spec spec;
	_Alignas(8) char block[sizeof(struct aiot_task) + sizeof(struct sleeper)];
} bench;

int main(void)
{
	struct aiot_task *task;
	struct sleeper *self;
	uint64_t due;

	aiot_board_init();
	if (!bench_open(&bench.board) ||
	    !bench_spec(&bench.board, &aiot_service_sleeper, &bench.service, &bench.spec))
		shim_exit(1);
	task = bench_start(&bench.board, &bench.spec, bench.block, "sleeper");
	if (task == NULL)
		shim_exit(1);
	self = aiot_task_self(task);
	while (self->woken == 0) {
		bench.board.now_ns = BENCH_START_NS + aiot_board_now_ns();
		due = aiot_core_run(&bench.board.core, 0);
		aiot_board_sleep(due - BENCH_START_NS);
	}
	shim_exit(0);
}
