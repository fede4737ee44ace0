/*
 * out-small.c - text going out on boards that have little flash: the buffer, numbers, printf.
 *
 * Built instead of out.c and format-board.c, for the same callers.  All goes the same way, byte by
 * byte, and a number's digits are those of a division that needs no other one.  printf has the
 * directives d i u x X p c s %, the flags - and 0, a width, a text's precision, and all lengths;
 * what it does not have is written as it stands, with all that follows.  Never allocates, never
 * shrinks what was written.
 */
#include "out.h"

#include <limits.h>
#include <string.h>

#include "port.h"

#define DIGITS_MAX 21 /* of 64 bits, and a sign */

/* ---- the buffer ---- */

void aiot_out_init(struct aiot_out *out, char *buf, size_t size)
{
	memset(out, 0, sizeof(*out));
	out->buf = buf;
	out->size = size;
}

void aiot_out_char(struct aiot_out *out, char c)
{
	if (out->error == 0 && out->len == out->size) {
		if (AIOT_CONTROL && out->grow) /* only commands have such */
			out->error = out->grow(out, 1);
		/* A hook that promised and did nothing is not asked for ever. */
		if (out->error == 0 && out->len == out->size)
			out->error = -AIOT_ENOSPC;
	}
	if (out->error == 0)
		out->buf[out->len++] = c;
}

void aiot_out_mem(struct aiot_out *out, const void *data, size_t len)
{
	const char *from = data;

	while (len-- > 0)
		aiot_out_char(out, *from++);
}

void aiot_out_text(struct aiot_out *out, const char *text)
{
	aiot_out_mem(out, text, strlen(text));
}

void aiot_out_pad(struct aiot_out *out, char c, size_t count)
{
	while (count-- > 0 && out->error == 0)
		aiot_out_char(out, c);
}

const char *aiot_out_str(struct aiot_out *out)
{
	aiot_out_char(out, '\0');
	if (out->size == 0)
		return NULL;
	if (out->error == 0 || out->len == out->size)
		out->len--;
	out->buf[out->len] = '\0';
	return out->buf;
}

/* ---- numbers ---- */

/* Bit by bit: what was divided moves out of `value` at its top, the quotient in at its bottom. */
static uint32_t divide(uint64_t *value, uint32_t by)
{
	uint64_t quotient = *value;
	uint32_t rest = 0;
	unsigned i;

	for (i = 0; i < 64; i++) {
		rest = rest << 1 | (uint32_t)(quotient >> 63);
		quotient <<= 1;
		if (rest >= by) {
			rest -= by;
			quotient++;
		}
	}
	*value = quotient;
	return rest;
}

/* By printf's letter, u x or X; they end at `end`. */
static char *put_digits(char *end, char letter, uint64_t value)
{
	uint32_t base = letter == 'u' ? 10 : 16;

	do {
		uint32_t digit = divide(&value, base);

		*--end = (char)(digit < 10 ? '0' + digit
					   : digit - 10 + (unsigned)letter - 'x' + 'a');
	} while (value > 0);
	return end;
}

char *aiot_out_digits(char *end, uint64_t value)
{
	return put_digits(end, 'u', value);
}

/* Not by printf, which would lie too deep in the stack. */
void aiot_out_u64(struct aiot_out *out, uint64_t value)
{
	char text[DIGITS_MAX], *end = text + sizeof(text), *from = put_digits(end, 'u', value);

	aiot_out_mem(out, from, (size_t)(end - from));
}

void aiot_out_i64(struct aiot_out *out, int64_t value)
{
	aiot_out_decimal(out, value, 0);
}

