/*
 * stepclock.h - the time between the steps of one round, read without asking the kernel's clock.
 *
 * Accounting reads a clock after every step.  The kernel's takes 20 to 50 ns there, most of it
 * because it makes the processor finish all it has begun, cache misses of the next tasks included.
 * The processor's own counter does not; it is set by the kernel's clock at the start of every
 * round.
 */
#ifndef AIOT_STEPCLOCK_H
#define AIOT_STEPCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct aiot_stepclock {
	bool usable;  /* there is a counter that the kernel trusts, and its rate is known */
	bool present; /* there is one */
	uint64_t base_ns, base;	  /* clock and counter at the start of the round */
	uint64_t known_ns, known; /* the same when the rate was last worked out */
	uint64_t rate;		  /* nanoseconds per count, times 2^24 */
};

void aiot_stepclock_init(struct aiot_stepclock *c);

/* A round begins: go by the kernel's clock again. */
void aiot_stepclock_set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void));

/*
 * Nanoseconds by the same clock, never behind it and hardly ahead (0.02 % of the round's length);
 * 0: not known (no counter, its rate not yet, or a round of a minute): ask the kernel.
 */
uint64_t aiot_stepclock_ns(const struct aiot_stepclock *c);

#endif
