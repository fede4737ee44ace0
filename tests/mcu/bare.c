/*
 * bare.c - the smallest firmware: tasks, schedules in seconds and a log, and nobody to ask it.
 *
 * For tools/size, which says what that takes: two bundled services, unchanged, on the port's clock.
 * Built with the core's configuration m0-bare.
 */
#include "board.h"
#include "no-ops.h"
#include "port.h"
#include "tasks.h"

#define LOG_BYTES 2048
#define SCHEDULE_BYTES 128

struct aiot_core aiot_board_core;
struct aiot_place_main aiot_board_place;

static struct {
	struct aiot_ring ring;
	/* Schedules.  Without orders nothing is ever given back. */
	uint64_t memory[SCHEDULE_BYTES / sizeof(uint64_t)];
	size_t used; /* of memory */
} fw;
_Alignas(8) static char log_memory[LOG_BYTES] __attribute__((section(".noinit")));

static uint64_t mono_ns(void *ctx)
{
	(void)ctx;
	return aiot_board_now_ns();
}

static int64_t wall_ns(void *ctx)
{
	(void)ctx;
	return (int64_t)aiot_board_now_ns();
}

static void *take(void *ctx, size_t size)
{
	size_t words = (size + sizeof(uint64_t) - 1) / sizeof(uint64_t), from = fw.used;

	(void)ctx;
	if (words > sizeof(fw.memory) / sizeof(uint64_t) - from)
		return NULL;
	fw.used += words;
	return &fw.memory[from];
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono_ns,
	.wall_ns = wall_ns,
	.take = take,
	.give = no_give,
	.wake = no_wake,
	.changed = no_entry,
};

_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	(void)what;
	(void)pc;
	(void)lr;
	aiot_board_reset();
}

_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line)
{
	(void)file;
	aiot_board_fault(what, line, 0);
}

int main(void)
{
	static const struct aiot_core_memory memory = {.ring = &fw.ring};

	aiot_board_init();
	if (aiot_ring_attach(&fw.ring, log_memory, sizeof(log_memory), NULL) < 0)
		AIOT_ASSERT(aiot_ring_format(&fw.ring, log_memory, sizeof(log_memory)) == 0);
	AIOT_ASSERT(aiot_core_init(&aiot_board_core, &ops, &fw,
				   (struct aiot_geometry){20, {1, 1, 0}}, &memory) == 0);
	aiot_place_main_init(&aiot_board_place, &aiot_board_core);
	aiot_tasks_make(&aiot_board_core);
	for (;;)
		aiot_board_sleep(aiot_core_run(&aiot_board_core, 0));
}
