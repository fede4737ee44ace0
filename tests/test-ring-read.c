/*
 * test-ring-read.c - the log ring's readers: cursors, what they lost, and the time of day.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring-readers.h"

#define MS INT64_C(1000000)
#define SET INT64_C(1704067200000000000) /* 2024-01-01 UTC */

static const uint8_t boot_a[16] = "first boot id .", boot_b[16] = "second boot id.";

static void what_was_before_a_reader_may_be_gone(void **state)
{
	struct aiot_ring_cursor cursor = {0};
	struct aiot_ring_record rec;
	struct bench b;

	(void)state;
	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 2);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, NULL));
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, NULL));
	assert_true(aiot_ring_prev(&b.ring, &cursor, &rec));
	bench_check_record(&rec, 2);
	bench_add(&b.ring, 100);
	assert_false(aiot_ring_prev(&b.ring, &cursor, &rec));
	bench_close(&b);
}

static void a_follower_misses_nothing(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_newest(&b.ring, &cursor);
	for (uint64_t seq = 1; seq < 300; seq++) {
		assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		bench_add(&b.ring, 1);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		assert_int_equal(lost, 0);
		bench_check_record(&rec, seq);
		assert_true(aiot_ring_prev(&b.ring, &cursor, &rec));
		bench_check_record(&rec, seq);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	}
	bench_close(&b);
}

static void a_seek_finds_each_record_and_nothing_else(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_seek(&b.ring, 1, &cursor);
	assert_int_equal(cursor.seq, 1);
	bench_add(&b.ring, 100);
	for (uint64_t seq = b.ring.first_seq; seq < b.ring.next_seq; seq++) {
		aiot_ring_seek(&b.ring, seq, &cursor);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		assert_int_equal(lost, 0);
		bench_check_record(&rec, seq);
		aiot_ring_seek(&b.ring, seq, &cursor);
		assert_int_equal(aiot_ring_prev(&b.ring, &cursor, &rec), seq > b.ring.first_seq);
	}
	aiot_ring_seek(&b.ring, 0, &cursor);
	assert_int_equal(cursor.seq, b.ring.first_seq);
	aiot_ring_seek(&b.ring, b.ring.first_seq - 1, &cursor);
	assert_int_equal(cursor.seq, b.ring.first_seq);
	aiot_ring_seek(&b.ring, UINT64_MAX, &cursor);
	assert_int_equal(cursor.seq, b.ring.next_seq);
	bench_close(&b);
}

/* A hint is 32 bits that the reader kept: any of them must give the right record. */
static void a_false_hint_is_not_believed(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t first, seq, lost;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	first = b.ring.first_seq;
	for (uint32_t offset = 0; offset < BENCH_SIZE + 16; offset++) {
		seq = first + offset % (b.ring.next_seq - first);
		cursor.seq = seq;
		cursor.offset = offset < BENCH_SIZE ? offset : UINT32_MAX - (offset - BENCH_SIZE);
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		bench_check_record(&rec, seq);
		cursor.seq = seq + 1;
		cursor.offset = offset;
		assert_true(aiot_ring_prev(&b.ring, &cursor, &rec));
		bench_check_record(&rec, seq);
	}
	bench_close(&b);
}

static void a_cursor_from_the_future_waits_and_goes_back_from_the_end(void **state)
{
	struct aiot_ring_cursor cursor = {.seq = UINT64_MAX, .offset = 8};
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost = 9;

	bench_open(&b, BENCH_SIZE);
	assert_false(aiot_ring_prev(&b.ring, &cursor, &rec));
	cursor.seq = 1000;
	bench_add(&b.ring, 5);
	assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 0);
	assert_true(aiot_ring_prev(&b.ring, &cursor, &rec));
	bench_check_record(&rec, 5);
	bench_close(&b);
}

/* ---- clock --------------------------------------------------------------------------------- */

static void add_at(struct bench *b, int64_t mono_ns)
{
	aiot_ring_append(&b->ring, (uint64_t)mono_ns, 0, "", 0, "", 0);
}

