/*
 * heap.c - see heap.h.
 *
 * Called by struct aiot_out when a request, a help text or a collected answer is longer than the
 * buffer it has.  Doubles, so that a long text costs few copies.
 */
#include "heap.h"

#include <stdlib.h>

#include <aiotools.h>

#define SMALLEST 1024u

int ctl_heap_grow(struct aiot_out *out, size_t need)
{
	size_t size = out->size < SMALLEST ? SMALLEST : out->size;
	char *buf;

	while (size - out->len < need) {
		if (size > SIZE_MAX / 2)
			return -AIOT_ENOMEM;
		size *= 2;
	}
	buf = realloc(out->buf, size);
	if (!buf)
		return -AIOT_ENOMEM;
	out->buf = buf;
	out->size = size;
	return 0;
}
