/*
 * mem.h - the host's heap: malloc and its family, with a place for tests to make it run out.
 *
 * All memory of lib/host comes from here, so that a test can let the n-th request fail and see that
 * the daemon goes on.  Memory from here is given back here.  Any thread.
 */
#ifndef AIOT_MEM_H
#define AIOT_MEM_H

#include <stddef.h>

/* NULL: no memory. */
void *aiot_mem_alloc(size_t size);
void *aiot_mem_zalloc(size_t size);
char *aiot_mem_strdup(const char *text);
/* block NULL allocates; on NULL the old block stays as it was. */
void *aiot_mem_realloc(void *block, size_t size);
/* NULL is fine. */
void aiot_mem_free(void *block);

/*
 * For tests: the nth request from now (1: the next one) fails, and `count` in a row with it; nth 0:
 * none does.  Returns how many requests there were since the last call, the failed ones included.
 */
unsigned long aiot_mem_fail(unsigned long nth, unsigned long count);

#endif
