/*
 * divide.c - division for ARMv6-M (Cortex-M0), which has no instruction for it: one bit at a time.
 *
 * Called by the code that compilers make of `/` and `%`, under the names and with the registers of
 * the ARM run-time ABI (AAPCS, "RTABI").  An eighth of libgcc's bytes, for three times its time;
 * nothing that is done often divides.  By zero gives all ones, and the dividend as the rest.
 * Not part of a link-time optimisation, which learns too late that it needs these.
 */
#ifdef __ARM_ARCH_6M__

/* r0, r1: dividend, divisor -> quotient, rest. */
__attribute__((naked)) void __aeabi_uidivmod(void);
__attribute__((naked)) void __aeabi_uidivmod(void)
{
	__asm__ volatile(".syntax unified\n"
			 ".global __aeabi_uidiv\n"
			 ".thumb_func\n"
			 "__aeabi_uidiv:\n"
			 "movs r3, #0\n" /* the rest */
			 "movs r2, #32\n"
			 "1: adds r0, r0, r0\n" /* the quotient comes in where the dividend goes */
			 "adcs r3, r3\n"
			 "bcs 2f\n"
			 "cmp r3, r1\n"
			 "blo 3f\n"
			 "2: subs r3, r3, r1\n"
			 "adds r0, #1\n"
			 "3: subs r2, #1\n"
			 "bne 1b\n"
			 "movs r1, r3\n"
			 "bx lr\n");
}

/* The same with signs: the rest has the dividend's. */
__attribute__((naked)) void __aeabi_idivmod(void);
__attribute__((naked)) void __aeabi_idivmod(void)
{
	__asm__ volatile(".syntax unified\n"
			 ".global __aeabi_idiv\n"
			 ".thumb_func\n"
			 "__aeabi_idiv:\n"
			 "push {r4, r5, r6, lr}\n"
			 "movs r4, r0\n" /* the rest's sign */
			 "movs r5, r0\n"
			 "eors r5, r1\n" /* the quotient's */
			 "cmp r0, #0\n"
			 "bge 1f\n"
			 "rsbs r0, r0, #0\n"
			 "1: cmp r1, #0\n"
			 "bge 2f\n"
			 "rsbs r1, r1, #0\n"
			 "2: bl __aeabi_uidivmod\n"
			 "cmp r5, #0\n"
			 "bge 3f\n"
			 "rsbs r0, r0, #0\n"
			 "3: cmp r4, #0\n"
			 "bge 4f\n"
			 "rsbs r1, r1, #0\n"
			 "4: pop {r4, r5, r6, pc}\n");
}

/* r0:r1, r2:r3: dividend, divisor -> quotient, rest. */
__attribute__((naked)) void __aeabi_uldivmod(void);
__attribute__((naked)) void __aeabi_uldivmod(void)
{
	__asm__ volatile(".syntax unified\n"
			 "push {r4, r5, r6, lr}\n"
			 "movs r4, #0\n" /* the rest, r4:r5 */
			 "movs r5, #0\n"
			 "movs r6, #64\n"
			 "1: adds r0, r0, r0\n"
			 "adcs r1, r1\n"
			 "adcs r4, r4\n"
			 "adcs r5, r5\n"
			 "bcs 2f\n"
			 "cmp r5, r3\n"
			 "bhi 2f\n"
			 "blo 3f\n"
			 "cmp r4, r2\n"
			 "blo 3f\n"
			 "2: subs r4, r4, r2\n"
			 "sbcs r5, r3\n"
			 "adds r0, #1\n"
			 "3: subs r6, #1\n"
			 "bne 1b\n"
			 "movs r2, r4\n"
			 "movs r3, r5\n"
			 "pop {r4, r5, r6, pc}\n");
}

__attribute__((naked)) void __aeabi_ldivmod(void);
__attribute__((naked)) void __aeabi_ldivmod(void)
{
	__asm__ volatile(".syntax unified\n"
			 "push {r4, r5, r6, lr}\n"
			 "movs r4, r1\n" /* the rest's sign */
			 "movs r5, r1\n"
			 "eors r5, r3\n" /* the quotient's */
			 "cmp r1, #0\n"
			 "bge 1f\n"
			 "movs r6, #0\n"
			 "rsbs r0, r0, #0\n"
			 "sbcs r6, r1\n"
			 "movs r1, r6\n"
			 "1: cmp r3, #0\n"
			 "bge 2f\n"
			 "movs r6, #0\n"
			 "rsbs r2, r2, #0\n"
			 "sbcs r6, r3\n"
			 "movs r3, r6\n"
			 "2: bl __aeabi_uldivmod\n"
			 "cmp r5, #0\n"
			 "bge 3f\n"
			 "movs r6, #0\n"
			 "rsbs r0, r0, #0\n"
			 "sbcs r6, r1\n"
			 "movs r1, r6\n"
			 "3: cmp r4, #0\n"
			 "bge 4f\n"
			 "movs r6, #0\n"
			 "rsbs r2, r2, #0\n"
			 "sbcs r6, r3\n"
			 "movs r3, r6\n"
			 "4: pop {r4, r5, r6, pc}\n");
}
#endif
