/*
 * watch.c - see watch.h.  Called by conditions, which watch, and by the registry, which tells.
 */
#include "watch.h"

#include <string.h>

static struct aiot_watch *watch_of(struct aiot_trie_node *node)
{
	return (struct aiot_watch *)(void *)((char *)node - offsetof(struct aiot_watch, node));
}

static struct aiot_watch *peer(struct aiot_link *link)
{
	return (struct aiot_watch *)(void *)((char *)link - offsetof(struct aiot_watch, peers));
}

static void enter(struct aiot_core *core, struct aiot_watch *watch)
{
	watch->node.key_off =
		(int16_t)(offsetof(struct aiot_watch, name) - offsetof(struct aiot_watch, node));
	watch->indexed = aiot_trie_insert(&core->watched, &watch->node);
}

void aiot_watch_add(struct aiot_core *core, struct aiot_watch *watch, const char *name)
{
	struct aiot_trie_node *first = aiot_trie_find(&core->watched, name);

	memcpy(watch->name, name, strlen(name) + 1);
	aiot_list_init(&watch->peers);
	watch->indexed = false;
	if (first != NULL)
		aiot_list_append(&watch_of(first)->peers, &watch->peers);
	else
		enter(core, watch);
}

void aiot_watch_remove(struct aiot_core *core, struct aiot_watch *watch)
{
	struct aiot_link *next = watch->peers.next;

	if (watch->indexed)
		aiot_trie_remove(&core->watched, &watch->node);
	if (next != &watch->peers) {
		aiot_list_remove(&watch->peers);
		if (watch->indexed)
			enter(core, peer(next));
	}
	watch->indexed = false;
}

void aiot_watch_tell(struct aiot_core *core, const char *name)
{
	struct aiot_trie_node *node;
	struct aiot_watch *first, *w;

	if (core->watched.count == 0)
		return;
	node = aiot_trie_find(&core->watched, name);
	if (node == NULL)
		return;
	first = w = watch_of(node);
	do {
		struct aiot_watch *next = peer(w->peers.next);

		w->fn(core, w);
		w = next;
	} while (w != first);
}
