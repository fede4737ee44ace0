/*
 * bare-wheel.h - as little as a timer wheel can be: what the executor's is measured against.
 *
 * Five levels of 64 slots with a bitmap each; members are intrusive and call back.  No names, no
 * states, no accounting, no protection from anything.
 */
#ifndef BARE_WHEEL_H
#define BARE_WHEEL_H

#include <stdint.h>

#include "list.h"

#define BARE_BITS 6
#define BARE_SLOTS (1u << BARE_BITS)
#define BARE_LEVELS 5

struct bare_wheel;

struct bare_timer {
	struct aiot_link link; /* link: bare_wheel.slot */
	uint64_t due;
	void (*fn)(struct bare_wheel *wheel, struct bare_timer *timer);
	void *data;
};

struct bare_wheel {
	uint64_t now;
	uint64_t used[BARE_LEVELS];
	struct aiot_link slot[BARE_LEVELS][BARE_SLOTS];
	uint64_t fired;
};

void bare_wheel_init(struct bare_wheel *wheel, uint64_t now);

void bare_wheel_add(struct bare_wheel *wheel, struct bare_timer *timer, uint64_t due);
void bare_wheel_advance(struct bare_wheel *wheel, uint64_t now);

#endif
