/*
 * test-index-table.c - index-table.c, a board's names: a sorted table that may be a constant.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "index.h"

#define ENTRIES 5

static const struct aiot_spec specs[ENTRIES] = {
	{.name = "a"}, {.name = "a.b"}, {.name = "b"}, {.name = "ba"}, {.name = "c"},
};
static struct aiot_entry entries[ENTRIES] = {
	{.spec = &specs[0]}, {.spec = &specs[1]}, {.spec = &specs[2]},
	{.spec = &specs[3]}, {.spec = &specs[4]},
};
static struct aiot_entry *const sorted[ENTRIES] = {
	&entries[0], &entries[1], &entries[2], &entries[3], &entries[4],
};

static void a_constant_table_is_found_in(void **state)
{
	const struct aiot_index index = {sorted, ENTRIES, 0};
	unsigned i;

	(void)state;
	for (i = 0; i < ENTRIES; i++)
		assert_ptr_equal(aiot_index_find(&index, specs[i].name), &entries[i]);
	assert_null(aiot_index_find(&index, ""));
	assert_null(aiot_index_find(&index, "aa"));
	assert_null(aiot_index_find(&index, "b."));
	assert_null(aiot_index_find(&index, "cc"));
}

static void a_walk_goes_on_behind_a_name_whether_it_is_there_or_not(void **state)
{
	const struct aiot_index index = {sorted, ENTRIES, 0};

	(void)state;
	assert_ptr_equal(aiot_index_from(&index, "", true), &entries[0]);
	assert_ptr_equal(aiot_index_from(&index, "a", false), &entries[0]);
	assert_ptr_equal(aiot_index_from(&index, "a", true), &entries[1]);
	assert_ptr_equal(aiot_index_from(&index, "a.c", true), &entries[2]);
	assert_ptr_equal(aiot_index_from(&index, "a.c", false), &entries[2]);
	assert_null(aiot_index_from(&index, "c", true));
	assert_null(aiot_index_from(&index, "d", false));
}

static void an_empty_one_has_nothing(void **state)
{
	const struct aiot_index index = {sorted, 0, 0};

	(void)state;
	assert_null(aiot_index_find(&index, "a"));
	assert_null(aiot_index_from(&index, "", false));
}

static void in_whatever_order_they_come_they_are_sorted(void **state)
{
	static const uint8_t orders[][ENTRIES] = {
		{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 4, 0, 3, 1}, {3, 0, 4, 1, 2}};
	struct aiot_entry *table[ENTRIES];
	unsigned i, n;

	(void)state;
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct aiot_index index = {table, 0, ENTRIES};

		for (n = 0; n < ENTRIES; n++)
			assert_int_equal(aiot_index_insert(&index, &entries[orders[i][n]]), 0);
		assert_int_equal(index.count, ENTRIES);
		assert_memory_equal(table, sorted, sizeof(sorted));
	}
}

static void full_is_an_error_and_changes_nothing(void **state)
{
	struct aiot_entry *table[ENTRIES] = {NULL};
	struct aiot_index index = {table, 0, 2};

	(void)state;
	assert_int_equal(aiot_index_insert(&index, &entries[3]), 0);
	assert_int_equal(aiot_index_insert(&index, &entries[1]), 0);
	assert_int_equal(aiot_index_insert(&index, &entries[0]), -AIOT_ENOSPC);
	assert_int_equal(index.count, 2);
	assert_ptr_equal(table[0], &entries[1]);
	assert_ptr_equal(table[1], &entries[3]);
	assert_null(table[2]);
	index = (struct aiot_index){sorted, ENTRIES, 0}; /* a constant: not written */
	assert_int_equal(aiot_index_insert(&index, &entries[0]), -AIOT_ENOSPC);
}

static void what_was_removed_makes_room(void **state)
{
	struct aiot_entry *table[ENTRIES];
	struct aiot_index index = {table, ENTRIES, ENTRIES};
	unsigned i;

	(void)state;
	memcpy(table, sorted, sizeof(table));
	aiot_index_remove(&index, &entries[2]);
	assert_null(aiot_index_find(&index, "b"));
	assert_ptr_equal(aiot_index_find(&index, "ba"), &entries[3]);
	aiot_index_remove(&index, &entries[2]); /* it is in there no more */
	assert_int_equal(index.count, ENTRIES - 1);
	assert_int_equal(aiot_index_insert(&index, &entries[2]), 0);
	assert_memory_equal(table, sorted, sizeof(sorted));
	for (i = 0; i < ENTRIES; i++)
		aiot_index_remove(&index, &entries[i]);
	assert_int_equal(index.count, 0);
	assert_null(aiot_index_from(&index, "", false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_table_is_found_in),
		cmocka_unit_test(a_walk_goes_on_behind_a_name_whether_it_is_there_or_not),
		cmocka_unit_test(an_empty_one_has_nothing),
		cmocka_unit_test(in_whatever_order_they_come_they_are_sorted),
		cmocka_unit_test(full_is_an_error_and_changes_nothing),
		cmocka_unit_test(what_was_removed_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
