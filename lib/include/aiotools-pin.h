/*
 * aiotools-pin.h - switch something, read something: LEDs, GPIOs, analogue values, by name.
 *
 * For services whose one source is to run on Linux and on boards.  What names there are, and what
 * is behind them, is the place's: on Linux files of /sys (aiotools-service(5)), on a board what its
 * port has (lib/mcu/README.md).  A pin needs no opening and no closing, and belongs to nobody: two
 * tasks that switch the same one are two people at one switch.
 *
 * Both are short (a register, or one small file) and never wait.  Called as those of aiotools.h.
 */
#ifndef AIOTOOLS_PIN_H
#define AIOTOOLS_PIN_H

#include <aiotools.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Both return 0; -AIOT_ENOENT: there is no such pin; -AIOT_EINVAL: nothing can have that name;
 * -AIOT_EACCES: it is there, and not for this program; -AIOT_EIO: it did not work.
 */

/* Switch an output: 0 is off, anything else on (a LED: as bright as it can be). */
AIOT_API int aiot_pin_write(struct aiot_task *t, const char *pin, int32_t value);

/*
 * Read an input as a whole number in the pin's own unit, or an output as 0 or 1.  *ret_value stays
 * as it is on failure.
 */
AIOT_API int aiot_pin_read(struct aiot_task *t, const char *pin, int32_t *ret_value);

#if !AIOT_BOARD
/*
 * Let the kernel drive a LED: "heartbeat", "mmc0" ..., or "none", as the LED's file of triggers has
 * them. -AIOT_EINVAL also: the LED knows no such trigger.  Switching it off by aiot_pin_write() may
 * end that.
 */
AIOT_API int aiot_pin_trigger(struct aiot_task *t, const char *pin, const char *trigger);
#endif

#ifdef __cplusplus
}
#endif

#endif
