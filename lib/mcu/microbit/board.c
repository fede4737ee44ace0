/*
 * board.c - the port to the BBC micro:bit (nRF51822, Cortex-M0), also as QEMU has it.  The chip has
 * no SysTick: TIMER0 counts microseconds with 32 bits and is the clock, one of its compare
 * registers wakes the processor from a sleep, another one tells at the middle of each round of 71
 * minutes that one has passed.  TIMER1 is the watchdog: the chip's own one resets without saying
 * where the program was.  The UART is the USB serial line's; pins "0" to "4" are LEDs.
 */
#include "board.h"

#include "aiotools.h"
#include "sizes.h"
#include "start.h"
#include "uart.h"

#define TICK_NS 1000u
#define ALARM_MAX_NS (UINT64_C(30) << 30) /* half a minute */
/* Peripherals of the nRF51: tasks, events and registers by their offset. */
#define UART 0x40002000u
#define CLOCK 0x40008000u    /* TIMER0 */
#define WATCHDOG 0x40009000u /* TIMER1 */
#define GPIO 0x50000000u

#define START(p) AIOT_REG((p) + 0x000u)
#define STOP(p) AIOT_REG((p) + 0x004u)
#define CLEAR(p) AIOT_REG((p) + 0x00cu)
#define CAPTURE(p, i) AIOT_REG((p) + 0x040u + 4 * (i))
#define COMPARED(p, i) AIOT_REG((p) + 0x140u + 4 * (i))
#define INTERRUPTS_ON(p) AIOT_REG((p) + 0x304u)
#define INTERRUPTS_OFF(p) AIOT_REG((p) + 0x308u)
#define COMPARE_INTERRUPT(i) (0x10000u << (i))
#define BITMODE(p) AIOT_REG((p) + 0x508u)
#define PRESCALER(p) AIOT_REG((p) + 0x510u)
enum { BITMODE_16 = 0, BITMODE_32 = 3, PRESCALER_1MHZ = 4, PRESCALER_31250HZ = 9 };
#define COMPARE(p, i) AIOT_REG((p) + 0x540u + 4 * (i))

#define UART_START_RECEIVE AIOT_REG(UART + 0x000u)
#define UART_START_SEND AIOT_REG(UART + 0x008u)
#define UART_RECEIVED AIOT_REG(UART + 0x108u)
#define UART_SENT AIOT_REG(UART + 0x11cu)
#define UART_ERROR AIOT_REG(UART + 0x124u)
enum { UART_RECEIVED_INTERRUPT = 4, UART_SENT_INTERRUPT = 0x80, UART_ERROR_INTERRUPT = 0x200 };
#define UART_ERRORSRC AIOT_REG(UART + 0x480u)
#define UART_ENABLE AIOT_REG(UART + 0x500u)
#define UART_PINS(signal) AIOT_REG(UART + 0x508u + 4 * (signal)) /* RTS TXD CTS RXD */
#define UART_RXD AIOT_REG(UART + 0x518u)
#define UART_TXD AIOT_REG(UART + 0x51cu)
#define UART_BAUDRATE AIOT_REG(UART + 0x524u)
#define BAUD_115200 0x01d7e000u

#define OUT AIOT_REG(GPIO + 0x504u)
#define OUTSET AIOT_REG(GPIO + 0x508u)
#define OUTCLR AIOT_REG(GPIO + 0x50cu)
#define DIRSET AIOT_REG(GPIO + 0x518u)
#define COLUMN(i) (1u << (4 + (i))) /* low: lit, where the row is high */
enum { COLUMNS = 0x1f << 4, ROW = 1 << 13 };

#define NVIC_ENABLE AIOT_REG(0xe000e100u)
#define NVIC_PRIORITY(n) AIOT_REG(0xe000e400u + ((n) & ~3u))
enum { IRQ_UART = 2, IRQ_CLOCK = 8, IRQ_WATCHDOG = 9 };
enum { NOW, ALARM, WRAP, HALF }; /* the clock's compare registers */
static volatile bool sending;
static volatile uint32_t halves; /* of rounds of the clock that have passed */

static void prepare_timer(uint32_t timer, uint32_t bitmode, uint32_t prescaler)
{
	BITMODE(timer) = bitmode;
	PRESCALER(timer) = prescaler;
	CLEAR(timer) = 1;
}

static void start_uart(void)
{
	UART_PINS(1) = 24;
	UART_PINS(3) = 25;
	UART_BAUDRATE = BAUD_115200;
	UART_ENABLE = 4;
	UART_START_SEND = 1;
	UART_START_RECEIVE = 1;
	INTERRUPTS_ON(UART) = UART_RECEIVED_INTERRUPT | UART_SENT_INTERRUPT | UART_ERROR_INTERRUPT;
}

void aiot_board_init(void)
{
	prepare_timer(CLOCK, BITMODE_32, PRESCALER_1MHZ);
	COMPARE(CLOCK, WRAP) = 0;
	COMPARE(CLOCK, HALF) = 0x80000000u;
	INTERRUPTS_ON(CLOCK) = COMPARE_INTERRUPT(WRAP) | COMPARE_INTERRUPT(HALF);
	START(CLOCK) = 1;
	prepare_timer(WATCHDOG, BITMODE_16, PRESCALER_31250HZ);
	INTERRUPTS_ON(WATCHDOG) = COMPARE_INTERRUPT(0);
	if (AIOT_UART_BYTES > 0)
		start_uart();
	NVIC_PRIORITY(IRQ_UART) = 0x00800000u;	/* below the watchdog's, and not in one another: */
	NVIC_PRIORITY(IRQ_CLOCK) = 0x00000080u; /* a small stack has room for one of them */
	NVIC_ENABLE = 1u << IRQ_UART | 1u << IRQ_CLOCK | 1u << IRQ_WATCHDOG;
	OUTSET = ROW | COLUMNS;
	DIRSET = ROW | COLUMNS;
}