void aiot_out_decimal(struct aiot_out *out, int64_t value, unsigned digits)
{
	char text[DIGITS_MAX];
	char *end = text + sizeof(text), *point = end - digits;
	char *from = put_digits(end, 'u', value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

	while (from >= point && from > text)
		*--from = '0';
	if (value < 0)
		aiot_out_char(out, '-');
	aiot_out_mem(out, from, (size_t)(point - from));
	if (digits > 0)
		aiot_out_char(out, '.');
	aiot_out_mem(out, point, digits);
}

/* ---- printf ---- */

/* What stands between % and the letter. */
struct field {
	unsigned width, most; /* most: of a text's bytes */
	unsigned longs;	      /* l and z, no long being shorter than an int */
	bool left;
	char fill; /* of numbers, on the left */
};

/* In any order, for the compiler sees to the right one.  Returns where the letter is. */
static const char *read_field(const char *p, struct aiot_va *args, struct field *f)
{
	unsigned *count = &f->width;

	*f = (struct field){.most = UINT_MAX, .fill = ' '};
	for (;; p++) {
		unsigned digit = (unsigned)*p - '0';

		if (digit < 10) {
			if (digit == 0 && *count == 0)
				f->fill = '0';
			*count = *count * 10 + digit;
		} else if (*p == '*') {
			*count = va_arg(args->ap, unsigned);
		} else if (*p == '.') {
			count = &f->most;
			*count = 0;
		} else if (*p == '-') {
			f->left = true;
		} else if (*p == 'l' || *p == 'z') {
			f->longs++;
		} else if (*p != 'h') { /* what is promoted to int has its value already */
			break;
		}
	}
	if ((int)f->width < 0) { /* of a star */
		f->left = true;
		f->width = 0 - f->width;
	}
	return p;
}

/* Filled up to its width.  Byte by byte, so that printf calls no deeper than it must. */
static void put(struct aiot_out *out, const struct field *f, char fill, const char *text,
		size_t len)
{
	size_t count = f->width > len ? f->width - len : 0;

	if (!f->left) {
		aiot_out_pad(out, fill, count);
		count = 0;
	}
	while (len-- > 0)
		aiot_out_char(out, *text++);
	aiot_out_pad(out, ' ', count);
}

static void put_number(struct aiot_out *out, struct field *f, char letter, struct aiot_va *args)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits), *from;
	bool minus = false;
	uint64_t value;

	if (f->longs >= 8 / sizeof(long))
		value = va_arg(args->ap, uint64_t);
	else if (letter == 'd')
		value = (uint64_t)(int64_t)va_arg(args->ap, int);
	else
		value = va_arg(args->ap, unsigned);
	if (letter == 'd') {
		letter = 'u';
		minus = (int64_t)value < 0;
		if (minus)
			value = 0 - value;
	}
	from = put_digits(end, letter, value);
	if (minus && f->fill == '0') {
		aiot_out_char(out, '-');
		f->width -= f->width > 0;
	} else if (minus) {
		*--from = '-';
	}
	put(out, f, f->fill, from, (size_t)(end - from));
}

static void put_text(struct aiot_out *out, const struct field *f, const char *text)
{
	size_t len = 0;

	if (text == NULL)
		text = "(null)";
	/* With a precision it need not be terminated: look no further than that. */
	while (len < f->most && text[len] != '\0')
		len++;
	put(out, f, ' ', text, len);
}

/* The directive at p; returns what stands behind it, NULL: it is none of ours. */
static const char *put_directive(struct aiot_out *out, const char *p, struct aiot_va *args)
{
	struct field field;
	char letter;

	p = read_field(p, args, &field);
	letter = *p++;
	switch (letter) {
	case 'i':
		letter = 'd';
		__attribute__((fallthrough));
	case 'd':
	case 'u':
	case 'x':
	case 'X':
		if (field.most != UINT_MAX)
			return NULL;
		put_number(out, &field, letter, args);
		return p;
	case 's':
		put_text(out, &field, va_arg(args->ap, const char *));
		return p;
	case 'c':
		letter = (char)va_arg(args->ap, int);
		__attribute__((fallthrough));
	case '%':
		put(out, &field, ' ', &letter, 1);
		return p;
	default:
		return NULL;
	}
}

void aiot_vformat(struct aiot_out *out, const char *fmt, va_list ap)
{
	struct aiot_va args;
	const char *behind;

	va_copy(args.ap, ap);
	while (*fmt != '\0') {
		if (*fmt != '%') {
			aiot_out_char(out, *fmt++);
			continue;
		}
		behind = put_directive(out, fmt + 1, &args);
		if (behind != NULL) {
			fmt = behind;
			continue;
		}
		do
			aiot_out_char(out, *fmt++);
		while (*fmt != '\0');
	}
	va_end(args.ap);
}
