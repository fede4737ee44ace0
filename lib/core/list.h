/*
 * list.h - a circular list with a head of the same type.
 *
 * Used by the wheel's slots and the executor's queues: a member is taken out without knowing which
 * list it is in.  First in, first out.  A member that is in no list has next == NULL.  Doubly
 * linked on a host; singly on a board, where lists are short and four bytes a task count.
 */
#ifndef AIOT_LIST_H
#define AIOT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "aiotools.h" /* struct aiot_link: events and queues have one */

static inline bool aiot_list_empty(const struct aiot_link *list)
{
	return list->next == list;
}

#if AIOT_BOARD
static inline void aiot_list_init(struct aiot_link *list)
{
	list->next = list;
}

/* The one before, by going around. */
static inline struct aiot_link *aiot_list_before(struct aiot_link *link)
{
	struct aiot_link *at = link;

	while (at->next != link)
		at = at->next;
	return at;
}

static inline void aiot_list_append(struct aiot_link *list, struct aiot_link *link)
{
	struct aiot_link *last = aiot_list_before(list);

	link->next = list;
	last->next = link;
}

static inline void aiot_list_remove(struct aiot_link *link)
{
	aiot_list_before(link)->next = link->next;
	link->next = NULL;
}

/* Take out the first. */
static inline struct aiot_link *aiot_list_pop(struct aiot_link *list)
{
	struct aiot_link *link = list->next;

	list->next = link->next;
	link->next = NULL;
	return link;
}

/* Move all of `from` behind what is in `to`. */
static inline void aiot_list_splice(struct aiot_link *to, struct aiot_link *from)
{
	if (aiot_list_empty(from))
		return;
	aiot_list_before(to)->next = from->next;
	aiot_list_before(from)->next = to;
	aiot_list_init(from);
}
#else
static inline void aiot_list_init(struct aiot_link *list)
{
	list->next = list->prev = list;
}

static inline void aiot_list_append(struct aiot_link *list, struct aiot_link *link)
{
	link->next = list;
	link->prev = list->prev;
	list->prev->next = link;
	list->prev = link;
}

static inline void aiot_list_remove(struct aiot_link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	link->next = link->prev = NULL;
}

/* Move all of `from` behind what is in `to`. */
static inline void aiot_list_splice(struct aiot_link *to, struct aiot_link *from)
{
	if (aiot_list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	aiot_list_init(from);
}

static inline struct aiot_link *aiot_list_pop(struct aiot_link *list)
{
	struct aiot_link *link = list->next;

	aiot_list_remove(link);
	return link;
}
#endif

/*
 * A list that is appended to in a few instructions on a board, too.  Who takes out a member by
 * aiot_list_remove() tells it with aiot_fifo_forget().
 */
struct aiot_fifo {
	struct aiot_link list;
#if AIOT_BOARD
	struct aiot_link *last; /* the head when it is empty */
#endif
};

static inline bool aiot_fifo_empty(const struct aiot_fifo *fifo)
{
	return aiot_list_empty(&fifo->list);
}

#if AIOT_BOARD
static inline void aiot_fifo_init(struct aiot_fifo *fifo)
{
	aiot_list_init(&fifo->list);
	fifo->last = &fifo->list;
}

static inline void aiot_fifo_append(struct aiot_fifo *fifo, struct aiot_link *link)
{
	link->next = &fifo->list;
	fifo->last->next = link;
	fifo->last = link;
}

/* A member of this or of another list goes, and `before` stands before it. */
static inline void aiot_fifo_forget(struct aiot_fifo *fifo, const struct aiot_link *link,
				    struct aiot_link *before)
{
	if (fifo->last == link)
		fifo->last = before;
}

/* Move all to another one, which is made. */
static inline void aiot_fifo_take(struct aiot_fifo *fifo, struct aiot_fifo *ret)
{
	aiot_fifo_init(ret);
	if (aiot_fifo_empty(fifo))
		return;
	*ret = *fifo;
	ret->last->next = &ret->list;
	aiot_fifo_init(fifo);
}

/* Put a list in front of what has come since. */
static inline void aiot_fifo_put_back(struct aiot_fifo *fifo, struct aiot_link *list)
{
	struct aiot_link *last;

	if (aiot_list_empty(list))
		return;
	last = aiot_list_before(list);
	last->next = fifo->list.next;
	fifo->list.next = list->next;
	if (fifo->last == &fifo->list)
		fifo->last = last;
}
#else
static inline void aiot_fifo_init(struct aiot_fifo *fifo)
{
	aiot_list_init(&fifo->list);
}

static inline void aiot_fifo_append(struct aiot_fifo *fifo, struct aiot_link *link)
{
	aiot_list_append(&fifo->list, link);
}

static inline void aiot_fifo_take(struct aiot_fifo *fifo, struct aiot_fifo *ret)
{
	aiot_fifo_init(ret);
	aiot_list_splice(&ret->list, &fifo->list);
}

static inline void aiot_fifo_put_back(struct aiot_fifo *fifo, struct aiot_link *list)
{
	aiot_list_splice(list, &fifo->list);
	aiot_list_splice(&fifo->list, list);
}
#endif

#endif
