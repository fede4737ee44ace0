/*
 * board.c - the port to QEMU's RISC-V machine virt, with one processor of 32 bits.
 *
 * The clock is the machine timer, 64 bits at 10 MHz; its one compare register wakes the processor
 * from a sleep, or tells that the watchdog, which the machine has not got as a device, is due:
 * while one of them waits the other does not.  UART0 is the console; the pins
 * "0" to "3" are variables.  Called as board.h says.
 */
#include "board.h"

#include "aiotools.h"
#include "start.h"
#include "uart.h"

#define TICK_NS 100u
#define TICKS_PER_MS 10000u

#define MTIMECMP ((volatile uint32_t *)0x02004000u) /* low, high */
#define MTIME ((volatile uint32_t *)0x0200bff8u)
#define ALARM_MAX_NS (UINT64_C(15) << 30) /* 16 s; its quarter fits into 32 bits */

/* NS16550 */
struct uart {
	volatile uint8_t data, ier, iir, lcr, mcr, lsr;
};
#define UART ((struct uart *)0x10000000u)
#define IER_RECEIVED 0x1u
#define IER_EMPTY 0x2u
#define FIFOS_ON 0x1u
#define LCR_8N1 0x3u
#define LCR_DIVISOR 0x80u
#define LSR_RECEIVED 0x1u
#define LSR_OVERRUN 0x2u
#define LSR_EMPTY 0x20u
#define UART_HZ 3686400u
#define FIFO_BYTES 16

#define UART_IRQ 10
#define PLIC_PRIORITY AIOT_REG(0x0c000000u + 4 * UART_IRQ)
#define PLIC_ENABLE AIOT_REG(0x0c002000u)
#define PLIC_THRESHOLD AIOT_REG(0x0c200000u)
#define PLIC_CLAIM AIOT_REG(0x0c200004u)

#define TEST AIOT_REG(0x00100000u)
#define TEST_RESET 0x7777u

#define GUARD_BYTES 4096u
#define PMP_LOCKED_NAPOT 0x98u /* no access */

/* Causes of interrupts, bits of mie. */
enum { CAUSE_TIMER = 7, CAUSE_DEVICE = 11 };

static volatile bool watching; /* the compare register is the watchdog's */

static uint64_t read_ticks(void)
{
	uint32_t high, low;

	do {
		high = MTIME[1];
		low = MTIME[0];
	} while (high != MTIME[1]);
	return (uint64_t)high << 32 | low;
}

/* In three steps, none of which is a time that has come. */
static void set_compare(uint64_t ticks)
{
	MTIMECMP[1] = UINT32_MAX;
	MTIMECMP[0] = (uint32_t)ticks;
	MTIMECMP[1] = (uint32_t)(ticks >> 32);
}

/* What lies below the stack is memory, too: it is to be a fault all the same, in any mode. */
static void guard_stack(void)
{
	uintptr_t begin = (uintptr_t)aiot_stack_bottom - GUARD_BYTES;

	__asm__ volatile("csrw pmpaddr0, %0" ::"r"(begin >> 2 | (GUARD_BYTES / 8 - 1)));
	__asm__ volatile("csrw pmpcfg0, %0" ::"r"(PMP_LOCKED_NAPOT));
}

void aiot_board_init(void)
{
	uint32_t sources = 1u << CAUSE_TIMER | 1u << CAUSE_DEVICE;

	guard_stack();
	set_compare(UINT64_MAX);
	UART->lcr = LCR_8N1 | LCR_DIVISOR;
	UART->data = UART_HZ / 16 / 115200;
	UART->ier = 0;
	UART->lcr = LCR_8N1;
	UART->iir = FIFOS_ON;
	UART->ier = IER_RECEIVED;
	PLIC_PRIORITY = 1;
	PLIC_ENABLE = 1u << UART_IRQ;
	PLIC_THRESHOLD = 0;
	__asm__ volatile("csrw mie, %0" ::"r"(sources));
	aiot_interrupts_on();
}

const char *aiot_board_name(void)
{
	return "riscv-virt";
}

uint64_t aiot_board_now_ns(void)
{
	return read_ticks() * TICK_NS;
}

void aiot_board_sleep(uint64_t until_ns)
{
	uint64_t ticks = read_ticks(), now = ticks * TICK_NS, span = until_ns - now;

	if (until_ns <= now)
		return;
	aiot_board_watch(0);
	if (span > ALARM_MAX_NS)
		span = ALARM_MAX_NS;
	if (until_ns != UINT64_MAX)
		set_compare(ticks + (uint32_t)(span >> 2) / (TICK_NS >> 2) + 1);
	aiot_wait_for_interrupt();
	set_compare(UINT64_MAX);
}

/* The transmitter's interrupt comes as long as it is empty. */
void aiot_uart_kick(void)
{
	UART->ier = IER_RECEIVED | IER_EMPTY;
}

static void receive(void)
{
	uint8_t state;

	while ((state = UART->lsr) & LSR_RECEIVED) {
		aiot_uart_came(UART->data);
		if (state & LSR_OVERRUN)
			aiot_uart_lost();
	}
}

static void send(void)
{
	unsigned n;
	uint8_t c = 0;

	if (!(UART->lsr & LSR_EMPTY))
		return;
	for (n = 0; n < FIFO_BYTES && aiot_uart_next(&c); n++)
		UART->data = c;
	if (n == 0)
		UART->ier = IER_RECEIVED;
}

void aiot_board_irq(uint32_t number, uint32_t pc, uint32_t lr)
{
	uint32_t source;

	if (number == CAUSE_TIMER) {
		if (watching)
			aiot_board_fault(AIOT_BOARD_WATCHDOG, pc, lr);
		set_compare(UINT64_MAX);
	} else if (number == CAUSE_DEVICE) {
		source = PLIC_CLAIM;
		receive();
		send();
		PLIC_CLAIM = source;
	} else {
		aiot_board_fault("an interrupt that nobody asked for", pc, lr);
	}
}

void aiot_board_watch(uint32_t ms)
{
	aiot_interrupts_off();
	watching = ms > 0;
	set_compare(ms > 0 ? read_ticks() + ms * TICKS_PER_MS : UINT64_MAX);
	aiot_interrupts_on();
}

/* The machine has no pins: these are for trying what asks for some. */
static int32_t pins[4];

static int32_t *find_pin(const char *pin)
{
	return pin[0] >= '0' && pin[0] <= '3' && pin[1] == '\0' ? &pins[pin[0] - '0'] : NULL;
}

int aiot_board_pin_write(const char *pin, int32_t value)
{
	int32_t *at = find_pin(pin);

	if (at == NULL)
		return -AIOT_ENOENT;
	*at = value != 0;
	return 0;
}

int aiot_board_pin_read(const char *pin, int32_t *ret_value)
{
	const int32_t *at = find_pin(pin);

	if (at == NULL)
		return -AIOT_ENOENT;
	*ret_value = *at;
	return 0;
}

_Noreturn void aiot_board_reset(void)
{
	aiot_interrupts_off();
	TEST = TEST_RESET;
	for (;;)
		__asm__ volatile("wfi");
}
