/*
 * start.h - what start-up code and ports share: the linker script's symbols, and interrupts.
 *
 * Included by the start-up code of each processor family, which implements it, and by the ports'
 * board.c.
 */
#ifndef AIOT_START_H
#define AIOT_START_H

#include <stdint.h>

/* sections.ld */
extern uint32_t aiot_stack_bottom[], aiot_stack_top[];
extern uint32_t aiot_data_begin[], aiot_data_end[];
extern const uint32_t aiot_data_load[];
extern uint32_t aiot_bss_begin[], aiot_bss_end[];
extern char aiot_free_begin[], aiot_free_end[];

/* Registers of devices. */
#define AIOT_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Stop the processor until an interrupt; one that came since the last time counts. */
void aiot_wait_for_interrupt(void);

/* Keep handlers out of what they share with the main loop. */
void aiot_interrupts_off(void);
void aiot_interrupts_on(void);

/*
 * The port's: an interrupt has come, at pc, where lr was the return address.  number: of the
 * device (Cortex-M: AIOT_IRQ_NMI for that), or what the processor calls its cause.
 */
void aiot_board_irq(uint32_t number, uint32_t pc, uint32_t lr);
#define AIOT_IRQ_NMI UINT32_MAX

/* For the start-up code.  A loop, for nothing may rely on data or bss before. */
static inline void aiot_memory_init(void)
{
	const uint32_t *from = aiot_data_load;
	uint32_t *to;

	for (to = aiot_data_begin; to < aiot_data_end; to++)
		*to = *from++;
	for (to = aiot_bss_begin; to < aiot_bss_end; to++)
		*to = 0;
}

#endif
