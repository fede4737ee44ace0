/*
 * units.h - memory for what tasks need now and then, out of a fixed array of small units.
 *
 * The core's ops->take and give, for a board.  A block is as many units in a row as it needs, the
 * first that are free.  It is given back with its size, so that units need no head.  Full is NULL.
 */
#ifndef AIOT_MCU_UNITS_H
#define AIOT_MCU_UNITS_H

#include <stddef.h>
#include <stdint.h>

#include "sizes.h"

#define AIOT_UNIT_WORDS ((AIOT_UNIT_COUNT + 31) / 32)

/* Zeroed: all are free. */
struct aiot_units {
	uint64_t unit[AIOT_UNIT_COUNT][AIOT_UNIT_BYTES / sizeof(uint64_t)];
	uint32_t taken[AIOT_UNIT_WORDS];
	uint16_t in_use, most; /* units now, and at most so far */
};

/* NULL: not that many in a row are free, or size is 0. */
void *aiot_units_take(struct aiot_units *units, size_t size);

/* size: as it was taken. */
void aiot_units_give(struct aiot_units *units, void *block, size_t size);

#endif
