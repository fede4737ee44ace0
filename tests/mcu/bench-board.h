/*
 * bench-board.h - a core as a board has it, and how a bench says what it did: tests/mcu/bench-*.c.
 *
 * The clock is a variable of the bench's; nothing is ever allocated.
 */
#ifndef BENCH_BOARD_H
#define BENCH_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "service.h"
#include "task.h"

#define BENCH_GEOMETRY ((struct aiot_geometry){16, {3, 5, 0}})

#define BENCH_TASKS 16
#define BENCH_START_NS 1000000000ull /* where its clock begins */

struct bench_board {
	struct aiot_core core;
	struct aiot_place_main place;
	uint64_t now_ns;
	struct aiot_ring ring;
	_Alignas(8) char ring_mem[2048];
#if AIOT_BOARD
	struct aiot_entry *names[BENCH_TASKS];
#else
	_Alignas(8) char wheel_mem[1024], alarm_mem[1024];
	struct aiot_stall stall;
#endif
};

/* A core in zeroed memory; false: something did not fit. */
bool bench_open(struct bench_board *board);
bool bench_spec(struct bench_board *board, const struct aiot_service *found,
		struct aiot_service *service, struct aiot_spec *ret);
/* A task of that spec, which is its own, started.  NULL: it did not fit. */
struct aiot_task *bench_start(struct bench_board *board, struct aiot_spec *spec, void *block,
			      const char *name);

/* Two functions to call around what is to be counted.  Their asm differs, or they would be made
 * one. */
#define BENCH_MARKS(name)                                                                          \
	__attribute__((noinline)) static void begin_##name(void)                                   \
	{                                                                                          \
		__asm__ volatile("/* begin " #name " */" ::: "memory");                            \
	}                                                                                          \
	__attribute__((noinline)) static void end_##name(void)                                     \
	{                                                                                          \
		__asm__ volatile("/* end " #name " */" ::: "memory");                              \
	}

#endif
