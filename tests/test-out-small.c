/*
 * test-out-small.c - a small board's printf: what it has is as in the C library, and what it does
 * not have shows as it stands.  Its buffer and numbers are tested as everybody's, by test-out.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <aiotools.h>

#include "out.h"

/* Formats are put together at run time here; the compiler cannot check them. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* Not declared as printf-like: formats that the compiler would refuse are welcome. */
static void check_same(const char *fmt, ...)
{
	char mine[128], theirs[128];
	struct aiot_out out;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	aiot_out_init(&out, mine, sizeof(mine));
	aiot_vformat(&out, fmt, ap);
	len = vsnprintf(theirs, sizeof(theirs), fmt, again);
	va_end(again);
	va_end(ap);
	assert_string_equal(aiot_out_str(&out), theirs);
	assert_int_equal(out.len, len);
}

static void check_text(const char *expected, const char *fmt, ...)
{
	char text[64];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	assert_string_equal(aiot_out_str(&out), expected);
}

static const char *const fields[] = {
	"", "0", "-", "-0", "1", "7", "07", "-7", "30", "030", "-30", "-030",
};

/* Calls `one` with every "%field" and conv behind it. */
static void each_format(const char *conv, void (*one)(const char *fmt))
{
	char fmt[32];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		(void)snprintf(fmt, sizeof(fmt), "<%%%s%s>", fields[i], conv);
		one(fmt);
	}
}

static void check_int(const char *fmt)
{
	static const int values[] = {0, 1, -1, 8, 42, -255, 65535, INT_MAX, INT_MIN};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check_same(fmt, values[i]);
}

static void check_long(const char *fmt)
{
	static const long values[] = {0, -1, 99, LONG_MAX, LONG_MIN};

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
	static const char *const narrow[] = {"d", "i", "u", "x", "X"};
	static const char *const longer[] = {"ld", "li", "lu", "lx", "lX", "zd", "zu", "zx"};
	static const char *const wide[] = {"lld", "lli", "llu", "llx", "llX"};

	(void)state;
	for (size_t i = 0; i < sizeof(narrow) / sizeof(narrow[0]); i++)
		each_format(narrow[i], check_int);
	for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++)
		each_format(longer[i], check_long);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		each_format(wide[i], check_wide);
	check_same("%hhu %hd", (unsigned char)250, (short)-3);
}

static void texts_and_characters_are_as_in_libc(void **state)
{
	static const char *const forms[] = {"%s",   "%5s",   "%-5s", "%.0s",   "%.s",
					    "%.3s", "%8.3s", "%60s", "%-60.2s"};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		check_same(forms[i], "");
		check_same(forms[i], "x");
		check_same(forms[i], "a text of more than thirty bytes, so that it is wider");
	}
	check_same("[%c|%3c|%-3c] 100%%", 'a', 'b', 'c');
	check_text("(null) (n", "%s %.2s", NULL, NULL);
}

static void stars_take_width_and_precision(void **state)
{
	(void)state;
	check_same("[%*d]", 6, 42);
	check_same("[%*d]", -6, 42);
	check_same("[%0*d]", 6, -42);
	check_same("[%*.*s]", 5, 2, "abc");
	check_same("[%.*s]", -1, "abc");
	check_same("[%-*c|%*c]", 3, 'a', 3, 'b');
}

static void arguments_keep_their_places(void **state)
{
	(void)state;
	check_same("%s %u%% %c %lld %s %hhd %lu %llx", "a", 5u, 'c', -1ll, "z", (signed char)-44,
		   7ul, 1ull << 40);
}

static void a_precision_bounds_what_is_read(void **state)
{
	const char open_ended[3] = {'a', 'b', 'c'};

	(void)state;
	check_text("abc|", "%.3s|%.0s", open_ended, open_ended + 3);
}

static void what_it_does_not_have_stands_with_all_that_follows(void **state)
{
	(void)state;
	check_text("a 1 %y %d", "a %d %y %d", 1, 2);
	check_text("%5.2f of %s", "%5.2f of %s", 1, 2);
	check_text("%+d", "%+d", 1);
	check_text("%.3d", "%.3d", 1);
	check_text("%p", "%p", 1);
	check_text("%#x", "%#x", 1);
	check_text("100%", "100%");
	check_text("%-08", "%-08");
	check_text("%n", "%n", 1);
}

static void absurd_widths_end_at_the_buffer(void **state)
{
	char buf[8];

	(void)state;
	assert_int_equal(aiot_format_to(buf, sizeof(buf), "%4294967d", 1), 7);
	assert_string_equal(buf, "       ");
	assert_int_equal(aiot_format_to(buf, sizeof(buf), "%*s", INT_MIN + 2, "ab"), 7);
	assert_string_equal(buf, "ab     ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_as_in_libc),
		cmocka_unit_test(texts_and_characters_are_as_in_libc),
		cmocka_unit_test(stars_take_width_and_precision),
		cmocka_unit_test(arguments_keep_their_places),
		cmocka_unit_test(a_precision_bounds_what_is_read),
		cmocka_unit_test(what_it_does_not_have_stands_with_all_that_follows),
		cmocka_unit_test(absurd_widths_end_at_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
