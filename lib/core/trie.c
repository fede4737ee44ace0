/*
 * trie.c - see trie.h.  Called by the registry alone.  Never allocates, never recurses; every walk
 * is bounded by the bits of the longest name (8 * 64).
 */
#include "trie.h"

#include <string.h>

#include "port.h"

static bool is_leaf(uintptr_t ref)
{
	return ref & 1u;
}

static struct aiot_trie_node *node_of(uintptr_t ref)
{
	return (struct aiot_trie_node *)(ref & ~(uintptr_t)1);
}

static uintptr_t leaf_ref(struct aiot_trie_node *node)
{
	return (uintptr_t)node | 1u;
}

/* Bit `bit` of a key, counted from the top of its first byte; zero behind its end. */
static unsigned key_bit(const char *key, size_t len, unsigned bit)
{
	size_t byte = bit >> 3;

	return byte < len ? ((unsigned char)key[byte] >> (7 - (bit & 7))) & 1u : 0;
}

/* The member that shares the most leading inner decisions with key.  The tree is not empty. */
static struct aiot_trie_node *nearest(const struct aiot_trie *trie, const char *key, size_t len)
{
	uintptr_t ref = trie->root;

	while (!is_leaf(ref)) {
		struct aiot_trie_node *inner = node_of(ref);

		ref = inner->child[key_bit(key, len, inner->bit)];
	}
	return node_of(ref);
}

/* First bit in which two keys differ; -1 if they are equal. */
static int first_difference(const char *a, const char *b)
{
	size_t i = 0;
	unsigned diff;

	while (a[i] == b[i]) {
		if (a[i] == '\0')
			return -1;
		i++;
	}
	diff = (unsigned char)a[i] ^ (unsigned char)b[i];
	return (int)(i * 8) + __builtin_clz(diff) - (int)(8 * (sizeof(unsigned) - 1));
}

bool aiot_trie_insert(struct aiot_trie *trie, struct aiot_trie_node *node)
{
	const char *key = aiot_trie_key(node);
	size_t len = strlen(key);
	uintptr_t *link = &trie->root;
	unsigned side;
	int bit;

	if (trie->root == 0) {
		trie->root = leaf_ref(node);
		trie->spare = node;
		trie->count = 1;
		return true;
	}
	bit = first_difference(key, aiot_trie_key(nearest(trie, key, len)));
	if (bit < 0)
		return false;
	while (!is_leaf(*link) && node_of(*link)->bit < (unsigned)bit)
		link = &node_of(*link)->child[key_bit(key, len, node_of(*link)->bit)];
	side = key_bit(key, len, (unsigned)bit);
	node->bit = (uint16_t)bit;
	node->child[side] = leaf_ref(node);
	node->child[1 - side] = *link;
	*link = (uintptr_t)node;
	trie->count++;
	return true;
}

/*
 * Taking out a member takes out its leaf and the inner node above it.  That inner node belongs to
 * some other member `freed`, which then takes over the inner node that the leaving member brought.
 * Both lie on the path to the leaving name, so one more walk finds the link to change.
 */
void aiot_trie_remove(struct aiot_trie *trie, struct aiot_trie_node *node)
{
	const char *key = aiot_trie_key(node);
	size_t len = strlen(key);
	uintptr_t *link = &trie->root, *above = NULL;
	struct aiot_trie_node *freed;

	while (!is_leaf(*link)) {
		above = link;
		link = &node_of(*link)->child[key_bit(key, len, node_of(*link)->bit)];
	}
	AIOT_ASSERT(node_of(*link) == node);
	trie->count--;
	if (above == NULL) {
		trie->root = 0;
		trie->spare = NULL;
		return;
	}
	freed = node_of(*above);
	*above = freed->child[link == &freed->child[0]];
	if (freed == node)
		return;
	if (trie->spare == node) {
		trie->spare = freed;
		return;
	}
	link = &trie->root;
	while (node_of(*link) != node)
		link = &node_of(*link)->child[key_bit(key, len, node_of(*link)->bit)];
	freed->bit = node->bit;
	freed->child[0] = node->child[0];
	freed->child[1] = node->child[1];
	*link = (uintptr_t)freed;
}

struct aiot_trie_node *aiot_trie_find(const struct aiot_trie *trie, const char *key)
{
	struct aiot_trie_node *node;

	if (trie->root == 0)
		return NULL;
	node = nearest(trie, key, strlen(key));
	return strcmp(aiot_trie_key(node), key) == 0 ? node : NULL;
}

static struct aiot_trie_node *leftmost(uintptr_t ref)
{
	if (ref == 0)
		return NULL;
	while (!is_leaf(ref))
		ref = node_of(ref)->child[0];
	return node_of(ref);
}

struct aiot_trie_node *aiot_trie_from(const struct aiot_trie *trie, const char *key, bool past)
{
	size_t len = strlen(key);
	uintptr_t ref = trie->root,
		  greater = 0; /* greater: nearest subtree to the right of the path */
	struct aiot_trie_node *best;
	int bit;

	if (ref == 0)
		return NULL;
	while (!is_leaf(ref)) {
		unsigned side = key_bit(key, len, node_of(ref)->bit);

		if (side == 0)
			greater = node_of(ref)->child[1];
		ref = node_of(ref)->child[side];
	}
	best = node_of(ref);
	bit = first_difference(key, aiot_trie_key(best));
	if (bit < 0) /* it is there, as most cursors are */
		return past ? leftmost(greater) : best;
	ref = trie->root;
	greater = 0;
	while (!is_leaf(ref) && node_of(ref)->bit < (unsigned)bit) {
		unsigned side = key_bit(key, len, node_of(ref)->bit);

		if (side == 0)
			greater = node_of(ref)->child[1];
		ref = node_of(ref)->child[side];
	}
	/* Here everything below ref agrees with key up to `bit`: all of it is larger, or none is.
	 */
	if (key_bit(key, len, (unsigned)bit) == 0)
		return leftmost(ref);
	return leftmost(greater);
}
