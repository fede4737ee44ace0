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
	bool usable;	/* the counter's rate is known */
	uint64_t grain; /* the counter goes on by so much at once; 0: there is none to trust */
	uint64_t base_ns, base; /* clock, and counter less a grain, at the start of the round */
	uint64_t known_ns,
		known;	     /* clock, and counter behind it, when the rate was last looked at */
	uint64_t known_gap;  /* what may have passed between these two */
	uint64_t rate;	     /* nanoseconds per count, times 2^24 */
	uint64_t counts_max; /* of a round that is not left to the clock */
};

void aiot_stepclock_init(struct aiot_stepclock *c);

/* A round begins: go by the kernel's clock again. */
void aiot_stepclock_set(struct aiot_stepclock *c, uint64_t (*clock_ns)(void));

/*
 * Nanoseconds by the same clock, never behind it and hardly ahead (0.02 % of the round's length,
 * and a grain or two); 0: not known (no counter, its rate not yet, or a round of a minute): ask the
 * kernel.
 */
uint64_t aiot_stepclock_ns(const struct aiot_stepclock *c);

#endif
