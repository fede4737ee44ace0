/*
 * ring.c - the log ring: how the records lie in memory, and how they survive a kill.
 *
 * Called by whoever owns the memory, in the order: attach, or format where that fails; clock; then
 * append (or reserve and commit) and the readers in any order.  Never allocates, blocks or fails to
 * append; never reads outside the memory, whatever lies in it.
 *
 * The memory, all numbers in the CPU's byte order:
 *
 *	0	header (struct aiot_ring_header, 1192 bytes)
 *	1192	records, each 8-byte aligned and in one piece:
 *		0  u32 size	with head and padding; 0: a mark, the next record is at offset 0
 *		4  u32 prev	distance back to the record before, over the mark if there is one
 *		8  u64 seq
 *		16 u64 mono_ns
 *		24 u16 text_len	top bit: the text was cut
 *		26 u8 name_len
 *		27 u8 level
 *		28 u32 check	over the above; does not cover name and text
 *		32 name, text, padding to 8
 *
 * Offsets in the header count from the first record's place.  The records there are the chain from
 * `first` to `last`, with consecutive sequence numbers.  Stores go in this order, and only the
 * compiler has to be kept from changing it, as a kill sees the program's own order:
 *
 *	1. first	moves on over what is about to be overwritten
 *	2. the record	in the room that no one can see now
 *	3. last		one 32-bit store makes it visible
 *
 * So the chain is whole at each instruction.  No record is larger than a quarter of all the room:
 * making place for one never takes the newest away, and only a fresh ring is empty.
 */
#include "ring.h"

#include <string.h>

#include "aiotools.h"
#include "ring-format.h"

#if AIOT_BOARD
uint32_t aiot_ring_hash(const void *mem, size_t len)
{
	const uint8_t *at = mem;
	uint32_t h = 2166136261u;

	while (len-- > 0)
		h = (h ^ *at++) * 16777619u;
	return h;
}
#endif

static uint32_t align8(uint32_t size)
{
	return (size + 7) & ~(uint32_t)7;
}

/* What is never written, and yet has its check sum, somebody forged: in a file, not in RAM. */
static bool is_possible(const struct ring_record *rec)
{
	return !AIOT_TEXT ||
	       (rec->name_len <= AIOT_RING_NAME_MAX && ring_text_len(rec) <= AIOT_RING_TEXT_MAX &&
		rec->seq != 0 && rec->seq < RING_SEQ_MAX);
}

bool aiot_ring_sound(const struct aiot_ring *ring, uint32_t offset, uint64_t seq)
{
	const struct ring_record *rec;

	if (offset > ring->data_size - RING_HEAD || offset % 8 != 0)
		return false;
	rec = ring_at(ring, offset);
	if (rec->size > ring->record_max || rec->size > ring->data_size - offset ||
	    rec->size != align8(RING_HEAD + rec->name_len + ring_text_len(rec)))
		return false;
	if (!is_possible(rec) || (seq != 0 && rec->seq != seq))
		return false;
	return rec->check == ring_record_check(rec);
}

/* Where the one behind this record (not the last) lies; RING_NONE: its size is nonsense. */
static uint32_t ring_after(const struct aiot_ring *ring, uint32_t offset)
{
	uint32_t size = ring_at(ring, offset)->size;

	if (size < RING_HEAD || size % 8 != 0 || size > ring->record_max ||
	    size > ring->data_size - offset)
		return RING_NONE;
	offset += size;
	if (offset == ring->data_size || ring_at(ring, offset)->size == 0)
		return 0;
	return offset;
}

/* How far it is from one offset on to another. */
static uint32_t ring_distance(const struct aiot_ring *ring, uint32_t from, uint32_t to)
{
	return to >= from ? to - from : to + ring->data_size - from;
}

uint32_t aiot_ring_before(const struct aiot_ring *ring, uint32_t offset)
{
	const struct ring_record *rec = ring_at(ring, offset);
	uint32_t before;

	if (rec->prev > ring->data_size || rec->seq <= 1)
		return RING_NONE;
	before = offset >= rec->prev ? offset - rec->prev : offset + ring->data_size - rec->prev;
	if (!aiot_ring_sound(ring, before, rec->seq - 1) || ring_after(ring, before) != offset)
		return RING_NONE;
	return before;
}

