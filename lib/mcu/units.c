/*
 * units.c - see units.h.  Called by the core through the firmware's ops, between interrupts.
 */
#include "units.h"

static uint32_t count_of(size_t size)
{
	return (uint32_t)((size + AIOT_UNIT_BYTES - 1) / AIOT_UNIT_BYTES);
}

static uint32_t is_taken(const struct aiot_units *units, uint32_t i)
{
	return units->taken[i / 32] >> i % 32 & 1;
}

void *aiot_units_take(struct aiot_units *units, size_t size)
{
	uint32_t want = count_of(size), run = 0, i;

	if (size == 0 || size > sizeof(units->unit))
		return NULL;
	for (i = 0; i < AIOT_UNIT_COUNT && run < want; i++)
		run = is_taken(units, i) ? 0 : run + 1;
	if (run < want)
		return NULL;
	units->in_use = (uint16_t)(units->in_use + want);
	if (units->in_use > units->most)
		units->most = units->in_use;
	while (run-- > 0) {
		i--;
		units->taken[i / 32] |= 1u << i % 32;
	}
	return units->unit[i];
}

void aiot_units_give(struct aiot_units *units, void *block, size_t size)
{
	uint32_t i =
		(uint32_t)((uint64_t(*)[AIOT_UNIT_BYTES / sizeof(uint64_t)]) block - units->unit);
	uint32_t end = i + count_of(size);

	units->in_use = (uint16_t)(units->in_use - (end - i));
	for (; i < end; i++)
		units->taken[i / 32] &= ~(1u << i % 32);
}
