/*
 * crash-pc.h - the instruction at which a signal came, and the stack, of each machine that is
 * known.
 *
 * For crash.c alone, which defines _GNU_SOURCE before anything else.
 */
#ifndef AIOT_CRASH_PC_H
#define AIOT_CRASH_PC_H

#include <stdint.h>
#include <ucontext.h>

#if defined(__x86_64__)
#define AIOT_CRASH_PC(m) ((m)->gregs[REG_RIP])
#define AIOT_CRASH_SP(m) ((m)->gregs[REG_RSP])
#elif defined(__i386__)
#define AIOT_CRASH_PC(m) ((m)->gregs[REG_EIP])
#define AIOT_CRASH_SP(m) ((m)->gregs[REG_ESP])
#elif defined(__aarch64__)
#define AIOT_CRASH_PC(m) ((m)->pc)
#define AIOT_CRASH_SP(m) ((m)->sp)
#elif defined(__arm__)
#define AIOT_CRASH_PC(m) ((m)->arm_pc)
#define AIOT_CRASH_SP(m) ((m)->arm_sp)
#elif defined(__mips__)
#define AIOT_CRASH_PC(m) ((m)->pc)
#define AIOT_CRASH_SP(m) ((m)->gregs[29])
#elif defined(__riscv)
#define AIOT_CRASH_PC(m) ((m)->__gregs[REG_PC])
#define AIOT_CRASH_SP(m) ((m)->__gregs[REG_SP])
#elif defined(__s390x__)
#define AIOT_CRASH_PC(m) ((m)->psw.addr)
#define AIOT_CRASH_SP(m) ((m)->gregs[15])
#else
#define AIOT_CRASH_PC(m) 0
#define AIOT_CRASH_SP(m) 0
#endif

/* 0: not known here. */
static inline uintptr_t aiot_crash_pc(const void *context)
{
	const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;

	(void)m;
	return (uintptr_t)AIOT_CRASH_PC(m);
}

static inline uintptr_t aiot_crash_sp(const void *context)
{
	const mcontext_t *m = &((const ucontext_t *)context)->uc_mcontext;

	(void)m;
	return (uintptr_t)AIOT_CRASH_SP(m);
}

#endif
