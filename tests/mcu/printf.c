/*
 * printf.c - snprintf for the tests on boards: what lib/core/format.c is compared with there, so it
 * shares nothing with that.
 *
 * Reals are not printed: whatever the directive, they are "?", as the boards' port has it.
 */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct sink {
	char *buf;
	size_t size, len; /* len: what there would be with room for all */
};

struct directive {
	int left, zero, plus, blank, alternate;
	int width, precision; /* precision -1: none */
	int size; /* in the order of the letters h: -1, hh: -2, l: 1, ll: 2, others 3.. */
	char conv;
};

static void put(struct sink *s, char c)
{
	if (s->len + 1 < s->size)
		s->buf[s->len] = c;
	s->len++;
}

static void fill(struct sink *s, char c, int count)
{
	while (count-- > 0)
		put(s, c);
}

/* prefix ("-", "0x"), zeros, digits; padded as the directive says. */
static void put_field(struct sink *s, const struct directive *d, const char *prefix, int zeros,
		      const char *digits, int count)
{
	int prefix_len = (int)strlen(prefix), all = prefix_len + zeros + count, i;

	if (d->zero && !d->left && all < d->width) {
		zeros += d->width - all;
		all = d->width;
	}
	if (!d->left)
		fill(s, ' ', d->width - all);
	for (i = 0; i < prefix_len; i++)
		put(s, prefix[i]);
	fill(s, '0', zeros);
	for (i = 0; i < count; i++)
		put(s, digits[i]);
	if (d->left)
		fill(s, ' ', d->width - all);
}

static void put_number(struct sink *s, struct directive d, uintmax_t n, int negative)
{
	const char *figures = d.conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = d.conv == 'o'					  ? 8
			: d.conv == 'x' || d.conv == 'X' || d.conv == 'p' ? 16
									  : 10;
	int is_signed = d.conv == 'd' || d.conv == 'i', zeros, count;
	const char *prefix = "";
	char text[24], *at = text + sizeof(text);
	uintmax_t left;

	for (left = n; left > 0; left /= base)
		*--at = figures[left % base];
	count = (int)(text + sizeof(text) - at);
	if (d.precision >= 0)
		d.zero = 0;
	zeros = (d.precision < 0 ? 1 : d.precision) - count;
	if (zeros < 0)
		zeros = 0;
	if (d.alternate && base == 8 && zeros == 0)
		zeros = 1;
	if (d.conv == 'p' || (d.alternate && base == 16 && n != 0))
		prefix = d.conv == 'X' ? "0X" : "0x";
	if (is_signed)
		prefix = negative ? "-" : d.plus ? "+" : d.blank ? " " : "";
	put_field(s, &d, prefix, zeros, at, count);
}

static void put_text(struct sink *s, struct directive d, const char *text)
{
	int len = 0;

	while ((d.precision < 0 || len < d.precision) && text[len] != '\0')
		len++;
	d.zero = 0;
	put_field(s, &d, "", 0, text, len);
}

struct arguments {
	va_list ap;
};

static intmax_t take_signed(struct arguments *a, int size)
{
	switch (size) {
	case -2:
		return (signed char)va_arg(a->ap, int);
	case -1:
		return (short)va_arg(a->ap, int);
	case 0:
		return va_arg(a->ap, int);
	case 1:
		return va_arg(a->ap, long);
	case 2:
		return va_arg(a->ap, long long);
	case 'j':
		return va_arg(a->ap, intmax_t);
	default:
		return va_arg(a->ap, ptrdiff_t);
	}
}

static uintmax_t take_unsigned(struct arguments *a, int size)
{
	switch (size) {
	case -2:
		return (unsigned char)va_arg(a->ap, int);
	case -1:
		return (unsigned short)va_arg(a->ap, int);
	case 0:
		return va_arg(a->ap, unsigned);
	case 1:
		return va_arg(a->ap, unsigned long);
	case 2:
		return va_arg(a->ap, unsigned long long);
	case 'j':
		return va_arg(a->ap, uintmax_t);
	default:
		return va_arg(a->ap, size_t);
	}
}

static void put_directive(struct sink *s, struct directive d, struct arguments *a)
{
	intmax_t n;
	char c;

	switch (d.conv) {
	case 'd':
	case 'i':
		n = take_signed(a, d.size);
		put_number(s, d, n < 0 ? 0 - (uintmax_t)n : (uintmax_t)n, n < 0);
		break;
	case 'p':
		put_number(s, d, (uintptr_t)va_arg(a->ap, void *), 0);
		break;
	case 's':
		put_text(s, d, va_arg(a->ap, const char *));
		break;
	case 'c':
		c = (char)va_arg(a->ap, int);
		d.zero = 0;
		put_field(s, &d, "", 0, &c, 1);
		break;
	case '%':
		put(s, '%');
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_number(s, d, take_unsigned(a, d.size), 0);
		break;
	default:
		(void)va_arg(a->ap, double);
		put(s, '?');
	}
}

static const char *read_flags(const char *fmt, struct directive *d)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			d->left = 1;
			break;
		case '0':
			d->zero = 1;
			break;
		case '+':
			d->plus = 1;
			break;
		case ' ':
			d->blank = 1;
			break;
		case '#':
			d->alternate = 1;
			break;
		default:
			return fmt;
		}
	}
}

static const char *read_count(const char *fmt, struct arguments *a, int *ret)
{
	if (*fmt == '*') {
		*ret = va_arg(a->ap, int);
		return fmt + 1;
	}
	for (*ret = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
		*ret = *ret * 10 + (*fmt - '0');
	return fmt;
}

static const char *read_size(const char *fmt, struct directive *d)
{
	for (;; fmt++) {
		if (*fmt == 'h')
			d->size--;
		else if (*fmt == 'l')
			d->size++;
		else if (*fmt == 'j' || *fmt == 'z' || *fmt == 't')
			d->size = *fmt;
		else
			return fmt;
	}
}

/* What stands behind a %, up to its letter. */
static const char *read_directive(const char *fmt, struct directive *d, struct arguments *a)
{
	*d = (struct directive){.precision = -1};
	fmt = read_flags(fmt, d);
	fmt = read_count(fmt, a, &d->width);
	if (d->width < 0) {
		d->left = 1;
		d->width = -d->width;
	}
	if (*fmt == '.')
		fmt = read_count(fmt + 1, a, &d->precision);
	fmt = read_size(fmt, d);
	d->conv = *fmt;
	return fmt;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct sink s = {buf, size, 0};
	struct directive d;
	struct arguments a;

	va_copy(a.ap, ap);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(&s, *fmt);
			continue;
		}
		fmt = read_directive(fmt + 1, &d, &a);
		if (d.conv == '\0')
			break;
		put_directive(&s, d, &a);
	}
	va_end(a.ap);
	if (size > 0)
		buf[s.len < size ? s.len : size - 1] = '\0';
	return (int)s.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
