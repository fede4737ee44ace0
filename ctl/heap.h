/*
 * heap.h - text that grows on the heap.
 */
#ifndef CTL_HEAP_H
#define CTL_HEAP_H

#include "out.h"

/* A grow hook for struct aiot_out whose buf is NULL or from malloc; the owner frees buf. */
int ctl_heap_grow(struct aiot_out *out, size_t need);

#endif
