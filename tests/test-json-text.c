/*
 * test-json-text.c - the scan for plain bytes against the rule applied byte by byte, in blocks that
 * end where the text does.  Built a second time as for a big-endian machine, whose way of finding
 * the first byte is another; the words themselves are read alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#ifdef AS_BIG_ENDIAN
#undef __BYTE_ORDER__
#define __BYTE_ORDER__ __ORDER_BIG_ENDIAN__
#endif
#include "json-text.h"

#define LONGEST 40u

static size_t run_by_rule(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && json_is_plain((unsigned char)text[i]))
		i++;
	return i;
}

static void check_with(char *text, size_t len, size_t at, size_t other)
{
	static const unsigned char bytes[] = {0x00, 0x01, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b,
					      0x5c, 0x5d, 0x7e, 0x7f, 0x80, 0x81, 0xc3, 0xff};
	size_t i;

	for (i = 0; i < sizeof(bytes); i++) {
		text[at] = (char)bytes[i];
		text[other] = (char)bytes[(i * 7 + len) % sizeof(bytes)];
		assert_int_equal(json_plain_run(text, len), run_by_rule(text, len));
	}
	text[at] = text[other] = 'a';
}

static void the_first_byte_that_is_not_plain_is_found(void **state)
{
	size_t len, at, other;

	(void)state;
	for (len = 1; len <= LONGEST; len++) {
		char *text = malloc(len);

		assert_non_null(text);
		memset(text, 'a', len);
		assert_int_equal(json_plain_run(text, len), len);
		for (at = 0; at < len; at++) {
			for (other = 0; other < len; other++)
				check_with(text, len, at, other);
		}
		free(text);
	}
	assert_int_equal(json_plain_run("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_byte_that_is_not_plain_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
