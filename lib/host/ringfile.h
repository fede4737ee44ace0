/*
 * ringfile.h - the log ring in a file, so that it outlives the daemon.
 *
 * Opened once at start by the runtime, before anything is logged.  What cannot be had as a file is
 * had in memory: logging works in any case, and `why` says what was lost.  Not thread safe.
 */
#ifndef AIOT_RINGFILE_H
#define AIOT_RINGFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ring.h"

#define AIOT_RINGFILE_NAME "log.ring"

struct aiot_ringfile {
	struct aiot_ring ring; /* public: ready for use; the caller says aiot_ring_clock() */
	/* read-only */
	bool in_memory; /* the log ends with the process; why says the reason */
	bool busy;	/* the reason is another daemon in that directory */
	char why[256];	/* a sentence to log, also when a new log had to be begun; "": nothing */
	/* private */
	void *mem;
	size_t size;
	int fd; /* holds the lock; -1: none */
};

/*
 * Open or create dir/log.ring with `size` bytes, all allocated, locked against a second daemon, and
 * attach to the records in it.  A file of another size or a damaged one begins a new log.  The file
 * must be a regular one, ours, and writable by nobody else.  Where any of this fails the ring is in
 * memory instead, and the result is still 0.  dir NULL: in memory, as was wished, without a why.
 * -AIOT_EINVAL: a size that no ring can have; -AIOT_ENOMEM: no memory either.  f is then zeroed.
 */
int aiot_ringfile_open(struct aiot_ringfile *f, const char *dir, size_t size);

/* The file stays.  f may be NULL, zeroed or closed already. */
void aiot_ringfile_close(struct aiot_ringfile *f);

/* This boot's id.  0, or a negative code where the kernel does not tell (no /proc). */
int aiot_boot_id(uint8_t ret[16]);

#endif
