/*
 * sizes.h - all memory of the firmware, in one place.
 *
 * Everything on a board is an array of one of these sizes; what is full says so (an error for who
 * asked, a record in the log), and nothing grows.  A port's cross file may set another value
 * (-DAIOT_...) in its c_args.
 */
#ifndef AIOT_SIZES_H
#define AIOT_SIZES_H

#include "config.h" /* AIOT_TEXT: without it a board is small */

/*
 * The UART's ring of what came, between interrupt and main loop: what comes while that is busy.  A
 * power of two, at most 128.  0: the program has no serial line, and does without uart.c.
 */
#ifndef AIOT_UART_BYTES
#define AIOT_UART_BYTES 128
#endif

/* The other one: what goes out until the loop gives more.  An echoed prompt at least. */
#ifndef AIOT_UART_SEND_BYTES
#define AIOT_UART_SEND_BYTES AIOT_UART_BYTES
#endif

/* The log: its memory, and the struct (ring.h) that says where in it the records are. */
#ifndef AIOT_LOG_BYTES
#define AIOT_LOG_BYTES (AIOT_TEXT ? 4096 : 2048)
#endif
#define AIOT_LOG_MEMORY                                                                            \
	(AIOT_LOG_BYTES - sizeof(struct aiot_ring)) /* AIOT_RING_MIN_SIZE at least */

/*
 * The services' structs of all tasks; the tasks themselves are as many as there are INI files.  The
 * firmware says at its start what it lacks.
 */
#ifndef AIOT_SELF_BYTES
#define AIOT_SELF_BYTES (AIOT_TEXT ? 1024 : 320)
#endif

/*
 * What tasks need now and then: schedules, results and errors, options that were set, time-outs.
 * Handed out in units.  On a small board a task with a schedule and a number for its result takes
 * 11, a schedule in the place of another one 7 while both are there, an option that was set 2 to
 * 10, and 2 if the task had nothing before.
 */
#define AIOT_UNIT_BYTES (AIOT_TEXT ? 16 : 8)
#ifndef AIOT_UNIT_COUNT
#define AIOT_UNIT_COUNT (AIOT_TEXT ? 224 : 56) /* 200 are a condition of a few terms */
#endif

/*
 * The serial line's buffer: the reply, or a page of it, what its call was asked for, and the next
 * line (session.h).  288 at least; a program is told that lines may have half of it.
 */
#ifndef AIOT_SERIAL_BYTES
#define AIOT_SERIAL_BYTES (AIOT_TEXT ? 1152 : 512)
#endif

/* A round of the main loop that takes longer is stuck. */
#ifndef AIOT_WATCHDOG_MS
#define AIOT_WATCHDOG_MS 1000
#endif

/* A task that ends so many runs in a row within their first minute is not started in the next. */
#ifndef AIOT_FAULTS_MAX
#define AIOT_FAULTS_MAX 3
#endif

#endif
