/* test-wire.c - lines with a check sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <aiotools.h>

#include "wire.h"

static void the_check_sum_is_crc_16_ccitt_false(void **state)
{
	static const char digits[] = "123456789";
	uint16_t crc = aiot_wire_crc(AIOT_WIRE_CRC_INIT, digits, 4);

	(void)state;
	assert_int_equal(aiot_wire_crc(AIOT_WIRE_CRC_INIT, digits, 9), 0x29b1);
	assert_int_equal(aiot_wire_crc(crc, digits + 4, 5), 0x29b1);
	assert_int_equal(aiot_wire_crc(AIOT_WIRE_CRC_INIT, digits, 0), 0xffff);
}

static void a_line_ends_with_its_sum_and_is_found_right_again(void **state)
{
	char buf[64];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "\x15"
			    "123456789");
	aiot_wire_end(&out, 1);
	assert_string_equal(aiot_out_str(&out), "\x15"
						"123456789*29B1\n");
	assert_int_equal(aiot_wire_check(buf + 1, out.len - 2), 9);
	assert_int_equal(aiot_wire_check("123456789*29B1", 14), 9);
	assert_int_equal(aiot_wire_check("123456789*29b1", 14), 9);
}

static void a_line_without_its_sum_or_with_another_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"123456789*29B1\n",
		"123456789*29B1\r",
		"123456789*\0229B1",
		"*",
		"29B1",
		"*29B1",
		"123456789",
		"123456789*29B",
		"123456789*29B11",
		"123456789*29B2",
		"123456789*29G1",
		"123456789 29B1",
		"12345678*29B1",
		"123456789*29B1 ",
		"123456789**29B1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(aiot_wire_check(wrong[i], strlen(wrong[i])), -AIOT_EBADMSG);
}

static void behind_a_right_sum_nothing_else_may_stand(void **state)
{
	struct aiot_wire_sum sum = {.crc = AIOT_WIRE_CRC_INIT};
	size_t i;

	(void)state;
	assert_false(aiot_wire_sum_right(&sum));
	for (i = 0; i < 14; i++) {
		assert_false(aiot_wire_sum_right(&sum));
		aiot_wire_sum_add(&sum, "123456789*29B1"[i]);
	}
	assert_true(aiot_wire_sum_right(&sum));
	for (i = 0; i < 1000; i++) { /* 0 is what it would go on with */
		aiot_wire_sum_add(&sum, '0');
		assert_false(aiot_wire_sum_right(&sum));
	}
}

static void a_burst_of_up_to_sixteen_bits_anywhere_is_seen(void **state)
{
	static const char text[] = "{\"method\":\"io.aiotools.Task.List\"}";
	char buf[64];
	struct aiot_out out;
	unsigned burst;
	size_t i;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, text);
	aiot_wire_end(&out, 0);
	for (i = 0; i + 1 < sizeof(text) - 1; i++) {
		for (burst = 1; burst < 0x10000; burst += 7) {
			buf[i] = (char)(text[i] ^ (int)(burst >> 8));
			buf[i + 1] = (char)(text[i + 1] ^ (int)(burst & 255));
			assert_int_equal(aiot_wire_check(buf, out.len - 1), -AIOT_EBADMSG);
		}
		buf[i] = text[i];
		buf[i + 1] = text[i + 1];
	}
	assert_int_equal(aiot_wire_check(buf, out.len - 1), sizeof(text) - 1);
}

static void what_did_not_fit_gets_no_sum(void **state)
{
	char buf[8];
	struct aiot_out out;

	(void)state;
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_out_text(&out, "123456789");
	aiot_wire_end(&out, 0);
	assert_int_equal(out.error, -AIOT_ENOSPC);
	assert_int_equal(out.len, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_sum_is_crc_16_ccitt_false),
		cmocka_unit_test(a_line_ends_with_its_sum_and_is_found_right_again),
		cmocka_unit_test(a_line_without_its_sum_or_with_another_is_refused),
		cmocka_unit_test(behind_a_right_sum_nothing_else_may_stand),
		cmocka_unit_test(a_burst_of_up_to_sixteen_bits_anywhere_is_seen),
		cmocka_unit_test(what_did_not_fit_gets_no_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
