/*
 * lastruns.h - what happened to tasks last, kept beyond the end of the program.
 *
 * Kept is the past of every task that has a schedule or was asked for by name.  It lies in
 * RUNTIME/last-runs, written at each action, so that it outlives a crash; and in
 * STATE/last-runs.saved, written whole every so often and at the end, so that it outlives a power
 * loss.  At start both are read; of two records the newer counts.  All of it runs on the loop, only
 * the writing to the state directory on a thread of its pool.
 */
#ifndef AIOT_LASTRUNS_H
#define AIOT_LASTRUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "core.h"
#include "json.h"
#include "past.h"

#define AIOT_LASTRUNS_LIVE "last-runs"
#define AIOT_LASTRUNS_SAVED "last-runs.saved"
#define AIOT_LASTRUNS_STALE_MAX 10000u /* records of tasks that are not there any more */
#define AIOT_LASTRUNS_STALE_DAYS 90    /* and how long they are kept */
#define AIOT_LASTRUNS_SAVE_S (15 * 60) /* how often the state directory is written to */

struct aiot_host;
struct aiot_lastruns;

/*
 * Read what there is.  A record that ends with a run is of a program that died in the midst of it:
 * that becomes a crash, in its past, in the history and in the log.  What cannot be read is logged
 * and begun anew.  -AIOT_ENOMEM.
 */
int aiot_lastruns_open(struct aiot_host *host);
/* The loop is there: save what opening changed. */
void aiot_lastruns_begin(struct aiot_host *host);
/* Save what is not, then call done from the loop, or at once when there is nothing to do. */
void aiot_lastruns_finish(struct aiot_host *host, void (*done)(struct aiot_host *host));
/* NULL members are fine. */
void aiot_lastruns_free(struct aiot_host *host);

/*
 * To be called when an entry gets its block (more.h), before a schedule is armed: its past becomes
 * what is kept under its name.  The core time (mono ns) at which its last run began, if that was in
 * this boot; else 0.  Without memory for the block nothing happens.
 */
uint64_t aiot_lastruns_restore(struct aiot_host *host, struct aiot_entry *entry);

/* From now on keep the past of a task of that name, whether there is one or not. -AIOT_ENOMEM. */
int aiot_lastruns_keep(struct aiot_host *host, const char *name);

/* What is kept under a name; NULL: nothing.  Valid until the next call of any of these. */
const struct aiot_past *aiot_lastruns_past(const struct aiot_host *host, const char *name);

/* A run began or ended (ops->acted). */
void aiot_lastruns_acted(struct aiot_host *host, struct aiot_entry *entry, enum aiot_action action,
			 int64_t wall_us);

/*
 * The wall clock was set, and schedules do not know yet: what then lies in the future (more than
 * ten seconds) is taken to have happened now, or a task with a daily schedule would wait for years.
 * As long as the clock is plainly not set nothing is touched.
 */
void aiot_lastruns_clock_stepped(struct aiot_host *host);

/* Members of "last_runs" in the info command's object. */
void aiot_lastruns_info(const struct aiot_host *host, struct aiot_json_out *json);

/* The future begins here: clocks that are adjusted may go back a little. */
#define AIOT_CLOCK_SLACK_US (10ll * 1000000)

#endif
