/*
 * list.h - a circular doubly linked list with a head of the same type.
 *
 * Used by the wheel's slots and the executor's queues: a member is taken out without knowing which
 * list it is in.  First in, first out.  A member that is in no list has next == NULL.
 */
#ifndef AIOT_LIST_H
#define AIOT_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "aiotools.h" /* struct aiot_link: events and queues have one */

static inline void aiot_list_init(struct aiot_link *list)
{
	list->next = list->prev = list;
}

static inline bool aiot_list_empty(const struct aiot_link *list)
{
	return list->next == list;
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

#endif
