/*
 * test-ring-attach.c - the log ring taken over from an earlier run: what is left of it after a kill
 * or damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring-bench.h"
#include "turns.h"

static void attach_goes_on_where_the_last_run_ended(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	for (unsigned run = 0; run < 100; run++) {
		uint64_t next = b.ring.next_seq, first = b.ring.first_seq;

		memset(&b.ring, 0xff, sizeof(b.ring));
		assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE, NULL), 0);
		assert_int_equal(b.ring.next_seq, next);
		assert_int_equal(b.ring.first_seq, first);
		bench_add(&b.ring, run % 3);
		bench_check(&b.ring);
	}
	bench_close(&b);
}

/* Magic, version, size, and the check sum, which small boards do not look at: it tells nothing new.
 */
#define HEAD_BYTES (AIOT_TEXT ? 20u : 16u)

static void a_strange_header_is_refused_and_left_alone(void **state)
{
	struct bench b;
	struct aiot_ring ring = {.first_seq = 77};
	uint8_t copy[BENCH_SIZE];

	for (size_t at = 0; at < HEAD_BYTES; at++) {
		bench_open(&b, BENCH_SIZE);
		bench_add(&b.ring, 20);
		b.mem[at] ^= 0x10;
		memcpy(copy, b.mem, BENCH_SIZE);
		assert_int_equal(aiot_ring_attach(&ring, b.mem, BENCH_SIZE, NULL),
				 at < 8 || !AIOT_TEXT ? -AIOT_ENODATA : -AIOT_EBADMSG);
		assert_memory_equal(copy, b.mem, BENCH_SIZE);
		assert_int_equal(ring.first_seq, AIOT_TEXT ? 77 : 1);
		bench_close(&b);
	}
	bench_open(&b, BENCH_SIZE);
	b.ring.header->version = 2; /* a later format, and sound */
	b.ring.header->check = ring_header_check(b.ring.header);
	assert_int_equal(aiot_ring_attach(&ring, b.mem, BENCH_SIZE, NULL), -AIOT_ENODATA);
	bench_close(&b);
}

static void turn_around(void *at, size_t size)
{
	uint8_t *byte = at;

	for (size_t i = 0; i < size / 2; i++) {
		uint8_t other = byte[size - 1 - i];

		byte[size - 1 - i] = byte[i];
		byte[i] = other;
	}
}

static void a_ring_of_the_other_byte_order_is_no_ring(void **state)
{
	struct aiot_ring ring;
	struct bench b;

	(void)state;
	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 3);
	turn_around(&b.ring.header->magic, 8);
	for (size_t at = 8; at < 32; at += 4)
		turn_around(b.mem + at, 4);
	turn_around(&b.ring.header->next_seq, 8);
	assert_int_equal(aiot_ring_attach(&ring, b.mem, BENCH_SIZE, NULL), -AIOT_ENODATA);
	bench_close(&b);
}

/* Attach to a damaged copy; what is kept must be whole, and go on working. */
static void attach_damaged(struct bench *b, struct aiot_ring *ring, size_t *ret_dropped)
{
	size_t again = 1;
	int r = aiot_ring_attach(ring, b->mem, b->size, ret_dropped);

	if (!AIOT_TEXT && r == -AIOT_ENODATA) { /* small boards begin anew where nothing is left */
		*ret_dropped = b->ring.data_size;
		assert_int_equal(aiot_ring_format(ring, b->mem, b->size), 0);
		return;
	}
	assert_int_equal(r, 0);
	assert_int_equal(aiot_ring_attach(ring, b->mem, b->size, &again), 0);
	assert_int_equal(again, 0);
}

