/*
 * board.c - the port to ARM's MPS2 board with image AN385 (Cortex-M3): QEMU's mps2-an385.
 *
 * The clock is a 32-bit timer that runs through all of its numbers, 171 s a round; another one
 * wakes the processor from a sleep.  SysTick is left alone: its 24 bits would be over in 0.67 s.
 * UART0 is the console, the two LEDs are the pins "0" and "1".  Called as board.h says.
 */
#include "board.h"

#include "aiotools.h"
#include "start.h"
#include "uart.h"

#define HZ 25000000u
#define TICK_NS (1000000000u / HZ)

/* CMSDK's timers: they count down, and begin again at RELOAD. */
struct timer {
	volatile uint32_t ctrl, value, reload, intclear;
};
#define CLOCK ((struct timer *)0x40000000u)
#define ALARM ((struct timer *)0x40001000u)
#define TIMER_ON 0x1u
#define TIMER_INTERRUPT 0x8u
#define ALARM_MAX_NS (UINT64_C(30) << 30) /* half a minute; its eighth fits into 32 bits */

struct uart {
	volatile uint32_t data, state, ctrl, intclear, bauddiv;
};
#define UART ((struct uart *)0x40004000u)
#define UART_SENDING 0x1u  /* state: the transmitter holds a byte */
#define UART_RECEIVED 0x2u /* state */
#define UART_OVERRUN 0x8u  /* state, cleared by writing it */
#define UART_ON 0xfu	   /* ctrl: both ways, with interrupts */
#define UART_SENT 0x1u	   /* intclear */
#define UART_CAME 0x2u	   /* intclear */

struct watchdog {
	volatile uint32_t load, value, ctrl, intclear;
};
#define WATCHDOG ((struct watchdog *)0x40008000u)
#define WATCHDOG_LOCK AIOT_REG(0x40008c00u)
#define WATCHDOG_KEY 0x1acce551u
/*
 * The NMI, and no second stage that would reset the board by itself: QEMU's goes on counting while
 * it is off, and then resets when it is switched on.
 */
#define WATCHDOG_ON 0x1u

#define LEDS AIOT_REG(0x40028000u)
#define LED_COUNT 2

#define NVIC_ENABLE AIOT_REG(0xe000e100u)
enum { IRQ_RECEIVED, IRQ_SENT, IRQ_CLOCK = 8, IRQ_ALARM = 9 };

static volatile uint32_t rounds; /* of the clock */

void aiot_board_init(void)
{
	CLOCK->reload = UINT32_MAX;
	CLOCK->value = UINT32_MAX;
	CLOCK->ctrl = TIMER_ON | TIMER_INTERRUPT;
	UART->bauddiv = HZ / 115200;
	UART->ctrl = UART_ON;
	NVIC_ENABLE = 1u << IRQ_RECEIVED | 1u << IRQ_SENT | 1u << IRQ_CLOCK | 1u << IRQ_ALARM;
}

const char *aiot_board_name(void)
{
	return "mps2-an385";
}

uint64_t aiot_board_now_ns(void)
{
	uint32_t round, ticks;

	do {
		round = rounds;
		ticks = ~CLOCK->value;
	} while (round != rounds);
	if (CLOCK->intclear != 0 && ticks < UINT32_MAX / 2)
		round++; /* over, and the handler has not come to it */
	return ((uint64_t)round << 32 | ticks) * TICK_NS;
}

void aiot_board_sleep(uint64_t until_ns)
{
	uint64_t now = aiot_board_now_ns(), span = until_ns - now;

	if (until_ns <= now)
		return;
	aiot_board_watch(0);
	if (span > ALARM_MAX_NS)
		span = ALARM_MAX_NS;
	if (until_ns != UINT64_MAX) {
		ALARM->value = (uint32_t)(span >> 3) / (TICK_NS >> 3) + 1;
		ALARM->ctrl = TIMER_ON | TIMER_INTERRUPT;
	}
	aiot_wait_for_interrupt();
	ALARM->ctrl = 0;
	ALARM->intclear = 1;
}

void aiot_uart_kick(void)
{
	uint8_t c;

	if (!(UART->state & UART_SENDING) && aiot_uart_next(&c))
		UART->data = c;
}

static void receive(void)
{
	UART->intclear = UART_CAME;
	while (UART->state & UART_RECEIVED)
		aiot_uart_came((uint8_t)UART->data);
	if (UART->state & UART_OVERRUN) {
		UART->state = UART_OVERRUN;
		aiot_uart_lost();
	}
}

void aiot_board_irq(uint32_t number, uint32_t pc, uint32_t lr)
{
	switch (number) {
	case IRQ_RECEIVED:
		receive();
		break;
	case IRQ_SENT:
		UART->intclear = UART_SENT;
		aiot_uart_kick();
		break;
	case IRQ_CLOCK:
		CLOCK->intclear = 1;
		rounds++;
		break;
	case IRQ_ALARM:
		ALARM->ctrl = 0;
		ALARM->intclear = 1;
		break;
	case AIOT_IRQ_NMI:
		aiot_board_fault(AIOT_BOARD_WATCHDOG, pc, lr);
	default:
		aiot_board_fault("an interrupt that nobody asked for", pc, lr);
	}
}

void aiot_board_watch(uint32_t ms)
{
	WATCHDOG_LOCK = WATCHDOG_KEY;
	WATCHDOG->ctrl = 0;
	if (ms > 0) {
		WATCHDOG->load = ms * (HZ / 1000);
		WATCHDOG->intclear = 1;
		WATCHDOG->ctrl = WATCHDOG_ON;
	}
	WATCHDOG_LOCK = 0;
}

static bool is_led(const char *pin)
{
	return pin[0] >= '0' && pin[0] < '0' + LED_COUNT && pin[1] == '\0';
}

int aiot_board_pin_write(const char *pin, int32_t value)
{
	uint32_t bit;

	if (!is_led(pin))
		return -AIOT_ENOENT;
	bit = 1u << (pin[0] - '0');
	LEDS = value ? LEDS | bit : LEDS & ~bit;
	return 0;
}

int aiot_board_pin_read(const char *pin, int32_t *ret_value)
{
	if (!is_led(pin))
		return -AIOT_ENOENT;
	*ret_value = LEDS >> (pin[0] - '0') & 1;
	return 0;
}
