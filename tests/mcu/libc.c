/*
 * libc.c - the few functions of a C library that the core's tests use, for boards.
 *
 * Memory is what the linker script leaves between the program and the end of RAM: one list of
 * blocks in the order of their addresses, the first that fits is taken, neighbours that are free
 * become one.
 */
#include <stdlib.h>
#include <string.h>

#include "shim.h"
#include "start.h"

/* ---- memory ---- */

#define ALIGN 8u

struct block {
	uint32_t size; /* with this head; a multiple of ALIGN */
	uint32_t used;
};

static struct block *first, *end;
static size_t blocks;

static struct block *behind(struct block *b)
{
	return (struct block *)(void *)((char *)b + b->size);
}

static void begin(void)
{
	uintptr_t from = ((uintptr_t)aiot_free_begin + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
	uintptr_t to = (uintptr_t)aiot_free_end & ~(uintptr_t)(ALIGN - 1);

	first = (struct block *)from;
	end = (struct block *)to;
	if (to > from + ALIGN)
		*first = (struct block){.size = (uint32_t)(to - from)};
	else
		end = first;
}

/* The free blocks that follow become one with it. */
static void join(struct block *b)
{
	while (behind(b) < end && !behind(b)->used)
		b->size += behind(b)->size;
}

void *malloc(size_t size)
{
	uint32_t need = (uint32_t)((size + sizeof(struct block) + ALIGN - 1) & ~(ALIGN - 1));
	struct block *b, rest;

	if (first == NULL)
		begin();
	if (need < size)
		return NULL;
	for (b = first; b < end; b = behind(b)) {
		if (b->used)
			continue;
		join(b);
		if (b->size >= need)
			break;
	}
	if (b >= end)
		return NULL;
	rest.size = b->size - need;
	if (rest.size > sizeof(struct block)) {
		b->size = need;
		*behind(b) = (struct block){.size = rest.size};
	}
	b->used = 1;
	blocks++;
	return b + 1;
}

void free(void *mem)
{
	if (mem == NULL)
		return;
	((struct block *)mem - 1)->used = 0;
	blocks--;
}

void *calloc(size_t count, size_t size)
{
	size_t all;
	void *mem;

	if (__builtin_mul_overflow(count, size, &all))
		return NULL;
	mem = malloc(all);
	if (mem != NULL)
		memset(mem, 0, all);
	return mem;
}

void *realloc(void *old, size_t size)
{
	size_t was = old != NULL ? ((struct block *)old - 1)->size - sizeof(struct block) : 0;
	void *mem = malloc(size);

	if (mem == NULL)
		return NULL;
	if (old != NULL)
		memcpy(mem, old, was < size ? was : size);
	free(old);
	return mem;
}

size_t shim_blocks(void)
{
	return blocks;
}

/* ---- text ---- */

void *memmem(const void *in, size_t in_len, const void *what, size_t len)
{
	const char *at = in;

	for (; in_len >= len; at++, in_len--) {
		if (memcmp(at, what, len) == 0)
			return (void *)(uintptr_t)at;
	}
	return NULL;
}

char *strstr(const char *in, const char *what)
{
	return memmem(in, strlen(in), what, strlen(what));
}

char *strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = malloc(size);

	if (copy != NULL)
		memcpy(copy, s, size);
	return copy;
}

char *strncat(char *to, const char *from, size_t most)
{
	char *at = to + strlen(to);

	while (most-- > 0 && *from != '\0')
		*at++ = *from++;
	*at = '\0';
	return to;
}

/* Decimal numbers only. */
unsigned long long strtoull(const char *text, char **ret_end, int base)
{
	unsigned long long n = 0;

	(void)base;
	for (; *text >= '0' && *text <= '9'; text++)
		n = n * 10 + (unsigned)(*text - '0');
	if (ret_end != NULL)
		*ret_end = (char *)(uintptr_t)text;
	return n;
}

int setenv(const char *name, const char *value, int replace)
{
	(void)replace;
	return strcmp(name, "TZ") == 0 && shim_set_zone(value) ? 0 : -1;
}
