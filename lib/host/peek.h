/*
 * peek.h - reading memory that may be gone: an address of a module's constant, seen from another
 * thread or behind a crash.
 *
 * The kernel reads it and says if it cannot, so nothing here faults.  Async-signal-safe.
 */
#ifndef AIOT_PEEK_H
#define AIOT_PEEK_H

#include <stddef.h>

#include "aiotools.h"

/* Copy len bytes.  0; -AIOT_EIO: they are not there. */
int aiot_peek(const void *at, void *ret, size_t len);

/* Copy a text, cut to size - 1 bytes; "" if it is not there. */
void aiot_peek_text(const char *at, char *ret, size_t size);

/* A site of which all is copied, for what it points to may go. */
struct aiot_peek_site {
	char function[64], file[128]; /* "": not known */
	uint32_t line;
};

/* NULL, or one that is gone: all is "" and 0. */
void aiot_peek_site(const struct aiot_site *at, struct aiot_peek_site *ret);

#endif
