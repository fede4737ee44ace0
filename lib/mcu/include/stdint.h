/*
 * stdint.h - the compiler's own, with uint32_t as an unsigned int.
 *
 * Bare-metal compilers make it an unsigned long, which is as wide and yet another type: "%u" would
 * be wrong there for what it is right for on every host, and the sources are the same.
 */
#ifndef AIOT_MCU_STDINT_H
#define AIOT_MCU_STDINT_H

#undef __INT32_TYPE__
#undef __UINT32_TYPE__
#define __INT32_TYPE__ int
#define __UINT32_TYPE__ unsigned int
#include_next <stdint.h>

_Static_assert(sizeof(int) == 4 && sizeof(uint32_t) == 4, "a board of 32 bits");

#endif