uint32_t aiot_ring_behind(const struct aiot_ring *ring, uint32_t offset)
{
	uint32_t behind = ring_after(ring, offset);

	if (!aiot_ring_sound(ring, behind, ring_at(ring, offset)->seq + 1) ||
	    ring_at(ring, behind)->prev != ring_distance(ring, offset, behind))
		return RING_NONE;
	return behind;
}

/* An empty ring as seen by this process; the memory is not touched. */
static int ring_init(struct aiot_ring *ring, void *mem, size_t size)
{
	if (mem == NULL || (uintptr_t)mem % 8 != 0 || size < AIOT_RING_MIN_SIZE ||
	    size > AIOT_RING_MAX_SIZE)
		return -AIOT_EINVAL;
	memset(ring, 0, sizeof(*ring));
	ring->header = mem;
	ring->data = (uint8_t *)mem + sizeof(struct aiot_ring_header);
	ring->data_size = (uint32_t)(size - sizeof(struct aiot_ring_header)) & ~(uint32_t)7;
	ring->record_max = ring->data_size / 4 & ~(uint32_t)7;
	ring->first = ring->last = ring->pending = RING_NONE;
	ring->first_seq = ring->next_seq = 1;
	return 0;
}

int aiot_ring_format(struct aiot_ring *ring, void *mem, size_t size)
{
	struct aiot_ring_header *header = mem;
	int r = ring_init(ring, mem, size);

	if (r < 0)
		return r;
	/* Between these two magics there is no ring: a kill leaves nothing half made. */
	header->magic = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memset(header, 0, sizeof(*header));
	header->version = RING_VERSION;
	header->size = (uint32_t)size;
	header->check = ring_header_check(header);
	header->first = header->last = RING_NONE;
	header->next_seq = 1;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	header->magic = RING_MAGIC;
	return 0;
}

#if AIOT_TEXT
/*
 * The newest record is sound: keep it and all before it that joins, back to `first` at most.
 * Returns the bytes kept.
 */
static uint32_t ring_keep_newest(struct aiot_ring *ring, uint32_t limit)
{
	uint32_t at = ring->header->last, before, span = ring_at(ring, at)->size;

	ring->last = at;
	while (span < limit) {
		before = aiot_ring_before(ring, at);
		if (before == RING_NONE || ring_at(ring, at)->prev > limit - span)
			break;
		span += ring_at(ring, at)->prev;
		at = before;
	}
	ring->first = at;
	return span;
}

/* The newest record is damaged: keep the oldest and all behind it that joins. */
static uint32_t ring_keep_oldest(struct aiot_ring *ring)
{
	uint32_t at = ring->header->first, behind, size;
	uint32_t end = ring_at(ring, at)->size; /* bytes from `first` to the end of `at` */

	ring->first = at;
	for (;;) {
		behind = aiot_ring_behind(ring, at);
		if (behind == RING_NONE)
			break;
		size = ring_distance(ring, ring->first, behind) + ring_at(ring, behind)->size;
		if (size <= end || size > ring->data_size)
			break;
		end = size;
		at = behind;
	}
	ring->last = at;
	return end;
}

