/*
 * bench-board.c - see bench-board.h.
 */
#include "bench-board.h"

#include <string.h>

#include "no-ops.h"
#include "out.h"

static uint64_t mono(void *ctx)
{
	return ((struct bench_board *)ctx)->now_ns;
}

static int64_t wall(void *ctx)
{
	return (int64_t)((struct bench_board *)ctx)->now_ns;
}

static void *take(void *ctx, size_t size)
{
	(void)ctx;
	(void)size;
	return NULL;
}

static const struct aiot_core_ops ops = {
	.mono_ns = mono,
	.wall_ns = wall,
	.take = take,
	.give = no_give,
	.wake = no_wake,
	.changed = no_entry,
	.dropped = no_entry,
};

bool bench_open(struct bench_board *b)
{
	static const uint8_t boot[16] = "bench";
	struct aiot_core_memory memory = {.ring = &b->ring};

#if !AIOT_BOARD
	memory.wheel_mem = b->wheel_mem;
	memory.alarm_mem = b->alarm_mem;
	memory.stall = &b->stall;
	if (AIOT_CORE_WHEEL_BYTES(BENCH_GEOMETRY) > sizeof(b->wheel_mem))
		return false;
#endif
	b->now_ns = BENCH_START_NS;
	if (aiot_ring_format(&b->ring, b->ring_mem, sizeof(b->ring_mem)) < 0)
		return false;
	aiot_ring_clock(&b->ring, boot, 0);
	if (aiot_core_init(&b->core, &ops, b, BENCH_GEOMETRY, &memory) < 0)
		return false;
#if AIOT_BOARD
	b->core.names.table = b->names;
	b->core.names.room = BENCH_TASKS;
#endif
	aiot_place_main_init(&b->place, &b->core);
	return true;
}

bool bench_spec(struct bench_board *b, const struct aiot_service *found,
		struct aiot_service *service, struct aiot_spec *ret)
{
	char text[80];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (aiot_service_check(found, found->name, service, &why) < 0)
		return false;
#if AIOT_BOARD
	ret->core = &b->core;
#endif
	ret->service = service;
	ret->place = &b->place.place;
	ret->label = "linked in";
#if !AIOT_BOARD
	return aiot_service_kind(service, NULL, &ret->kind);
#endif
	return true;
}

struct aiot_task *bench_start(struct bench_board *b, struct aiot_spec *spec, void *block,
			      const char *name)
{
	struct aiot_task *task;

#if AIOT_BOARD
	spec->name = name;
#endif
	if (aiot_task_create(&b->core, spec, block, name, AIOT_RAISE, &task) < 0 ||
	    aiot_core_start(&b->core, &task->entry) < 0)
		return NULL;
	return task;
}
