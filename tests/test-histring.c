/*
 * test-histring.c - runs in a ring: against a plain array that remembers all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "histring.h"

static uint64_t mem[AIOT_HISTRING_MIN / 8];
static struct aiot_histring ring;
static char value[AIOT_RUN_VALUE_MAX];

static int setup(void **state)
{
	aiot_histring_init(&ring, mem, sizeof(mem));
	memset(value, 'v', sizeof(value));
	return 0;
}

/* All of a run follows from its id and length. */
static void add(uint64_t id, uint32_t len)
{
	char name[24];
	struct aiot_run run = {
		.id = id,
		.start_us = (int64_t)id * 10,
		.end_us = (int64_t)id * 10 + 1,
		.name = name,
		.value = value,
		.value_len = len,
		.outcome = (uint8_t)(id % 5),
		.kind = AIOT_RUN_RESULT,
		.cut = id % 2,
	};

	run.name_len = (uint8_t)snprintf(name, sizeof(name), "task-%llu", (unsigned long long)id);
	aiot_histring_add(&ring, &run);
}

static void check(const struct aiot_run *run, uint64_t id)
{
	char name[24];
	int len = snprintf(name, sizeof(name), "task-%llu", (unsigned long long)id);

	assert_int_equal(run->id, id);
	assert_int_equal(run->start_us, id * 10);
	assert_int_equal(run->end_us, id * 10 + 1);
	assert_int_equal(run->outcome, id % 5);
	assert_int_equal(run->cut, id % 2);
	assert_int_equal(run->name_len, len);
	assert_memory_equal(run->name, name, (size_t)len);
	assert_memory_equal(run->value, value, run->value_len);
}

static void walk_all(void)
{
	struct aiot_histcursor cursor = {0}, first;
	struct aiot_run run;
	uint64_t id = ring.first_id;
	uint32_t n = 0;

	while (aiot_histring_next(&ring, &cursor, &run)) {
		check(&run, id++);
		n++;
	}
	assert_int_equal(id, ring.next_id);
	assert_int_equal(n, ring.count);
	aiot_histring_newest(&ring, &cursor);
	while (aiot_histring_prev(&ring, &cursor, &run))
		check(&run, --id);
	assert_int_equal(id, ring.first_id);
	first = cursor;
	assert_true(ring.count == 0 || aiot_histring_next(&ring, &first, &run));
}

static void an_empty_ring_has_nothing(void **state)
{
	struct aiot_histcursor cursor = {0};
	struct aiot_run run;

	assert_false(aiot_histring_next(&ring, &cursor, &run));
	aiot_histring_newest(&ring, &cursor);
	assert_false(aiot_histring_prev(&ring, &cursor, &run));
	assert_int_equal(ring.next_id, 1);
	walk_all();
}

/* Lengths that make it wrap at every place, and fill it to the last byte. */
static void the_newest_are_there_in_order_whatever_their_length(void **state)
{
	uint32_t seed = 1, id = 1;

	for (; id < 20000; id++) {
		seed = seed * 1664525u + 1013904223u;
		add(id, seed >> 20 < AIOT_RUN_VALUE_MAX ? (seed >> 20) % (id % 7 ? 90 : 4096) : 0);
		if (id % 13 == 0 || id < 300)
			walk_all();
		assert_int_equal(ring.next_id, id + 1);
	}
	assert_true(ring.count >= 3);
}

static void the_longest_run_fits_into_the_smallest_ring(void **state)
{
	uint64_t id;

	for (id = 1; id < 100; id++) {
		add(id, AIOT_RUN_VALUE_MAX);
		walk_all();
	}
	assert_true(ring.count >= 2);
}

/* One that follows: each run comes once, in order, and what is overwritten is left out. */
static void a_cursor_goes_on_whatever_was_added_or_overwritten(void **state)
{
	struct aiot_histcursor cursor = {0}, back;
	struct aiot_run run;
	uint64_t id = 0, last = 0, behind;
	uint32_t seed = 7;

	for (;;) {
		unsigned n;

		seed = seed * 1664525u + 1013904223u;
		for (n = 0; n < seed >> 28; n++)
			add(++id, (seed >> 8) % 1500);
		for (n = 0; n < (seed >> 24) % 12; n++) {
			if (!aiot_histring_next(&ring, &cursor, &run))
				break;
			check(&run, run.id);
			assert_true(run.id > last);
			assert_true(run.id == last + 1 || run.id == ring.first_id);
			last = run.id;
		}
		back = cursor;
		behind = back.id;
		if (aiot_histring_prev(&ring, &back, &run)) {
			check(&run, behind - 1);
			assert_true(run.id >= ring.first_id);
		}
		if (id > 5000)
			break;
	}
}

/* Of a database of which some were deleted. */
static void ids_may_have_gaps(void **state)
{
	struct aiot_histcursor cursor = {.id = 0};
	struct aiot_run run;
	uint64_t id;

	for (id = 3; id < 3000; id += 3)
		add(id, 50);
	for (id = ring.first_id; aiot_histring_next(&ring, &cursor, &run); id += 3)
		check(&run, id);
	assert_int_equal(id, 3000);
	aiot_histring_newest(&ring, &cursor);
	for (id = 2997; aiot_histring_prev(&ring, &cursor, &run); id -= 3)
		check(&run, id);
	assert_int_equal(id + 3, ring.first_id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_ring_has_nothing, setup),
		cmocka_unit_test_setup(the_newest_are_there_in_order_whatever_their_length, setup),
		cmocka_unit_test_setup(the_longest_run_fits_into_the_smallest_ring, setup),
		cmocka_unit_test_setup(a_cursor_goes_on_whatever_was_added_or_overwritten, setup),
		cmocka_unit_test_setup(ids_may_have_gaps, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
