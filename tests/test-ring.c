/*
 * test-ring.c - the log ring being written: what is appended, cut, reserved and overwritten. Damage
 * and kills are in test-ring-attach.c, the readers and the clock in test-ring-read.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ring-bench.h"

static void memory_that_will_not_do_is_refused(void **state)
{
	_Alignas(8) static const uint8_t zero[8];
	struct bench b;
	struct aiot_ring ring = {.first_seq = 77};

	bench_open(&b, BENCH_SIZE);
	assert_int_equal(aiot_ring_format(&ring, NULL, BENCH_SIZE), -AIOT_EINVAL);
	assert_int_equal(aiot_ring_format(&ring, b.mem + 4, BENCH_SIZE - 8), -AIOT_EINVAL);
	assert_int_equal(aiot_ring_format(&ring, b.mem, AIOT_RING_MIN_SIZE - 1), -AIOT_EINVAL);
	assert_int_equal(aiot_ring_attach(&ring, b.mem + 4, BENCH_SIZE - 8, NULL), -AIOT_EINVAL);
	assert_int_equal(ring.first_seq, 77);
	memset(b.mem, 0, 8);
	assert_int_equal(aiot_ring_attach(&ring, b.mem, BENCH_SIZE, NULL), -AIOT_ENODATA);
	assert_memory_equal(b.mem, zero, 8);
	bench_close(&b);
}

static void an_odd_size_is_used_without_its_rest(void **state)
{
	struct bench b;

	bench_open(&b, BENCH_SIZE + 7);
	bench_add(&b.ring, 200);
	bench_check(&b.ring);
	assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE, NULL), -AIOT_ENODATA);
	assert_int_equal(aiot_ring_attach(&b.ring, b.mem, BENCH_SIZE + 7, NULL), 0);
	bench_check(&b.ring);
	bench_close(&b);
}

static void every_append_leaves_a_whole_ring(void **state)
{
	struct bench b;
	struct aiot_ring again;
	size_t dropped;

	for (size_t size = AIOT_RING_MIN_SIZE; size < AIOT_RING_MIN_SIZE + 400; size += 24) {
		bench_open(&b, size);
		bench_check(&b.ring);
		for (unsigned i = 0; i < 150; i++) {
			bench_add(&b.ring, 1);
			bench_check(&b.ring);
			dropped = 1;
			assert_int_equal(aiot_ring_attach(&again, b.mem, size, &dropped), 0);
			assert_int_equal(dropped, 0);
			assert_int_equal(again.first_seq, b.ring.first_seq);
			assert_int_equal(again.next_seq, b.ring.next_seq);
		}
		assert_true(b.ring.first_seq > 100); /* it did go around */
		bench_close(&b);
	}
}

static void the_room_is_used(void **state)
{
	struct bench b;
	char text[24] = "just as long as it looks";

	bench_open(&b, BENCH_SIZE);
	for (unsigned i = 0; i < 100; i++)
		aiot_ring_append(&b.ring, 0, 0, "", 0, text, sizeof(text));
	assert_int_equal(b.ring.next_seq - b.ring.first_seq, b.ring.data_size / 56);
	bench_close(&b);
}

static void newest(struct bench *b, struct aiot_ring_record *ret)
{
	struct aiot_ring_cursor cursor = {.seq = b->ring.next_seq - 1};

	assert_true(aiot_ring_next(&b->ring, &cursor, ret, NULL));
}

static void a_long_text_is_cut_and_marked(void **state)
{
	struct bench b;
	struct aiot_ring_record rec;
	char text[AIOT_RING_TEXT_MAX + 1], name[AIOT_RING_NAME_MAX + 1];
	size_t limit;

	memset(text, 'x', sizeof(text));
	memset(name, 'n', sizeof(name));
	for (size_t size = BENCH_SIZE; size <= 65536; size += 65536 - BENCH_SIZE) {
		bench_open(&b, size);
		limit = size == BENCH_SIZE ? b.ring.record_max - 32 - AIOT_RING_NAME_MAX
					   : AIOT_RING_TEXT_MAX;
		aiot_ring_append(&b.ring, 0, 0, name, AIOT_RING_NAME_MAX, text, limit);
		newest(&b, &rec);
		assert_false(rec.cut);
		assert_int_equal(rec.text_len, limit);
		assert_int_equal(rec.text[limit - 1], 'x');
		aiot_ring_append(&b.ring, 0, 0, name, sizeof(name), text, limit + 1);
		newest(&b, &rec);
		assert_true(rec.cut);
		assert_int_equal(rec.name_len, AIOT_RING_NAME_MAX);
		assert_int_equal(rec.text_len, limit);
		assert_memory_equal(rec.text + limit - 4, "x...", 4);
		bench_close(&b);
	}
}

