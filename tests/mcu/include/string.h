/* string.h - what the tests use beside what boards have; libc.c implements it. */
#ifndef AIOT_TESTS_MCU_STRING_H
#define AIOT_TESTS_MCU_STRING_H

#include_next <string.h>

void *memmem(const void *in, size_t in_len, const void *what, size_t len);
char *strdup(const char *s);
char *strncat(char *to, const char *from, size_t most);
char *strstr(const char *in, const char *what);

#endif
