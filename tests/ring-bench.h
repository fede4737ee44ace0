/*
 * ring-bench.h - a ring between two guards, filled with records that follow from their numbers.
 *
 * For the tests of the log ring; needs cmocka.h before it.
 */
#ifndef AIOT_TESTS_RING_BENCH_H
#define AIOT_TESTS_RING_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "ring-format.h"
#include "ring.h"

#define BENCH_SIZE 2048u
#define BENCH_GUARD 64u

struct bench {
	uint8_t *all; /* guard, ring, guard */
	uint8_t *mem;
	size_t size;
	struct aiot_ring ring;
};

static inline void bench_open(struct bench *b, size_t size)
{
	b->all = malloc(size + 2 * BENCH_GUARD);
	assert_non_null(b->all);
	memset(b->all, 0xa5, size + 2 * BENCH_GUARD);
	b->mem = b->all + BENCH_GUARD;
	b->size = size;
	assert_int_equal(aiot_ring_format(&b->ring, b->mem, size), 0);
}

static inline void bench_close(struct bench *b)
{
	for (size_t i = 0; i < BENCH_GUARD; i++) {
		assert_int_equal(b->all[i], 0xa5);
		assert_int_equal(b->mem[b->size + i], 0xa5);
	}
	free(b->all);
}

/* A text that follows from the sequence number, of a length that does too. */
static inline size_t bench_text(uint64_t seq, char *text, size_t size)
{
	size_t len = (size_t)(seq * 2654435761u >> 7) % (size + 1);

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + (seq + i) % 26);
	return len;
}

static inline void bench_add(struct aiot_ring *ring, unsigned count)
{
	char text[100];

	while (count-- > 0) {
		uint64_t seq = ring->next_seq;
		size_t len = bench_text(seq, text, sizeof(text));

		assert_int_equal(
			aiot_ring_append(ring, seq * 10, AIOT_INFO, "task", seq % 5, text, len),
			seq);
	}
}

static inline void bench_check_record(const struct aiot_ring_record *rec, uint64_t seq)
{
	char text[100];
	size_t len = bench_text(seq, text, sizeof(text));

	assert_int_equal(rec->seq, seq);
	assert_int_equal(rec->mono_ns, seq * 10);
	assert_int_equal(rec->level, AIOT_INFO);
	assert_int_equal(rec->name_len, seq % 5);
	assert_memory_equal(rec->name, "task", seq % 5);
	assert_int_equal(rec->text_len, len);
	assert_memory_equal(rec->text, text, len);
	assert_false(rec->cut);
}

/* All that the ring claims to have is there, in both directions where it is read in both. */
static inline void bench_check(const struct aiot_ring *ring)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	uint64_t seq, lost = 9;

	aiot_ring_oldest(ring, &cursor);
	for (seq = ring->first_seq; seq < ring->next_seq; seq++) {
		assert_true(aiot_ring_next(ring, &cursor, &rec, &lost));
		assert_int_equal(lost, 0);
		bench_check_record(&rec, seq);
	}
	assert_false(aiot_ring_next(ring, &cursor, &rec, &lost));
#if AIOT_TEXT
	while (seq-- > ring->first_seq) {
		assert_true(aiot_ring_prev(ring, &cursor, &rec));
		bench_check_record(&rec, seq);
	}
	assert_false(aiot_ring_prev(ring, &cursor, &rec));
#endif
}

#endif
