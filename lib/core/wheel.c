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

#define LANES_MAX 8u

/* Where a due tick belongs. */
struct place {
	unsigned level, slot;
};

static unsigned index_of(const struct aiot_wheel *w, struct place p)
{
	return (p.level << w->shape.bits) | p.slot;
}

static uint64_t *bitmap(const struct aiot_wheel *w, struct place p)
{
	return &w->used[p.level * w->words + p.slot / 64];
}

static uint64_t bit_of(struct place p)
{
	return 1ull << (p.slot & 63);
}

static unsigned lanes_of(const struct aiot_wheel *w, struct place p)
{
	return p.level == 0 ? 1 : 1u << w->shape.lane_bits;
}

/* The first of a slot's lists. */
static struct aiot_link *lists_of(const struct aiot_wheel *w, struct place p)
{
	unsigned above = index_of(w, p) - (1u << w->shape.bits);

	if (p.level == 0)
		return &w->list[p.slot];
	return &w->list[((size_t)1 << w->shape.bits) + ((size_t)above << w->shape.lane_bits)];
}

/* The slot for a due tick behind now. */
static struct place place_of(const struct aiot_wheel *w, uint64_t due)
{
	unsigned high = 63u - (unsigned)__builtin_clzll(due ^ w->now);
	struct place p = {.level = high * w->reciprocal >> 16};

	if (p.level >= w->shape.levels)
		p.level = w->shape.levels;
	else
		p.slot = (unsigned)(due >> (p.level * w->shape.bits)) & ((1u << w->shape.bits) - 1);
	return p;
}

void aiot_wheel_init(struct aiot_wheel *w, struct aiot_wheel_shape shape, void *mem, uint64_t now)
{
	size_t words = AIOT_WHEEL_WORDS(shape.bits) * (shape.levels + 1u);

	w->now = now;
	w->shape = shape;
	w->words = (uint8_t)AIOT_WHEEL_WORDS(shape.bits);
	w->reciprocal = 65536u / shape.bits + 1;
	w->used = mem;
	w->earliest = w->used + words;
	w->list = (struct aiot_link *)(void *)(w->earliest + AIOT_WHEEL_SLOTS(shape));
	memset(w->used, 0, words * sizeof(*w->used));
}

/* The first timer comes to a slot. */
static void open_slot(struct aiot_wheel *w, struct place p)
{
	struct aiot_link *list = lists_of(w, p);
	unsigned i;

	*bitmap(w, p) |= bit_of(p);
	w->earliest[index_of(w, p)] = AIOT_WHEEL_NEVER;
	for (i = 0; i < lanes_of(w, p); i++)
		aiot_list_init(&list[i]);
}

/*
 * The lowest level, where a wake nearly always ends: a slot there has one list of one tick, so what
 * the others work out is known.  The others are out of line, so that nothing is saved for them
 * here.
 */
static inline void add_near(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due)
{
	unsigned slot = (unsigned)due & ((1u << w->shape.bits) - 1);
	uint64_t *word = &w->used[slot / 64], bit = 1ull << (slot & 63);

	if (!(*word & bit)) {
		*word |= bit;
		w->earliest[slot] = due;
		aiot_list_init(&w->list[slot]);
	}
	aiot_list_append(&w->list[slot], &timer->link);
}

static __attribute__((noinline)) void add_far(struct aiot_wheel *w, struct aiot_timer *timer,
					      uint64_t due)
{
	struct place p = place_of(w, due);
	uint64_t *earliest = &w->earliest[index_of(w, p)];

	if (!(*bitmap(w, p) & bit_of(p)))
		open_slot(w, p);
	if (due < *earliest)
		*earliest = due;
	aiot_list_append(&lists_of(w, p)[due & (lanes_of(w, p) - 1)], &timer->link);
}

void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due)
{
	if (due <= w->now)
		due = w->now + 1;
	timer->due = due;
	if ((due ^ w->now) >> w->shape.bits == 0)
		add_near(w, timer, due);
	else
		add_far(w, timer, due);
}

void aiot_wheel_remove(struct aiot_timer *timer)
{
	aiot_list_remove(&timer->link);
}

/* ---- going on ---- */

/* The tick at which a slot's turn comes. */
static uint64_t slot_tick(const struct aiot_wheel *w, struct place p)
{
	unsigned shift = p.level * w->shape.bits, above = shift + w->shape.bits;
	uint64_t base = above < 64 ? w->now >> above << above : 0;

	if (p.level < w->shape.levels)
		return base | (uint64_t)p.slot << shift;
	/* Where its first one comes within the span, even if that is years of empty spans away. */
	return w->earliest[index_of(w, p)] >> shift << shift;
}

static bool slot_empty(const struct aiot_wheel *w, struct place p)
{
	const struct aiot_link *list = lists_of(w, p);
	unsigned i, lanes = lanes_of(w, p);

	for (i = 0; i < lanes; i++) {
		if (!aiot_list_empty(&list[i]))
			return false;
	}
	return true;
}

/* The next slot that needs work; false: there is none. */
static bool next_slot(struct aiot_wheel *w, struct place *ret)
{
	unsigned word, words = (w->shape.levels + 1u) * w->words;

	for (word = 0; word < words; word++) {
		while (w->used[word]) {
			ret->level = word / w->words;
			ret->slot =
				(word % w->words) * 64 + (unsigned)__builtin_ctzll(w->used[word]);
			if (!slot_empty(w, *ret))
				return true;
			w->used[word] &= w->used[word] - 1; /* all of it was disarmed */
		}
	}
	return false;
}

uint64_t aiot_wheel_next(struct aiot_wheel *w)
{
	struct place p;

	return next_slot(w, &p) ? w->earliest[index_of(w, p)] : AIOT_WHEEL_NEVER;
}

/* A timer of a slot whose turn has come: it is due, or it moves down. */
static void settle(struct aiot_wheel *w, struct aiot_timer *timer, struct aiot_fifo *fired)
{
	if (timer->due <= w->now)
		aiot_fifo_append(fired, &timer->link);
	else
		aiot_wheel_add(w, timer, timer->due);
}

/*
 * Empty a slot above the lowest level.  One step in each lane in turn: what the next step there
 * needs is on its way meanwhile.  All timers of one tick are in one lane, in order.
 */
static void spread(struct aiot_wheel *w, struct place p, struct aiot_fifo *fired)
{
	struct aiot_link *list = lists_of(w, p), *at[LANES_MAX];
	unsigned i, live, lanes = lanes_of(w, p);

	for (i = 0; i < lanes; i++) {
		at[i] = list[i].next;
		__builtin_prefetch(at[i]);
	}
	do {
		live = 0;
		for (i = 0; i < lanes; i++) {
			struct aiot_timer *timer = (struct aiot_timer *)(void *)at[i];

			if (at[i] == &list[i])
				continue;
			at[i] = at[i]->next;
			__builtin_prefetch(at[i]);
			settle(w, timer, fired);
			live++;
		}
	} while (live > 0);
}

/* Empty one slot at its tick. */
static void turn_slot(struct aiot_wheel *w, struct place p, struct aiot_fifo *fired)
{
	*bitmap(w, p) &= ~bit_of(p);
	if (p.level == 0) /* one tick a slot */
		aiot_list_splice(&fired->list, lists_of(w, p));
	else
		spread(w, p, fired);
}

void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_fifo *fired)
{
	struct place p;
	uint64_t tick;

	while (next_slot(w, &p) && (tick = slot_tick(w, p)) <= now) {
		w->now = tick;
		turn_slot(w, p, fired);
	}
	if (now > w->now)
		w->now = now;
}
