/*
 * out-taken.h - text whose length nobody knows beforehand, in memory that the core takes for it.
 */
#ifndef AIOT_OUT_TAKEN_H
#define AIOT_OUT_TAKEN_H

#include <stddef.h>

#include "out.h"

/*
 * For a grow hook of out, whose ctx is the core: room for `need` more bytes, `most` in all.
 * -AIOT_ENOSPC: that is more; -AIOT_ENOMEM: there is none.
 */
int aiot_out_take(struct aiot_out *out, size_t need, size_t most);
void aiot_out_give(struct aiot_out *out);

#endif