static void expect_wall(struct bench *b, uint64_t seq, int64_t wall_ns, const uint8_t *boot)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;

	aiot_ring_seek(&b->ring, seq, &cursor);
	assert_true(aiot_ring_next(&b->ring, &cursor, &rec, NULL));
	assert_int_equal(rec.seq, seq);
	assert_int_equal(rec.wall_ns, wall_ns);
	assert_memory_equal(rec.boot, boot, 16);
}

static void without_a_clock_wall_is_mono(void **state)
{
	static const uint8_t none[16];
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	add_at(&b, 5);
	expect_wall(&b, 1, 5, none);
	bench_close(&b);
}

#if !AIOT_BOARD
static void a_step_counts_from_the_next_record_on(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boot_a, SET);
	add_at(&b, 1);
	aiot_ring_clock(&b.ring, boot_a, SET + 3600000 * MS);
	add_at(&b, 2);
	aiot_ring_clock(&b.ring, boot_b, SET + 3600000 * MS); /* another boot, the same offset */
	add_at(&b, 3);
	assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE, NULL), 0);
	expect_wall(&b, 1, SET + 1, boot_a);
	expect_wall(&b, 2, SET + 3600000 * MS + 2, boot_a);
	expect_wall(&b, 3, SET + 3600000 * MS + 3, boot_b);
	bench_close(&b);
}
#endif

static void only_a_step_of_over_10_ms_is_a_new_epoch(void **state)
{
	static const struct {
		int64_t step;
		bool counts;
	} cases[] = {{10 * MS, false},	   {-10 * MS, false},	    {10 * MS + 1, true},
		     {-10 * MS - 1, true}, {INT64_MAX - SET, true}, {INT64_MIN, true}};
	struct bench b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench_open(&b, BENCH_SIZE);
		aiot_ring_clock(&b.ring, boot_a, SET);
		add_at(&b, 0);
		aiot_ring_clock(&b.ring, boot_a, SET + cases[i].step);
		add_at(&b, 0);
		assert_int_equal(b.ring.header->epoch_count, cases[i].counts ? 2 : 1);
		expect_wall(&b, 1, SET, boot_a);
		bench_close(&b);
	}
}

static void steps_without_records_take_no_room(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boot_a, SET);
	add_at(&b, 1);
	for (int64_t i = 0; i < 100; i++)
		aiot_ring_clock(&b.ring, boot_b, SET + i * 1000 * MS);
	add_at(&b, 2);
	assert_int_equal(b.ring.header->epoch_count, 2);
	expect_wall(&b, 1, SET + 1, boot_a);
	expect_wall(&b, 2, SET + 99000 * MS + 2, boot_b);
	bench_close(&b);
}

static void a_forgotten_epoch_shows_the_next_ones_offset(void **state)
{
	struct bench b;

	bench_open(&b, 2 * BENCH_SIZE);
	for (int64_t i = 0; i < AIOT_RING_EPOCHS + 2; i++) {
		aiot_ring_clock(&b.ring, boot_a, SET + i * 1000 * MS);
		add_at(&b, i);
	}
	expect_wall(&b, 1, SET + 2000 * MS, boot_a);
	expect_wall(&b, 2, SET + 2000 * MS + 1, boot_a);
	for (uint64_t seq = 3; seq < b.ring.next_seq; seq++)
		expect_wall(&b, seq, SET + ((int64_t)seq - 1) * (1000 * MS + 1), boot_a);
	bench_close(&b);
}

#if !AIOT_BOARD
static void a_torn_epoch_is_as_if_forgotten(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	for (int64_t i = 0; i < 3; i++) {
		aiot_ring_clock(&b.ring, boot_a, SET + i * 1000 * MS);
		add_at(&b, 0);
	}
	b.ring.header->epochs[1].boot[3] ^= 1;
	expect_wall(&b, 1, SET, boot_a);
	expect_wall(&b, 2, SET, boot_a);
	expect_wall(&b, 3, SET + 2000 * MS, boot_a);
	b.ring.header->epochs[0].from_seq ^= 1;
	expect_wall(&b, 1, SET + 2000 * MS, boot_a);
	b.ring.header->epochs[2].offset_ns ^= 1;
	expect_wall(&b, 3, 0, (const uint8_t[16]){0});
	aiot_ring_clock(&b.ring, boot_b, SET);
	expect_wall(&b, 3, SET, boot_b);
	bench_close(&b);
}