static void any_byte_of_the_last_record_may_be_damaged(void **state)
{
	struct bench b;
	struct aiot_ring ring;
	uint8_t copy[BENCH_SIZE];
	uint32_t end, at;
	size_t dropped;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	memcpy(copy, b.mem, BENCH_SIZE);
	at = b.ring.last;
	end = b.ring.write;
	assert_true(end - at > 40);
	for (uint32_t i = at; i < end; i++) {
		for (unsigned how = 0; how < 10; how++) {
			memcpy(b.mem, copy, BENCH_SIZE);
			if (how < 8) /* one bit, the rest of zeros, the rest of garbage */
				b.ring.data[i] ^= (uint8_t)(1u << how);
			else
				memset(b.ring.data + i, how == 8 ? 0 : 0xdb, end - i);
			attach_damaged(&b, &ring, &dropped);
			assert_int_equal(ring.first_seq, b.ring.first_seq);
			if (i < at + 32) {
				assert_int_equal(ring.next_seq, b.ring.next_seq - 1);
				assert_true(dropped >= 32);
				bench_add(&ring, 1);
				bench_check(&ring);
			} else {
				assert_int_equal(ring.next_seq, b.ring.next_seq);
				bench_add(&ring, 1);
			}
		}
	}
	bench_close(&b);
}

static void damage_in_the_middle_keeps_the_newer_part(void **state)
{
	struct bench b;
	struct aiot_ring ring;
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	uint8_t copy[BENCH_SIZE];
	size_t dropped;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	memcpy(copy, b.mem, BENCH_SIZE);
	for (uint64_t seq = b.ring.first_seq; seq + 1 < b.ring.next_seq; seq++) {
		memcpy(b.mem, copy, BENCH_SIZE);
		cursor = (struct aiot_ring_cursor){.seq = seq};
		assert_true(aiot_ring_next(&b.ring, &cursor, &rec, NULL));
		b.ring.data[cursor.offset + 9] ^= 1;
		attach_damaged(&b, &ring, &dropped);
		assert_int_equal(ring.first_seq, seq + 1);
		assert_int_equal(ring.next_seq, b.ring.next_seq);
		assert_true(dropped >= 32 && dropped < BENCH_SIZE);
		bench_check(&ring);
		bench_add(&ring, 61);
		bench_check(&ring);
	}
	bench_close(&b);
}

static void the_header_may_point_anywhere(void **state)
{
	struct bench b;
	struct aiot_ring ring;
	uint8_t copy[BENCH_SIZE];
	size_t dropped;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	memcpy(copy, b.mem, BENCH_SIZE);
	for (uint32_t at = 0; at < BENCH_SIZE + 8; at++) {
		memcpy(b.mem, copy, BENCH_SIZE);
		b.ring.header->first = at < BENCH_SIZE ? at : UINT32_MAX - at;
		attach_damaged(&b, &ring, NULL);
		assert_int_equal(ring.next_seq, b.ring.next_seq);
		bench_check(&ring);
		memcpy(b.mem, copy, BENCH_SIZE);
		b.ring.header->last = at < BENCH_SIZE ? at : UINT32_MAX - 1 - at;
		attach_damaged(&b, &ring, &dropped);
		assert_true(dropped <= ring.data_size);
		bench_check(&ring);
		bench_add(&ring, 61);
		bench_check(&ring);
	}
	b.ring.header->first = b.ring.header->last = 4;
	b.ring.header->next_seq = 500;
	attach_damaged(&b, &ring, &dropped);
#if AIOT_TEXT
	assert_int_equal(ring.first_seq, 500); /* numbers are not used twice */
	assert_int_equal(ring.next_seq, 500);
#endif
	b.ring.header->next_seq = UINT64_MAX;
	attach_damaged(&b, &ring, &dropped);
	assert_int_equal(ring.next_seq, 1);
	bench_close(&b);
}

/*
 * A kill leaves the stores made so far.  Their order is: first, the bytes behind the newest record
 * (in any order), next_seq, last.  Try such states of one append: all the bytes up to any one are
 * stored, or all from any one.
 */
static void try_kills(struct bench *b, const uint8_t *before, const uint8_t *after)
{
	size_t head = sizeof(struct aiot_ring_header), end = BENCH_SIZE, dropped;
	const struct aiot_ring_header *done = (const void *)after, *old = (const void *)before;
	uint64_t next_seq;
	struct aiot_ring ring;

	while (before[head] == after[head])
		head++;
	while (before[end - 1] == after[end - 1])
		end--;
	for (size_t at = head; at <= end; at++) {
		for (unsigned up = 0; up < 2; up++) {
			memcpy(b->mem, before, BENCH_SIZE);
			b->ring.header->first = done->first;
			if (up)
				memcpy(b->mem + head, after + head, at - head);
			else
				memcpy(b->mem + at, after + at, end - at);
			if (at == end)
				b->ring.header->next_seq = done->next_seq;
			/* A ring still empty has only this to go by, and skips the number. */
			next_seq = b->ring.next_seq - 1;
			if (AIOT_TEXT && old->last == RING_NONE)
				next_seq = b->ring.header->next_seq;
			attach_damaged(b, &ring, &dropped);
			assert_int_equal(dropped, 0);
			assert_int_equal(ring.next_seq, next_seq);
			if (old->last != RING_NONE)
				assert_true(ring.first_seq < ring.next_seq);
			bench_check(&ring);
		}
	}
}

