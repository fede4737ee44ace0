/*
 * marks.h - what is noted of an entry's times and runs: more on a host than on a board.
 *
 * For names.c and registry.c alone.
 */
#ifndef AIOT_MARKS_H
#define AIOT_MARKS_H

#include "entry.h"

/* mark_since: a state was entered; run, run_end: a run begins, ends; no_run: it never began; reset:
 * forget what was counted. */
#if !AIOT_ORDERS
/* Nobody asks. */
static inline void aiot_mark_since(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

static inline void aiot_mark_run(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

static inline void aiot_mark_run_end(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

static inline void aiot_mark_no_run(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

#elif AIOT_BOARD
static inline void aiot_mark_since(struct aiot_entry *entry, uint64_t now_ns)
{
	uint64_t since = now_ns >> AIOT_SINCE_SHIFT;

	entry->since = (uint32_t)(since >> 8);
	entry->since_low = (uint8_t)since;
}

static inline void aiot_mark_run(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)now_ns;
	if (entry->runs < UINT16_MAX)
		entry->runs++;
}

static inline void aiot_mark_run_end(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

static inline void aiot_mark_no_run(struct aiot_entry *entry, uint64_t now_ns)
{
	(void)entry;
	(void)now_ns;
}

static inline void aiot_mark_reset(struct aiot_entry *entry)
{
	(void)entry;
}
#else
static inline void aiot_mark_since(struct aiot_entry *entry, uint64_t now_ns)
{
	entry->since_ns = now_ns;
}

static inline void aiot_mark_run(struct aiot_entry *entry, uint64_t now_ns)
{
	entry->run_ns = now_ns;
	entry->runs++;
}

static inline void aiot_mark_run_end(struct aiot_entry *entry, uint64_t now_ns)
{
	entry->run_ns = now_ns - entry->run_ns;
}

static inline void aiot_mark_no_run(struct aiot_entry *entry, uint64_t now_ns)
{
	/* Of one that waited to begin, its end will take the time that it was alive. */
	entry->run_ns = aiot_entry_alive(entry) ? now_ns : 0;
}

static inline void aiot_mark_reset(struct aiot_entry *entry)
{
	entry->restarts = 0;
}
#endif

#endif
