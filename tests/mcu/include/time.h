/* time.h - what the core's tests use of it, for boards. */
#ifndef AIOT_TESTS_MCU_TIME_H
#define AIOT_TESTS_MCU_TIME_H

/* setenv("TZ", ...) has done it. */
static inline void tzset(void)
{
}

#endif
