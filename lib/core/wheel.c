/*
 * wheel.c - see wheel.h.  Called by the executor alone.
 *
 * A timer sits at the level of the highest group of bits in which its due tick differs from `now`,
 * in the slot that this group names.  So at every level all used slots lie ahead of now, the lowest
 * used level holds the next event, and its lowest set bit says which slot.  When now comes to a
 * slot of a higher level, its timers are placed again and land lower.
 */
#include "wheel.h"

#include <string.h>

static unsigned slot_count(const struct aiot_wheel *w)
{
	return (unsigned)w->levels << w->bits;
}

static uint64_t slot_bit(const struct aiot_wheel *w, unsigned index)
{
	return 1ull << (index & ((1u << w->bits) - 1));
}

/* The slot for a due tick behind now. */
static unsigned slot_index(const struct aiot_wheel *w, uint64_t due)
{
	unsigned high = 63u - (unsigned)__builtin_clzll(due ^ w->now);
	unsigned level = w->bits == 6 ? high / 6 : high / w->bits;
	unsigned mask = (1u << w->bits) - 1;

	if (level >= w->levels)
		return slot_count(w);
	return (level << w->bits) | ((unsigned)(due >> (level * w->bits)) & mask);
}

void aiot_wheel_init(struct aiot_wheel *w, uint8_t bits, uint8_t levels, void *mem, uint64_t now)
{
	unsigned i;

	w->now = now;
	w->bits = bits;
	w->levels = levels;
	w->used = mem;
	w->slot = (struct aiot_wheel_slot *)(void *)(w->used + levels);
	memset(w->used, 0, levels * sizeof(*w->used));
	for (i = 0; i <= slot_count(w); i++) {
		aiot_list_init(&w->slot[i].timers);
		w->slot[i].earliest = AIOT_WHEEL_NEVER;
	}
}

void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due)
{
	struct aiot_wheel_slot *slot;
	unsigned index;

	if (due <= w->now)
		due = w->now + 1;
	timer->due = due;
	index = slot_index(w, due);
	slot = &w->slot[index];
	aiot_list_append(&slot->timers, &timer->link);
	if (due < slot->earliest)
		slot->earliest = due;
	if (index < slot_count(w))
		w->used[index >> w->bits] |= slot_bit(w, index);
}

void aiot_wheel_remove(struct aiot_timer *timer)
{
	aiot_list_remove(&timer->link);
}

/* The tick at which a slot's turn comes. */
static uint64_t slot_tick(const struct aiot_wheel *w, unsigned level, unsigned slot)
{
	unsigned shift = level * w->bits, above = shift + w->bits;
	uint64_t base = above < 64 ? w->now >> above << above : 0;

	return base | (uint64_t)slot << shift;
}

/* The next slot that needs work; the index behind the last if that is the overflow list. */
static uint64_t next_slot(struct aiot_wheel *w, unsigned *ret_index)
{
	unsigned level, span = (unsigned)w->levels * w->bits;

	for (level = 0; level < w->levels; level++) {
		while (w->used[level]) {
			unsigned slot = (unsigned)__builtin_ctzll(w->used[level]);

			*ret_index = (level << w->bits) | slot;
			if (!aiot_list_empty(&w->slot[*ret_index].timers))
				return slot_tick(w, level, slot);
			w->used[level] &= w->used[level] - 1; /* all of it was disarmed */
			w->slot[*ret_index].earliest = AIOT_WHEEL_NEVER;
		}
	}
	*ret_index = slot_count(w);
	if (aiot_list_empty(&w->slot[*ret_index].timers)) {
		w->slot[*ret_index].earliest = AIOT_WHEEL_NEVER;
		return AIOT_WHEEL_NEVER;
	}
	/* Where its first one comes within the span, even if that is years of empty spans away. */
	return w->slot[*ret_index].earliest >> span << span;
}

uint64_t aiot_wheel_next(struct aiot_wheel *w)
{
	unsigned index;

	if (next_slot(w, &index) == AIOT_WHEEL_NEVER)
		return AIOT_WHEEL_NEVER;
	return w->slot[index].earliest;
}

/* Empty one slot at its tick: fire what is due, place the rest again. */
static void turn_slot(struct aiot_wheel *w, unsigned index, struct aiot_link *fired)
{
	struct aiot_wheel_slot *slot = &w->slot[index];
	struct aiot_link list;

	slot->earliest = AIOT_WHEEL_NEVER;
	if (index < slot_count(w))
		w->used[index >> w->bits] &= ~slot_bit(w, index);
	if (index < 1u << w->bits) { /* the lowest level: one tick a slot */
		aiot_list_splice(fired, &slot->timers);
		return;
	}
	aiot_list_init(&list);
	aiot_list_splice(&list, &slot->timers);
	while (!aiot_list_empty(&list)) {
		struct aiot_timer *timer = (struct aiot_timer *)(void *)list.next;

		__builtin_prefetch(timer->link.next->next);
		aiot_list_remove(&timer->link);
		if (timer->due <= w->now)
			aiot_list_append(fired, &timer->link);
		else
			aiot_wheel_add(w, timer, timer->due);
	}
}

void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_link *fired)
{
	unsigned index;
	uint64_t tick;

	while ((tick = next_slot(w, &index)) <= now && tick != AIOT_WHEEL_NEVER) {
		w->now = tick;
		turn_slot(w, index, fired);
	}
	if (now > w->now)
		w->now = now;
}
