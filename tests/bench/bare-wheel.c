/*
 * bare-wheel.c - see bare-wheel.h.  Called by the wake rows alone.
 */
#include "bare-wheel.h"

#include <stdbool.h>
#include <stddef.h>

void bare_wheel_init(struct bare_wheel *w, uint64_t now)
{
	unsigned level, slot;

	w->now = now;
	w->fired = 0;
	for (level = 0; level < BARE_LEVELS; level++) {
		w->used[level] = 0;
		for (slot = 0; slot < BARE_SLOTS; slot++)
			aiot_list_init(&w->slot[level][slot]);
	}
}

void bare_wheel_add(struct bare_wheel *w, struct bare_timer *timer, uint64_t due)
{
	unsigned level, slot;

	if (due <= w->now)
		due = w->now + 1;
	timer->due = due;
	level = (63u - (unsigned)__builtin_clzll(due ^ w->now)) / BARE_BITS;
	slot = (unsigned)(due >> (level * BARE_BITS)) % BARE_SLOTS;
	aiot_list_append(&w->slot[level][slot], &timer->link);
	w->used[level] |= 1ull << slot;
}

static void turn(struct bare_wheel *w, unsigned level, unsigned slot)
{
	struct aiot_link list;

	aiot_list_init(&list);
	aiot_list_splice(&list, &w->slot[level][slot]);
	w->used[level] &= ~(1ull << slot);
	while (!aiot_list_empty(&list)) {
		struct bare_timer *timer = (struct bare_timer *)(void *)list.next;

		__builtin_prefetch(timer->link.next->next);
		aiot_list_remove(&timer->link);
		if (timer->due > w->now) {
			bare_wheel_add(w, timer, timer->due);
			continue;
		}
		w->fired++;
		timer->fn(w, timer);
	}
}

/* The next slot that is used and its tick; false: none. */
static bool next_slot(const struct bare_wheel *w, unsigned *ret_level, unsigned *ret_slot,
		      uint64_t *ret_tick)
{
	unsigned level;

	for (level = 0; level < BARE_LEVELS; level++) {
		unsigned shift = level * BARE_BITS, above = shift + BARE_BITS;

		if (w->used[level] == 0)
			continue;
		*ret_level = level;
		*ret_slot = (unsigned)__builtin_ctzll(w->used[level]);
		*ret_tick = w->now >> above << above | (uint64_t)*ret_slot << shift;
		return true;
	}
	return false;
}

void bare_wheel_advance(struct bare_wheel *w, uint64_t now)
{
	unsigned level, slot;
	uint64_t tick;

	while (next_slot(w, &level, &slot, &tick) && tick <= now) {
		w->now = tick;
		turn(w, level, slot);
	}
	if (now > w->now)
		w->now = now;
}
