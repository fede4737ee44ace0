/*
 * mem.h - the host's heap: malloc and its family, with a place for tests to make it run out.
 *
 * All memory of lib/host comes from here, so that a test can let the n-th request fail and see that
 * the daemon goes on.  Memory from here is given back here.  Any thread.
 */
#ifndef AIOT_MEM_H
#define AIOT_MEM_H

#include <stddef.h>

struct aiot_out;

/* NULL: no memory. */
void *aiot_mem_alloc(size_t size);
void *aiot_mem_zalloc(size_t size);
char *aiot_mem_strdup(const char *text);
/* block NULL allocates; on NULL the old block stays as it was. */
void *aiot_mem_realloc(void *block, size_t size);
/*
 * The `grow` of an aiot_out without an end but the heap's: its buf, at first NULL, is freed by who
 * made it.  0 or -AIOT_ENOMEM.
 */
int aiot_mem_grow(struct aiot_out *out, size_t need);
/* NULL is fine. */
void aiot_mem_free(void *block);

/*
 * For tests: the nth request from now (1: the next one) fails, and `count` in a row with it; nth 0:
 * none does.  Returns how many requests there were since the last call, the failed ones included.
 */
unsigned long aiot_mem_fail(unsigned long nth, unsigned long count);

#endif
