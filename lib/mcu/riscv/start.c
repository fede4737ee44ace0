/*
 * start.c - start-up code of RISC-V, 32 bits, machine mode: memory, traps.
 *
 * Called by the processor, and by the ports as start.h says.  There is one stack; a trap saves what
 * a function may change on it and tells faults from interrupts.
 */
#include "start.h"
#include "board.h"

#define INTERRUPT 0x80000000u /* in mcause */
#define MIE 0x8u	      /* in mstatus */

static volatile bool awake; /* an interrupt has come since the last sleep */

_Noreturn void aiot_begin(void);
void aiot_trap(uint32_t cause, uint32_t pc, uint32_t ra);
void aiot_overflow(void);

/* First in the image, for it is where the processor begins. */
__attribute__((naked, section(".vectors"), used)) void aiot_start(void);
void aiot_start(void)
{
	__asm__ volatile(".option push\n"
			 ".option norelax\n"
			 "la gp, __global_pointer$\n"
			 ".option pop\n"
			 "la sp, aiot_stack_top\n"
			 "la t0, aiot_trap_entry\n"
			 "csrw mtvec, t0\n"
			 "j aiot_begin\n");
}

__attribute__((naked, aligned(4), used)) void aiot_trap_entry(void);
void aiot_trap_entry(void)
{
	__asm__ volatile("csrw mscratch, t0\n"
			 "la t0, aiot_stack_bottom + 64\n"
			 "bgeu sp, t0, 1f\n"
			 "la sp, aiot_stack_top\n"
			 "j aiot_overflow\n"
			 "1: csrr t0, mscratch\n"
			 "addi sp, sp, -64\n"
			 "sw ra, 0(sp)\n sw t0, 4(sp)\n sw t1, 8(sp)\n sw t2, 12(sp)\n"
			 "sw a0, 16(sp)\n sw a1, 20(sp)\n sw a2, 24(sp)\n sw a3, 28(sp)\n"
			 "sw a4, 32(sp)\n sw a5, 36(sp)\n sw a6, 40(sp)\n sw a7, 44(sp)\n"
			 "sw t3, 48(sp)\n sw t4, 52(sp)\n sw t5, 56(sp)\n sw t6, 60(sp)\n"
			 "csrr a0, mcause\n csrr a1, mepc\n mv a2, ra\n"
			 "call aiot_trap\n"
			 "lw ra, 0(sp)\n lw t0, 4(sp)\n lw t1, 8(sp)\n lw t2, 12(sp)\n"
			 "lw a0, 16(sp)\n lw a1, 20(sp)\n lw a2, 24(sp)\n lw a3, 28(sp)\n"
			 "lw a4, 32(sp)\n lw a5, 36(sp)\n lw a6, 40(sp)\n lw a7, 44(sp)\n"
			 "lw t3, 48(sp)\n lw t4, 52(sp)\n lw t5, 56(sp)\n lw t6, 60(sp)\n"
			 "addi sp, sp, 64\n"
			 "mret\n");
}

/* A stack that has run out of its memory: nothing on it is of use. */
__attribute__((used)) void aiot_overflow(void)
{
	uint32_t pc;

	__asm__ volatile("csrr %0, mepc" : "=r"(pc));
	aiot_board_fault("stack overflow", pc, 0);
}

__attribute__((used)) void aiot_trap(uint32_t cause, uint32_t pc, uint32_t ra)
{
	static const char *const faults[] = {
		"jump to an odd address", "jump into nowhere",
		"illegal instruction",	  "breakpoint",
		"unaligned load",	  "load from nowhere",
		"unaligned store",	  "store to nowhere",
	};

	awake = true;
	if (cause & INTERRUPT)
		aiot_board_irq(cause & ~INTERRUPT, pc, ra);
	else
		aiot_board_fault(cause < sizeof(faults) / sizeof(faults[0]) ? faults[cause]
									    : "trap",
				 pc, ra);
}

__attribute__((used)) _Noreturn void aiot_begin(void)
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
		__asm__ volatile("wfi" ::: "memory");
	awake = false;
	aiot_interrupts_on();
}

void aiot_interrupts_off(void)
{
	__asm__ volatile("csrc mstatus, %0" ::"i"(MIE) : "memory");
}

void aiot_interrupts_on(void)
{
	__asm__ volatile("csrs mstatus, %0" ::"i"(MIE) : "memory");
}
