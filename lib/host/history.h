/*
 * history.h - runs that have ended: of which task, from when to when, and what came of them.
 *
 * The newest are in memory, in a ring of fixed size.  If asked for, and if SQLite was there when
 * this was built, all are in a database in the state directory as well, written and read on a
 * thread of the loop's pool.  All else runs on the loop.
 */
#ifndef AIOT_HISTORY_H
#define AIOT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "histring.h"
#include "json.h"

#define AIOT_HISTORY_BYTES (256u << 10)	    /* of the ring */
#define AIOT_HISTORY_DISK_BYTES (16u << 20) /* of the database */
#define AIOT_HISTORY_DISK_MIN (256u << 10)

struct aiot_host;
struct aiot_history;
struct aiot_host_options;

/* What cannot be had is logged, and kept in memory.  -AIOT_ENOMEM. */
int aiot_history_open(struct aiot_host *host, const struct aiot_host_options *options);
/* The loop is there: write what opening brought. */
void aiot_history_begin(struct aiot_host *host);
/* Write what is not written, close the database, then call done from the loop, or at once. */
void aiot_history_finish(struct aiot_host *host, void (*done)(struct aiot_host *host));
/* NULL members are fine. */
void aiot_history_free(struct aiot_host *host);

/* A run began or ended (ops->acted). */
void aiot_history_acted(struct aiot_host *host, struct aiot_entry *entry, enum aiot_action action,
			int64_t wall_us);
/* A run of the program before this one had no end; found_us is when that was seen. */
void aiot_history_crashed(struct aiot_host *host, const char *name, int64_t began_us,
			  int64_t found_us);

/*
 * For conditions (`hello` also means hello.service): the newest time, within from_us to to_us (both
 * inclusive), at which one of the actions happened to the task; a bit 1u << AIOT_ACTION_... each.
 * RUN means the beginning of a run, also of one under way.  Answered from memory: what is older
 * than its oldest run is not found. false: none, and ret_us (which may be NULL) is untouched.
 */
bool aiot_history_last(const struct aiot_host *host, const char *name, unsigned action_bits,
		       int64_t from_us, int64_t to_us, int64_t *ret_us);
/* How many of its runs have failed since anything else came of one; also from memory. */
uint32_t aiot_history_fails(const struct aiot_host *host, const char *name);

/* Members of "history" in the info command's object. */
void aiot_history_info(const struct aiot_host *host, struct aiot_json_out *json);

/* calls-history.c */
struct aiot_call;
enum aiot_call_result aiot_call_history(struct aiot_call *call);

#endif
