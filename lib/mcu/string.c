/*
 * string.c - mem* and str* of C, for builds without a C library.
 *
 * Called by everything, and by the compiler on its own account: it is built with options that keep
 * it from making calls to these functions out of their own loops.  Small rather than fast, but for
 * memcpy and memset, which every copy of a struct ends in: they go by words where both ends are
 * aligned, save on the processors (ARMv6-M) that have the least memory.
 */
#include <string.h>

#include <stdint.h>

/* Words as they may be laid over anything. */
typedef uint32_t __attribute__((may_alias)) word;

#ifdef __ARM_ARCH_6M__
#define ALIGNED(p) ((void)(p), 0)
#else
#define ALIGNED(p) (((uintptr_t)(p) & (sizeof(word) - 1)) == 0)
#endif

void *memchr(const void *mem, int c, size_t n)
{
	const unsigned char *p = mem;

	for (; n > 0; p++, n--) {
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	}
	return NULL;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; p++, q++, n--) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	unsigned char *p = to;
	const unsigned char *q = from;

	if (ALIGNED(p) && ALIGNED(q)) {
		for (; n >= sizeof(word); n -= sizeof(word)) {
			*(word *)(void *)p = *(const word *)(const void *)q;
			p += sizeof(word);
			q += sizeof(word);
		}
	}
	for (; n > 0; n--)
		*p++ = *q++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	unsigned char *p = to;
	const unsigned char *q = from;

	if ((uintptr_t)p - (uintptr_t)q >= n) {
		while (n-- > 0)
			*p++ = *q++;
		return to;
	}
	while (n-- > 0)
		p[n] = q[n];
	return to;
}

void *memset(void *mem, int c, size_t n)
{
	unsigned char *p = mem;
	word pattern = (unsigned char)c * 0x01010101u;

	if (ALIGNED(p)) {
		for (; n >= sizeof(word); n -= sizeof(word)) {
			*(word *)(void *)p = pattern;
			p += sizeof(word);
		}
	}
	for (; n > 0; n--)
		*p++ = (unsigned char)c;
	return mem;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return NULL;
	}
	return (char *)(uintptr_t)s;
}

int strcmp(const char *a, const char *b)
{
	for (; *a == *b; a++, b++) {
		if (*a == '\0')
			return 0;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(reject, s[n]) == NULL)
		n++;
	return n;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; a++, b++, n--) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			return 0;
	}
	return 0;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] != '\0' && strchr(accept, s[n]) != NULL)
		n++;
	return n;
}
