/*
 * test-units-board.c - lib/mcu/units.c: blocks that do not overlap, a full array, nothing lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "units.h"

static struct aiot_units units;

static int units_setup(void **state)
{
	(void)state;
	memset(&units, 0, sizeof(units));
	memset(units.unit, 0xa5, sizeof(units.unit)); /* nobody clears it */
	return 0;
}

static void blocks_are_as_near_to_the_beginning_as_can_be(void **state)
{
	char *begin = (char *)units.unit;
	void *a, *b, *c;

	(void)state;
	a = aiot_units_take(&units, 1);
	b = aiot_units_take(&units, AIOT_UNIT_BYTES + 1);
	c = aiot_units_take(&units, AIOT_UNIT_BYTES);
	assert_ptr_equal(a, begin);
	assert_ptr_equal(b, begin + AIOT_UNIT_BYTES);
	assert_ptr_equal(c, begin + 3 * AIOT_UNIT_BYTES);
	aiot_units_give(&units, b, AIOT_UNIT_BYTES + 1);
	assert_ptr_equal(aiot_units_take(&units, 3 * AIOT_UNIT_BYTES), begin + 4 * AIOT_UNIT_BYTES);
	assert_ptr_equal(aiot_units_take(&units, 2 * AIOT_UNIT_BYTES), b);
	assert_int_equal(units.in_use, 7);
	assert_int_equal(units.most, 7);
}

static void full_is_null_and_nothing_is_lost(void **state)
{
	void *block;
	unsigned i;

	(void)state;
	assert_null(aiot_units_take(&units, 0));
	assert_null(aiot_units_take(&units, sizeof(units.unit) + 1));
	assert_null(aiot_units_take(&units, SIZE_MAX));
	block = aiot_units_take(&units, sizeof(units.unit));
	assert_non_null(block);
	assert_null(aiot_units_take(&units, 1));
	aiot_units_give(&units, block, sizeof(units.unit));
	for (i = 0; i < AIOT_UNIT_COUNT; i++)
		assert_non_null(aiot_units_take(&units, AIOT_UNIT_BYTES));
	assert_null(aiot_units_take(&units, 1));
	/* Two free ones that are no neighbours are not enough for two. */
	aiot_units_give(&units, units.unit[0], 1);
	aiot_units_give(&units, units.unit[2], 1);
	assert_null(aiot_units_take(&units, AIOT_UNIT_BYTES + 1));
	assert_ptr_equal(aiot_units_take(&units, 1), units.unit[0]);
	assert_ptr_equal(aiot_units_take(&units, 1), units.unit[2]);
	assert_int_equal(units.most, AIOT_UNIT_COUNT);
}

static void what_is_taken_is_nobody_elses(void **state)
{
	struct {
		unsigned char *mem;
		size_t size;
	} block[40] = {{NULL, 0}};
	unsigned i, round;
	size_t at;

	(void)state;
	srand(1);
	for (round = 0; round < 20000; round++) {
		i = (unsigned)rand() % 40;
		if (block[i].mem != NULL) {
			for (at = 0; at < block[i].size; at++)
				assert_int_equal(block[i].mem[at], i);
			aiot_units_give(&units, block[i].mem, block[i].size);
			block[i].mem = NULL;
			continue;
		}
		block[i].size = 1 + (size_t)rand() % 200;
		block[i].mem = aiot_units_take(&units, block[i].size);
		if (block[i].mem != NULL)
			memset(block[i].mem, (int)i, block[i].size);
	}
	for (i = 0; i < 40; i++) {
		if (block[i].mem != NULL)
			aiot_units_give(&units, block[i].mem, block[i].size);
	}
	assert_int_equal(units.in_use, 0);
	for (i = 0; i < AIOT_UNIT_WORDS; i++)
		assert_int_equal(units.taken[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(blocks_are_as_near_to_the_beginning_as_can_be, units_setup),
		cmocka_unit_test_setup(full_is_null_and_nothing_is_lost, units_setup),
		cmocka_unit_test_setup(what_is_taken_is_nobody_elses, units_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
