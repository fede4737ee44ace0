/*
 * out.h - text going out: a growable or fixed buffer, and printf for the core.
 *
 * Used by everything that makes text: the JSON writer, the renderer, log lines, error sentences.
 * Never allocates: a full buffer asks its owner to grow it, and without a grow hook the text is cut
 * and `error` says so.  Not thread safe.
 */
#ifndef AIOT_OUT_H
#define AIOT_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aiot_out {
	/* public */
	char *buf;   /* may be NULL when size is 0 */
	size_t size; /* bytes at buf */
	size_t len;  /* bytes written; buf is NOT terminated (aiot_out_str does that) */
	int error;   /* 0, or the first -AIOT_E... met; later writes are dropped */
	/*
	 * Called when `need` more bytes do not fit: enlarges buf/size (or hands the written bytes
	 * on and resets len; then it may have room for less) and returns 0, or -AIOT_ENOMEM, which
	 * drops the write (on small boards, what did not fit of it).  NULL: the buffer is fixed.
	 */
	int (*grow)(struct aiot_out *out, size_t need);
	void *ctx; /* the hook's own */
};

/* Write into a fixed buffer; what does not fit is cut and error becomes -AIOT_ENOSPC. */
void aiot_out_init(struct aiot_out *out, char *buf, size_t size);

void aiot_out_char(struct aiot_out *out, char c);
void aiot_out_mem(struct aiot_out *out, const void *data, size_t len);
void aiot_out_text(struct aiot_out *out, const char *text);
void aiot_out_pad(struct aiot_out *out, char c, size_t count);
void aiot_out_u64(struct aiot_out *out, uint64_t value);
void aiot_out_i64(struct aiot_out *out, int64_t value);
/* Write value's digits (up to 20) so that they end at `end`; returns where they begin. */
char *aiot_out_digits(char *end, uint64_t value);
/*
 * value * 10^-digits, all digits shown: 2579, 2 -> 25.79; -5, 3 -> -0.005.  At most 18 on small
 * boards.
 */
void aiot_out_decimal(struct aiot_out *out, int64_t value, unsigned digits);

/*
 * Terminate for use as a C string; NULL only if size is 0.  A full buffer that does not grow loses
 * its last byte for it, and error says so.
 */
const char *aiot_out_str(struct aiot_out *out);

/*
 * printf into out.  Directives as in aiotools.h (aiot_log); * for width and precision.  e f g a and
 * their capitals go to aiot_port_format_real() and are cut at 383 bytes.  %s of NULL is "(null)",
 * %p is always 0x and hexadecimal.  An unknown directive is written as it stands and ends the
 * formatting (its argument's size is unknown).  Small boards have less, and write all that follows
 * as it stands, too: out-small.c.
 */
void aiot_format(struct aiot_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void aiot_vformat(struct aiot_out *out, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Format into a fixed, always terminated buffer; returns the bytes written without the NUL (cut if
 * longer). */
size_t aiot_format_to(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
