/*
 * test-format.c - format.c: every directive against the C library's printf, and where it differs.
 *
 * The formats are made from lists, so that each flag meets each width, precision and conversion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <aiotools.h>

#include "out.h"

/* Formats are put together at run time here; the compiler cannot check them. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Not declared as printf-like: formats that the compiler would refuse are welcome. */
static void check_same(const char *fmt, ...)
{
	char mine[512], theirs[512];
	struct aiot_out out;
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	aiot_out_init(&out, mine, sizeof(mine));
	aiot_vformat(&out, fmt, ap);
	int len = vsnprintf(theirs, sizeof(theirs), fmt, again);
	va_end(again);
	va_end(ap);
	assert_string_equal(aiot_out_str(&out), theirs);
	assert_int_equal(out.len, len);
}

/* aiot_format_to(), likewise. */
static size_t format_any(char *buf, size_t size, const char *fmt, ...)
{
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, buf, size);
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	(void)aiot_out_str(&out);
	return out.len;
}

static const char *const flags[] = {
	"", "-", "0", "+", " ", "#", "-0", "+0", " 0", "#0", "+-", "-#", "+ ", "-+ #0",
};
static const char *const sizes[] = {
	"", "1", "7", "30", ".", ".0", ".1", ".5", ".25", "9.3", "3.9", "12.0", "25.22",
};

/* Calls `one` with every "%flags size" and conv behind it. */
static void each_format(const char *conv, void (*one)(const char *fmt))
{
	char fmt[32];

	for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++) {
		for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
			(void)snprintf(fmt, sizeof(fmt), "<%%%s%s%s>", flags[f], sizes[s], conv);
			one(fmt);
		}
	}
}

static void check_int(const char *fmt)
{
	static const int values[] = {0, 1, -1, 8, 42, -255, 65535, INT_MAX, INT_MIN};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check_same(fmt, values[i]);
}

static void check_wide(const char *fmt)
{
	static const long long values[] = {0, -1, 1234567890123, LLONG_MAX, LLONG_MIN};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check_same(fmt, values[i]);
}

