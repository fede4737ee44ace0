/*
 * port.h - what the core asks of the system below it.  Everything else it is handed as data.
 *
 * lib/posix implements these for hosts and for aiotoolsctl, each lib/mcu port for its board.
 */
#ifndef AIOT_PORT_H
#define AIOT_PORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* va_list by reference, portably (a va_list parameter may decay to a pointer). */
struct aiot_va {
	va_list ap;
};

/*
 * Take one double off va and write it to buf (size bytes, terminated) by the printf directive
 * `conv` (one of e f g a, or capitals) with flags (a subset of "-+ #0"), width and precision (-1:
 * none). Returns the bytes written without the NUL.  A board without floats takes the double off
 * and writes "?".
 */
size_t aiot_port_format_real(char *buf, size_t size, const char *flags, int width, int precision,
			     char conv, struct aiot_va *va);

/* Seconds east of UTC of local time at that instant (seconds since 1970 UTC). */
int32_t aiot_port_utc_offset(int64_t wall_s);

/* A bug of ours: say so and stop the program (the board: record, then reset).  Does not return. */
_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line);

#if AIOT_HELP
#define AIOT_ASSERTED_(cond) #cond
#else
#define AIOT_ASSERTED_(cond) "an assertion failed" /* file and line have to do */
#endif
#define AIOT_ASSERT(cond)                                                                          \
	do {                                                                                       \
		if (!(cond))                                                                       \
			aiot_port_panic(AIOT_ASSERTED_(cond), __FILE__, __LINE__);                 \
	} while (0)

#endif
