/*
 * lastruns-private.h - what lastruns.c and lastruns-save.c share.
 */
#ifndef AIOT_LASTRUNS_PRIVATE_H
#define AIOT_LASTRUNS_PRIVATE_H

#include <uv.h>

#include "lastruns.h"
#include "pastmap.h"
#include "trie.h"

#define NO_SLOT UINT32_MAX
#define SLOTS_MIN 32u /* room for new ones */

struct item {
	struct aiot_trie_node node; /* link: lastruns.items */
	struct aiot_past_record record;
	uint32_t slot; /* in the mapped file; NO_SLOT: none */
	bool kept;     /* asked for by name */
	bool changed;  /* by a clock that was set */
	char name[AIOT_NAME_MAX + 1];
};

struct aiot_lastruns {
	struct aiot_host *host;
	struct aiot_trie items;
	struct aiot_pastmap map;
	uint32_t slots_used;
	uint32_t limit; /* of items, before those of tasks that are gone are looked for */
	uint64_t serial;
	uint64_t unkept; /* actions that no memory was left for */
	uint8_t boot[16];
	bool damaged;  /* a file had something wrong: it is not to be found again */
	bool foreign;  /* another daemon uses the directory: nothing is kept */
	char why[512]; /* why there is no file in the runtime directory; "": there is */
	/* lastruns-save.c */
	bool dirty;  /* the state directory does not know the newest */
	bool begun;  /* there is a loop */
	bool saving; /* work is under way on a thread */
	bool failing;
	uv_work_t work;
	void *bytes; /* what is written */
	size_t bytes_len;
	int result;
	char save_why[512];
	void (*done)(struct aiot_host *host);
};

/* The first, or the next by name; NULL: none. */
struct item *aiot_item_next(const struct aiot_lastruns *lr, const struct item *after);

/* Something is to be saved before long. */
void aiot_lastruns_dirty(struct aiot_host *host);

#endif
