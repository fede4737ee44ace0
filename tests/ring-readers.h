/*
 * ring-readers.h - what a reader of the log ring is promised however small the ring's code is.
 *
 * Included by the tests of both readers, which have these cases in common.
 */
#ifndef AIOT_RING_READERS_H
#define AIOT_RING_READERS_H

#include "ring-bench.h"

static void a_reader_that_fell_behind_learns_how_many_it_lost(void **state)
{
	struct aiot_ring_cursor cursor = {0};
	struct aiot_ring_record rec;
	struct bench b;
	uint64_t lost = 9, first;

	bench_open(&b, BENCH_SIZE);
	assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 0);
	bench_add(&b.ring, 2);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(rec.seq, 1);
	assert_int_equal(lost, 0);
	bench_add(&b.ring, 100);
	first = b.ring.first_seq;
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, first - 2);
	bench_check_record(&rec, first);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
	assert_int_equal(lost, 0);
	bench_check_record(&rec, first + 1);
	bench_add(&b.ring, 100);
	assert_true(aiot_ring_next(&b.ring, &cursor, &rec, NULL));
	bench_check_record(&rec, b.ring.first_seq);
	bench_close(&b);
}

#endif
