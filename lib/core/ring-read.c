/*
 * ring-read.c - the log ring seen by its readers: clock epochs, cursors, records.
 *
 * Called by the owner of the ring (aiot_ring_clock, at start and when the wall clock is set) and by
 * every reader on the writer's loop.  Never writes to the ring but for the epochs, and trusts no
 * hint: what a cursor says is checked against the sequence number.
 */
#include "ring.h"

#include <string.h>

#include "aiotools.h"
#include "ring-format.h"

#if AIOT_BOARD
static uint32_t epoch_check(const struct ring_epoch *epoch)
{
	return aiot_ring_hash(epoch, offsetof(struct ring_epoch, check));
}
#else
static uint32_t epoch_check(const struct ring_epoch *epoch)
{
	uint64_t low, high;

	memcpy(&low, epoch->boot, 8);
	memcpy(&high, epoch->boot + 8, 8);
	return ring_check(epoch->from_seq, (uint64_t)epoch->offset_ns, low, high);
}
#endif

static struct ring_epoch *epoch_slot(const struct aiot_ring *ring, uint32_t number)
{
	return &ring->header->epochs[number & (AIOT_RING_EPOCHS - 1)];
}

/* The epoch before which there are `age` - 1 newer ones; NULL if there is none or it is torn. */
static const struct ring_epoch *epoch_aged(const struct aiot_ring *ring, uint32_t age)
{
	uint32_t count = ring->header->epoch_count;
	const struct ring_epoch *epoch;

	if (age > count || age > AIOT_RING_EPOCHS)
		return NULL;
	epoch = epoch_slot(ring, count - age);
	return epoch->check == epoch_check(epoch) ? epoch : NULL;
}

/* Unsigned, so that damaged numbers wrap around instead of overflowing. */
static int64_t epoch_wall(const struct ring_epoch *epoch, uint64_t mono_ns)
{
	return (int64_t)(mono_ns + (uint64_t)epoch->offset_ns);
}

/* The newest epoch, of this boot, never knew the time: what is known now holds for its records. */
static bool was_unset(const struct aiot_ring *ring, const struct ring_epoch *newest)
{
	return epoch_wall(newest, ring_at(ring, ring->last)->mono_ns) < RING_CLOCK_SET_NS;
}

void aiot_ring_clock(struct aiot_ring *ring, const uint8_t boot[16], int64_t wall_minus_mono_ns)
{
	struct aiot_ring_header *header = ring->header;
	const struct ring_epoch *newest = epoch_aged(ring, 1);
	uint32_t number = header->epoch_count;
	uint64_t from_seq = ring->next_seq, step;
	struct ring_epoch *slot;
	bool same;

	if (newest != NULL) {
		step = (uint64_t)wall_minus_mono_ns - (uint64_t)newest->offset_ns;
		same = memcmp(newest->boot, boot, 16) == 0;
		if (same && step + RING_STEP_NS <= 2 * RING_STEP_NS)
			return;
		if (newest->from_seq >= ring->next_seq) { /* without records: no need to keep it */
			number--;
		} else if (same && wall_minus_mono_ns >= RING_CLOCK_SET_NS &&
			   was_unset(ring, newest)) {
			number--;
			from_seq = newest->from_seq;
		}
	}
	slot = epoch_slot(ring, number);
	memcpy(slot->boot, boot, 16);
	slot->offset_ns = wall_minus_mono_ns;
	slot->from_seq = from_seq;
	slot->check = epoch_check(slot);
	ring_store(&header->epoch_count, number + 1);
}

/* Its epoch, or the next one still known if that is forgotten, as an age; 0: none at all. */
static uint32_t epoch_of(const struct aiot_ring *ring, uint64_t seq)
{
	const struct ring_epoch *epoch;
	uint32_t age, found = 0;

	for (age = 1; age <= AIOT_RING_EPOCHS; age++) {
		epoch = epoch_aged(ring, age);
		if (epoch == NULL)
			continue;
		found = age;
		if (epoch->from_seq <= seq)
			break;
	}
	return found;
}

static void ring_wall(const struct aiot_ring *ring, struct aiot_ring_record *rec)
{
	uint32_t age = epoch_of(ring, rec->seq);
	const struct ring_epoch *epoch, *later;

	rec->wall_ns = (int64_t)rec->mono_ns;
	memset(rec->boot, 0, sizeof(rec->boot));
	if (age == 0)
		return;
	epoch = epoch_aged(ring, age);
	memcpy(rec->boot, epoch->boot, sizeof(rec->boot));
	rec->wall_ns = epoch_wall(epoch, rec->mono_ns);
	while (rec->wall_ns < RING_CLOCK_SET_NS && --age > 0) {
		later = epoch_aged(ring, age);
		if (later != NULL && memcmp(later->boot, epoch->boot, 16) == 0 &&
		    epoch_wall(later, rec->mono_ns) >= RING_CLOCK_SET_NS)
			rec->wall_ns = epoch_wall(later, rec->mono_ns);
	}
}

