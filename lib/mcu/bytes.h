/*
 * bytes.h - a ring of bytes between an interrupt handler and the main loop.
 *
 * One side puts, the other takes; neither keeps the other out, for each writes only its own index,
 * behind the byte.  Used by the ports for their UARTs.
 */
#ifndef AIOT_BYTES_H
#define AIOT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sizes.h"

_Static_assert((AIOT_UART_BYTES & (AIOT_UART_BYTES - 1)) == 0 && AIOT_UART_BYTES <= 128,
	       "indices of 8 bits wrap as they like");

struct aiot_bytes {
	volatile uint8_t put, taken; /* counters */
	volatile uint8_t data[AIOT_UART_BYTES];
};

static inline bool aiot_bytes_empty(const struct aiot_bytes *b)
{
	return b->put == b->taken;
}

/* false: it is full, and the byte was not put. */
static inline bool aiot_bytes_put(struct aiot_bytes *b, uint8_t c)
{
	uint8_t put = b->put;

	if ((uint8_t)(put - b->taken) == AIOT_UART_BYTES)
		return false;
	b->data[put % AIOT_UART_BYTES] = c;
	b->put = (uint8_t)(put + 1);
	return true;
}

/* false: there is none. */
static inline bool aiot_bytes_take(struct aiot_bytes *b, uint8_t *ret)
{
	uint8_t taken = b->taken;

	if (b->put == taken)
		return false;
	*ret = b->data[taken % AIOT_UART_BYTES];
	b->taken = (uint8_t)(taken + 1);
	return true;
}

/* As many as there are, as many as fit. */
static inline size_t aiot_bytes_read(struct aiot_bytes *b, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size && aiot_bytes_take(b, (uint8_t *)&buf[n]))
		n++;
	return n;
}

static inline size_t aiot_bytes_write(struct aiot_bytes *b, const char *buf, size_t len)
{
	size_t n = 0;

	while (n < len && aiot_bytes_put(b, (uint8_t)buf[n]))
		n++;
	return n;
}

#endif
