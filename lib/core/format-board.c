/*
 * format-board.c - printf for a board: the directives of format.c in a quarter of the code.
 *
 * One way for all: a directive becomes a text with a prefix, and both are put with zeros and blanks
 * around them.  Real numbers are taken off and shown as `?`.  Never allocates, never writes through
 * an argument.
 */
#include "out.h"

#include <string.h>

#include "port.h"

/* Apart from the rest it is smaller: short jumps, and registers enough. */
#define NOINLINE __attribute__((noinline))

#define DIGITS_MAX 24 /* of 64 bits in octal, and its leading 0 */

/* Bits of spec.flags, in the order of flag_chars. */
enum { LEFT = 1, PLUS = 2, SPACE = 4, ALT = 8, ZERO = 16 };
static const char flag_chars[] = "-+ #0";

/* Sizes in the order of hh, h, nothing, l, ll. */
enum { SIZE_CHAR, SIZE_SHORT, SIZE_INT, SIZE_LONG, SIZE_LONG_LONG };

struct spec {
	unsigned flags;
	int width, precision; /* precision -1: none */
	int size;	      /* outside of these: as the nearest */
	bool sized;	      /* a length was given */
	char conv;
	/* what it becomes */
	const char *prefix, *text;
	size_t prefix_len, len;
	int zeros; /* between the two */
	char digits[DIGITS_MAX];
};

/* ---- reading ---- */

#define COUNT_MAX 10000 /* wider than anything here */

static const char *read_count(const char *p, struct aiot_va *args, int *ret)
{
	int count = 0;

	if (*p == '*') {
		*ret = va_arg(args->ap, int);
		if (*ret < -COUNT_MAX)
			*ret = -COUNT_MAX; /* what is negative is turned around */
		return p + 1;
	}
	for (; *p >= '0' && *p <= '9'; p++) {
		if (count < COUNT_MAX)
			count = count * 10 + (*p - '0');
	}
	*ret = count;
	return p;
}

static const char *read_spec(const char *p, struct spec *spec, struct aiot_va *args)
{
	const char *flag;

	memset(spec, 0, offsetof(struct spec, digits));
	for (; *p != '\0' && (flag = strchr(flag_chars, *p)) != NULL; p++)
		spec->flags |= 1u << (flag - flag_chars);
	p = read_count(p, args, &spec->width);
	if (spec->width < 0) {
		spec->flags |= LEFT;
		spec->width = -spec->width;
	}
	spec->precision = -1;
	if (*p == '.')
		p = read_count(p + 1, args, &spec->precision);
	for (spec->size = SIZE_INT; *p != '\0' && strchr("hlztj", *p) != NULL; p++) {
		spec->sized = true;
		spec->size += *p == 'h' ? -1 : 1;
		if (*p == 'j' || (*p != 'h' && sizeof(long) == 8)) /* no long is shorter */
			spec->size = SIZE_LONG_LONG;
	}
	spec->conv = *p;
	return *p ? p + 1 : p;
}

/* ---- numbers ---- */

/* The argument as 64 bits, its sign spread over them if it has one. */
static NOINLINE uint64_t take(const struct spec *spec, bool is_signed, struct aiot_va *args)
{
	unsigned drop = 0;
	uint32_t value;

	if (spec->size >= SIZE_LONG_LONG)
		return va_arg(args->ap, uint64_t);
	value = va_arg(args->ap, unsigned);
	if (spec->size < SIZE_INT)
		drop = spec->size == SIZE_SHORT ? 16 : 24;
	value <<= drop;
	return is_signed ? (uint64_t)((int32_t)value >> drop) : value >> drop;
}

static char *binary_digits(char *end, uint64_t value, unsigned shift, unsigned ten)
{
	do {
		unsigned digit = (unsigned)value & ((1u << shift) - 1);

		*--end = (char)(digit < 10 ? '0' + digit : ten + digit - 10);
		value >>= shift;
	} while (value > 0);
	return end;
}

static void set_prefix(struct spec *spec, const char *prefix, size_t len)
{
	spec->prefix = prefix;
	spec->prefix_len = len;
}