/* Where record seq lies, walking from the nearer end; RING_NONE if it is not there. */
static uint32_t ring_search(const struct aiot_ring *ring, uint64_t seq)
{
	uint64_t at_seq = ring->first_seq;
	uint32_t at = ring->first;

	if (seq < ring->first_seq || seq >= ring->next_seq)
		return RING_NONE;
	if (ring->next_seq - seq <= seq - ring->first_seq) {
		at = ring->last;
		for (at_seq = ring->next_seq - 1; at_seq > seq && at != RING_NONE; at_seq--)
			at = aiot_ring_before(ring, at);
	} else {
		for (; at_seq < seq && at != RING_NONE; at_seq++)
			at = aiot_ring_behind(ring, at);
	}
	return aiot_ring_sound(ring, at, seq) ? at : RING_NONE;
}

/*
 * The record before the cursor, which must be in the ring.  As long as it is there it lies where it
 * was seen; a hint that is a lie does not fit its number.
 */
static uint32_t cursor_before(const struct aiot_ring *ring, const struct aiot_ring_cursor *cursor)
{
	if (aiot_ring_sound(ring, cursor->offset, cursor->seq - 1))
		return cursor->offset;
	return ring_search(ring, cursor->seq - 1);
}

static void ring_read(const struct aiot_ring *ring, uint32_t offset, struct aiot_ring_record *ret)
{
	const struct ring_record *rec = ring_at(ring, offset);

	ret->seq = rec->seq;
	ret->mono_ns = rec->mono_ns;
	ret->level = rec->level;
	ret->cut = (rec->text_len & RING_CUT) != 0;
	ret->name = (const char *)(rec + 1);
	ret->name_len = rec->name_len;
	ret->text = ret->name + rec->name_len;
	ret->text_len = ring_text_len(rec);
	ring_wall(ring, ret);
}

void aiot_ring_oldest(const struct aiot_ring *ring, struct aiot_ring_cursor *ret)
{
	ret->seq = ring->first_seq;
	ret->offset = RING_NONE;
}

void aiot_ring_newest(const struct aiot_ring *ring, struct aiot_ring_cursor *ret)
{
	ret->seq = ring->next_seq;
	ret->offset = ring->last;
}

void aiot_ring_seek(const struct aiot_ring *ring, uint64_t seq, struct aiot_ring_cursor *ret)
{
	if (seq >= ring->next_seq) {
		aiot_ring_newest(ring, ret);
		return;
	}
	aiot_ring_oldest(ring, ret);
	if (seq > ring->first_seq) {
		ret->seq = seq;
		ret->offset = ring_search(ring, seq - 1);
	}
}

/* The record at the cursor, which must be in the ring; RING_NONE: it was scribbled over. */
static uint32_t cursor_at(const struct aiot_ring *ring, const struct aiot_ring_cursor *cursor)
{
	uint32_t at = ring->first;

	if (cursor->seq > ring->first_seq) {
		at = cursor_before(ring, cursor);
		if (at != RING_NONE)
			at = aiot_ring_behind(ring, at);
	}
	return aiot_ring_sound(ring, at, cursor->seq) ? at : RING_NONE;
}

bool aiot_ring_next(const struct aiot_ring *ring, struct aiot_ring_cursor *cursor,
		    struct aiot_ring_record *ret, uint64_t *ret_lost)
{
	uint64_t lost = 0;
	uint32_t at = RING_NONE;

	if (cursor->seq < ring->first_seq) {
		lost = ring->first_seq - (cursor->seq > 0 ? cursor->seq : 1);
		aiot_ring_oldest(ring, cursor);
	}
	if (cursor->seq < ring->next_seq) {
		at = cursor_at(ring, cursor);
		if (at == RING_NONE) {
			lost += ring->next_seq - cursor->seq;
			aiot_ring_newest(ring, cursor);
		}
	}
	if (ret_lost != NULL)
		*ret_lost = lost;
	if (at == RING_NONE)
		return false;
	ring_read(ring, at, ret);
	cursor->seq++;
	cursor->offset = at;
	return true;
}

bool aiot_ring_prev(const struct aiot_ring *ring, struct aiot_ring_cursor *cursor,
		    struct aiot_ring_record *ret)
{
	uint32_t at;

	if (cursor->seq > ring->next_seq)
		aiot_ring_newest(ring, cursor);
	if (cursor->seq <= ring->first_seq)
		return false;
	at = cursor_before(ring, cursor);
	if (at == RING_NONE)
		return false;
	ring_read(ring, at, ret);
	cursor->seq--;
	/* Nothing asks for the hint of the oldest: what lies before it is gone. */
	cursor->offset = cursor->seq > ring->first_seq ? aiot_ring_before(ring, at) : RING_NONE;
	return true;
}
