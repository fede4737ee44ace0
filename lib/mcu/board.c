/*
 * board.c - the firmware: says on the UART what it is, and sleeps.
 *
 * Called by the start-up code (main) and by the port's fault handlers; never ends.
 */
#include "board.h"

#include <string.h>

_Noreturn void aiot_board_fault(const char *what, uint32_t pc, uint32_t lr)
{
	(void)what;
	(void)pc;
	(void)lr;
	aiot_board_reset();
}

static void say(const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		size_t n = aiot_board_write(text, len);

		text += n;
		len -= n;
		if (len > 0)
			aiot_board_sleep(UINT64_MAX);
	}
}

int main(void)
{
	aiot_board_init();
	say("aiotools on ");
	say(aiot_board_name());
	say("\r\n");
	for (;;)
		aiot_board_sleep(UINT64_MAX);
}
