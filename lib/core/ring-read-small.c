/*
 * ring-read-small.c - the log ring seen by its readers, on boards that have little flash.
 *
 * Built instead of ring-read.c, for the same callers.  A board's ring is short: what no hint leads
 * to is looked for from the oldest record on.  Of its clock no more is kept than the last offset of
 * each boot, which holds for all records of that.
 */
#include "ring.h"

#include <string.h>

#include "ring-format.h"

/* ---- the clock ---- */

static uint32_t epoch_check(const struct ring_epoch *epoch)
{
	return aiot_ring_hash(epoch, offsetof(struct ring_epoch, check));
}

/* The newest one that begins there or before; NULL: it is forgotten, or torn. */
static struct ring_epoch *epoch_of(const struct aiot_ring *ring, uint64_t seq)
{
	uint32_t number = ring->header->epoch_count, age;

	for (age = 0; age < AIOT_RING_EPOCHS; age++) {
		struct ring_epoch *epoch =
			&ring->header->epochs[(number - age) & (AIOT_RING_EPOCHS - 1)];

		if (epoch->from_seq <= seq && epoch->check == epoch_check(epoch))
			return epoch;
	}
	return NULL;
}

void aiot_ring_clock(struct aiot_ring *ring, const uint8_t boot[16], int64_t wall_minus_mono_ns)
{
	struct aiot_ring_header *header = ring->header;
	struct ring_epoch *epoch = epoch_of(ring, ring->next_seq);

	if (epoch == NULL || memcmp(epoch->boot, boot, 16) != 0) {
		header->epoch_count++;
		epoch = &header->epochs[header->epoch_count & (AIOT_RING_EPOCHS - 1)];
		epoch->from_seq = ring->next_seq;
		memcpy(epoch->boot, boot, 16);
	}
	epoch->offset_ns = wall_minus_mono_ns;
	epoch->check = epoch_check(epoch);
}

/* ---- records ---- */

/* Where record seq lies, which must be in the ring.  hint: where the one before may lie. */
static uint32_t find(const struct aiot_ring *ring, uint64_t seq, uint32_t hint)
{
	uint32_t at = hint;

	if (seq == ring->first_seq || !aiot_ring_sound(ring, hint, seq - 1)) {
		at = ring->first;
		if (!aiot_ring_sound(ring, at, ring->first_seq))
			return RING_NONE;
	}
	while (at != RING_NONE && ring_at(ring, at)->seq != seq)
		at = aiot_ring_behind(ring, at);
	return at;
}

static void read_record(const struct aiot_ring *ring, uint32_t offset, struct aiot_ring_record *ret)
{
	const struct ring_record *rec = ring_at(ring, offset);
	const struct ring_epoch *epoch = epoch_of(ring, rec->seq);

	ret->seq = rec->seq;
	ret->mono_ns = rec->mono_ns;
	ret->wall_ns = (int64_t)rec->mono_ns;
	if (epoch != NULL)
		ret->wall_ns = (int64_t)(rec->mono_ns + (uint64_t)epoch->offset_ns);
	ret->level = rec->level;
	ret->cut = (rec->text_len & RING_CUT) != 0;
	ret->name = (const char *)(rec + 1);
	ret->name_len = rec->name_len;
	ret->text = ret->name + rec->name_len;
	ret->text_len = (uint16_t)ring_text_len(rec);
}

void aiot_ring_oldest(const struct aiot_ring *ring, struct aiot_ring_cursor *ret)
{
	ret->seq = ring->first_seq;
	ret->offset = RING_NONE;
}

bool aiot_ring_next(const struct aiot_ring *ring, struct aiot_ring_cursor *cursor,
		    struct aiot_ring_record *ret, uint64_t *ret_lost)
{
	uint64_t lost = 0;
	uint32_t at = RING_NONE;

	if (cursor->seq < ring->first_seq) {
		lost = ring->first_seq - (cursor->seq > 0 ? cursor->seq : 1);
		cursor->seq = ring->first_seq;
	}
	if (cursor->seq < ring->next_seq) {
		at = find(ring, cursor->seq, cursor->offset);
		if (at == RING_NONE) { /* it was scribbled over */
			lost += ring->next_seq - cursor->seq;
			cursor->seq = ring->next_seq;
			cursor->offset = ring->last;
		}
	}
	if (ret_lost != NULL)
		*ret_lost = lost;
	if (at == RING_NONE)
		return false;
	read_record(ring, at, ret);
	cursor->seq++;
	cursor->offset = at;
	return true;
}
