/*
 * native.h - what the native port asks of the firmware, whose main() it calls by another name.
 */
#ifndef AIOT_NATIVE_H
#define AIOT_NATIVE_H

#include <stddef.h>

/* What a reset does not clear. */
extern void *const aiot_native_noinit;
extern const size_t aiot_native_noinit_bytes;

#endif
