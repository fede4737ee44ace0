/*
 * talk.c - see shim.h: how a test speaks to the emulator's owner and ends, and what start-up code
 * and port want of a program.
 *
 * The start-up code (lib/mcu) calls the test's main(); check.c ends the program when its group is
 * through.  What ends it out of turn (a fault, an assertion of the core's) says so with the test's
 * name and fails it.
 */
#include "shim.h"

#include <stdio.h>

#include "board.h"
#include "port.h"

#define FAULT_STATUS 3

const char *shim_running;

#ifdef __riscv
#define CONSOLE (*(volatile uint8_t *)0x10000000u)
#define TEST_DEVICE (*(volatile uint32_t *)0x100000u)

void shim_write(const char *text)
{
	for (; *text != '\0'; text++)
		CONSOLE = (uint8_t)*text;
}

_Noreturn void shim_exit(uint32_t status)
{
	TEST_DEVICE = status == 0 ? 0x5555 : status << 16 | 0x3333;
	for (;;)
		;
}
#else
#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define APPLICATION_EXIT 0x20026

static void semihost(uint32_t operation, const void *argument)
{
	register uint32_t r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void shim_write(const char *text)
{
	semihost(SYS_WRITE0, text);
}

_Noreturn void shim_exit(uint32_t status)
{
	const uint32_t reason[2] = {APPLICATION_EXIT, status};

	semihost(SYS_EXIT_EXTENDED, reason);
	for (;;)
		;
}
#endif

static _Noreturn void end_out_of_turn(const char *what)
{
	shim_write(shim_running ? shim_running : "outside of a test");
	shim_write(": ");
	shim_write(what);
	shim_write("\n");
	shim_exit(FAULT_STATUS);
}

_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	char text[120];

	(void)snprintf(text, sizeof(text), "%s, pc 0x%lx, lr 0x%lx", what, (unsigned long)pc,
		       (unsigned long)lr);
	end_out_of_turn(text);
}

_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line)
{
	char text[240];

	(void)snprintf(text, sizeof(text), "panic: '%s' does not hold at %s:%lu", what, file,
		       (unsigned long)line);
	end_out_of_turn(text);
}
