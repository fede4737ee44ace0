/*
 * wheel.h - a hierarchical timer wheel that steps from event to event, never from tick to tick.
 *
 * Arming, disarming and firing cost O(1); a timer moves down at most `levels` times in its life.
 * Each level has 2^bits slots and a bitmap of those in use, so that finding the next event, hours
 * away or nanoseconds, is a few instructions.  Delays beyond the wheel's span wait in an overflow
 * list and are exact too.  The geometry is the owner's: 6 bits x 8 levels on Linux, 3 bits x 5
 * levels on a board. Memory is handed in.  Time is in ticks, whatever they are.  Within one tick
 * timers fire in the order in which they were armed. Source of the idea: Varghese and Lauck,
 * "Hashed and Hierarchical Timing Wheels" (1987).
 */
#ifndef AIOT_WHEEL_H
#define AIOT_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

#define AIOT_WHEEL_NEVER UINT64_MAX

struct aiot_timer {
	struct aiot_link link; /* link: a wheel slot, or the executor's ready queue */
	uint64_t due;	       /* tick */
};

struct aiot_wheel_slot {
	struct aiot_link timers;
	uint64_t earliest; /* no timer here is due before; exact until one is disarmed */
};

struct aiot_wheel {
	uint64_t now; /* every timer due up to here has fired */
	uint8_t bits, levels;
	uint64_t *used;		      /* a bitmap per level; a bit may outlast a disarmed timer */
	struct aiot_wheel_slot *slot; /* levels << bits, and one for what lies beyond */
};

/* Bytes of memory a geometry needs (bits at most 6). */
#define AIOT_WHEEL_BYTES(bits, levels)                                                             \
	((levels) * sizeof(uint64_t) +                                                             \
	 (((size_t)(levels) << (bits)) + 1) * sizeof(struct aiot_wheel_slot))

/* mem: AIOT_WHEEL_BYTES, 8-byte aligned, owned by the caller as long as the wheel is used. */
void aiot_wheel_init(struct aiot_wheel *w, uint8_t bits, uint8_t levels, void *mem, uint64_t now);

/* Arm a timer that is in no list.  A due tick that is past fires with the next advance. */
void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due);

/* Disarm a timer that is armed. */
void aiot_wheel_remove(struct aiot_timer *timer);

/* The tick at which the earliest timer is due (or was, if it was disarmed); AIOT_WHEEL_NEVER: none.
 */
uint64_t aiot_wheel_next(struct aiot_wheel *w);

/* Go to tick now; what is due is appended to fired, earliest first. */
void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_link *fired);

#endif
