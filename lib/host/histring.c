/*
 * histring.c - see histring.h.
 *
 * Called by history.c for what is kept in memory, and by whoever hands runs to a thread in one
 * block.  Records do not move, so that a cursor's hint is right as long as its id is there.
 */
#include "histring.h"

#include <string.h>

struct packed {
	uint32_t bytes, before; /* its own, and those of the record before it; 0: none */
	uint64_t id;
	int64_t start_us, end_us;
	uint32_t value_len;
	uint8_t name_len, outcome, kind, cut;
};

size_t aiot_run_bytes(const struct aiot_run *run)
{
	return (sizeof(struct packed) + run->name_len + run->value_len + 7) & ~(size_t)7;
}

void aiot_run_pack(void *at, const struct aiot_run *run)
{
	struct packed *p = at;
	char *text = (char *)(p + 1);

	*p = (struct packed){
		.bytes = (uint32_t)aiot_run_bytes(run),
		.id = run->id,
		.start_us = run->start_us,
		.end_us = run->end_us,
		.value_len = run->value_len,
		.name_len = run->name_len,
		.outcome = run->outcome,
		.kind = run->kind,
		.cut = run->cut,
	};
	memcpy(text, run->name, run->name_len);
	if (run->value_len > 0)
		memcpy(text + run->name_len, run->value, run->value_len);
}

size_t aiot_run_unpack(const void *at, struct aiot_run *ret)
{
	const struct packed *p = at;
	const char *text = (const char *)(p + 1);

	*ret = (struct aiot_run){
		.id = p->id,
		.start_us = p->start_us,
		.end_us = p->end_us,
		.name = text,
		.value = text + p->name_len,
		.value_len = p->value_len,
		.name_len = p->name_len,
		.outcome = p->outcome,
		.kind = p->kind,
		.cut = p->cut,
	};
	return p->bytes;
}

static struct packed *at(const struct aiot_histring *ring, size_t offset)
{
	return (struct packed *)(void *)(ring->mem + offset);
}

void aiot_histring_init(struct aiot_histring *ring, void *mem, size_t size)
{
	*ring = (struct aiot_histring){.mem = mem, .size = size, .first_id = 1, .next_id = 1};
}

/* A cursor behind the newest record: the next one may have begun at the front. */
static size_t seen_now(const struct aiot_histring *ring, size_t offset)
{
	return ring->end != 0 && offset == ring->end ? 0 : offset;
}

static size_t behind(const struct aiot_histring *ring, size_t offset)
{
	return seen_now(ring, offset + at(ring, offset)->bytes);
}

static void forget_oldest(struct aiot_histring *ring)
{
	size_t next = behind(ring, ring->head);

	if (next == 0)
		ring->end = 0;
	ring->head = next;
	if (--ring->count == 0)
		ring->head = ring->tail = ring->end = 0;
	ring->first_id = ring->count ? at(ring, ring->head)->id : ring->next_id;
}

/* Free `need` bytes at ring->tail. */
static void make_room(struct aiot_histring *ring, size_t need)
{
	for (;;) {
		if (ring->end == 0 && ring->size - ring->tail >= need)
			return;
		if (ring->end != 0 && ring->head - ring->tail >= need)
			return;
		if (ring->end == 0 && ring->head > 0) {
			ring->end = ring->tail;
			ring->tail = 0;
		} else {
			forget_oldest(ring);
		}
	}
}

void aiot_histring_add(struct aiot_histring *ring, const struct aiot_run *run)
{
	size_t need = aiot_run_bytes(run);
	struct packed *p;

	make_room(ring, need);
	p = at(ring, ring->tail);
	aiot_run_pack(p, run);
	p->before = ring->count > 0 ? ring->last : 0;
	if (ring->count++ == 0)
		ring->first_id = run->id;
	ring->last = (uint32_t)need;
	ring->tail += need;
	ring->next_id = run->id + 1;
}

bool aiot_histring_next(const struct aiot_histring *ring, struct aiot_histcursor *cursor,
			struct aiot_run *ret)
{
	size_t offset = seen_now(ring, cursor->offset);

	if (ring->count == 0 || cursor->id >= ring->next_id)
		return false;
	if (cursor->id <= ring->first_id)
		offset = ring->head;
	(void)aiot_run_unpack(at(ring, offset), ret);
	cursor->id = ret->id + 1;
	cursor->offset = behind(ring, offset);
	return true;
}

void aiot_histring_newest(const struct aiot_histring *ring, struct aiot_histcursor *cursor)
{
	cursor->id = ring->next_id;
	cursor->offset = ring->tail;
}

bool aiot_histring_prev(const struct aiot_histring *ring, struct aiot_histcursor *cursor,
			struct aiot_run *ret)
{
	size_t offset = seen_now(ring, cursor->offset), before;

	if (ring->count == 0 || cursor->id <= ring->first_id)
		return false;
	before = cursor->id >= ring->next_id ? ring->last : at(ring, offset)->before;
	if (cursor->id >= ring->next_id)
		offset = ring->tail;
	offset = (offset == 0 ? ring->end : offset) - before;
	(void)aiot_run_unpack(at(ring, offset), ret);
	cursor->id = ret->id;
	cursor->offset = offset;
	return true;
}