static void times_before_the_clock_was_set_are_corrected(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boot_a, 0); /* a board without a battery: 1970 */
	add_at(&b, 5 * MS);
	aiot_ring_clock(&b.ring, boot_b, 100 * MS);
	add_at(&b, 6 * MS);
	add_at(&b, SET);			    /* this one's own wall is set */
	aiot_ring_clock(&b.ring, boot_b, 200 * MS); /* still not set */
	add_at(&b, 7 * MS);
	expect_wall(&b, 2, 106 * MS, boot_b);
	aiot_ring_clock(&b.ring, boot_b, SET + 1000 * MS);
	add_at(&b, 8 * MS);
	aiot_ring_clock(&b.ring, boot_b, SET + 9000 * MS);
	add_at(&b, 9 * MS);
	expect_wall(&b, 1, 5 * MS, boot_a); /* nothing is known about that boot */
	expect_wall(&b, 2, SET + 1006 * MS, boot_b);
	expect_wall(&b, 3, SET + 100 * MS, boot_b);
	expect_wall(&b, 4, SET + 1007 * MS, boot_b);
	expect_wall(&b, 5, SET + 1008 * MS, boot_b);
	expect_wall(&b, 6, SET + 9009 * MS, boot_b);
	bench_close(&b);
}
#endif

/* Each start with a clock that is set a little later: one epoch each, else the first is forgotten.
 */
static void a_boards_log_keeps_its_times_over_resets(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	for (int64_t i = 0; i < 4; i++) {
		const uint8_t boot[16] = {(uint8_t)(i + 1)};

		aiot_ring_clock(&b.ring, boot, 0);
		add_at(&b, 1);
		aiot_ring_clock(&b.ring, boot, SET + i * 1000 * MS);
		add_at(&b, 2);
		assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE, NULL), 0);
	}
	for (int64_t i = 0; i < 4; i++) {
		const uint8_t boot[16] = {(uint8_t)(i + 1)};

		expect_wall(&b, (uint64_t)i * 2 + 1, SET + i * 1000 * MS + 1, boot);
		expect_wall(&b, (uint64_t)i * 2 + 2, SET + i * 1000 * MS + 2, boot);
	}
	bench_close(&b);
}

static void what_is_just_unset_is_told_from_what_is_just_set(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	aiot_ring_clock(&b.ring, boot_a, SET - 100);
	add_at(&b, 99);
	add_at(&b, 100);
	aiot_ring_clock(&b.ring, boot_a, SET + 1000 * MS);
	add_at(&b, 101);
	expect_wall(&b, 1, SET + 1000 * MS + 99, boot_a);
	expect_wall(&b, 2, SET, boot_a);
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_that_fell_behind_learns_how_many_it_lost),
		cmocka_unit_test(what_was_before_a_reader_may_be_gone),
		cmocka_unit_test(a_follower_misses_nothing),
		cmocka_unit_test(a_seek_finds_each_record_and_nothing_else),
		cmocka_unit_test(a_false_hint_is_not_believed),
		cmocka_unit_test(a_cursor_from_the_future_waits_and_goes_back_from_the_end),
		cmocka_unit_test(without_a_clock_wall_is_mono),
#if !AIOT_BOARD
		cmocka_unit_test(a_step_counts_from_the_next_record_on),
#endif
		cmocka_unit_test(only_a_step_of_over_10_ms_is_a_new_epoch),
		cmocka_unit_test(steps_without_records_take_no_room),
		cmocka_unit_test(a_forgotten_epoch_shows_the_next_ones_offset),
#if !AIOT_BOARD
		cmocka_unit_test(a_torn_epoch_is_as_if_forgotten),
		cmocka_unit_test(times_before_the_clock_was_set_are_corrected),
#endif
		cmocka_unit_test(a_boards_log_keeps_its_times_over_resets),
		cmocka_unit_test(what_is_just_unset_is_told_from_what_is_just_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