/* Digits, and how many zeros stand before them. */
static NOINLINE void set_digits(struct spec *spec, uint64_t value)
{
	char *end = spec->digits + DIGITS_MAX, *from = end;
	bool octal = spec->conv == 'o';

	if (value == 0 && spec->precision == 0)
		;
	else if (octal || (spec->conv | 32) == 'x')
		from = binary_digits(end, value, octal ? 3 : 4, (unsigned)spec->conv - 'x' + 'a');
	else
		from = aiot_out_digits(end, value);
	if (octal && spec->flags & ALT && (from == end || *from != '0'))
		*--from = '0';
	spec->text = from;
	spec->len = (size_t)(end - from);
	spec->zeros = spec->precision - (int)spec->len;
	if (spec->precision < 0 && (spec->flags & (ZERO | LEFT)) == ZERO)
		spec->zeros = spec->width - (int)(spec->len + spec->prefix_len);
	if (spec->zeros < 0)
		spec->zeros = 0;
}

static void set_number(struct spec *spec, struct aiot_va *args)
{
	bool is_signed = spec->conv == 'd' || spec->conv == 'i', is_pointer = spec->conv == 'p';
	uint64_t value;

	if (is_pointer) {
		spec->conv = 'x';
		spec->size = sizeof(void *) == 8 ? SIZE_LONG_LONG : SIZE_INT;
	}
	value = take(spec, is_signed, args);
	if (is_signed && (int64_t)value < 0) {
		value = 0 - value;
		set_prefix(spec, "-", 1);
	} else if (is_signed && spec->flags & (PLUS | SPACE)) {
		set_prefix(spec, spec->flags & PLUS ? "+" : " ", 1);
	} else if (is_pointer || (value != 0 && spec->flags & ALT && (spec->conv | 32) == 'x')) {
		set_prefix(spec, spec->conv == 'x' ? "0x" : "0X", 2);
	}
	set_digits(spec, value);
}

/* ---- the rest ---- */

static void set_text(struct spec *spec, const char *text)
{
	if (text == NULL)
		text = "(null)";
	spec->text = text;
	/* With a precision the text need not be terminated: look no further than that. */
	while (spec->len != (size_t)spec->precision && text[spec->len] != '\0')
		spec->len++;
}

static void set_char(struct spec *spec, int c)
{
	spec->digits[0] = (char)c;
	spec->text = spec->digits;
	spec->len = 1;
}

/* false: one that we do not know, nothing was taken. */
static bool convert(struct spec *spec, struct aiot_va *args)
{
	char c = spec->conv;

	if (c == '\0' || (spec->sized && strchr("scp%", c) != NULL))
		return false;
	if (strchr("diuxXop", c) != NULL) {
		set_number(spec, args);
	} else if (c == 's') {
		set_text(spec, va_arg(args->ap, const char *));
	} else if (c == 'c') {
		set_char(spec, va_arg(args->ap, int));
	} else {
		spec->width = 0; /* whatever stands before it is nothing to it */
		if (c != '%') {
			if (strchr("eEfFgGaA", c) == NULL || spec->size > SIZE_LONG)
				return false;
			(void)va_arg(args->ap, double);
			c = '?';
		}
		set_char(spec, c);
	}
	return true;
}

static void put(struct aiot_out *out, const struct spec *spec)
{
	size_t count = spec->prefix_len + (size_t)spec->zeros + spec->len;
	size_t blanks = (size_t)spec->width > count ? (size_t)spec->width - count : 0;
	size_t before = spec->flags & LEFT ? 0 : blanks;

	aiot_out_pad(out, ' ', before);
	aiot_out_mem(out, spec->prefix, spec->prefix_len);
	aiot_out_pad(out, '0', (size_t)spec->zeros);
	aiot_out_mem(out, spec->text, spec->len);
	aiot_out_pad(out, ' ', blanks - before);
}

void aiot_vformat(struct aiot_out *out, const char *fmt, va_list ap)
{
	struct aiot_va args;
	struct spec spec;

	va_copy(args.ap, ap);
	for (;;) {
		const char *percent = fmt;

		while (*percent != '%' && *percent != '\0')
			percent++;
		aiot_out_mem(out, fmt, (size_t)(percent - fmt));
		if (*percent == '\0')
			break;
		fmt = read_spec(percent + 1, &spec, &args);
		if (!convert(&spec, &args)) {
			aiot_out_mem(out, percent, (size_t)(fmt - percent));
			break;
		}
		put(out, &spec);
	}
	va_end(args.ap);
}
