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
	aiot_fifo_init(&w->list);
}

static void insert(struct aiot_link *at, struct aiot_timer *timer, uint32_t due)
{
	timer->due = due;
	timer->link.next = at->next;
	at->next = &timer->link;
}

/* Behind which one a timer belongs. */
static struct aiot_link *place_of(struct aiot_wheel *w, uint32_t base, uint32_t ahead)
{
	struct aiot_link *head = &w->list.list, *at = head;

	while (at->next != head && aiot_wheel_ahead(at->next, base) <= ahead)
		at = at->next;
	return at;
}

void aiot_wheel_add(struct aiot_wheel *w, struct aiot_timer *timer, uint64_t due)
{
	uint64_t by = due > w->now ? due - w->now : 1; /* an advance goes on by a tick at least */
	uint32_t base = (uint32_t)w->now, ahead = by > UINT32_MAX ? UINT32_MAX : (uint32_t)by;

	insert(place_of(w, base, ahead), timer, base + ahead);
}

#if AIOT_TEXT
void aiot_wheel_add_ahead(struct aiot_wheel *w, struct aiot_timer *timer, uint32_t ahead)
{
	struct aiot_link *last = w->list.last;
	uint32_t base = (uint32_t)w->now;

	if (last == &w->list.list || aiot_wheel_ahead(last, base) <= ahead) {
		timer->due = base + ahead;
		aiot_fifo_append(&w->list, &timer->link);
	} else {
		insert(place_of(w, base, ahead), timer, base + ahead);
	}
}
#endif

void aiot_wheel_remove(struct aiot_timer *timer)
{
	aiot_list_remove(&timer->link);
}