/* Find the chain in the memory; returns the bytes that the header speaks of and that are lost. */
static uint32_t ring_recover(struct aiot_ring *ring)
{
	uint32_t first = ring->header->first, last = ring->header->last;
	uint32_t claimed = ring->data_size, kept;
	bool placed = first < ring->data_size && first % 8 == 0;

	if (last == RING_NONE)
		return 0;
	if (aiot_ring_sound(ring, last, 0)) {
		if (placed)
			claimed = ring_distance(ring, first, last) + ring_at(ring, last)->size;
		if (claimed > ring->data_size)
			claimed = ring->data_size;
		kept = ring_keep_newest(ring, claimed);
	} else if (aiot_ring_sound(ring, first, 0)) {
		if (last < ring->data_size)
			claimed = ring_distance(ring, first, last) + RING_HEAD;
		kept = ring_keep_oldest(ring);
		if (claimed <= kept)
			claimed = ring->data_size;
	} else {
		return ring->data_size;
	}
	return claimed - kept;
}
int aiot_ring_attach(struct aiot_ring *ring, void *mem, size_t size, size_t *ret_dropped)
{
	struct aiot_ring_header *header = mem;
	struct aiot_ring found;
	uint32_t dropped;
	int r = ring_init(&found, mem, size);

	if (r < 0)
		return r;
	if (header->magic != RING_MAGIC)
		return -AIOT_ENODATA;
	if (header->check != ring_header_check(header))
		return -AIOT_EBADMSG;
	if (header->version != RING_VERSION || header->size != size)
		return -AIOT_ENODATA;
	dropped = ring_recover(&found);
	if (found.last != RING_NONE) {
		found.first_seq = ring_at(&found, found.first)->seq;
		found.next_seq = ring_at(&found, found.last)->seq + 1;
		found.write = found.last + ring_at(&found, found.last)->size;
	} else if (header->next_seq != 0 && header->next_seq < RING_SEQ_MAX) {
		found.first_seq = found.next_seq = header->next_seq;
	}
	/* At most one of the two changes, unless all is lost: then emptiness comes first. */
	ring_store(&header->last, found.last);
	ring_store(&header->first, found.first);
	*ring = found;
	if (ret_dropped != NULL)
		*ret_dropped = dropped;
	return 0;
}

#else
/*
 * Find the chain in the memory: from the newest record back to `first`, or as far as they join;
 * where the newest is damaged, from the oldest on; none, if that is, too.  Returns the bytes that
 * the header speaks of and that are lost.
 */
static uint32_t ring_recover(struct aiot_ring *ring)
{
	uint32_t first = ring->header->first, last = ring->header->last, next, dropped;

	if (aiot_ring_sound(ring, last, 0)) {
		ring->last = next = last;
		do {
			ring->first = next;
			next = aiot_ring_before(ring, next);
		} while (next != RING_NONE && ring->first != first);
	} else if (aiot_ring_sound(ring, first, 0)) {
		ring->first = next = first;
		do {
			ring->last = next;
			next = aiot_ring_behind(ring, next);
		} while (next != RING_NONE);
	}
	dropped = ring_distance(ring, first, ring->first) + ring_distance(ring, ring->last, last);
	return dropped < ring->data_size ? dropped : ring->data_size;
}

int aiot_ring_attach(struct aiot_ring *ring, void *mem, size_t size, size_t *ret_dropped)
{
	struct aiot_ring_header *header = mem;
	uint32_t dropped = 0;
	int r = ring_init(ring, mem, size);

	if (r < 0)
		return r;
	/* Both are known, so that the check sum over them says no more. */
	if (header->magic != RING_MAGIC || header->version != RING_VERSION || header->size != size)
		return -AIOT_ENODATA;
	if (header->last != RING_NONE) {
		dropped = ring_recover(ring);
		if (ring->last == RING_NONE)
			return -AIOT_ENODATA;
		ring->first_seq = ring_at(ring, ring->first)->seq;
		ring->next_seq = ring_at(ring, ring->last)->seq + 1;
		ring->write = ring->last + ring_at(ring, ring->last)->size;
		ring_store(&header->first, ring->first); /* at most one of the two changes */
		ring_store(&header->last, ring->last);
	}
	if (ret_dropped != NULL)
		*ret_dropped = dropped;
	return 0;
}
#endif

/* Forget the oldest records that begin in [from, to). */
static void ring_evict(struct aiot_ring *ring, uint32_t from, uint32_t to)
{
	uint32_t first = ring->first;

	if (first - from >= to - from)
		return;
	do {
		first = ring_after(ring, first);
		ring->first_seq++;
		/* The newest never goes.  Memory that someone scribbled over must not trap us. */
		if (first == RING_NONE || (uint32_t)(ring->next_seq - ring->first_seq) <= 1) {
			first = ring->last;
			ring->first_seq = ring->next_seq - 1;
			break;
		}
	} while (first - from < to - from);
	ring->first = first;
	ring_store(&ring->header->first, first);
}