static void integers_are_as_in_libc(void **state)
{
	static const char *const narrow[] = {
		"d",  "i",  "u",  "x",	 "X",	"o",   "hd",  "hi",  "hu",
		"hx", "hX", "ho", "hhd", "hhi", "hhu", "hhx", "hhX", "hho",
	};
	static const char *const wide[] = {
		"lld", "lli", "llu", "llx", "llX", "llo", "jd", "ju", "jx", "jo",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
		each_format(narrow[i], check_int);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		each_format(wide[i], check_wide);
}

static void sizes_of_the_machine_are_as_in_libc(void **state)
{
	(void)state;
	check_same("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	check_same("%zu %zx", (size_t)SIZE_MAX, (size_t)SIZE_MAX);
	check_same("%zd %zi", (size_t)-5, (size_t)7);
	check_same("%td", (ptrdiff_t)PTRDIFF_MIN);
	check_same("%tx", (ptrdiff_t)PTRDIFF_MAX);
}

static void check_text(const char *fmt)
{
	check_same(fmt, "");
	check_same(fmt, "x");
	check_same(fmt, "a text of more than thirty bytes, so that it is wider");
}

static void text_is_as_in_libc(void **state)
{
	static const char *const forms[] = {"%s",   "%5s",   "%-5s", "%.0s",   "%.s",
					    "%.3s", "%8.3s", "%60s", "%-60.2s"};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		check_text(forms[i]);
}

/* A board's are "?", which is what its tests' printf says of them, but no host's. */
#if AIOT_BOARD && __STDC_HOSTED__
#define REALS 0
#else
#define REALS 1
#endif

#if REALS
static void check_real(const char *fmt)
{
	static const double values[] = {0.0, -0.0, 1.5, -273.15, 1e300, 5e-324, 1.0 / 3};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check_same(fmt, values[i]);
	check_same(fmt, HUGE_VAL);
	check_same(fmt, -HUGE_VAL);
}

static void reals_are_as_in_libc(void **state)
{
	static const char *const convs[] = {"f", "F", "e", "E", "g", "G", "a", "A", "lf", "lg"};

	(void)state;
	for (size_t i = 0; i < sizeof(convs) / sizeof(convs[0]); i++)
		each_format(convs[i], check_real);
}
#endif

static void star_takes_width_and_precision(void **state)
{
	(void)state;
	check_same("[%*d]", 6, 42);
	check_same("[%*d]", -6, 42);
	check_same("[%.*d]", 4, 42);
	check_same("[%.*d]", -4, 42);
	check_same("[%0*.*d]", 8, -1, 42);
	check_same("[%*.*s]", 5, 2, "abc");
	if (REALS)
		check_same("[%*.*f]", 9, 3, 2.5);
	check_same("[%-*c|%*c]", 3, 'a', 3, 'b');
}

static void arguments_keep_their_places(void **state)
{
	(void)state;
	check_same("%s %u%% %c %lld %s %hhd", "a", 5u, 'c', -1ll, "z", (signed char)-44);
	if (REALS)
		check_same("%s %u %f %lld %c", "a", 5u, 2.5, -1ll, 'c');
}

static void a_precision_bounds_what_is_read(void **state)
{
	const char open_ended[3] = {'a', 'b', 'c'};
	char buf[16];

	(void)state;
	aiot_format_to(buf, sizeof(buf), "%.3s|%.0s", open_ended, (const char *)buf + 15);
	assert_string_equal(buf, "abc|");
}

static void null_text_is_named(void **state)
{
	const char *const none = NULL;
	char buf[32];

	(void)state;
	format_any(buf, sizeof(buf), "%s %8s %.2s", none, none, none);
	assert_string_equal(buf, "(null)   (null) (n");
}

static void pointers_are_hexadecimal(void **state)
{
	char buf[32];

	(void)state;
	aiot_format_to(buf, sizeof(buf), "%p %p", (void *)0x1aF0, (void *)0);
	assert_string_equal(buf, "0x1af0 0x0");
}

static void a_nul_character_is_a_byte(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(aiot_format_to(buf, sizeof(buf), "a%cb", 0), 3);
	assert_memory_equal(buf, "a\0b", 4);
}

static void check_unknown(const char *fmt, const char *expected)
{
	char buf[64];

	assert_int_equal(format_any(buf, sizeof(buf), fmt, 1, 2, 3), strlen(expected));
	assert_string_equal(buf, expected);
}

static void an_unknown_directive_stands_and_ends_it(void **state)
{
	(void)state;
	check_unknown("a %d %y %d", "a 1 %y");
	check_unknown("%n%d", "%n");
	check_unknown("%ls!", "%ls");
	check_unknown("%lc!", "%lc");
	check_unknown("%Lf!", "%L");
	check_unknown("%-08.3q!", "%-08.3q");
	if (!AIOT_BOARD) /* which takes it for a ll */
		check_unknown("%lllu", "%lll");
	check_unknown("100%", "100%");
	check_unknown("%5.", "%5.");
	check_unknown("%ll", "%ll");
}

static void absurd_widths_end_at_the_buffer(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(format_any(buf, sizeof(buf), "%99999999999999999999d", 1), 7);
	assert_string_equal(buf, "       ");
	assert_int_equal(format_any(buf, sizeof(buf), "%.*d", INT_MAX, 1), 7);
	assert_string_equal(buf, "0000000");
	assert_int_equal(format_any(buf, sizeof(buf), "%*s", INT_MIN, "ab"), 7);
	assert_string_equal(buf, "ab     ");
#if !AIOT_BOARD
	assert_int_equal(format_any(buf, sizeof(buf), "%*.*f", INT_MAX, INT_MAX, 1.0), 7);
	assert_string_equal(buf, "1.00000");
#endif
}

static void format_to_cuts_and_terminates(void **state)
{
	char buf[8] = "xxxxxxx";

	(void)state;
	assert_int_equal(aiot_format_to(buf, 4, "%d", 12345), 3);
	assert_memory_equal(buf, "123\0xxx", 8);
	assert_int_equal(aiot_format_to(buf, 1, "%d", 5), 0);
	assert_memory_equal(buf,
			    "\0"
			    "23\0xxx",
			    8);
	buf[0] = 'y';
	assert_int_equal(aiot_format_to(buf, 0, "%d", 5), 0);
	assert_int_equal(buf[0], 'y');
	assert_int_equal(aiot_format_to(buf, 6, "%s", "exact"), 5);
	assert_string_equal(buf, "exact");
}

static void format_appends(void **state)
{
	char buf[32];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "n=");
	aiot_format(&out, "%d", 7);
	aiot_format(&out, ", m=%03d", 8);
	assert_string_equal(aiot_out_str(&out), "n=7, m=008");
}

static void call_twice(struct aiot_out *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	aiot_vformat(out, fmt, ap);
	aiot_vformat(out, fmt, ap);
	va_end(ap);
}

static void vformat_leaves_the_callers_list_alone(void **state)
{
	char buf[32];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	call_twice(&out, "%d-%s;", 1, "a");
	assert_string_equal(aiot_out_str(&out), "1-a;1-a;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_as_in_libc),
		cmocka_unit_test(sizes_of_the_machine_are_as_in_libc),
		cmocka_unit_test(text_is_as_in_libc),
#if REALS
		cmocka_unit_test(reals_are_as_in_libc),
#endif
		cmocka_unit_test(star_takes_width_and_precision),
		cmocka_unit_test(arguments_keep_their_places),
		cmocka_unit_test(a_precision_bounds_what_is_read),
		cmocka_unit_test(null_text_is_named),
		cmocka_unit_test(pointers_are_hexadecimal),
		cmocka_unit_test(a_nul_character_is_a_byte),
		cmocka_unit_test(an_unknown_directive_stands_and_ends_it),
		cmocka_unit_test(absurd_widths_end_at_the_buffer),
		cmocka_unit_test(format_to_cuts_and_terminates),
		cmocka_unit_test(format_appends),
		cmocka_unit_test(vformat_leaves_the_callers_list_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
