/*
 * start.h - what start-up code and ports share: the linker script's symbols, and the interrupts.
 *
 * Included by the start-up code of each processor family and by the ports' board.c.
 */
#ifndef AIOT_MCU_START_H
#define AIOT_MCU_START_H

#include <stdint.h>

extern uint32_t aiot_stack_bottom[], aiot_stack_top[];
extern uint32_t aiot_data_begin[], aiot_data_end[];
extern const uint32_t aiot_data_load[];
extern uint32_t aiot_bss_begin[], aiot_bss_end[];
extern char aiot_free_begin[], aiot_free_end[];

/* Registers of devices. */
#define AIOT_REG(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define AIOT_REG8(address) (*(volatile uint8_t *)(uintptr_t)(address))

/*
 * The port's: an interrupt has come, at pc, where lr was the return address.  number: of the
 * device (Cortex-M: AIOT_IRQ_NMI for that), or what the processor calls its cause.
 */
void aiot_board_irq(uint32_t number, uint32_t pc, uint32_t lr);
#define AIOT_IRQ_NMI UINT32_MAX

/* Called by the start-up code, once: data is copied, bss cleared.  A loop, for it runs before any
 * function may rely on either. */
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