/* Room in one piece behind the newest record, or at offset 0 where the end is too near. */
static uint32_t ring_place(struct aiot_ring *ring, uint32_t need)
{
	uint32_t start = ring->write;

	if (need > ring->data_size - start) {
		ring_evict(ring, start, ring->data_size);
		if (start < ring->data_size)
			ring_at(ring, start)->size = 0;
		start = 0;
	}
	ring_evict(ring, start, start + need);
	return start;
}

/* So much of the text that no UTF-8 sequence is cut in two (invalid text is cut anywhere). */
static size_t text_cut(const char *text, size_t len)
{
	size_t keep = len;

	while (keep > 0 && len - keep < 4 && ((uint8_t)text[keep] & 0xc0) == 0x80)
		keep--;
	return len - keep < 4 ? keep : len;
}

char *aiot_ring_reserve(struct aiot_ring *ring, uint64_t mono_ns, uint8_t level, const char *name,
			size_t name_len, size_t max, size_t *ret_room)
{
	struct ring_record *rec;
	uint32_t room;

	if (name_len > AIOT_RING_NAME_MAX)
		name_len = text_cut(name, AIOT_RING_NAME_MAX);
	room = ring->record_max - RING_HEAD - (uint32_t)name_len;
	if (room > AIOT_RING_TEXT_MAX)
		room = AIOT_RING_TEXT_MAX;
	if (room > max)
		room = (uint32_t)max;
	ring->pending = ring_place(ring, align8(RING_HEAD + (uint32_t)name_len + room));
	ring->room = room;
	rec = ring_at(ring, ring->pending);
	rec->mono_ns = mono_ns;
	rec->name_len = (uint8_t)name_len;
	rec->level = level;
	if (name_len > 0)
		memcpy(rec + 1, name, name_len);
	*ret_room = room;
	return (char *)(rec + 1) + name_len;
}

/* Put the mark behind the text, or over its end where there is no room; returns the new length. */
static size_t text_mark(char *text, size_t len, size_t room)
{
	size_t mark_len = sizeof(AIOT_RING_CUT_MARK) - 1;

	if (room < mark_len)
		return len;
	if (len > room - mark_len)
		len = text_cut(text, room - mark_len);
	memcpy(text + len, AIOT_RING_CUT_MARK, mark_len);
	return len + mark_len;
}

uint64_t aiot_ring_commit(struct aiot_ring *ring, size_t text_len, bool cut)
{
	uint32_t at = ring->pending;
	struct ring_record *rec;

	if (at == RING_NONE)
		return 0;
	rec = ring_at(ring, at);
	if (text_len > ring->room) {
		text_len = ring->room;
		cut = true;
	}
	if (cut)
		text_len = text_mark((char *)(rec + 1) + rec->name_len, text_len, ring->room);
	rec->size = align8(RING_HEAD + rec->name_len + (uint32_t)text_len);
	rec->prev = ring->last == RING_NONE ? 0 : ring_distance(ring, ring->last, at);
	rec->seq = ring->next_seq++;
	rec->text_len = (uint16_t)(text_len | (cut ? RING_CUT : 0));
	rec->check = ring_record_check(rec);
	if (ring->first == RING_NONE) {
		ring->first = at;
		ring_store(&ring->header->first, at);
	}
#if AIOT_TEXT
	ring->header->next_seq = ring->next_seq;
#endif
	ring_store(&ring->header->last, at);
	ring->last = at;
	ring->write = at + rec->size;
	ring->pending = RING_NONE;
	return rec->seq;
}

uint64_t aiot_ring_append(struct aiot_ring *ring, uint64_t mono_ns, uint8_t level, const char *name,
			  size_t name_len, const char *text, size_t text_len)
{
	size_t room;
	char *place = aiot_ring_reserve(ring, mono_ns, level, name, name_len, text_len, &room);

	if (room > 0)
		memcpy(place, text, room);
	return aiot_ring_commit(ring, room, room < text_len);
}

#if !AIOT_BOARD
const char *aiot_ring_crash_bytes(const void *mem)
{
	return ((const struct aiot_ring_header *)mem)->crash;
}
#endif

char *aiot_ring_crash_slot(struct aiot_ring *ring)
{
	return ring->header->crash;
}