static void a_cut_does_not_split_a_character(void **state)
{
	struct bench b;
	struct aiot_ring_record rec;
	char text[1000];
	size_t limit, fit;

	bench_open(&b, BENCH_SIZE);
	limit = b.ring.record_max - 32;
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t i = shift; i + 3 <= sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		aiot_ring_append(&b.ring, 0, 0, "", 0, text, sizeof(text));
		newest(&b, &rec);
		fit = shift + (limit - 3 - shift) / 3 * 3;
		assert_int_equal(rec.text_len, fit + 3);
		assert_memory_equal(rec.text, text, fit);
		assert_memory_equal(rec.text + fit, "...", 3);
	}
	memset(text, 0x80, sizeof(text)); /* no character at all */
	aiot_ring_append(&b.ring, 0, 0, "", 0, text, sizeof(text));
	newest(&b, &rec);
	assert_int_equal(rec.text_len, limit);
	bench_close(&b);
}

static void what_is_reserved_shows_only_when_committed(void **state)
{
	struct bench b;
	struct aiot_ring again;
	struct aiot_ring_record rec;
	size_t room, dropped;
	uint64_t seq;
	char *text;

	bench_open(&b, BENCH_SIZE);
	assert_int_equal(aiot_ring_commit(&b.ring, 3, false), 0);
	for (unsigned i = 0; i < 60; i++) {
		text = aiot_ring_reserve(&b.ring, 1, AIOT_WARN, "nm", 2, 70, &room);
		assert_int_equal(room, 70);
		memset(text, 'y', room);
		bench_check(&b.ring);
		assert_int_equal(aiot_ring_attach(&again, b.mem, BENCH_SIZE, &dropped), 0);
		assert_int_equal(dropped, 0);
		assert_int_equal(again.next_seq, b.ring.next_seq);
		bench_add(&b.ring, 1); /* and one that was given up */
	}
	text = aiot_ring_reserve(&b.ring, 1, AIOT_WARN, "nm", 2, 70, &room);
	memcpy(text, "short", 5);
	seq = b.ring.next_seq;
	assert_int_equal(aiot_ring_commit(&b.ring, 5, false), seq);
	assert_int_equal(aiot_ring_commit(&b.ring, 5, false), 0);
	newest(&b, &rec);
	assert_int_equal(rec.text_len, 5);
	assert_memory_equal(rec.text, "short", 5);
	assert_memory_equal(rec.name, "nm", 2);
	bench_close(&b);
}

static void commit_marks_a_cut_text_where_there_is_room(void **state)
{
	static const struct {
		size_t max, len;
		bool cut;
		const char *want;
	} cases[] = {
		{10, 4, true, "abcd..."},
		{10, 7, true, "abcdefg..."},
		{10, 8, true, "abcdefg..."},
		{10, 11, false, "abcdefg..."},
		{3, 3, true, "..."},
		{2, 2, true, "ab"},
		{0, 0, true, ""},
		{4, 4, false, "abcd"},
	};
	struct bench b;
	struct aiot_ring_record rec;
	size_t room;
	char *text;

	bench_open(&b, BENCH_SIZE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		text = aiot_ring_reserve(&b.ring, 1, 0, "", 0, cases[i].max, &room);
		assert_int_equal(room, cases[i].max);
		memcpy(text, "abcdefghij", room);
		aiot_ring_commit(&b.ring, cases[i].len, cases[i].cut);
		newest(&b, &rec);
		assert_int_equal(rec.text_len, strlen(cases[i].want));
		assert_memory_equal(rec.text, cases[i].want, rec.text_len);
		assert_int_equal(rec.cut, i < 7);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_will_not_do_is_refused),
		cmocka_unit_test(an_odd_size_is_used_without_its_rest),
		cmocka_unit_test(every_append_leaves_a_whole_ring),
		cmocka_unit_test(the_room_is_used),
		cmocka_unit_test(a_long_text_is_cut_and_marked),
		cmocka_unit_test(a_cut_does_not_split_a_character),
		cmocka_unit_test(what_is_reserved_shows_only_when_committed),
		cmocka_unit_test(commit_marks_a_cut_text_where_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
