/*
 * index.h - the registry's names in order, each with its entry.
 *
 * On a host a crit-bit tree whose nodes are in the entries (trie.h); on a board a sorted table that
 * is handed in, a constant where all tasks are known at build time.  Called by the registry alone.
 */
#ifndef AIOT_INDEX_H
#define AIOT_INDEX_H

#include "entry.h"

#if AIOT_BOARD
/*
 * The first `count` are entered, in the order of their names.  A table that is never inserted into
 * or removed from (room 0) is not written, and may lie in flash.
 */
struct aiot_index {
	struct aiot_entry *const *table;
	uint16_t count, room;
};

/* NULL: no such name. */
struct aiot_entry *aiot_index_find(const struct aiot_index *index, const char *name);
/* The first whose name is >= key (or > key when past is true); NULL at the end. */
struct aiot_entry *aiot_index_from(const struct aiot_index *index, const char *key, bool past);
/* The name is not taken.  -AIOT_ENOSPC: the table is full. */
int aiot_index_insert(struct aiot_index *index, struct aiot_entry *entry);
void aiot_index_remove(struct aiot_index *index, struct aiot_entry *entry);
#else
struct aiot_index {
	struct aiot_trie trie;
};

static inline struct aiot_entry *aiot_index_of(struct aiot_trie_node *node)
{
	return node == NULL ? NULL
			    : (struct aiot_entry *)(void *)((char *)node -
							    offsetof(struct aiot_entry, node));
}

static inline struct aiot_entry *aiot_index_find(const struct aiot_index *index, const char *name)
{
	return aiot_index_of(aiot_trie_find(&index->trie, name));
}

static inline struct aiot_entry *aiot_index_from(const struct aiot_index *index, const char *key,
						 bool past)
{
	return aiot_index_of(aiot_trie_from(&index->trie, key, past));
}

static inline int aiot_index_insert(struct aiot_index *index, struct aiot_entry *entry)
{
	(void)aiot_trie_insert(&index->trie, &entry->node);
	return 0;
}

static inline void aiot_index_remove(struct aiot_index *index, struct aiot_entry *entry)
{
	aiot_trie_remove(&index->trie, &entry->node);
}
#endif

#endif
