/*
 * out-format.c - see out.h: printf's two other forms, by whichever aiot_vformat() the build has
 * (format.c, format-board.c, out-small.c).
 */
#include <stdarg.h>

#include "out.h"

void aiot_format(struct aiot_out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_vformat(out, fmt, ap);
	va_end(ap);
}

size_t aiot_format_to(char *buf, size_t size, const char *fmt, ...)
{
	struct aiot_out out;
	va_list ap;

	if (size == 0)
		return 0;
	aiot_out_init(&out, buf, size - 1);
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	buf[out.len] = '\0';
	return out.len;
}
