/*
 * ring-format.h - the bytes of the log ring, and steps from record to record.
 *
 * Private to ring.c (which explains the format and writes) and ring-read.c (clock and readers).
 */
#ifndef AIOT_RING_FORMAT_H
#define AIOT_RING_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define RING_MAGIC 0x31474e52544f4941u /* "AIOTRNG1" */
#define RING_VERSION 1u
#define RING_NONE UINT32_MAX		 /* no offset: beyond every end */
#define RING_SEQ_MAX ((uint64_t)1 << 62) /* more is damage, and counting on must not overflow */
#define RING_CUT 0x8000u		 /* in text_len */
#define RING_STEP_NS 10000000u		 /* a clock that moved by less is the same clock */
#define RING_CLOCK_SET_NS 1704067200000000000 /* 2024-01-01 UTC: earlier is a clock never set */

struct ring_epoch {
	uint8_t boot[16];
	int64_t offset_ns;
	uint64_t from_seq; /* its first record */
	uint32_t check;
	uint32_t unused;
};

struct aiot_ring_header {
	uint64_t magic;
	uint32_t version;
	uint32_t size;	      /* of all the memory */
	uint32_t check;	      /* over version and size */
	uint32_t epoch_count; /* ever; number n is in slot n modulo AIOT_RING_EPOCHS */
	uint32_t first;
	uint32_t last;	   /* RING_NONE: empty */
	uint64_t next_seq; /* matters only when no record is left to count on from */
	struct ring_epoch epochs[AIOT_RING_EPOCHS];
	char crash[AIOT_RING_CRASH_SIZE];
};

struct ring_record {
	uint32_t size;
	uint32_t prev;
	uint64_t seq;
	uint64_t mono_ns;
	uint16_t text_len;
	uint8_t name_len;
	uint8_t level;
	uint32_t check;
};

#define RING_HEAD ((uint32_t)sizeof(struct ring_record))

_Static_assert(AIOT_BOARD || sizeof(struct aiot_ring_header) == 1192, "the header's format");
_Static_assert(offsetof(struct aiot_ring_header, epochs) == 40, "the header's format");
_Static_assert(sizeof(struct ring_epoch) == 40, "the epochs' format");
_Static_assert(sizeof(struct ring_record) == 32, "the records' format");
_Static_assert((AIOT_RING_EPOCHS & (AIOT_RING_EPOCHS - 1)) == 0, "found with a mask");

static inline struct ring_record *ring_at(const struct aiot_ring *ring, uint32_t offset)
{
	return (struct ring_record *)(void *)(ring->data + offset);
}

static inline uint32_t ring_text_len(const struct ring_record *rec)
{
	return rec->text_len & ~RING_CUT;
}

/*
 * A 32-bit store that no other store passes, in either direction.  Not an atomic one: on small CPUs
 * compilers make a library call of that.
 */
static inline __attribute__((always_inline)) void ring_store(uint32_t *place, uint32_t value)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*(volatile uint32_t *)place = value;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#if AIOT_BOARD
/* Few bytes of code, and enough for memory that has lost its power: FNV-1a (Fowler, Noll, Vo). */
uint32_t aiot_ring_hash(const void *mem, size_t len);

static inline uint32_t ring_record_check(const struct ring_record *rec)
{
	return aiot_ring_hash(rec, offsetof(struct ring_record, check));
}

static inline uint32_t ring_header_check(const struct aiot_ring_header *header)
{
	return aiot_ring_hash(&header->version, sizeof(header->version) + sizeof(header->size));
}
#else
/* Four products side by side: no chain of latencies.  Zeros do not give zero. */
static inline uint32_t ring_check(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t h = (a + RING_MAGIC) * 0x9e3779b97f4a7c15u ^ b * 0xc2b2ae3d27d4eb4fu ^
		     c * 0xd6e8feb86659fd93u ^ d * 0xa0761d6478bd642fu;

	return (uint32_t)(h ^ h >> 32);
}

static inline uint32_t ring_record_check(const struct ring_record *rec)
{
	return ring_check(rec->seq, rec->mono_ns, (uint64_t)rec->prev << 32 | rec->size,
			  (uint32_t)rec->text_len << 16 | (uint32_t)rec->name_len << 8 |
				  rec->level);
}

static inline uint32_t ring_header_check(const struct aiot_ring_header *header)
{
	return ring_check(header->version, header->size, 0, 0);
}
#endif

/* Is there a whole record, number seq (0: any)?  offset may be anything. */
bool aiot_ring_sound(const struct aiot_ring *ring, uint32_t offset, uint64_t seq);

/* The record before or behind a sound one; RING_NONE if it is not sound or does not join. */
uint32_t aiot_ring_before(const struct aiot_ring *ring, uint32_t offset);
uint32_t aiot_ring_behind(const struct aiot_ring *ring, uint32_t offset);

#endif
