/*
 * fdwatch.h - how many file descriptors are open, and whether they become ever more: a service that
 * forgets to close some takes the whole program's.
 *
 * Told once a minute.  More and less is life; what is a leak is seen in the lowest number of five
 * minutes, which rises, and rises again.
 */
#ifndef AIOT_FDWATCH_H
#define AIOT_FDWATCH_H

#include <stdbool.h>
#include <stdint.h>

#define AIOT_FDWATCH_SPAN 5u	 /* samples of which the lowest counts */
#define AIOT_FDWATCH_SAMPLES 15u /* three such spans */
#define AIOT_FDWATCH_GROWTH 6u	 /* descriptors from the first of these to the last */

enum aiot_fd_verdict {
	AIOT_FD_FINE,
	AIOT_FD_GROWING, /* ever more */
	AIOT_FD_MANY,	 /* more than three quarters of what is allowed */
};

struct aiot_fdwatch {
	uint32_t sample[AIOT_FDWATCH_SAMPLES];
	uint32_t count;	 /* ever taken */
	uint32_t growth; /* from the first span to the last; 0: it does not grow */
};

void aiot_fdwatch_add(struct aiot_fdwatch *w, uint32_t open);
enum aiot_fd_verdict aiot_fdwatch_verdict(const struct aiot_fdwatch *w, uint32_t open,
					  uint32_t limit);

/* How many this process has open, and may have.  -AIOT_E...: not known (no /proc). */
int aiot_fd_count(uint32_t *ret_open, uint32_t *ret_limit);

#endif
