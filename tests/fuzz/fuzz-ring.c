/*
 * Any bytes as the memory of a log ring: attach never reads outside it, loops or crashes, and what
 * it accepts can be read forwards and backwards, appended to and attached to again.
 *
 * The first byte chooses: even, the rest is the memory as it stands (with the magic and the check
 * of the header put right if bit 1 is set, so that not all of them end there).  Odd, the rest is
 * triples that either append a record or, in their second half, change a byte of the ring; the
 * check of the record that they hit is put right if bit 1 is set.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "ring-format.h"
#include "ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LARGEST 8192u

static void require(int truth)
{
	if (!truth)
		abort();
}

/* Touch all that a record points to, so that the sanitizer sees a wrong pointer. */
static void touch(const struct aiot_ring *ring, const struct aiot_ring_record *rec)
{
	volatile uint8_t seen = 0;

	require((const uint8_t *)rec->name >= ring->data);
	require((const uint8_t *)rec->text + rec->text_len <= ring->data + ring->data_size);
	for (size_t i = 0; i < rec->name_len; i++)
		seen = (uint8_t)rec->name[i];
	for (size_t i = 0; i < rec->text_len; i++)
		seen = (uint8_t)rec->text[i];
	(void)seen;
}

static void read_all(const struct aiot_ring *ring)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record rec;
	uint64_t seq = ring->first_seq, lost;

	require(ring->first_seq <= ring->next_seq);
	require(ring->next_seq - ring->first_seq <= ring->data_size / 32);
	aiot_ring_oldest(ring, &cursor);
	for (; seq < ring->next_seq; seq++) {
		require(aiot_ring_next(ring, &cursor, &rec, &lost));
		require(lost == 0 && rec.seq == seq);
		touch(ring, &rec);
	}
	require(!aiot_ring_next(ring, &cursor, &rec, &lost));
#if AIOT_TEXT
	while (seq-- > ring->first_seq) {
		require(aiot_ring_prev(ring, &cursor, &rec));
		require(rec.seq == seq);
		touch(ring, &rec);
	}
	require(!aiot_ring_prev(ring, &cursor, &rec));
#endif
}

static void use_after_attach(uint8_t *mem, size_t size)
{
	static const uint8_t boot[16] = {1};
	struct aiot_ring ring, again;
	struct aiot_ring_cursor cursor = {.seq = 3};
	struct aiot_ring_record rec;
	char text[AIOT_RING_TEXT_MAX + 8];
	size_t dropped = 0;
	uint64_t next_seq;

	if (aiot_ring_attach(&ring, mem, size, &dropped) < 0)
		return;
	require(dropped <= ring.data_size);
	read_all(&ring);
	memcpy(&cursor.offset, mem + size - 4, 4);
	cursor.seq = ring.first_seq + cursor.offset % 64;
#if AIOT_TEXT
	(void)aiot_ring_prev(&ring, &cursor, &rec);
#else
	(void)aiot_ring_next(&ring, &cursor, &rec, NULL);
#endif
	memset(text, 't', sizeof(text));
	aiot_ring_clock(&ring, boot, 1000);
	next_seq = ring.next_seq;
	for (unsigned i = 0; i < 40; i++) {
		size_t len = i % 9 == 8 ? sizeof(text) : i * 7;

		require(aiot_ring_append(&ring, i, 6, "name", i % 5, text, len) == next_seq + i);
		read_all(&ring);
	}
	require(aiot_ring_attach(&again, mem, size, &dropped) == 0);
	require(dropped == 0);
	require(again.first_seq == ring.first_seq && again.next_seq == ring.next_seq);
	read_all(&again);
}

static void try_memory(uint8_t *mem, const uint8_t *data, size_t size, int mend)
{
	struct aiot_ring_header *header = (struct aiot_ring_header *)(void *)mem;

	memcpy(mem, data, size);
	if (mend && size >= AIOT_RING_MIN_SIZE) {
		header->magic = RING_MAGIC;
		header->version = RING_VERSION;
		header->size = (uint32_t)size;
		header->check = ring_header_check(header);
	}
	use_after_attach(mem, size);
}

/* The record that the byte at this offset of the data belongs to gets a right check. */
static void mend_record(const struct aiot_ring *ring, uint32_t at, uint64_t first, uint64_t next)
{
	uint32_t head = at & ~7u;

	for (unsigned steps = 0; steps <= ring->record_max / 8; steps++) {
		struct ring_record *rec = ring_at(ring, head);

		if (head <= ring->data_size - RING_HEAD && rec->seq >= first && rec->seq < next) {
			rec->check = ring_record_check(rec);
			return;
		}
		if (head == 0)
			return;
		head -= 8;
	}
}

static void try_changes(uint8_t *mem, const uint8_t *data, size_t size, int mend)
{
	struct aiot_ring ring;
	char text[256];
	size_t count = size / 3, i;
	uint32_t at;

	memset(mem, 0, AIOT_RING_MIN_SIZE);
	require(aiot_ring_format(&ring, mem, AIOT_RING_MIN_SIZE) == 0);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < count / 2; i++, data += 3)
		aiot_ring_append(&ring, data[0], data[1], "a name", data[2] % 7, text, data[1]);
	read_all(&ring);
	for (; i < count; i++, data += 3) {
		at = (uint32_t)(data[0] << 8 | data[1]) % AIOT_RING_MIN_SIZE;
		mem[at] ^= data[2];
		if (mend && mem + at >= ring.data)
			mend_record(&ring, (uint32_t)(mem + at - ring.data), ring.first_seq,
				    ring.next_seq);
	}
	use_after_attach(mem, AIOT_RING_MIN_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t mem_size;
	uint8_t *mem;

	if (size < 1 || size - 1 > LARGEST)
		return 0;
	/* Exactly as large as claimed, so that one byte beyond is seen; malloc aligns enough. */
	mem_size = data[0] & 1 ? AIOT_RING_MIN_SIZE : size - 1;
	mem = malloc(mem_size > 0 ? mem_size : 1);
	require(mem != NULL);
	if (data[0] & 1)
		try_changes(mem, data + 1, size - 1, data[0] & 2);
	else
		try_memory(mem, data + 1, size - 1, data[0] & 2);
	free(mem);
	return 0;
}
