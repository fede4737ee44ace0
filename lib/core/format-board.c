/*
 * format-board.c - printf for a board: the directives of format.c in a third of the code.
 *
 * One way for all numbers: digits into a buffer, then sign, zeros and blanks around them.  Real
 * numbers are taken off and shown as `?`.  Never allocates, never writes through an argument.
 */
#include "out.h"

#include <string.h>

#include "port.h"

#define DIGITS_MAX 24 /* of 64 bits in octal, and its leading 0 */

struct spec {
	bool left, plus, space, alt, zero;
	int width, precision; /* -1: none */
	int size;	      /* log2 of the argument's bytes, below an int too; -1: a size_t's */
	bool sized;	      /* a length was given */
	char conv;
};

/* Sizes in the order of hh, h, nothing, l, ll. */
enum { SIZE_CHAR, SIZE_SHORT, SIZE_INT, SIZE_LONG, SIZE_LONG_LONG };

static const char *read_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		switch (*p) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		case '0':
			spec->zero = true;
			break;
		default:
			return p;
		}
	}
}

static const char *read_count(const char *p, struct aiot_va *args, int *ret)
{
	int count = 0;

	if (*p == '*') {
		*ret = va_arg(args->ap, int);
		return p + 1;
	}
	for (; *p >= '0' && *p <= '9'; p++) {
		if (count < 10000) /* wider than anything here */
			count = count * 10 + (*p - '0');
	}
	*ret = count;
	return p;
}

static const char *read_size(const char *p, struct spec *spec)
{
	const char *begin = p;

	for (spec->size = SIZE_INT; *p == 'h' || *p == 'l'; p++)
		spec->size += *p == 'l' ? 1 : -1;
	if (*p == 'z' || *p == 't' || *p == 'j') {
		spec->size = *p == 'j' || sizeof(size_t) == 8 ? SIZE_LONG_LONG : SIZE_LONG;
		p++;
	}
	spec->sized = p != begin;
	return p;
}

static const char *read_spec(const char *p, struct spec *spec, struct aiot_va *args)
{
	memset(spec, 0, sizeof(*spec));
	spec->precision = -1;
	p = read_count(read_flags(p, spec), args, &spec->width);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.')
		p = read_count(p + 1, args, &spec->precision);
	p = read_size(p, spec);
	spec->conv = *p;
	return *p ? p + 1 : p;
}

/* The argument as 64 bits, its sign spread over them if it has one. */
static uint64_t take(const struct spec *spec, bool is_signed, struct aiot_va *args)
{
	uint64_t value;

	if (spec->size >= SIZE_LONG_LONG)
		return va_arg(args->ap, uint64_t);
	if (spec->size == SIZE_LONG)
		return is_signed ? (uint64_t)va_arg(args->ap, long)
				 : va_arg(args->ap, unsigned long);
	value = is_signed ? (uint64_t)va_arg(args->ap, int) : va_arg(args->ap, unsigned);
	if (spec->size == SIZE_SHORT)
		return is_signed ? (uint64_t)(short)value : (unsigned short)value;
	if (spec->size <= SIZE_CHAR)
		return is_signed ? (uint64_t)(signed char)value : (unsigned char)value;
	return value;
}

/* Text with what printf puts around it: blanks, prefix, zeros. */
static void put(struct aiot_out *out, const struct spec *spec, const char *prefix, int zeros,
		const char *text, size_t len)
{
	size_t prefix_len = strlen(prefix), count = prefix_len + (size_t)zeros + len;
	size_t blanks = (size_t)spec->width > count ? (size_t)spec->width - count : 0;

	if (!spec->left)
		aiot_out_pad(out, ' ', blanks);
	aiot_out_mem(out, prefix, prefix_len);
	aiot_out_pad(out, '0', (size_t)zeros);
	aiot_out_mem(out, text, len);
	if (spec->left)
		aiot_out_pad(out, ' ', blanks);
}

