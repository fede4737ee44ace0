/* stdlib.h - what the core's tests use of it, for boards; libc.c implements it. */
#ifndef AIOT_TESTS_MCU_STDLIB_H
#define AIOT_TESTS_MCU_STDLIB_H

#include <stddef.h>

/* Out of what RAM the program leaves; NULL when it is used up. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void free(void *mem);

/* Only TZ is known: the rule of the local time zone (zone-rule.c). */
int setenv(const char *name, const char *value, int replace);
unsigned long long strtoull(const char *text, char **ret_end, int base);

#endif
