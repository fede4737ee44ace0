/*
 * pastfile.h - the bytes of a file of last runs: one slot a task, each with two copies of its past.
 *
 *	header	64 bytes: magic, version, sizes, checksum
 *	slot	264 bytes: the task's name, and twice what happened to it
 *
 * A record is written over the older copy, its checksum last, so that whoever is killed in between
 * leaves the other one.  A serial number, which grows with every record that is written anywhere,
 * says which copy, and which of two files, is the newer: no clock is asked.  Bytes are in the
 * machine's own order; the file of another machine has a version that is none.
 */
#ifndef AIOT_PASTFILE_H
#define AIOT_PASTFILE_H

#include <stddef.h>
#include <stdint.h>

#include "name.h"
#include "past.h"

struct aiot_past_record {
	struct aiot_past past;
	uint64_t serial;
	uint64_t run_mono_ns; /* when the last run began, on the clock of that boot; 0: unknown */
	int64_t seen_us;      /* wall time at which a task of that name was there last */
	uint8_t boot[16];     /* of run_mono_ns */
};

/* Of a file with that many slots. */
size_t aiot_pastfile_bytes(uint32_t slots);

/* mem: aiot_pastfile_bytes(slots), 8-byte aligned, all zero. */
void aiot_pastfile_format(void *mem, uint32_t slots);

/*
 * Whether the bytes begin as a file of this kind does.  ret_slots is how many of its slots are
 * there as a whole, ret_lost how many are not (the file was cut off).  -AIOT_EBADMSG: it is none,
 * or its header is damaged; -AIOT_EPROTO: it is of another version.
 */
int aiot_pastfile_check(const void *mem, size_t size, uint32_t *ret_slots, uint32_t *ret_lost);

/*
 * Read slot number i.  1: ret_record and name; 0: it is empty; -AIOT_EBADMSG: it is damaged, and
 * nothing of it can be told.  *damaged is counted up when a copy of it was: what comes is then the
 * past before that, if any.
 */
int aiot_pastfile_get(const void *mem, uint32_t i, char name[AIOT_NAME_MAX + 1],
		      struct aiot_past_record *ret_record, uint32_t *damaged);

/* Write a record over the older copy in slot i, which is empty or of that name. */
void aiot_pastfile_put(void *mem, uint32_t i, const char *name,
		       const struct aiot_past_record *record);

#endif
