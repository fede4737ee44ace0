/*
 * trie.h - names in order: a crit-bit tree whose inner nodes live in the things it holds.
 *
 * The registry's index.  n names need n-1 inner nodes, and every member brings one, so nothing is
 * ever allocated, grown or rehashed: adding the millionth name costs what adding the thousandth
 * does.  It keeps strcmp() order, which gives sorted listings, prefixes and cursors that survive
 * adds and deletes. Source of the idea: D. J. Bernstein's crit-bit trees; embedding the inner nodes
 * is Morrison's PATRICIA.
 */
#ifndef AIOT_TRIE_H
#define AIOT_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in each member; its key is a NUL-terminated name `key_off` bytes from the node. */
struct aiot_trie_node {
	uintptr_t child[2]; /* private: low bit set = a member (leaf), clear = an inner node */
	uint16_t bit;	    /* private: which bit the inner node looks at */
	int16_t key_off;    /* set before insertion */
	uint32_t tag;	    /* the owner's, for what would else be padding */
};

struct aiot_trie {
	uintptr_t root;		      /* 0: empty */
	struct aiot_trie_node *spare; /* the one member whose inner node is unused */
	uint32_t count;
};

static inline const char *aiot_trie_key(const struct aiot_trie_node *node)
{
	return (const char *)node + node->key_off;
}

/* false: the name is taken, nothing changed. */
bool aiot_trie_insert(struct aiot_trie *trie, struct aiot_trie_node *node);

/* node must be a member. */
void aiot_trie_remove(struct aiot_trie *trie, struct aiot_trie_node *node);

/* NULL: no such name. */
struct aiot_trie_node *aiot_trie_find(const struct aiot_trie *trie, const char *key);

/* The first member whose name is >= key (or > key when past is true); NULL at the end. */
struct aiot_trie_node *aiot_trie_from(const struct aiot_trie *trie, const char *key, bool past);

#endif
