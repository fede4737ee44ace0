/*
 * shim.h - what the tests on boards stand on: a way to say something to whoever runs the emulator,
 * and a way to end it.  talk.c has them for ARM (semihosting) and RISC-V (UART, test device).
 */
#ifndef AIOT_TESTS_MCU_SHIM_H
#define AIOT_TESTS_MCU_SHIM_H

#include <stddef.h>
#include <stdint.h>

void shim_write(const char *text);
/* End the emulator with this exit status. */
_Noreturn void shim_exit(uint32_t status);

/* The test that runs, for what ends the program within one; NULL: none. */
extern const char *shim_running;

/* The rule of the local time zone, as POSIX has it for TZ.  false: not understood. */
int shim_set_zone(const char *rule);

/* Blocks that malloc() gave and nobody has freed. */
size_t shim_blocks(void);

#endif
