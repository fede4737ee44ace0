/*
 * port.c - the core's port (port.h) for hosts.
 *
 * Called by the core wherever it needs what only the system has: real numbers as text, the local
 * time zone, an end to a program that found a bug in itself.  No state but the C library's.
 */
#include "port.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

size_t aiot_port_format_real(char *buf, size_t size, const char *flags, int width, int precision,
			     char conv, struct aiot_va *va)
{
	double value = va_arg(va->ap, double);
	char format[sizeof("%-+ #0*.*f")];
	int len;

	if (size == 0)
		return 0;
	/* A negative precision given by * counts as none; a negative width would be a flag. */
	(void)snprintf(format, sizeof(format), "%%%.5s*.*%c", flags, conv);
	/* Flags and conversion are the caller's, checked by the core: 2^5 * 8 literals else. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	len = snprintf(buf, size, format, width < 0 ? 0 : width, precision, value);
#pragma GCC diagnostic pop
	if (len < 0) {
		buf[0] = '\0';
		return 0;
	}
	return (size_t)len < size ? (size_t)len : size - 1;
}

int32_t aiot_port_utc_offset(int64_t wall_s)
{
	time_t when = (time_t)wall_s;
	struct tm local;

	if ((int64_t)when != wall_s || !localtime_r(&when, &local))
		return 0; /* no time zone has a rule for it: UTC */
	return (int32_t)local.tm_gmtoff;
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

/* The heap and stdio may be what is broken: neither is used. */
_Noreturn void aiot_port_panic(const char *what, const char *file, uint32_t line)
{
	char number[sizeof("4294967295")];
	char *digits = number + sizeof(number);

	do {
		*--digits = (char)('0' + line % 10);
		line /= 10;
	} while (line > 0);
	write_all(STDERR_FILENO, "panic: '", strlen("panic: '"));
	write_all(STDERR_FILENO, what, strlen(what));
	write_all(STDERR_FILENO, "' does not hold at ", strlen("' does not hold at "));
	write_all(STDERR_FILENO, file, strlen(file));
	write_all(STDERR_FILENO, ":", 1);
	write_all(STDERR_FILENO, digits, (size_t)(number + sizeof(number) - digits));
	write_all(STDERR_FILENO, "\n", 1);
	abort();
}
