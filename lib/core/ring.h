/*
 * ring.h - the log: records of variable length in a fixed piece of memory that outlives the
 * process.
 *
 * The memory is handed in: a shared mapping of a file on a host, RAM that a reset does not clear on
 * a board.  One writer (the loop that owns it).  A record is complete before it becomes visible, so
 * that a kill at any instruction leaves a ring that aiot_ring_attach() can read: all records but
 * possibly the one being written.  The format (ring.c describes it byte by byte, in the CPU's byte
 * order, all offsets 8-byte aligned) is the same on every CPU of the same byte order; another byte
 * order is refused.  Readers hold a cursor and never block the writer: one that fell behind learns
 * how many it lost.  Overwriting the oldest is normal operation.  No allocation; not thread safe
 * (readers run on the writer's loop).  A board with a write-back cache maps the memory uncached.
 */
#ifndef AIOT_RING_H
#define AIOT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "name.h"

/* Smallest memory accepted; its header takes 1192 bytes of it on a host, 208 on a board. */
#define AIOT_RING_MIN_SIZE (AIOT_BOARD ? 1024u : 2048u)
#define AIOT_RING_MAX_SIZE 0x7ffffff8u /* largest */
#define AIOT_RING_NAME_MAX ((uint32_t)AIOT_NAME_MAX)
#define AIOT_RING_TEXT_MAX 8192u /* a longer text is cut; also never over a quarter of the ring */
#define AIOT_RING_EPOCHS (AIOT_BOARD ? 4 : 16) /* clock epochs remembered */
#define AIOT_RING_CUT_MARK "..."	       /* what a cut text ends with */

struct aiot_ring_header; /* at the start of the memory; ring.c */

struct aiot_ring {
	struct aiot_ring_header *header; /* private */
	uint8_t *data;			 /* private */
	uint32_t data_size;		 /* private; bytes for records */
	uint32_t record_max;		 /* private; a record with its head is never larger */
	uint32_t first, last, write;	 /* private; offsets: oldest, newest, where the next goes */
	uint32_t pending, room;		 /* private; what reserve gave out */
	/* read-only */
	uint64_t first_seq; /* oldest record still there */
	uint64_t next_seq;  /* the next one written; first == next: empty */
};

struct aiot_ring_record {
	uint64_t seq;
	uint64_t mono_ns; /* since boot, as given to append */
	int64_t wall_ns;  /* mono + its epoch's offset, corrected when the clock was set late */
	uint8_t level;	  /* enum aiot_level */
	bool cut;
#if AIOT_TEXT
	uint8_t boot[16]; /* boot id of its epoch */
	size_t name_len, text_len;
#else
	uint16_t name_len, text_len;
#endif
	const char
		*name; /* task; not terminated; points into the ring: valid until the next append */
	const char *text; /* not terminated; likewise */
};

/*
 * Make an empty ring in mem (8-byte aligned, AIOT_RING_MIN_SIZE <= size <= AIOT_RING_MAX_SIZE, else
 * -AIOT_EINVAL).  The sequence starts at 1.
 */
int aiot_ring_format(struct aiot_ring *ring, void *mem, size_t size);

/*
 * Take over a ring that an earlier run left in mem: checks header and every record, drops what is
 * torn, goes on after the highest sequence number.  Where something in the middle is damaged, the
 * newer part is kept.  -AIOT_EINVAL as format; -AIOT_ENODATA: no ring there, another size, format
 * version or byte order; -AIOT_EBADMSG: a ring whose header is damaged.  On error the memory is
 * untouched and the caller formats it.  ret_dropped (may be NULL): bytes given up as torn, 0 after
 * a mere kill.
 */
int aiot_ring_attach(struct aiot_ring *ring, void *mem, size_t size, size_t *ret_dropped);

/*
 * Say what wall = mono + offset is from now on, and which boot this is.  Called at start and when
 * the wall clock is stepped; a new epoch is remembered only if boot or offset changed (by over 10
 * ms). The oldest epoch beyond AIOT_RING_EPOCHS is forgotten; its records show the next epoch's
 * offset.
 */
void aiot_ring_clock(struct aiot_ring *ring, const uint8_t boot[16], int64_t wall_minus_mono_ns);

/*
 * Append one record and return its sequence number.  name up to AIOT_RING_NAME_MAX bytes (cut),
 * text up to the limit (cut, marked, flag set).  Never fails: the oldest records make room.
 */
uint64_t aiot_ring_append(struct aiot_ring *ring, uint64_t mono_ns, uint8_t level, const char *name,
			  size_t name_len, const char *text, size_t text_len);

/*
 * The same without a copy in between: reserve gives room for up to max text bytes; commit makes the
 * record visible with the bytes really written.  Nothing else may be appended in between.  Not
 * committing is allowed.  commit writes the mark of a cut text itself, over its last bytes if need
 * be; more than ret_room counts as cut.  Returns the sequence number, 0 if nothing was reserved.
 */
char *aiot_ring_reserve(struct aiot_ring *ring, uint64_t mono_ns, uint8_t level, const char *name,
			size_t name_len, size_t max, size_t *ret_room);
uint64_t aiot_ring_commit(struct aiot_ring *ring, size_t text_len, bool cut);

/* A place to read from; plain data, may be kept while the ring moves on. */
struct aiot_ring_cursor {
	uint64_t seq;	 /* the next record wanted */
	uint32_t offset; /* private: where the record before it was seen, a hint */
};

void aiot_ring_oldest(const struct aiot_ring *ring, struct aiot_ring_cursor *ret);
#if AIOT_TEXT
void aiot_ring_newest(const struct aiot_ring *ring,
		      struct aiot_ring_cursor *ret); /* behind the last */
/* At record seq, the oldest if it is gone, or behind the last if it is not there yet. */
void aiot_ring_seek(const struct aiot_ring *ring, uint64_t seq, struct aiot_ring_cursor *ret);
#endif

/*
 * The record at the cursor, which moves on: true.  false: nothing (yet).  ret_lost (may be NULL;
 * set in either case): records that were overwritten before this reader came to them (0 in normal
 * operation); the record is then the oldest.  A cursor of zeros is at the oldest and lost nothing.
 */
bool aiot_ring_next(const struct aiot_ring *ring, struct aiot_ring_cursor *cursor,
		    struct aiot_ring_record *ret, uint64_t *ret_lost);
#if AIOT_TEXT
/* The record before the cursor, which moves back: true.  false: there is none. */
bool aiot_ring_prev(const struct aiot_ring *ring, struct aiot_ring_cursor *cursor,
		    struct aiot_ring_record *ret);
#endif

/*
 * The crash slot: 512 reserved bytes of the header, free-form text, written by a crash handler
 * (plain stores only) and read by the next run.
 */
#define AIOT_RING_CRASH_SIZE (AIOT_BOARD ? 8u : 512u) /* a board has its own record for that */
char *aiot_ring_crash_slot(struct aiot_ring *ring);
#if !AIOT_BOARD
/* Where that is in a ring's memory, which nobody has attached; of AIOT_RING_MIN_SIZE at least. */
const char *aiot_ring_crash_bytes(const void *mem);
#endif

#endif
