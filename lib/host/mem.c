/*
 * mem.c - see mem.h.
 *
 * Called by everything in lib/host that allocates.  Costs two counters over the C library, and
 * keeps no record of blocks: sanitizers see them as they are.
 */
#include "mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aiotools.h"
#include "out.h"

#define SMALL 1024

/* The one state that is no struct's: every allocation of the program counts. */
static atomic_ulong requests, fail_from, fail_to;

unsigned long aiot_mem_fail(unsigned long nth, unsigned long count)
{
	unsigned long seen = atomic_exchange(&requests, 0);

	atomic_store(&fail_from, nth);
	atomic_store(&fail_to, nth == 0 ? 0 : nth + count);
	return seen;
}

static bool refused(void)
{
	unsigned long n = atomic_fetch_add_explicit(&requests, 1, memory_order_relaxed) + 1;

	return n >= atomic_load_explicit(&fail_from, memory_order_relaxed) &&
	       n < atomic_load_explicit(&fail_to, memory_order_relaxed);
}

void *aiot_mem_alloc(size_t size)
{
	return refused() ? NULL : malloc(size);
}

/* calloc() looks in glibc's cache of small blocks only since 2.41; it pays for large ones. */
void *aiot_mem_zalloc(size_t size)
{
	void *block;

	if (refused())
		return NULL;
	if (size > SMALL)
		return calloc(1, size);
	block = malloc(size);
	__asm__("" : "+r"(block)); /* or the compiler makes a calloc() of the two */
	return block == NULL ? NULL : memset(block, 0, size);
}

char *aiot_mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = aiot_mem_alloc(size);

	return copy == NULL ? NULL : memcpy(copy, text, size);
}

void *aiot_mem_realloc(void *block, size_t size)
{
	return refused() ? NULL : realloc(block, size);
}

int aiot_mem_grow(struct aiot_out *out, size_t need)
{
	size_t size = (out->len + need) * 2 + 256;
	char *buf = aiot_mem_realloc(out->buf, size);

	if (buf == NULL)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = size;
	return 0;
}

void aiot_mem_free(void *block)
{
	free(block);
}
