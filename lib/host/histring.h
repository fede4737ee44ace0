/*
 * histring.h - runs that have ended, the newest in memory: a ring of records of any length.
 *
 * Pure: works in memory that is handed in, knows no clock and no host.  Ids ascend; what is
 * overwritten is the oldest.
 */
#ifndef AIOT_HISTRING_H
#define AIOT_HISTRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AIOT_RUN_VALUE_MAX 4096u /* longest result or error of a run that is kept, as JSON */
#define AIOT_HISTRING_MIN 16384u

enum aiot_run_kind { /* what value is */
		     AIOT_RUN_NOTHING,
		     AIOT_RUN_RESULT,
		     AIOT_RUN_ERROR, /* {"error":...,"code":...,"message":...} */
};

/* A run that has ended.  name and value are not terminated, and live in the ring. */
struct aiot_run {
	uint64_t id;
	int64_t start_us, end_us; /* wall clock; of a crash, end is when it was found out */
	const char *name, *value; /* value: JSON */
	uint32_t value_len;
	uint8_t name_len;
	uint8_t outcome; /* enum aiot_action, but not RUN */
	uint8_t kind;	 /* enum aiot_run_kind */
	bool cut;	 /* the value was longer */
};

/* Bytes a run takes in a ring or a batch; a multiple of 8. */
size_t aiot_run_bytes(const struct aiot_run *run);
/* Write one to `at`, which has room for it and is 8-byte aligned. */
void aiot_run_pack(void *at, const struct aiot_run *run);
/* Read one; returns its bytes. */
size_t aiot_run_unpack(const void *at, struct aiot_run *ret);

struct aiot_histring {
	/* read-only */
	uint64_t first_id, next_id; /* of the oldest one; behind the newest one */
	uint32_t count;
	size_t size;
	/* private */
	char *mem;
	size_t head, tail; /* the oldest record; where the next one goes */
	size_t end;	   /* of the records before the wrap; 0: not wrapped */
	uint32_t last;	   /* bytes of the newest record */
};

/* mem: size bytes, 8-byte aligned, AIOT_HISTRING_MIN at least. */
void aiot_histring_init(struct aiot_histring *ring, void *mem, size_t size);

/* run->id must be higher than all before. */
void aiot_histring_add(struct aiot_histring *ring, const struct aiot_run *run);

/* Where in the ring: an id, and a hint that saves looking for it.  {0} is the oldest. */
struct aiot_histcursor {
	uint64_t id;
	size_t offset;
};

/* The run at the cursor, or the first behind it that is still there; moves on.  false: no more. */
bool aiot_histring_next(const struct aiot_histring *ring, struct aiot_histcursor *cursor,
			struct aiot_run *ret);
/* Behind the newest one. */
void aiot_histring_newest(const struct aiot_histring *ring, struct aiot_histcursor *cursor);
/* The run before the cursor; moves there.  false: no more, or it was overwritten. */
bool aiot_histring_prev(const struct aiot_histring *ring, struct aiot_histcursor *cursor,
			struct aiot_run *ret);

#endif
