/*
 * pins.c - aiotools-pin.h on a board: what its port has.
 *
 * Called by services.
 */
#include <aiotools-pin.h>

#include "board.h"

int aiot_pin_write(struct aiot_task *t, const char *pin, int32_t value)
{
	(void)t;
	return aiot_board_pin_write(pin, value);
}

int aiot_pin_read(struct aiot_task *t, const char *pin, int32_t *ret_value)
{
	(void)t;
	return aiot_board_pin_read(pin, ret_value);
}