const char *aiot_board_name(void)
{
	return "microbit";
}

static uint32_t read_ticks(void)
{
	CAPTURE(CLOCK, NOW) = 1;
	return COMPARE(CLOCK, NOW);
}

/* How many halves of a round there were: odd in the upper one, so that none is counted twice. */
static uint32_t halves_at(uint32_t seen, uint32_t ticks)
{
	return seen + ((seen ^ ticks >> 31) & 1);
}

/* In products of 32 bits: the processor has no others. */
uint64_t aiot_board_now_ns(void)
{
	uint32_t seen, ticks, rounds;

	do {
		seen = halves;
		ticks = read_ticks();
	} while (seen != halves);
	rounds = halves_at(seen, ticks) >> 1;
	return ((uint64_t)(rounds * TICK_NS) << 32) + ((uint64_t)((ticks >> 16) * TICK_NS) << 16) +
	       (ticks & 0xffff) * TICK_NS;
}

/* Nanoseconds in ticks without a division: 1.024 of a 1024th, and early is fine.  At least one. */
static uint32_t ticks_of(uint64_t ns)
{
	uint32_t n = (uint32_t)(ns >> 10);

	return n + (n >> 6) + (n >> 7) + (n >> 11) + (n >> 14) + (n >> 17) + (n >> 18) + 1;
}

static void send_next(void)
{
	uint8_t c = 0;

	sending = aiot_uart_next(&c);
	if (sending)
		UART_TXD = c;
}

void aiot_uart_kick(void)
{
	if (!sending)
		send_next();
}

static void uart_irq(void)
{
	while (UART_RECEIVED) {
		UART_RECEIVED = 0;
		aiot_uart_came((uint8_t)UART_RXD);
	}
	if (UART_ERROR) {
		UART_ERROR = 0;
		UART_ERRORSRC = UART_ERRORSRC;
		aiot_uart_lost();
	}
	if (UART_SENT) {
		UART_SENT = 0;
		send_next();
	}
}

/*
 * QEMU forgets the interrupt of a byte that its own end could not take at once: while one is under
 * way, which on the board is for 87 us, it is looked for as well.
 */
#define LOOK_NS 5000000u

static uint64_t bounded(uint64_t span_ns)
{
	if (AIOT_UART_BYTES > 0 && sending && span_ns > LOOK_NS)
		return LOOK_NS;
	return span_ns < ALARM_MAX_NS ? span_ns : ALARM_MAX_NS;
}

static void look_for_sent(void)
{
	aiot_interrupts_off();
	uart_irq();
	aiot_interrupts_on();
}

void aiot_board_sleep(uint64_t until_ns)
{
	uint64_t now = aiot_board_now_ns(), span = until_ns - now;
	uint32_t due;

	if (until_ns <= now)
		return;
	aiot_board_watch(0);
	if (until_ns == UINT64_MAX && (AIOT_UART_BYTES == 0 || !sending)) {
		aiot_wait_for_interrupt();
		return;
	}
	due = read_ticks() + ticks_of(bounded(span));
	COMPARE(CLOCK, ALARM) = due;
	COMPARED(CLOCK, ALARM) = 0;
	INTERRUPTS_ON(CLOCK) = COMPARE_INTERRUPT(ALARM);
	if ((int32_t)(due - read_ticks()) > 1) /* else it may have passed before it was set */
		aiot_wait_for_interrupt();
	INTERRUPTS_OFF(CLOCK) = COMPARE_INTERRUPT(ALARM);
	if (AIOT_UART_BYTES > 0 && sending)
		look_for_sent();
}

void aiot_board_irq(uint32_t number, uint32_t pc, uint32_t lr)
{
	switch (number) {
	case IRQ_UART:
		if (AIOT_UART_BYTES > 0)
			uart_irq();
		break;
	case IRQ_CLOCK:
		COMPARED(CLOCK, ALARM) = 0;
		COMPARED(CLOCK, WRAP) = 0;
		COMPARED(CLOCK, HALF) = 0;
		halves = halves_at(halves, read_ticks());
		break;
	case IRQ_WATCHDOG:
		aiot_board_fault(AIOT_BOARD_WATCHDOG, pc, lr);
	default:
		aiot_board_fault("an interrupt that nobody asked for", pc, lr);
	}
}

void aiot_board_watch(uint32_t ms)
{
	STOP(WATCHDOG) = 1;
	if (ms == 0)
		return;
	CLEAR(WATCHDOG) = 1;
	COMPARE(WATCHDOG, 0) = ms * 125 / 4;
	START(WATCHDOG) = 1;
}

static bool is_led(const char *pin)
{
	return pin[0] >= '0' && pin[0] < '5' && pin[1] == '\0';
}

int aiot_board_pin_write(const char *pin, int32_t value)
{
	if (!is_led(pin))
		return -AIOT_ENOENT;
	if (value)
		OUTCLR = COLUMN(pin[0] - '0');
	else
		OUTSET = COLUMN(pin[0] - '0');
	return 0;
}

int aiot_board_pin_read(const char *pin, int32_t *ret_value)
{
	if (!is_led(pin))
		return -AIOT_ENOENT;
	*ret_value = !(OUT & COLUMN(pin[0] - '0'));
	return 0;
}
