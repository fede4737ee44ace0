/*
 * uart.c - see uart.h.  Called by the firmware (board.h) and by the ports' interrupt handlers.
 */
#include "uart.h"

#include "board.h"
#include "sizes.h"
#include "start.h"

#define IS_SIZE(n) (((n) & ((n)-1)) == 0 && (n) <= 128)
_Static_assert(IS_SIZE(AIOT_UART_BYTES) && IS_SIZE(AIOT_UART_SEND_BYTES),
	       "counters of 8 bits wrap as they like");

struct ring {
	volatile uint8_t put, taken;
};

static struct ring received, to_send;
static volatile uint8_t received_data[AIOT_UART_BYTES], to_send_data[AIOT_UART_SEND_BYTES];
static volatile bool overrun;

static bool ring_put(struct ring *ring, volatile uint8_t *data, unsigned size, uint8_t c)
{
	uint8_t put = ring->put;

	if ((uint8_t)(put - ring->taken) == size)
		return false;
	data[put % size] = c;
	ring->put = (uint8_t)(put + 1);
	return true;
}

static bool ring_take(struct ring *ring, const volatile uint8_t *data, unsigned size, uint8_t *ret)
{
	uint8_t taken = ring->taken;

	if (ring->put == taken)
		return false;
	*ret = data[taken % size];
	ring->taken = (uint8_t)(taken + 1);
	return true;
}

void aiot_uart_came(uint8_t c)
{
	if (!ring_put(&received, received_data, AIOT_UART_BYTES, c))
		overrun = true;
}

void aiot_uart_lost(void)
{
	overrun = true;
}

bool aiot_uart_next(uint8_t *ret)
{
	return ring_take(&to_send, to_send_data, AIOT_UART_SEND_BYTES, ret);
}

size_t aiot_board_read(char *buf, size_t size)
{
	size_t n = 0;

	while (n < size && ring_take(&received, received_data, AIOT_UART_BYTES, (uint8_t *)&buf[n]))
		n++;
	return n;
}

size_t aiot_board_write(const char *buf, size_t len)
{
	size_t n = 0;

	while (n < len && ring_put(&to_send, to_send_data, AIOT_UART_SEND_BYTES, (uint8_t)buf[n]))
		n++;
	if (n > 0) {
		aiot_interrupts_off();
		aiot_uart_kick();
		aiot_interrupts_on();
	}
	return n;
}

bool aiot_board_overrun(void)
{
	if (!overrun)
		return false; /* and nothing that comes just now is forgotten */
	overrun = false;
	return true;
}
