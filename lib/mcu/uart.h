/*
 * uart.h - what the UARTs of all ports share: two rings of bytes between interrupt handler and main
 * loop.
 *
 * uart.c implements aiot_board_read(), write() and overrun() on them; a port moves bytes between
 * them and its device.  One side puts, the other takes; neither keeps the other out, for each
 * writes only its own counter, behind the byte.
 */
#ifndef AIOT_UART_H
#define AIOT_UART_H

#include <stdbool.h>
#include <stdint.h>

/* For the handler: a byte has come; input was lost. */
void aiot_uart_came(uint8_t c);
void aiot_uart_lost(void);

/* The next byte to send; false: there is none. */
bool aiot_uart_next(uint8_t *ret);

/*
 * The port's: there is something to send, and perhaps nothing under way that would ask for it when
 * it is through.  Called with interrupts off.
 */
void aiot_uart_kick(void);

#endif
