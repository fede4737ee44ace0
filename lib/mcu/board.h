/*
 * board.h - what a port gives the firmware, and what the firmware gives a port.
 *
 * A port (lib/mcu/mps2-an385/board.c and its likes) implements the first part, board.c the second.
 * All of it is called from the main loop, with interrupts on, unless it says otherwise; nothing
 * here allocates, and nothing but aiot_board_sleep() waits.
 */
#ifndef AIOT_BOARD_H
#define AIOT_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the port's ---- */

/* Clock, UART (115200 8N1), interrupts: once, first of all. */
void aiot_board_init(void);

/* "mps2-an385": what the firmware calls itself. */
const char *aiot_board_name(void);

/*
 * Nanoseconds since reset; never goes back, never wraps.  Called several times a step: a
 * multiplication, no division.
 */
uint64_t aiot_board_now_ns(void);

/*
 * Stop the processor until that time, or until an interrupt: one that came since the last sleep
 * counts, so that what an interrupt handler left behind is never slept over.  May return early, the
 * caller looks at the clock.  UINT64_MAX: there is no deadline, and no timer is set.  Ends the
 * watchdog's watch.
 */
void aiot_board_sleep(uint64_t until_ns);

/* What has come in at the UART, at most size bytes; 0: nothing. */
size_t aiot_board_read(char *buf, size_t size);

/* Hand bytes to the UART: as many as fit into its ring; 0: full, sleep and try again. */
size_t aiot_board_write(const char *buf, size_t len);

/* Whether input was lost since the last call. */
bool aiot_board_overrun(void);

/*
 * Arm or feed the watchdog: without another call within so many milliseconds (at most 2000)
 * aiot_board_fault(AIOT_BOARD_WATCHDOG, pc, lr) is called, from an interrupt: where the program is
 * stuck.
 * 0: off.
 */
void aiot_board_watch(uint32_t ms);

/*
 * Switch an output, read an input: lib/include/aiotools-pin.h, with the same results, for the names
 * that this board has.
 */
int aiot_board_pin_write(const char *pin, int32_t value);
int aiot_board_pin_read(const char *pin, int32_t *ret_value);

/* Begin anew as after power-on, but for the memory.  From anywhere, interrupts on or off. */
_Noreturn void aiot_board_reset(void);

/* ---- the firmware's ---- */

/*
 * The program cannot go on: keep what, where and which task, then reset.  Called by the port from
 * its fault and watchdog handlers, on whatever stack is left.  what: a string constant.
 */
#define AIOT_BOARD_WATCHDOG "watchdog"
_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr);

/* Called by the start-up code when memory is set up, on the stack of the linker script. */
int main(void);

#endif