static void a_kill_between_any_two_stores_leaves_a_whole_ring(void **state)
{
	_Alignas(8) uint8_t before[BENCH_SIZE], after[BENCH_SIZE];
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	for (unsigned i = 0; i < TURNS(80u); i++) {
		memcpy(before, b.mem, BENCH_SIZE);
		bench_add(&b.ring, 1);
		memcpy(after, b.mem, BENCH_SIZE);
		try_kills(&b, before, after);
		memcpy(b.mem, after, BENCH_SIZE);
	}
	bench_close(&b);
}

static void the_crash_slot_outlives_the_run(void **state)
{
	struct bench b;
	char text[AIOT_RING_CRASH_SIZE];

	bench_open(&b, BENCH_SIZE);
	assert_int_equal(aiot_ring_crash_slot(&b.ring)[0], 0);
	memset(text, 'c', sizeof(text));
	memcpy(aiot_ring_crash_slot(&b.ring), text, sizeof(text));
	bench_add(&b.ring, 50);
	assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE, NULL), 0);
	bench_check(&b.ring);
	assert_memory_equal(aiot_ring_crash_slot(&b.ring), text, sizeof(text));
	assert_int_equal(aiot_ring_format(&b.ring, b.mem, BENCH_SIZE), 0);
	assert_int_equal(aiot_ring_crash_slot(&b.ring)[AIOT_RING_CRASH_SIZE - 1], 0);
	bench_close(&b);
}

static void scribbling_over_the_memory_traps_no_one(void **state)
{
	struct bench b;
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	uint64_t lost;

	for (unsigned fill = 0; fill < 256; fill += 15) {
		bench_open(&b, BENCH_SIZE);
		bench_add(&b.ring, 61);
		memset(b.ring.data, (int)fill, b.ring.data_size);
		aiot_ring_oldest(&b.ring, &cursor);
		cursor.seq--;
		assert_false(aiot_ring_next(&b.ring, &cursor, &rec, &lost));
		assert_int_equal(lost, b.ring.next_seq - b.ring.first_seq + 1);
#if AIOT_TEXT /* small boards read on only */
		assert_false(aiot_ring_prev(&b.ring, &cursor, &rec));
		aiot_ring_seek(&b.ring, b.ring.first_seq + 1, &cursor);
		assert_false(aiot_ring_prev(&b.ring, &cursor, &rec));
#endif
		bench_add(&b.ring, 200);
		bench_check(&b.ring);
		bench_close(&b);
	}
}

/* Small CPUs trap where a number is read that does not lie in its place. */
static void a_size_that_was_scribbled_over_leads_to_no_odd_place(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	bench_add(&b.ring, 61);
	for (unsigned i = 0; i < 40; i++) {
		if (b.ring.first < b.ring.data_size / 2)
			ring_at(&b.ring, b.ring.first)->size = b.ring.record_max - 1;
		bench_add(&b.ring, 1);
		assert_int_equal(b.ring.first % 8, 0);
	}
	bench_close(&b);
}

/* ---- memory that no writer of ours leaves: the records' checks are right, their places are not --
 */

/* A record of so many bytes; its text is whatever lies there. */
static void forge(struct bench *b, uint32_t at, uint32_t size, uint32_t prev, uint64_t seq)
{
	struct ring_record *rec = ring_at(&b->ring, at);

	memset(rec, 0, sizeof(*rec));
	rec->size = size;
	rec->prev = prev;
	rec->seq = seq;
	rec->text_len = (uint16_t)(size - 32);
	rec->check = ring_record_check(rec);
}

