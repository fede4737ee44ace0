/*
 * sizes.h - all memory of the firmware, in one place.
 *
 * Everything on a board is an array of one of these sizes; what is full says so (an error for the
 * caller, a record in the log), and nothing grows.  A port's cross file may set another value
 * (-DAIOT_...) in its c_args.
 */
#ifndef AIOT_SIZES_H
#define AIOT_SIZES_H

/* Each of the UART's two rings, between interrupt and main loop: a power of two, at most 128. */
#ifndef AIOT_UART_BYTES
#define AIOT_UART_BYTES 128
#endif

#endif
