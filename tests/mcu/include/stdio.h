/* stdio.h - what the core's tests use of it, for boards; printf.c implements it. */
#ifndef AIOT_TESTS_MCU_STDIO_H
#define AIOT_TESTS_MCU_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* As in C, but for reals: these are "?", as the port's are. */
int snprintf(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

#endif
