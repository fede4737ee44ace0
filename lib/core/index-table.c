/*
 * index-table.c - see index.h: a board's table of entries, sorted by name.
 *
 * A dozen names are found by walking; the table is a constant in flash where nothing is ever added.
 */
#include "index.h"

struct aiot_entry *aiot_index_from(const struct aiot_index *index, const char *key, bool past)
{
	uint32_t i;

	for (i = 0; i < index->count; i++) {
		if (strcmp(aiot_entry_name(index->table[i]), key) >= (int)past)
			return index->table[i];
	}
	return NULL;
}

struct aiot_entry *aiot_index_find(const struct aiot_index *index, const char *name)
{
	struct aiot_entry *e = aiot_index_from(index, name, false);

	return e != NULL && strcmp(aiot_entry_name(e), name) == 0 ? e : NULL;
}

/* Of one that has room, or an entry to lose: it is no constant. */
static struct aiot_entry **writable(struct aiot_index *index)
{
	return (struct aiot_entry **)(uintptr_t)index->table;
}

int aiot_index_insert(struct aiot_index *index, struct aiot_entry *entry)
{
	struct aiot_entry **table = writable(index);
	uint32_t i = index->count;

	if (i >= index->room)
		return -AIOT_ENOSPC;
	for (; i > 0 && strcmp(aiot_entry_name(table[i - 1]), aiot_entry_name(entry)) > 0; i--)
		table[i] = table[i - 1];
	table[i] = entry;
	index->count++;
	return 0;
}

void aiot_index_remove(struct aiot_index *index, struct aiot_entry *entry)
{
	struct aiot_entry **table = writable(index);
	uint16_t i, kept = 0;

	for (i = 0; i < index->count; i++) {
		if (table[i] != entry)
			table[kept++] = table[i];
	}
	index->count = kept;
}
