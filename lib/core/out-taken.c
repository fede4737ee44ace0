/*
 * out-taken.c - text whose length nobody knows beforehand, in memory that the core takes for it.
 *
 * Called by callout.c and calls-report.c, as their texts' grow hooks.
 */
#include <string.h>

#include "core.h"
#include "out-taken.h"

#define FIRST_BYTES 256

int aiot_out_take(struct aiot_out *out, size_t need, size_t most)
{
	const struct aiot_core *core = out->ctx;
	size_t size = out->size ? out->size * 2 : FIRST_BYTES;
	char *buf;

	while (size < out->len + need)
		size *= 2;
	if (size > most)
		size = most;
	if (size < out->len + need)
		return -AIOT_ENOSPC;
	buf = core->ops->take(core->ctx, size);
	if (buf == NULL)
		return -AIOT_ENOMEM;
	if (out->size > 0) {
		memcpy(buf, out->buf, out->len);
		core->ops->give(core->ctx, out->buf, out->size);
	}
	out->buf = buf;
	out->size = size;
	return 0;
}

void aiot_out_give(struct aiot_out *out)
{
	const struct aiot_core *core = out->ctx;

	if (out->size > 0)
		core->ops->give(core->ctx, out->buf, out->size);
	out->buf = NULL;
	out->size = out->len = 0;
}
