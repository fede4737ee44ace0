/* setjmp.h - cmocka wants it included before its own header; check.c makes its jumps itself. */
