/* math.h - what the core's tests use of it, for boards. */
#ifndef AIOT_TESTS_MCU_MATH_H
#define AIOT_TESTS_MCU_MATH_H

#define HUGE_VAL __builtin_huge_val()

#endif
