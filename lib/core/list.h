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

#endif
