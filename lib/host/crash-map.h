/*
 * crash-map.h - which file's code an address is, and whose code called it: for the crash handler.
 *
 * Async-signal-safe: system calls, and functions on the caller's memory.
 */
#ifndef AIOT_CRASH_MAP_H
#define AIOT_CRASH_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "out.h"

/* A line "at=/FILE+0xOFFSET" for an address that is a file's code; else nothing. */
void aiot_crash_put_at(uintptr_t pc, struct aiot_out *out);

/*
 * A line "module=NAME" of the service's module whose code this is, or that is the nearest to have
 * called it: the first address of such code on the stack from sp on, which is nearly always right.
 * 0: not known.  false: there is none.
 */
bool aiot_crash_put_module(uintptr_t pc, uintptr_t sp, struct aiot_out *out);

#endif
