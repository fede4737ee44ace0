/*
 * keep.h - files that people's commands change: written whole, one at a time, on a thread of the
 * loop's pool, so that a slow disk is in nobody's way.
 *
 * Who ordered one may be gone when it is written; so there are tickets, under which the outcome can
 * be looked up for a while.
 */
#ifndef AIOT_KEEP_H
#define AIOT_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct aiot_host;

#define AIOT_KEEP_DIRS 3
#define AIOT_KEEP_PATH 512

struct aiot_keep_result {
	uint64_t ticket;
	int code;
	bool until_boot;	   /* it is below the runtime directory */
	char path[AIOT_KEEP_PATH]; /* where it was written */
	char why[512];		   /* why not where it should be, or not at all; "": no trouble */
};

struct aiot_keep_order {
	const char *dirs[AIOT_KEEP_DIRS]; /* tried in this order, made if missing; up to NULL */
	const char *name;
	unsigned mode;
	/*
	 * The last directory has an older copy, which is read instead of the first one's: it is
	 * written first, and goes when the first one's is written.
	 */
	bool shadowed;
	char *bytes; /* taken over */
	size_t len;
	/* Called on the loop when it is through, before anybody is told. */
	void (*done)(struct aiot_host *host, void *arg, const struct aiot_keep_result *result);
	void *arg;
};

/* What the thread does: nothing but files.  result: but for its ticket and until_boot. */
void aiot_keep_save(const struct aiot_keep_order *order, struct aiot_keep_result *result);

bool aiot_keep_busy(const struct aiot_host *host);
/* Not while it is busy.  0; -AIOT_ENOMEM, -AIOT_ENAMETOOLONG: bytes are freed, done not called. */
int aiot_keep_write(struct aiot_host *host, const struct aiot_keep_order *order,
		    uint64_t *ret_ticket);
/* NULL: not through yet. */
const struct aiot_keep_result *aiot_keep_result(const struct aiot_host *host, uint64_t ticket);

/* done is called when no write is under way. */
void aiot_keep_finish(struct aiot_host *host, void (*done)(struct aiot_host *host));
void aiot_keep_free(struct aiot_host *host);

#endif
