/*
 * wheel.h - a hierarchical timer wheel that steps from event to event, never from tick to tick.
 *
 * Arming, disarming and firing cost O(1); a timer moves down at most `levels` times in its life.
 * Each level has 2^bits slots and a bitmap of those in use, so that finding the next event, hours
 * away or nanoseconds, is a few instructions.  Delays beyond the wheel's span wait in an overflow
 * slot and are exact too.  The geometry is the owner's: 8 bits x 5 levels x 8 lanes on Linux, 3
 * bits x 5 levels and one lane on a board.  Memory is handed in.  Time is in ticks, whatever they
 * are.  Within one tick timers fire in the order in which they were armed.
 *
 * Lanes: a slot above the lowest level is as many lists, by the low bits of the due tick.  When its
 * turn comes they are walked side by side, so that the processor waits for the memory of several
 * timers at once; in one list each would tell only then where the next one lies.
 *
 * Source of the idea: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987).
 */
#ifndef AIOT_WHEEL_H
#define AIOT_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"

#define AIOT_WHEEL_NEVER UINT64_MAX

#if AIOT_BOARD
typedef uintptr_t aiot_due; /* the low half of a tick: 2^32 of them are 52 days */
#else
typedef uint64_t aiot_due;
#endif

struct aiot_timer {
	struct aiot_link link; /* link: a wheel slot, or the executor's ready queue */
	aiot_due due;	       /* tick */
};

struct aiot_wheel_shape {
	uint8_t bits;	   /* 1 to 8 */
	uint8_t levels;	   /* at least 1 */
	uint8_t lane_bits; /* 0 to 3 */
};

#if AIOT_BOARD
/*
 * A list, earliest first: with a dozen timers nothing is smaller or faster.  The shape does not
 * matter, and no memory is needed.  A timer due more than 2^32 ticks ahead fires then, too early.
 */
struct aiot_wheel {
	uint64_t now; /* every timer due up to here has fired */
	struct aiot_fifo list;
};
#else
struct aiot_wheel {
	uint64_t now; /* every timer due up to here has fired */
	struct aiot_wheel_shape shape;
	uint8_t words;	     /* of a level's bitmap */
	uint32_t reciprocal; /* 2^16 / bits, rounded up */
	/*
	 * What follows has a row for each level, and one with a single slot for what lies beyond.
	 * A bit may outlast timers that were disarmed; where it is not set, the slot's earliest and
	 * its lists mean nothing.
	 */
	uint64_t *used;	    /* bitmaps */
	uint64_t *earliest; /* by slot: no timer there is due before; exact until one is disarmed */
	struct aiot_link *list; /* by slot and lane; the lowest level has no lanes */
};
#endif

#define AIOT_WHEEL_WORDS(bits) ((bits) > 6 ? (size_t)1 << ((bits)-6) : (size_t)1)
#define AIOT_WHEEL_SLOTS(s) (((size_t)(s).levels << (s).bits) + 1)
#define AIOT_WHEEL_LISTS(s)                                                                        \
	(((size_t)1 << (s).bits) + (((size_t)(s).levels - 1) << ((s).bits + (s).lane_bits)) +      \
	 ((size_t)1 << (s).lane_bits))

/* Bytes of memory that a shape needs. */
#define AIOT_WHEEL_BYTES(s)                                                                        \
	(((size_t)(s).levels + 1) * AIOT_WHEEL_WORDS((s).bits) * sizeof(uint64_t) +                \
	 AIOT_WHEEL_SLOTS(s) * sizeof(uint64_t) + AIOT_WHEEL_LISTS(s) * sizeof(struct aiot_link))

/*
 * mem: AIOT_WHEEL_BYTES, 8-byte aligned, owned by the caller as long as the wheel is used.  Only
 * what belongs to slots that are used is ever touched.
 */
void aiot_wheel_init(struct aiot_wheel *w, struct aiot_wheel_shape shape, void *mem, uint64_t now);

/* Arm a timer that is in no list.  A due tick that is past fires with the next advance. */
void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due);

/* Disarm a timer that is armed. */
void aiot_wheel_remove(struct aiot_timer *timer);

#if AIOT_BOARD
#if AIOT_TEXT
/*
 * The same, so many ticks behind where the last advance came to; fast for what is due last.  For a
 * wheel whose timers are all added like this, and told of (aiot_fifo_forget) when they go.
 */
void aiot_wheel_add_ahead(struct aiot_wheel *w, struct aiot_timer *timer, uint32_t ahead);
#endif

/* How many ticks behind `base` the timer at a link is due. */
static inline uint32_t aiot_wheel_ahead(const struct aiot_link *link, uint32_t base)
{
	return (uint32_t)((const struct aiot_timer *)(const void *)link)->due - base;
}

static inline bool aiot_wheel_empty(const struct aiot_wheel *w)
{
	return aiot_fifo_empty(&w->list);
}

static inline uint64_t aiot_wheel_next(struct aiot_wheel *w)
{
	if (aiot_fifo_empty(&w->list))
		return AIOT_WHEEL_NEVER;
	return w->now + aiot_wheel_ahead(w->list.list.next, (uint32_t)w->now);
}

/* A timer that is armed makes its owner come within 2^32 ticks, so 32 bits tell how many passed. */
static inline void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_fifo *fired)
{
	struct aiot_link *link = w->list.list.next;
	uint32_t base = (uint32_t)w->now, by = (uint32_t)now - base;

	w->now = now;
	if (link == &w->list.list || aiot_wheel_ahead(link, base) > by)
		return;
	do {
		struct aiot_link *next = link->next;

		aiot_fifo_append(fired, link);
		link = next;
	} while (link != &w->list.list && aiot_wheel_ahead(link, base) <= by);
	w->list.list.next = link;
	if (link == &w->list.list)
		w->list.last = link;
}
#else
/* The tick at which the earliest timer is due (or was, if it was disarmed); AIOT_WHEEL_NEVER: none.
 */
uint64_t aiot_wheel_next(struct aiot_wheel *w);

/* Go to tick now; what is due is appended to fired, earliest first. */
void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_fifo *fired);
#endif

#endif
