/*
 * wheel-list.c - see wheel.h: a board's timers, a list with the earliest first.
 *
 * A timer keeps the low 32 bits of its tick.  All that are armed are due behind `now`, where the
 * last advance came to, and less than 2^32 ticks behind it; so how far ahead one is says which of
 * two is the earlier, and no wrap is ever seen.
 */
#include "wheel.h"

void aiot_wheel_init(struct aiot_wheel *w, struct aiot_wheel_shape shape, void *mem, uint64_t now)
{
	(void)shape;
	(void)mem;
	w->now = now;
	aiot_list_init(&w->list);
}

/* How many ticks behind `base` the timer at a link is due. */
static uint32_t ahead_of(const struct aiot_link *link, uint32_t base)
{
	return (uint32_t)((const struct aiot_timer *)(const void *)link)->due - base;
}

void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due)
{
	uint32_t base = (uint32_t)w->now, ahead;
	struct aiot_link *at = &w->list;

	if (due <= w->now)
		due = w->now + 1; /* with the next advance, which goes on by a tick at least */
	due -= w->now;
	ahead = due > UINT32_MAX ? UINT32_MAX : (uint32_t)due;
	while (at->next != &w->list && ahead_of(at->next, base) <= ahead)
		at = at->next;
	timer->due = base + ahead;
	timer->link.next = at->next;
	at->next = &timer->link;
}

void aiot_wheel_remove(struct aiot_timer *timer)
{
	aiot_list_remove(&timer->link);
}

uint64_t aiot_wheel_next(struct aiot_wheel *w)
{
	if (aiot_list_empty(&w->list))
		return AIOT_WHEEL_NEVER;
	return w->now + ahead_of(w->list.next, (uint32_t)w->now);
}

void aiot_wheel_advance(struct aiot_wheel *w, uint64_t now, struct aiot_fifo *fired)
{
	uint32_t base = (uint32_t)w->now;
	uint64_t by = now - w->now;

	if (now <= w->now)
		return;
	while (!aiot_list_empty(&w->list) && ahead_of(w->list.next, base) <= by)
		aiot_fifo_append(fired, aiot_list_pop(&w->list));
	w->now = now;
}
