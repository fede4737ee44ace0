/*
 * pastfile.c - see pastfile.h.
 *
 * Called by lastruns.c for the file in the runtime directory, which is mapped, and for the copy in
 * the state directory, which is bytes in memory.  Pure: opens nothing, knows no clock, and believes
 * nothing of what it reads before it is checked.
 */
#include "pastfile.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "aiotools.h"

#define VERSION 1u

struct head {
	char magic[8];
	uint32_t version, slot_bytes, slots, crc;
	uint8_t reserved[40];
};

struct copy {
	uint32_t crc; /* of the name and of what follows here; 0: nothing was written */
	uint32_t fails;
	uint64_t serial;
	int64_t last_us[AIOT_ACTIONS];
	uint64_t run_mono_ns;
	int64_t seen_us;
	uint8_t boot[16];
};

struct slot {
	char name[72]; /* zeros behind it */
	struct copy copy[2];
};

_Static_assert(sizeof(struct head) == 64, "the header's size is part of the format");
_Static_assert(sizeof(struct copy) == 96, "the copies' size is part of the format");
_Static_assert(sizeof(struct slot) == 264, "the slots' size is part of the format");
_Static_assert(AIOT_NAME_MAX < sizeof(((struct slot *)0)->name), "every name fits");

static const char magic[8] = {'A', 'I', 'O', 'T', 'P', 'A', 'S', 'T'};

/* CRC-32 as in Ethernet, four bits at a time: the table fits into a cache line. */
static uint32_t crc32_more(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *byte = data;

	crc = ~crc;
	for (; len > 0; len--, byte++) {
		crc = crc >> 4 ^ table[(crc ^ *byte) & 15];
		crc = crc >> 4 ^ table[(crc ^ (uint32_t)(*byte >> 4)) & 15];
	}
	return ~crc;
}

static uint32_t head_crc(const struct head *head)
{
	return crc32_more(0, head, offsetof(struct head, crc));
}

static uint32_t copy_crc(const struct slot *slot, const struct copy *copy)
{
	uint32_t crc = crc32_more(0, slot->name, sizeof(slot->name));

	crc = crc32_more(crc, &copy->fails, sizeof(*copy) - offsetof(struct copy, fails));
	return crc ? crc : 1;
}

static const struct slot *slot_at(const void *mem, uint32_t i)
{
	return (const struct slot *)(const void *)((const char *)mem + aiot_pastfile_bytes(i));
}

size_t aiot_pastfile_bytes(uint32_t slots)
{
	return sizeof(struct head) + (size_t)slots * sizeof(struct slot);
}

void aiot_pastfile_format(void *mem, uint32_t slots)
{
	struct head *head = mem;

	head->version = VERSION;
	head->slot_bytes = sizeof(struct slot);
	head->slots = slots;
	memcpy(head->magic, magic, sizeof(magic));
	head->crc = head_crc(head);
}

int aiot_pastfile_check(const void *mem, size_t size, uint32_t *ret_slots, uint32_t *ret_lost)
{
	const struct head *head = mem;
	size_t whole;

	if (size < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)) != 0 ||
	    head->crc != head_crc(head))
		return -AIOT_EBADMSG;
	if (head->version != VERSION || head->slot_bytes != sizeof(struct slot))
		return -AIOT_EPROTO;
	whole = (size - sizeof(*head)) / sizeof(struct slot);
	*ret_slots = whole < head->slots ? (uint32_t)whole : head->slots;
	*ret_lost = head->slots - *ret_slots;
	return 0;
}

static bool name_fits(const struct slot *slot)
{
	size_t len = strnlen(slot->name, sizeof(slot->name));

	return len <= AIOT_NAME_MAX && aiot_name_valid(slot->name, len);
}

int aiot_pastfile_get(const void *mem, uint32_t i, char name[AIOT_NAME_MAX + 1],
		      struct aiot_past_record *ret_record, uint32_t *damaged)
{
	const struct slot *slot = slot_at(mem, i);
	const struct copy *newest = NULL;
	bool bad = false;
	unsigned k;

	for (k = 0; k < 2; k++) {
		const struct copy *c = &slot->copy[k];

		if (c->crc == 0)
			continue;
		if (c->crc != copy_crc(slot, c) || !name_fits(slot))
			bad = true;
		else if (newest == NULL || c->serial > newest->serial)
			newest = c;
	}
	*damaged += bad;
	if (newest == NULL)
		return bad ? -AIOT_EBADMSG : 0;
	memcpy(name, slot->name, AIOT_NAME_MAX + 1);
	memcpy(ret_record->past.last_us, newest->last_us, sizeof(newest->last_us));
	memcpy(ret_record->boot, newest->boot, sizeof(newest->boot));
	ret_record->past.fails = newest->fails;
	ret_record->past.reserved = 0;
	ret_record->serial = newest->serial;
	ret_record->run_mono_ns = newest->run_mono_ns;
	ret_record->seen_us = newest->seen_us;
	return 1;
}

/* A kill at any instruction: what the compiler may not reorder is all that counts. */
static void set_crc(struct copy *copy, uint32_t crc)
{
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&copy->crc = crc;
	atomic_signal_fence(memory_order_seq_cst);
}

/* One that counts less than the other: unwritten, damaged, or older. */
static struct copy *older_copy(struct slot *slot)
{
	struct copy *c = slot->copy;
	bool good0 = c[0].crc != 0 && c[0].crc == copy_crc(slot, &c[0]);
	bool good1 = c[1].crc != 0 && c[1].crc == copy_crc(slot, &c[1]);

	if (good0 != good1)
		return good0 ? &c[1] : &c[0];
	return c[0].serial <= c[1].serial ? &c[0] : &c[1];
}

void aiot_pastfile_put(void *mem, uint32_t i, const char *name,
		       const struct aiot_past_record *record)
{
	struct slot *slot = (struct slot *)(void *)((char *)mem + aiot_pastfile_bytes(i));
	struct copy *c;

	if (slot->name[0] == '\0') /* no copy of it is valid yet */
		memcpy(slot->name, name, strlen(name) + 1);
	c = older_copy(slot);
	set_crc(c, 0);
	c->fails = record->past.fails;
	c->serial = record->serial;
	memcpy(c->last_us, record->past.last_us, sizeof(c->last_us));
	c->run_mono_ns = record->run_mono_ns;
	c->seen_us = record->seen_us;
	memcpy(c->boot, record->boot, sizeof(c->boot));
	set_crc(c, copy_crc(slot, c));
}
