/*
 * port.c - the core's port (port.h) for boards, but for the panic, which is the program's.
 *
 * A board has neither real numbers as text nor a time zone.
 */
#include "port.h"

size_t aiot_port_format_real(char *buf, size_t size, const char *flags, int width, int precision,
			     char conv, struct aiot_va *va)
{
	(void)flags;
	(void)width;
	(void)precision;
	(void)conv;
	(void)va_arg(va->ap, double);
	if (size < 2)
		return 0;
	buf[0] = '?';
	buf[1] = '\0';
	return 1;
}

int32_t aiot_port_utc_offset(int64_t wall_s)
{
	(void)wall_s;
	return 0;
}