static char *binary_digits(char *end, uint64_t value, unsigned shift, char ten)
{
	do {
		unsigned digit = (unsigned)value & ((1u << shift) - 1);

		*--end = (char)(digit < 10 ? '0' + digit : (unsigned)ten + digit - 10);
		value >>= shift;
	} while (value > 0);
	return end;
}

static void put_number(struct aiot_out *out, struct spec *spec, const char *prefix, uint64_t value)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits), *from = end;
	int zeros, count;

	if (value != 0 || spec->precision != 0) {
		if (spec->conv == 'o')
			from = binary_digits(end, value, 3, 'a');
		else if (spec->conv == 'x' || spec->conv == 'X')
			from = binary_digits(end, value, 4, (char)(spec->conv - 'x' + 'a'));
		else
			from = aiot_out_digits(end, value);
	}
	if (spec->conv == 'o' && spec->alt && (from == end || *from != '0'))
		*--from = '0';
	count = (int)(end - from);
	zeros = spec->precision - count;
	if (spec->precision < 0 && spec->zero && !spec->left)
		zeros = spec->width - count - (int)strlen(prefix);
	put(out, spec, prefix, zeros > 0 ? zeros : 0, from, (size_t)count);
}

static void put_signed(struct aiot_out *out, struct spec *spec, int64_t value)
{
	const char *prefix = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";

	put_number(out, spec, prefix, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static void put_unsigned(struct aiot_out *out, struct spec *spec, uint64_t value)
{
	bool hex = spec->alt && value != 0;

	put_number(out, spec,
		   hex && spec->conv == 'x'   ? "0x"
		   : hex && spec->conv == 'X' ? "0X"
					      : "",
		   value);
}

static void put_string(struct aiot_out *out, const struct spec *spec, const char *text)
{
	size_t len = 0;

	if (text == NULL)
		text = "(null)";
	/* With a precision the text need not be terminated: look no further than that. */
	while ((spec->precision < 0 || len < (size_t)spec->precision) && text[len] != '\0')
		len++;
	put(out, spec, "", 0, text, len);
}

/* false: a directive we do not know, nothing was written or taken. */
static bool put_one(struct aiot_out *out, struct spec *spec, struct aiot_va *args)
{
	char c = '%';

	switch (spec->conv) {
	case 'd':
	case 'i':
		put_signed(out, spec, (int64_t)take(spec, true, args));
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(out, spec, take(spec, false, args));
		return true;
	default:
		break;
	}
	if (spec->conv && strchr("eEfFgGaA", spec->conv) && spec->size <= SIZE_LONG) {
		(void)va_arg(args->ap, double);
		aiot_out_char(out, '?');
		return true;
	}
	if (spec->sized)
		return false;
	switch (spec->conv) {
	case 's':
		put_string(out, spec, va_arg(args->ap, const char *));
		return true;
	case 'c':
		c = (char)va_arg(args->ap, int);
		put(out, spec, "", 0, &c, 1);
		return true;
	case 'p':
		spec->conv = 'x';
		put_number(out, spec, "0x", (uintptr_t)va_arg(args->ap, void *));
		return true;
	case '%':
		aiot_out_char(out, c);
		return true;
	default:
		return false;
	}
}

void aiot_vformat(struct aiot_out *out, const char *fmt, va_list ap)
{
	struct aiot_va args;
	struct spec spec;

	va_copy(args.ap, ap);
	while (*fmt != '\0') {
		const char *percent = fmt;

		while (*percent != '%' && *percent != '\0')
			percent++;
		aiot_out_mem(out, fmt, (size_t)(percent - fmt));
		if (*percent == '\0')
			break;
		fmt = read_spec(percent + 1, &spec, &args);
		if (!put_one(out, &spec, &args)) {
			aiot_out_mem(out, percent, (size_t)(fmt - percent));
			break;
		}
	}
	va_end(args.ap);
}
