/*
 * test-ring-read-small.c - the small boards' log ring, read: cursors, what they lost, each boot's
 * clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring-readers.h"

#define UNSET INT64_C(0)
#define SET INT64_C(1704067200000000000)

static const uint8_t boots[6][16] = {
	"first boot id .", "second boot id.", "third boot id .",
	"fourth boot id.", "fifth boot id .", "sixth boot id .",
};

static void a_follower_misses_nothing(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_oldest(&b.ring, &cursor); /* there is none */
	for (uint64_t seq = 1; seq < 300; seq++) {
		assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		bench_add(&b.ring, 1);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		assert_int_equal(lost, 0);
		bench_check_record(&rec, seq);
	}
	bench_close(&b);
}

/* A hint is 32 bits that the reader kept: any of them must give the right record. */
static void a_false_hint_is_not_believed(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t first, lost;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	first = b.ring.first_seq;
	for (uint32_t offset = 0; offset < BENCH_SIZE + 16; offset++) {
		uint64_t seq = first + offset % (b.ring.next_seq - first);

		cursor.seq = seq;
		cursor.offset = offset < BENCH_SIZE ? offset : UINT32_MAX - (offset - BENCH_SIZE);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		assert_int_equal(lost, 0);
		bench_check_record(&rec, seq);
	}
	bench_close(&b);
}

static void a_cursor_from_the_future_waits(void **state)
{
	struct aiot_ring_cursor cursor = {.seq = 1000, .offset = 8};
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost = 9;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 5);
	assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 0);
	assert_int_equal(cursor.seq, 1000);
	bench_close(&b);
}

/* What is behind a record that was scribbled over is given up, and said to be lost. */
static void a_damaged_record_ends_what_can_be_read(void **state)
{
	struct aiot_ring_cursor cursor = {0};
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 3);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(rec.seq, 1);
	((struct ring_record *)(void *)(b.ring.data + ring_at(&b.ring, 0)->size))->mono_ns ^= 1;
	assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 2);
	bench_add(&b.ring, 1);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 0);
	bench_check_record(&rec, 4);
	/* The oldest, too. */
	ring_at(&b.ring, 0)->level ^= 4;
	cursor = (struct aiot_ring_cursor){0};
	assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 4);
	bench_close(&b);
}

/* ---- clock --------------------------------------------------------------------------------- */

static void add_at(struct bench *b, int64_t mono_ns)
{
	aiot_ring_append(&b->ring, (uint64_t)mono_ns, 0, "", 0, "", 0);
}

static void expect_wall(struct bench *b, uint64_t seq, int64_t wall_ns)
{
	struct aiot_ring_cursor cursor = {.seq = seq, .offset = UINT32_MAX};
	struct aiot_ring_record rec;

	assert_true(aiot_ring_next(&b->ring, &cursor, &rec, NULL));
	assert_int_equal(rec.seq, seq);
	assert_int_equal(rec.wall_ns, wall_ns);
}

static void without_a_clock_wall_is_mono(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	add_at(&b, 5);
	expect_wall(&b, 1, 5);
	bench_close(&b);
}

static void a_clock_that_is_set_holds_for_all_of_its_boot(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boots[0], UNSET);
	add_at(&b, 100);
	expect_wall(&b, 1, 100);
	aiot_ring_clock(&b.ring, boots[0], SET);
	expect_wall(&b, 1, SET + 100);
	aiot_ring_clock(&b.ring, boots[0], SET - 50);
	add_at(&b, 200);
	expect_wall(&b, 1, SET + 50);
	expect_wall(&b, 2, SET + 150);
	assert_int_equal(b.ring.header->epoch_count, 1);
	bench_close(&b);
}

static void a_log_keeps_its_times_over_resets(void **state)
{
	struct aiot_ring again;
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(aiot_ring_attach(&again, b.mem, b.size, NULL), 0);
		b.ring = again;
		aiot_ring_clock(&b.ring, boots[i], UNSET);
		add_at(&b, 7);
		aiot_ring_clock(&b.ring, boots[i], SET + (int64_t)i * 1000);
		add_at(&b, 9);
	}
	/* So many are kept. */
	for (unsigned i = 6 - AIOT_RING_EPOCHS; i < 6; i++) {
		expect_wall(&b, 2 * i + 1, SET + (int64_t)i * 1000 + 7);
		expect_wall(&b, 2 * i + 2, SET + (int64_t)i * 1000 + 9);
	}
	expect_wall(&b, 2 * (6 - AIOT_RING_EPOCHS), 9);
	bench_close(&b);
}

static void a_torn_epoch_is_as_if_forgotten(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boots[0], SET);
	add_at(&b, 1);
	aiot_ring_clock(&b.ring, boots[1], SET + 100);
	add_at(&b, 1);
	b.ring.header->epochs[1].offset_ns ^= 1;
	expect_wall(&b, 1, 1);
	expect_wall(&b, 2, SET + 101);
	aiot_ring_clock(&b.ring, boots[2], SET + 200);
	b.ring.header->epochs[2].from_seq = 77;
	add_at(&b, 1);
	expect_wall(&b, 3, SET + 201);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_that_fell_behind_learns_how_many_it_lost),
		cmocka_unit_test(a_follower_misses_nothing),
		cmocka_unit_test(a_false_hint_is_not_believed),
		cmocka_unit_test(a_cursor_from_the_future_waits),
		cmocka_unit_test(a_damaged_record_ends_what_can_be_read),
		cmocka_unit_test(without_a_clock_wall_is_mono),
		cmocka_unit_test(a_clock_that_is_set_holds_for_all_of_its_boot),
		cmocka_unit_test(a_log_keeps_its_times_over_resets),
		cmocka_unit_test(a_torn_epoch_is_as_if_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
