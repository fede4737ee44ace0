/*
 * format.c - printf for the core.
 *
 * Log lines, error sentences and everything else with a format string come through aiot_vformat().
 * Integers and text are made here, real numbers by the port.  Never allocates, never looks at the
 * locale, never reads text past a precision, never writes through an argument (no %n).
 */
#include "out.h"

#include <string.h>

#include "port.h"

#define DIGITS_MAX 23 /* of 64 bits in octal, the longest base here, and its leading 0 */
#define REAL_SIZE 384 /* holds %f of the largest double with 70 decimals */

/* Bit n of spec.flags is letter n. */
static const char flag_letters[] = "-+ #0";
enum {
	FLAG_COUNT = 5,
	FLAG_MINUS = 0x01,
	FLAG_PLUS = 0x02,
	FLAG_SPACE = 0x04,
	FLAG_ALT = 0x08,
	FLAG_ZERO = 0x10,
};

/* One directive; precision is -1 when there is none. */
struct spec {
	unsigned flags;
	int width, precision;
	char length; /* h l z t j as they stand, H for hh, L for ll, 0 for none */
	char conv;
};

static char *digits_binary(uint64_t value, unsigned shift, const char *alphabet, char *end)
{
	do {
		*--end = alphabet[value & ((1u << shift) - 1)];
		value >>= shift;
	} while (value > 0);
	return end;
}

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static int parse_count(const char **p)
{
	int count = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		int digit = **p - '0';

		count = count > (INT32_MAX - digit) / 10 ? INT32_MAX : count * 10 + digit;
	}
	return count;
}

static const char *parse_flags(const char *p, struct spec *spec)
{
	for (;; p++) {
		const char *hit = memchr(flag_letters, *p, FLAG_COUNT);

		if (!hit)
			return p;
		spec->flags |= 1u << (hit - flag_letters);
	}
}

static const char *parse_width(const char *p, struct spec *spec, struct aiot_va *va)
{
	if (*p != '*') {
		spec->width = parse_count(&p);
		return p;
	}
	spec->width = va_arg(va->ap, int);
	if (spec->width < 0) {
		spec->flags |= FLAG_MINUS;
		spec->width = spec->width == INT32_MIN ? INT32_MAX : -spec->width;
	}
	return p + 1;
}

static const char *parse_precision(const char *p, struct spec *spec, struct aiot_va *va)
{
	if (*p != '.')
		return p;
	p++;
	if (*p != '*') {
		spec->precision = parse_count(&p);
		return p;
	}
	spec->precision = va_arg(va->ap, int);
	if (spec->precision < 0)
		spec->precision = -1;
	return p + 1;
}

static const char *parse_length(const char *p, struct spec *spec)
{
	switch (*p) {
	case 'h':
	case 'l':
		if (p[1] == *p) {
			spec->length = *p == 'h' ? 'H' : 'L';
			return p + 2;
		}
		spec->length = *p;
		return p + 1;
	case 'z':
	case 't':
	case 'j':
		spec->length = *p;
		return p + 1;
	default:
		return p;
	}
}

/* Read the directive behind its %; returns what follows it.  conv is NUL at the end of the text. */
static const char *parse_spec(const char *p, struct spec *spec, struct aiot_va *va)
{
	*spec = (struct spec){.precision = -1};
	/* Most directives are one letter: no flag, width, precision or length begins with one. */
	if (*p < 'a' || *p == 'h' || *p == 'l' || *p == 'z' || *p == 't' || *p == 'j') {
		p = parse_flags(p, spec);
		p = parse_width(p, spec, va);
		p = parse_precision(p, spec, va);
		p = parse_length(p, spec);
	}
	spec->conv = *p;
	return *p ? p + 1 : p;
}

static int64_t take_signed(char length, struct aiot_va *va)
{
	switch (length) {
	case 'H':
		return (signed char)va_arg(va->ap, int);
	case 'h':
		return (short)va_arg(va->ap, int);
	case 'l':
		return va_arg(va->ap, long);
	case 'L':
		return va_arg(va->ap, long long);
	case 'j':
		return va_arg(va->ap, intmax_t);
	case 'z':
	case 't':
		return va_arg(va->ap, ptrdiff_t);
	default:
		return va_arg(va->ap, int);
	}
}

static uint64_t take_unsigned(char length, struct aiot_va *va)
{
	switch (length) {
	case 'H':
		return (unsigned char)va_arg(va->ap, unsigned);
	case 'h':
		return (unsigned short)va_arg(va->ap, unsigned);
	case 'l':
		return va_arg(va->ap, unsigned long);
	case 'L':
		return va_arg(va->ap, unsigned long long);
	case 'j':
		return va_arg(va->ap, uintmax_t);
	case 'z':
	case 't':
		return va_arg(va->ap, size_t);
	default:
		return va_arg(va->ap, unsigned);
	}
}

/* Digits with what printf puts around them: blanks, prefix (sign or 0x), zeros. */
static void put_number(struct aiot_out *out, const struct spec *spec, const char *prefix,
		       const char *digits, size_t count)
{
	size_t prefix_len = strlen(prefix);
	size_t width = (size_t)spec->width;
	size_t zeros = 0;

	if (spec->precision >= 0 && (size_t)spec->precision > count)
		zeros = (size_t)spec->precision - count;
	else if (spec->precision < 0 && (spec->flags & (FLAG_ZERO | FLAG_MINUS)) == FLAG_ZERO &&
		 width > prefix_len + count)
		zeros = width - prefix_len - count;
	size_t total = prefix_len + zeros + count;
	size_t blanks = width > total ? width - total : 0;

	if (!(spec->flags & FLAG_MINUS))
		aiot_out_pad(out, ' ', blanks);
	aiot_out_mem(out, prefix, prefix_len);
	aiot_out_pad(out, '0', zeros);
	aiot_out_mem(out, digits, count);
	if (spec->flags & FLAG_MINUS)
		aiot_out_pad(out, ' ', blanks);
}

