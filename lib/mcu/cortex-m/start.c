/*
 * start.c - start-up code of the ARM Cortex-M: vectors, memory, exceptions, reset.
 *
 * Called by the processor, and by the ports as start.h says.  There is one stack, and one way for
 * all exceptions: an entry that hands on what the processor has saved, so that faults and the
 * watchdog know where they struck.
 */
#include "start.h"
#include "board.h"

/* Devices' interrupts that a port enables; as many as the smallest of the family have. */
#ifndef AIOT_IRQS
#define AIOT_IRQS 32
#endif

#define AIRCR AIOT_REG(0xe000ed0cu)
#define AIRCR_RESET 0x05fa0004u

_Noreturn void aiot_start(void);
void aiot_exception_entry(void);
void aiot_exception(const uint32_t *frame); /* NULL: it is lost */

static volatile bool awake; /* an interrupt has come since the last sleep */

union vector {
	const uint32_t *stack;
	void (*entry)(void);
};

__attribute__((section(".vectors"), used)) static const union vector vectors[16 + AIOT_IRQS] = {
	{.stack = aiot_stack_top},
	{.entry = aiot_start},
	[2 ... 15 + AIOT_IRQS] = {.entry = aiot_exception_entry},
};

/*
 * Hands on r0 r1 r2 r3 r12 lr pc psr, as the processor has put them on the stack.  A stack that has
 * run out of its memory is good for nothing: begin a new one, without them.
 */
__attribute__((naked)) void aiot_exception_entry(void)
{
	__asm__ volatile("mov r0, sp\n"
			 "ldr r1, =aiot_stack_bottom\n"
			 "cmp r0, r1\n"
			 "bhs 1f\n"
			 "ldr r1, =aiot_stack_top\n"
			 "mov sp, r1\n"
			 "movs r0, #0\n"
			 "1: ldr r1, =aiot_exception\n"
			 "bx r1\n"
			 ".pool\n");
}

__attribute__((used)) void aiot_exception(const uint32_t *frame)
{
	uint32_t number;

	awake = true;
	if (frame == NULL)
		aiot_board_fault("stack overflow", 0, 0);
	__asm__ volatile("mrs %0, ipsr" : "=r"(number));
	if (number >= 16)
		aiot_board_irq(number - 16, frame[6], frame[5]);
	else if (number == 2)
		aiot_board_irq(AIOT_IRQ_NMI, frame[6], frame[5]);
	else
		aiot_board_fault("hard fault", frame[6], frame[5]);
}

_Noreturn void aiot_start(void)
{
	aiot_memory_init();
	(void)main();
	aiot_board_reset();
}

/* What has come ends WFI also where it is masked: nothing gets lost between the look and it. */
void aiot_wait_for_interrupt(void)
{
	aiot_interrupts_off();
	if (!awake)
		__asm__ volatile("dsb\n wfi" ::: "memory");
	awake = false;
	aiot_interrupts_on();
}

void aiot_interrupts_off(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

void aiot_interrupts_on(void)
{
	__asm__ volatile("cpsie i\n isb" ::: "memory");
}

_Noreturn void aiot_board_reset(void)
{
	__asm__ volatile("cpsid i\n dsb" ::: "memory");
	AIRCR = AIRCR_RESET;
	for (;;)
		__asm__ volatile("dsb");
}
