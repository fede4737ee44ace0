/*
 * string.h - the part of C's <string.h> that the core and the services use, for builds without a C
 * library.
 *
 * Found before (here: instead of) the toolchain's own, by the cross files of the ports; hosts never
 * see it.  string.c implements it.
 */
#ifndef AIOT_MCU_STRING_H
#define AIOT_MCU_STRING_H

#include <stddef.h>

void *memchr(const void *mem, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *mem, int c, size_t n);
char *strchr(const char *s, int c);
int strcmp(const char *a, const char *b);
size_t strcspn(const char *s, const char *reject);
size_t strlen(const char *s);
int strncmp(const char *a, const char *b, size_t n);
size_t strspn(const char *s, const char *accept);

#endif
