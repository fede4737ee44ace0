/*
 * random.h - numbers that differ between devices and from each other, for times that are to be
 * spread.
 *
 * Not for secrets: whoever knows one knows the next.
 */
#ifndef AIOT_RANDOM_H
#define AIOT_RANDOM_H

#include <stdint.h>

/* splitmix64's finish (Steele, Lea, Flood): each bit of x changes half of the result's. */
static inline uint64_t aiot_mixed(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

#endif
