/*
 * event.c - aiotools-wait.h's events and queues.
 *
 * Called by services, from their tasks and from callbacks of the same loop.  An object knows who
 * waits for it and nothing else: the core is found through the first of these, so that what nobody
 * waits for is just memory.  An item goes straight from one task to the other; a task that was
 * handed its item is no longer in the list, so nobody can hand it another or take it back.
 */
#include <string.h>

#include "wait.h"

/* ---- events ---- */

void aiot_event_set(struct aiot_event *event)
{
	event->set = 1;
	aiot_waiters_end(&event->waiters, 0);
}

void aiot_event_reset(struct aiot_event *event)
{
	event->set = 0;
}

void aiot_event_pulse(struct aiot_event *event)
{
	aiot_waiters_end(&event->waiters, 0);
}

int aiot_event_is_set(const struct aiot_event *event)
{
	return event->set != 0;
}

void aiot_event_close(struct aiot_event *event)
{
	event->set = 0;
	aiot_waiters_end(&event->waiters, -AIOT_ECANCELED);
}

struct aiot_wait aiot_event_wait(struct aiot_task *t, struct aiot_event *event, uint32_t timeout_ms)
{
	if (!aiot_wait_may(t) || !aiot_wait_lasting(t, event, "the event"))
		return (struct aiot_wait){0};
	if (event->set)
		return aiot_wait_over(t, 0);
	return aiot_wait_in(t, &event->waiters, timeout_ms, 0);
}

/* ---- queues ---- */

/* Who waits first, if it is to put (or to get). */
static struct aiot_task *first_waiting(const struct aiot_queue *q, bool putter)
{
	return q->putters == putter ? aiot_waiters_first(&q->waiters) : NULL;
}

/* A waiting task's item; timer.due keeps it. */
static void *item_of(const struct aiot_task *t)
{
	return (void *)(uintptr_t)t->timer.due;
}

static void *slot(const struct aiot_queue *q, uint32_t i)
{
	uint64_t at = (uint64_t)q->first + i;

	return (char *)q->items + (size_t)(at % q->capacity) * q->item_bytes;
}

/* There is room for an item at the end: the first who waits for that puts it. */
static void take_from_putter(struct aiot_queue *q)
{
	struct aiot_task *t = first_waiting(q, true);

	if (t == NULL || q->count == q->capacity)
		return;
	memcpy(slot(q, q->count++), item_of(t), q->item_bytes);
	aiot_wait_end(aiot_task_core(t), t, 0);
}

void aiot_queue_init(struct aiot_queue *q, void *items, uint32_t item_bytes, uint32_t capacity)
{
	q->items = items;
	q->item_bytes = item_bytes;
	q->capacity = capacity;
	q->first = q->count = 0;
	while (q->count < q->capacity && first_waiting(q, true) != NULL)
		take_from_putter(q);
}

int aiot_queue_try_put(struct aiot_queue *q, const void *item)
{
	struct aiot_task *t = first_waiting(q, false);

	if (t != NULL) {
		memcpy(item_of(t), item, q->item_bytes);
		aiot_wait_end(aiot_task_core(t), t, 0);
		return 0;
	}
	if (q->count == q->capacity)
		return -AIOT_EAGAIN;
	memcpy(slot(q, q->count++), item, q->item_bytes);
	return 0;
}

int aiot_queue_try_get(struct aiot_queue *q, void *ret_item)
{
	struct aiot_task *t;

	if (q->count > 0) {
		memcpy(ret_item, slot(q, 0), q->item_bytes);
		q->first = (q->first + 1) % q->capacity;
		q->count--;
		take_from_putter(q);
		return 0;
	}
	t = first_waiting(q, true); /* straight from hand to hand: there is no room at all */
	if (t == NULL)
		return -AIOT_EAGAIN;
	memcpy(ret_item, item_of(t), q->item_bytes);
	aiot_wait_end(aiot_task_core(t), t, 0);
	return 0;
}

uint32_t aiot_queue_count(const struct aiot_queue *q)
{
	return q->count;
}

void aiot_queue_close(struct aiot_queue *q)
{
	q->first = q->count = 0;
	aiot_waiters_end(&q->waiters, -AIOT_ECANCELED);
}

/* Whether a task may wait for this queue with this item. */
static bool usable(struct aiot_task *t, const struct aiot_queue *q, const void *item)
{
	if (!aiot_wait_may(t))
		return false;
	if (!aiot_wait_lasting(t, q, "the queue") || !aiot_wait_lasting(t, item, "the item"))
		return false;
	if (q->item_bytes > 0)
		return true;
	aiot_task_misuse(t, "a queue without aiot_queue_init()");
	return false;
}

struct aiot_wait aiot_queue_put(struct aiot_task *t, struct aiot_queue *q, const void *item,
				uint32_t timeout_ms)
{
	if (!usable(t, q, item))
		return (struct aiot_wait){0};
	if (aiot_queue_try_put(q, item) == 0)
		return aiot_wait_over(t, 0);
	q->putters = 1;
	return aiot_wait_in(t, &q->waiters, timeout_ms, (uintptr_t)item);
}

struct aiot_wait aiot_queue_get(struct aiot_task *t, struct aiot_queue *q, void *ret_item,
				uint32_t timeout_ms)
{
	if (!usable(t, q, ret_item))
		return (struct aiot_wait){0};
	if (aiot_queue_try_get(q, ret_item) == 0)
		return aiot_wait_over(t, 0);
	q->putters = 0;
	return aiot_wait_in(t, &q->waiters, timeout_ms, (uintptr_t)ret_item);
}