static void expect_kept(struct bench *b, uint32_t first, uint32_t last, uint64_t first_seq,
			uint64_t next_seq)
{
	struct aiot_ring ring;
	size_t dropped;

	b->ring.header->first = first;
	b->ring.header->last = last;
	attach_damaged(b, &ring, &dropped);
	assert_int_equal(ring.first_seq, first_seq);
	assert_int_equal(ring.next_seq, next_seq);
}

static void a_record_must_be_possible(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	forge(&b, 0, b.ring.record_max, 0, 7);
	expect_kept(&b, 0, 0, 7, 8);
	forge(&b, 0, b.ring.record_max + 8, 0, 7);
	expect_kept(&b, 0, 0, 1, 1);
#if AIOT_TEXT
	forge(&b, 0, 40, 0, RING_SEQ_MAX - 1);
	expect_kept(&b, 0, 0, RING_SEQ_MAX - 1, RING_SEQ_MAX);
	forge(&b, 0, 40, 0, RING_SEQ_MAX);
	expect_kept(&b, 0, 0, 1, 1);
	forge(&b, 0, 40, 0, 0);
	expect_kept(&b, 0, 0, 1, 1);
#endif
	forge(&b, b.ring.data_size - 40, 40, 0, 7);
	expect_kept(&b, b.ring.data_size - 40, b.ring.data_size - 40, 7, 8);
	forge(&b, b.ring.data_size - 40, 48, 0, 7);
	expect_kept(&b, b.ring.data_size - 40, b.ring.data_size - 40, 1, 1);
	bench_close(&b);
}

static void neighbours_must_join(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	forge(&b, 0, 40, 0, 5);
	forge(&b, 40, 40, 40, 6);
	expect_kept(&b, 0, 40, 5, 7);
	forge(&b, 48, 40, 48, 6); /* 8 bytes that belong to nobody */
	expect_kept(&b, 0, 48, 6, 7);
	forge(&b, 40, 40, 40, 1); /* nothing comes before number 1 */
	expect_kept(&b, 0, 40, 1, 2);
	bench_close(&b);
}

#if !AIOT_BOARD
static void a_chain_does_not_bite_its_tail(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE);
	assert_int_equal(b.ring.data_size, 856);
	forge(&b, 400, 208, 200, 10);
	forge(&b, 200, 200, 200, 9);
	forge(&b, 0, 200, 128, 8);
	forge(&b, 728, 128, 120, 7);
	forge(&b, 608, 120, 168, 6);
	forge(&b, 440, 168, 0, 5); /* in the text of number 10 */
	expect_kept(&b, 408, 400, 6, 11);
	expect_kept(&b, 208, 400, 10, 11); /* the header says that 9 is being overwritten */
	bench_close(&b);

	bench_open(&b, BENCH_SIZE);
	forge(&b, 232, 208, 112, 6); /* over the head of number 1 */
	forge(&b, 400, 208, 0, 1);
	forge(&b, 608, 120, 208, 2);
	forge(&b, 728, 128, 120, 3);
	forge(&b, 0, 120, 128, 4);
	forge(&b, 120, 112, 120, 5);
	forge(&b, 440, 160, 208, 7);
	expect_kept(&b, 400, 4, 1, 6);
	bench_close(&b);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attach_goes_on_where_the_last_run_ended),
		cmocka_unit_test(a_strange_header_is_refused_and_left_alone),
		cmocka_unit_test(a_ring_of_the_other_byte_order_is_no_ring),
		cmocka_unit_test(any_byte_of_the_last_record_may_be_damaged),
		cmocka_unit_test(damage_in_the_middle_keeps_the_newer_part),
		cmocka_unit_test(the_header_may_point_anywhere),
		cmocka_unit_test(a_kill_between_any_two_stores_leaves_a_whole_ring),
		cmocka_unit_test(the_crash_slot_outlives_the_run),
		cmocka_unit_test(a_record_must_be_possible),
		cmocka_unit_test(neighbours_must_join),
#if !AIOT_BOARD
		cmocka_unit_test(a_chain_does_not_bite_its_tail),
#endif
		cmocka_unit_test(scribbling_over_the_memory_traps_no_one),
		cmocka_unit_test(a_size_that_was_scribbled_over_leads_to_no_odd_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
