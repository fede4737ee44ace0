/*
 * test-pastfile.c - the bytes of last runs: what is written is read, and nothing else ever is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "aiotools.h"
#include "pastfile.h"

#define SLOTS 4u
#define BYTES 2048u

static uint64_t mem[BYTES / 8], copy[BYTES / 8];

static struct aiot_past_record record_of(uint64_t serial)
{
	struct aiot_past_record r = {.serial = serial, .run_mono_ns = serial * 7, .seen_us = 5};

	aiot_past_init(&r.past);
	aiot_past_note(&r.past, AIOT_ACTION_RUN, (int64_t)serial);
	aiot_past_note(&r.past, AIOT_ACTION_FAIL, (int64_t)serial + 1);
	memset(r.boot, (int)serial, sizeof(r.boot));
	return r;
}

static void put(uint32_t i, const char *name, uint64_t serial)
{
	struct aiot_past_record r = record_of(serial);

	aiot_pastfile_put(mem, i, name, &r);
}

/* The serial in slot i, of which all must be as it was put; 0: empty; -1: damaged. */
static int64_t get(const void *from, uint32_t i, const char *name, uint32_t *damaged)
{
	struct aiot_past_record r, want;
	char got[AIOT_NAME_MAX + 1];
	int found = aiot_pastfile_get(from, i, got, &r, damaged);

	if (found <= 0)
		return found < 0 ? -1 : 0;
	want = record_of(r.serial);
	assert_string_equal(got, name);
	assert_memory_equal(&r, &want, sizeof(r));
	return (int64_t)r.serial;
}

static int setup(void **state)
{
	memset(mem, 0, sizeof(mem));
	aiot_pastfile_format(mem, SLOTS);
	return 0;
}

static void a_new_file_is_empty(void **state)
{
	uint32_t slots = 9, lost = 9, damaged = 0, i;

	assert_int_equal(aiot_pastfile_bytes(SLOTS), 64 + SLOTS * 264);
	assert_int_equal(aiot_pastfile_check(mem, aiot_pastfile_bytes(SLOTS), &slots, &lost), 0);
	assert_int_equal(slots, SLOTS);
	assert_int_equal(lost, 0);
	for (i = 0; i < SLOTS; i++)
		assert_int_equal(get(mem, i, "", &damaged), 0);
	assert_int_equal(damaged, 0);
}

static void the_newest_record_of_a_slot_is_read(void **state)
{
	char longest[AIOT_NAME_MAX + 1];
	uint32_t damaged = 0;
	uint64_t serial;

	memset(longest, 'x', AIOT_NAME_MAX);
	longest[AIOT_NAME_MAX] = '\0';
	for (serial = 1; serial < 20; serial++) {
		put(1, "hello.service", serial);
		put(2, longest, 100 + serial);
		assert_int_equal(get(mem, 1, "hello.service", &damaged), serial);
		assert_int_equal(get(mem, 2, longest, &damaged), 100 + serial);
	}
	assert_int_equal(get(mem, 0, "", &damaged), 0);
	assert_int_equal(damaged, 0);
}

/* The checksum is what tells: whatever byte is wrong, an old record comes, or none. */
static void a_flipped_byte_is_never_believed(void **state)
{
	size_t at, size = aiot_pastfile_bytes(2);
	unsigned bit;

	put(0, "one", 1);
	put(0, "one", 2);
	put(1, "two", 3);
	for (at = 64; at < size; at++) {
		for (bit = 1; bit < 256; bit <<= 1) {
			uint32_t damaged = 0;
			int64_t first, second;

			memcpy(copy, mem, sizeof(mem));
			((uint8_t *)copy)[at] ^= (uint8_t)bit;
			first = get(copy, 0, "one", &damaged);
			second = get(copy, 1, "two", &damaged);
			assert_true(first == 2 || first == 1 || first == -1);
			assert_true(second == 3 || second == -1);
			/* The second slot's unwritten copy is damaged when it becomes something. */
			if (first != 2 || second != 3)
				assert_int_equal(damaged, 1);
		}
	}
}

static void a_flipped_byte_of_the_header_is_seen(void **state)
{
	uint32_t slots, lost;
	size_t at;

	for (at = 0; at < 24; at++) {
		memcpy(copy, mem, sizeof(mem));
		((uint8_t *)copy)[at] ^= 0x10;
		assert_int_equal(
			aiot_pastfile_check(copy, aiot_pastfile_bytes(SLOTS), &slots, &lost),
			-AIOT_EBADMSG);
	}
}

static void a_file_of_the_other_byte_order_is_not_believed(void **state)
{
	uint32_t slots, lost;
	size_t at;

	(void)state;
	memcpy(copy, mem, sizeof(mem));
	for (at = 8; at < 24; at += 4) {
		uint32_t number;

		memcpy(&number, (uint8_t *)copy + at, 4);
		number = __builtin_bswap32(number);
		memcpy((uint8_t *)copy + at, &number, 4);
	}
	assert_int_equal(aiot_pastfile_check(copy, aiot_pastfile_bytes(SLOTS), &slots, &lost),
			 -AIOT_EBADMSG);
}

static void of_a_file_that_is_cut_off_whole_slots_are_read(void **state)
{
	size_t size = aiot_pastfile_bytes(SLOTS), len;
	uint32_t slots, lost, damaged = 0, i;

	for (i = 0; i < SLOTS; i++)
		put(i, "n", i + 1);
	for (len = 0; len <= size; len++) {
		int r = aiot_pastfile_check(mem, len, &slots, &lost);

		assert_int_equal(r, len < 64 ? -AIOT_EBADMSG : 0);
		if (r < 0)
			continue;
		assert_int_equal(slots, (len - 64) / 264);
		assert_int_equal(slots + lost, SLOTS);
		for (i = 0; i < slots; i++)
			assert_int_equal(get(mem, i, "n", &damaged), i + 1);
	}
	assert_int_equal(damaged, 0);
}

/* As a kill in between leaves it: the checksum is taken away first and comes back last. */
static void a_record_that_was_being_written_does_not_count_nor_as_damage(void **state)
{
	uint32_t damaged = 0;

	put(0, "one", 1);
	put(0, "one", 2);
	/* slot 0, copy 1 (serial 2) begins at 64 + 72 + 96 */
	memset((char *)mem + 64 + 72 + 96, 0, 4);
	memset((char *)mem + 64 + 72 + 96 + 20, 0x5a, 30);
	assert_int_equal(get(mem, 0, "one", &damaged), 1);
	assert_int_equal(damaged, 0);
	put(0, "one", 3);
	assert_int_equal(get(mem, 0, "one", &damaged), 3);
	assert_int_equal(damaged, 0);
}

static void a_name_that_no_task_has_is_damage(void **state)
{
	uint32_t damaged = 0;

	put(0, "a b", 1); /* with a right checksum */
	assert_int_equal(get(mem, 0, "", &damaged), -1);
	assert_int_equal(damaged, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_new_file_is_empty, setup),
		cmocka_unit_test_setup(the_newest_record_of_a_slot_is_read, setup),
		cmocka_unit_test_setup(a_flipped_byte_is_never_believed, setup),
		cmocka_unit_test_setup(a_flipped_byte_of_the_header_is_seen, setup),
		cmocka_unit_test_setup(a_file_of_the_other_byte_order_is_not_believed, setup),
		cmocka_unit_test_setup(of_a_file_that_is_cut_off_whole_slots_are_read, setup),
		cmocka_unit_test_setup(a_record_that_was_being_written_does_not_count_nor_as_damage,
				       setup),
		cmocka_unit_test_setup(a_name_that_no_task_has_is_damage, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
