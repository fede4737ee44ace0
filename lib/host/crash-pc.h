/*
 * crash-pc.h - the instruction at which a signal came, of each machine that is known.
 *
 * For crash.c alone, which defines _GNU_SOURCE before anything else.
 */
#ifndef AIOT_CRASH_PC_H
#define AIOT_CRASH_PC_H

#include <stdint.h>
#include <ucontext.h>

/* 0: not known here. */
static inline uintptr_t aiot_crash_pc(const void *context)
{
	const ucontext_t *u = context;

#if defined(__x86_64__)
	return (uintptr_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
	return (uintptr_t)u->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
	return (uintptr_t)u->uc_mcontext.pc;
#elif defined(__arm__)
	return (uintptr_t)u->uc_mcontext.arm_pc;
#elif defined(__mips__)
	return (uintptr_t)u->uc_mcontext.pc;
#elif defined(__s390x__)
	return (uintptr_t)u->uc_mcontext.psw.addr;
#else
	(void)u;
	return 0;
#endif
}

#endif