static bool is_bare(const struct spec *spec)
{
	return spec->flags == 0 && spec->width == 0 && spec->precision < 0;
}

static void format_signed(struct aiot_out *out, const struct spec *spec, int64_t value)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *from = end;
	const char *prefix = "";

	if (is_bare(spec)) {
		aiot_out_i64(out, value);
		return;
	}
	if (value < 0)
		prefix = "-";
	else if (spec->flags & FLAG_PLUS)
		prefix = "+";
	else if (spec->flags & FLAG_SPACE)
		prefix = " ";
	if (value != 0 || spec->precision != 0)
		from = aiot_out_digits(end, magnitude(value));
	put_number(out, spec, prefix, from, (size_t)(end - from));
}

static void format_unsigned(struct aiot_out *out, const struct spec *spec, uint64_t value)
{
	char digits[DIGITS_MAX];
	char *end = digits + sizeof(digits);
	char *from = end;
	const char *prefix = "";
	bool alt = (spec->flags & FLAG_ALT) != 0;

	if (spec->conv == 'u' && is_bare(spec)) {
		aiot_out_u64(out, value);
		return;
	}
	if (value != 0 || spec->precision != 0) {
		if (spec->conv == 'u')
			from = aiot_out_digits(end, value);
		else if (spec->conv == 'o')
			from = digits_binary(value, 3, "01234567", end);
		else if (spec->conv == 'X')
			from = digits_binary(value, 4, "0123456789ABCDEF", end);
		else
			from = digits_binary(value, 4, "0123456789abcdef", end);
	}
	/* "#" on octal: the first digit is a zero; it counts for the precision. */
	if (alt && spec->conv == 'o' && (from == end || *from != '0'))
		*--from = '0';
	if (spec->conv == 'p' || (alt && spec->conv == 'x' && value != 0))
		prefix = "0x";
	else if (alt && spec->conv == 'X' && value != 0)
		prefix = "0X";
	put_number(out, spec, prefix, from, (size_t)(end - from));
}

static void format_text(struct aiot_out *out, const struct spec *spec, const char *text, size_t len)
{
	size_t blanks = (size_t)spec->width > len ? (size_t)spec->width - len : 0;

	if (!(spec->flags & FLAG_MINUS))
		aiot_out_pad(out, ' ', blanks);
	aiot_out_mem(out, text, len);
	if (spec->flags & FLAG_MINUS)
		aiot_out_pad(out, ' ', blanks);
}

static void format_string(struct aiot_out *out, const struct spec *spec, const char *text)
{
	const char *end = NULL;

	if (!text)
		text = "(null)";
	if (spec->precision < 0) {
		format_text(out, spec, text, strlen(text));
		return;
	}
	/* With a precision the text need not be terminated: look no further than that. */
	if (spec->precision > 0)
		end = memchr(text, '\0', (size_t)spec->precision);
	format_text(out, spec, text, end ? (size_t)(end - text) : (size_t)spec->precision);
}

/* A frame of its own: its buffer should not be on the stack of every other directive. */
__attribute__((noinline)) static void format_real(struct aiot_out *out, const struct spec *spec,
						  struct aiot_va *va)
{
	char text[REAL_SIZE];
	char flags[FLAG_COUNT + 1];
	char *f = flags;
	int width = spec->width < REAL_SIZE ? spec->width : REAL_SIZE - 1;
	int precision = spec->precision < REAL_SIZE ? spec->precision : REAL_SIZE - 1;

	for (unsigned i = 0; i < FLAG_COUNT; i++) {
		if (spec->flags & (1u << i))
			*f++ = flag_letters[i];
	}
	*f = '\0';
	size_t len = aiot_port_format_real(text, sizeof(text), flags, width ? width : -1, precision,
					   spec->conv, va);
	aiot_out_mem(out, text, len);
}

/* false: a directive we do not know, nothing was written or taken. */
static bool format_one(struct aiot_out *out, const struct spec *spec, struct aiot_va *va)
{
	char c = '%';

	switch (spec->conv) {
	case 'd':
	case 'i':
		format_signed(out, spec, take_signed(spec->length, va));
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		format_unsigned(out, spec, take_unsigned(spec->length, va));
		return true;
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
	case 'a':
	case 'A':
		if (spec->length != 0 && spec->length != 'l')
			return false;
		format_real(out, spec, va);
		return true;
	default:
		break;
	}
	if (spec->length != 0)
		return false; /* wide characters, or nonsense */
	switch (spec->conv) {
	case 's':
		format_string(out, spec, va_arg(va->ap, const char *));
		return true;
	case 'c':
		c = (char)va_arg(va->ap, int);
		format_text(out, spec, &c, 1);
		return true;
	case 'p':
		format_unsigned(out, spec, (uintptr_t)va_arg(va->ap, void *));
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
	const char *end = fmt + strlen(fmt);
	struct aiot_va va;
	struct spec spec;

	va_copy(va.ap, ap);
	while (fmt < end) {
		const char *percent = memchr(fmt, '%', (size_t)(end - fmt));

		if (!percent)
			percent = end;
		aiot_out_mem(out, fmt, (size_t)(percent - fmt));
		if (percent == end)
			break;
		fmt = parse_spec(percent + 1, &spec, &va);
		if (!format_one(out, &spec, &va)) {
			aiot_out_mem(out, percent, (size_t)(fmt - percent));
			break;
		}
	}
	va_end(va.ap);
}
