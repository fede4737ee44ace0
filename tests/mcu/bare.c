/*
 * bare.c - the smallest firmware: tasks, schedules in seconds and a log, and nobody to ask it.
 *
 * For tools/size, which says what that takes: two bundled services, unchanged, on the port's clock.
 * Built with the core's configuration m0-bare.
 */
#include <string.h>

#include "board.h"
#include "port.h"
#include "schedule.h"
#include "service.h"
#include "task.h"
#include "units.h"

#define LOG_BYTES 2048
#define SELF_BYTES 32
#define TASKS 2
#define S_NS 1000000000ull

extern const struct aiot_service aiot_service_hello, aiot_service_world;

static struct {
	struct aiot_core core;
	struct aiot_place_main place;
	struct aiot_ring ring;
	struct aiot_units units;
	struct aiot_entry *names[TASKS];
	struct aiot_spec spec[TASKS];
	_Alignas(8) char task[TASKS][sizeof(struct aiot_task) + SELF_BYTES];
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
	(void)ctx;
	return aiot_units_take(&fw.units, size);
}

static void give(void *ctx, void *block, size_t size)
{
	(void)ctx;
	aiot_units_give(&fw.units, block, size);
}

static void wake(void *ctx)
{
	(void)ctx;
}

static void of_entry(void *ctx, struct aiot_entry *entry)
{
	(void)ctx;
	(void)entry;
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono_ns,
	.wall_ns = wall_ns,
	.take = take,
	.give = give,
	.wake = wake,
	.changed = of_entry,
	.dropped = of_entry,
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

static struct aiot_entry *make(unsigned i, const char *name, const struct aiot_service *service)
{
	struct aiot_task *task;

	fw.spec[i] = (struct aiot_spec){.place = &fw.place.place, .service = service, .label = ""};
	AIOT_ASSERT(service->self_size <= SELF_BYTES);
	AIOT_ASSERT(aiot_task_create(&fw.core, &fw.spec[i], fw.task[i], name, AIOT_RAISE, &task) ==
		    0);
	AIOT_ASSERT(aiot_task_init_service(&fw.core, task) == 0);
	return &task->entry;
}

static void make_tasks(void)
{
	static const struct aiot_plan plan = {.every_ns = 10 * S_NS};
	struct aiot_entry *hello = make(0, "hello", &aiot_service_hello);
	struct aiot_entry *world = make(1, "world", &aiot_service_world);
	char text[40];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	AIOT_ASSERT(aiot_core_start(&fw.core, hello) == 0);
	AIOT_ASSERT(aiot_schedule_create(&fw.core, world, &plan, false, &why) == 0);
}

int main(void)
{
	struct aiot_core_memory memory = {.ring = &fw.ring};

	aiot_board_init();
	if (aiot_ring_attach(&fw.ring, log_memory, sizeof(log_memory), NULL) < 0)
		AIOT_ASSERT(aiot_ring_format(&fw.ring, log_memory, sizeof(log_memory)) == 0);
	AIOT_ASSERT(aiot_core_init(&fw.core, &ops, &fw, (struct aiot_geometry){20, {1, 1, 0}},
				   &memory) == 0);
	aiot_place_main_init(&fw.place, &fw.core);
	fw.core.names.table = fw.names;
	fw.core.names.room = TASKS;
	make_tasks();
	for (;;)
		aiot_board_sleep(aiot_core_run(&fw.core, 0));
}
