/*
 * test-uart.c - lib/mcu/uart.c: bytes between an interrupt handler and the main loop.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "board.h"
#include "sizes.h"
#include "start.h"
#include "uart.h"

static unsigned kicks, off;

void aiot_uart_kick(void)
{
	assert_int_equal(off, 1);
	kicks++;
}

void aiot_interrupts_off(void)
{
	off++;
}

void aiot_interrupts_on(void)
{
	off--;
}

static void what_came_is_read_in_order(void **state)
{
	char buf[8];
	unsigned round, i;

	(void)state;
	for (round = 0; round < 300; round++) {
		for (i = 0; i < 5; i++)
			aiot_uart_came((uint8_t)(round + i));
		assert_int_equal(aiot_board_read(buf, 3), 3);
		assert_int_equal((uint8_t)buf[2], (uint8_t)(round + 2));
		assert_int_equal(aiot_board_read(buf, sizeof(buf)), 2);
		assert_int_equal((uint8_t)buf[1], (uint8_t)(round + 4));
		assert_int_equal(aiot_board_read(buf, sizeof(buf)), 0);
	}
	assert_false(aiot_board_overrun());
}

static void too_much_is_lost_and_told_once(void **state)
{
	char buf[AIOT_UART_BYTES + 1];
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_UART_BYTES; i++)
		aiot_uart_came((uint8_t)i);
	assert_false(aiot_board_overrun());
	aiot_uart_came('x');
	assert_true(aiot_board_overrun());
	assert_false(aiot_board_overrun());
	assert_int_equal(aiot_board_read(buf, sizeof(buf)), AIOT_UART_BYTES);
	for (i = 0; i < AIOT_UART_BYTES; i++)
		assert_int_equal((uint8_t)buf[i], (uint8_t)i);
	aiot_uart_lost();
	assert_true(aiot_board_overrun());
}

static void what_is_written_goes_out_as_the_device_asks(void **state)
{
	char text[AIOT_UART_SEND_BYTES + 10];
	unsigned i;
	uint8_t c;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	kicks = 0;
	assert_false(aiot_uart_next(&c));
	assert_int_equal(aiot_board_write(text, 0), 0);
	assert_int_equal(kicks, 0);
	assert_int_equal(aiot_board_write(text, sizeof(text)), AIOT_UART_SEND_BYTES);
	assert_int_equal(kicks, 1);
	assert_int_equal(aiot_board_write(text, 1), 0);
	assert_int_equal(kicks, 1);
	for (i = 0; i < AIOT_UART_SEND_BYTES; i++) {
		assert_true(aiot_uart_next(&c));
		assert_int_equal(c, (uint8_t)i);
	}
	assert_false(aiot_uart_next(&c));
	assert_int_equal(off, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_came_is_read_in_order),
		cmocka_unit_test(too_much_is_lost_and_told_once),
		cmocka_unit_test(what_is_written_goes_out_as_the_device_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
