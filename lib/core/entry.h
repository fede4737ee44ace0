/*
 * entry.h - what the registry holds for every task, wherever it runs, and the interface of a place.
 *
 * An entry is the task as people see it: name, state, times, counters, outcome.  What runs is
 * behind it, in a place: the loop of this process ("main"), later a thread, another process, a
 * board on a wire.  A place accepts orders and answers later by pushing state changes into the
 * entry, so nothing here ever waits, and status reads the entry alone.  Owned by the loop that owns
 * the core; no locks.
 *
 *	            start                  first await               end
 *	stopped ----------> starting ----------> running ------+------> done
 *	  ^  ^  (waiting,      |                    |          | fail
 *	  |  |   restarting)   | stop               | stop     +------> failed / held
 *	  |  +-----------------+                    v
 *	  +------------------------------------- stopping
 *	An entry with an armed schedule shows "scheduled" instead of stopped/done/failed, one that
 *is to be started again "restarting" (supervise.h).
 */
#ifndef AIOT_ENTRY_H
#define AIOT_ENTRY_H

#include <stdbool.h>
#include <string.h>

#include "aiotools.h"
#include "config.h"
#include "json.h"
#include "name.h"
#include "trie.h"

enum aiot_state {
	AIOT_STOPPED,
	AIOT_SCHEDULED,
	AIOT_WAITING,
	AIOT_STARTING,
	AIOT_RUNNING,
	AIOT_STOPPING,
	AIOT_RESTARTING,
	AIOT_ENDED,   /* "done" */
	AIOT_FAILURE, /* "failed" */
	AIOT_HELD,
	/* "restarting", too, but no run is under way: it is pausing before the next; supervise.h */
	AIOT_BACKOFF,
};

/* entry.flags: what people or schedules asked for. */
#define AIOT_ENTRY_PAUSED 0x01u	 /* the schedule does not fire */
#define AIOT_ENTRY_RESTART 0x02u /* start again when the stop is through */
#define AIOT_ENTRY_DELETE 0x04u	 /* drop when the stop is through */
#define AIOT_ENTRY_HIDDEN 0x08u	 /* not listed unless named */
#define AIOT_ENTRY_STALE 0x20u	 /* what it was made of has changed on disk; the owner's */
#define AIOT_ENTRY_IDLE 0x40u	 /* the last run found nothing to do */
#define AIOT_ENTRY_ONCE 0x80u	 /* drop when its run ends */
#define AIOT_ENTRY_RESUMED 0x10u /* the last order put it back on its schedule; calls-order.c */

struct aiot_core;
struct aiot_entry;
struct aiot_outcome;
struct aiot_more;
struct aiot_place;

struct aiot_call;

struct aiot_place_ops {
	/*
	 * Begin a run.  0: accepted, state changes follow; negative: refused, nothing changed.  The
	 * entry is in no living state.
	 */
	int (*start)(struct aiot_place *place, struct aiot_entry *entry);
#if AIOT_ORDERS
	/* Ask for the end of a run; the entry is in a living state and becomes stopping, then
	 * stopped. */
	int (*stop)(struct aiot_place *place, struct aiot_entry *entry);
	/* Stop waiting for a stop: it took longer than its spec allows.  The entry becomes failed.
	 */
	void (*abandon)(struct aiot_place *place, struct aiot_entry *entry);
	/* The entry leaves the registry: free what the place holds for it.  It is not alive. */
	void (*drop)(struct aiot_place *place, struct aiot_entry *entry);
#endif
#if AIOT_SETTINGS && AIOT_TEXT
	/* Put an option's value, which was checked, into the task's struct; it lives as long. */
	void (*set)(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_opt *opt,
		    const char *value);
#endif
#if AIOT_VERBS || (AIOT_CONTROL && AIOT_TEXT)
	/*
	 * Run a verb of its service; args: read into a struct of verb->args_size bytes, NULL if
	 * there are none.  What came of it is *ret, the caller's to free, NULL for nothing: the
	 * answer, or the error if that is negative.
	 */
	int (*call)(struct aiot_place *place, struct aiot_entry *entry,
		    const struct aiot_verb *verb, const void *args, struct aiot_outcome **ret);
	/* Ask a condition of its service: 1, 0, or negative, with the error in ret. */
	int (*ask)(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_cond *cond,
		   const char *arg, struct aiot_outcome **ret);
#endif
#if AIOT_CONTROL && AIOT_TEXT
	/*
	 * Add members to an open JSON object from what is at hand: "site" (where a living task
	 * waits), "stats", "args".  Never waits.
	 */
	void (*detail)(struct aiot_place *place, struct aiot_entry *entry,
		       struct aiot_json_out *json);
	/* Of these only "stats"; NULL: the place's tasks have none. */
	void (*stats)(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json);
	/*
	 * Have its service write the report that it has (service->report).  Negative: it failed,
	 * and *ret, the caller's to free, says how, if it could be kept.  NULL: the place's tasks
	 * have none.
	 */
	int (*report)(struct aiot_place *place, struct aiot_entry *entry, struct aiot_out *text,
		      struct aiot_outcome **ret);
#endif
#if !AIOT_BOARD
	/* ---- only of places whose tasks are elsewhere; else NULL ---- */
	/* Why the last order was refused, as the end of a sentence; false: its code says all. */
	bool (*refusal)(struct aiot_place *place, struct aiot_entry *entry, struct aiot_out *why);
	/*
	 * Have a call that is about this task alone answered where the task is.  Like a handler:
	 * called again as its result (enum aiot_call_result) asks, with call->at as it left it.
	 */
	int (*forward)(struct aiot_place *place, struct aiot_entry *entry, struct aiot_call *call);
	/*
	 * Add the members that every status has: "schedule", "away" (since when, and why, nothing
	 * is heard of it).  Never waits.
	 */
	void (*brief)(struct aiot_place *place, struct aiot_entry *entry,
		      struct aiot_json_out *json);
	/* Whether it has a schedule, and when that starts it next (wall clock; AIOT_NO_TIME_US). */
	bool (*due)(struct aiot_place *place, const struct aiot_entry *entry, int64_t *ret_us);
#endif
};

/* First member of every kind of place. */
struct aiot_place {
	const struct aiot_place_ops *ops;
	const char *name; /* "main", a node's name ... */
};

enum aiot_restart {
	AIOT_RESTART_NO,
	AIOT_RESTART_ON_FAILURE,
	AIOT_RESTART_ALWAYS, /* with a schedule: as on-failure, for that brings the next run */
};

/* What is done about runs that end or hang (supervise.h).  Zeros: nothing. */
struct aiot_policy {
	uint32_t restart;	   /* enum aiot_restart */
	uint32_t burst;		   /* StartLimitBurst; 0: no limit */
	uint64_t interval_ns;	   /* StartLimitIntervalSec; 0: no limit */
	uint64_t delay_ns, max_ns; /* the first pause, and the longest */
	uint64_t reset_ns;	   /* a run that long makes the pauses short again */
	uint64_t watchdog_ns;	   /* without a step for so long it has failed; 0: never */
};

/* How an entry is run; shared by all entries of one service and kind with the same arguments. */
/* A board's are constants, of one task each. */
struct aiot_spec {
	struct aiot_place *place;
#if AIOT_BOARD
	struct aiot_core *core; /* whose task it is */
	const char *name;	/* of its one task */
#endif
	const struct aiot_service
		*service; /* its copy of missing fields filled in; see service.h */
#if !AIOT_BOARD
	struct aiot_kind kind; /* fn, self_size, opts, stats: what is run; a board's are main */
#endif
#if AIOT_SETTINGS
	const char *label;	     /* where it came from: "PATH.so", "linked in"; owned by us */
	const struct aiot_arg *args; /* arguments given; the rest are defaults */
	uint32_t arg_count;
#else
	const union aiot_value *values; /* of the service's options, in their order; service.h */
#endif
#if AIOT_ORDERS
	uint32_t stop_timeout_ms;
	uint32_t timeout_ms; /* a run that takes longer is stopped; 0: none */
#endif
#if !AIOT_BOARD
	uint32_t start_timeout_ms; /* the same for one that is not ready by then; 0: none */
	bool ends_to_be_ready;	   /* ... or has not ended: it is of a core service */
	uint32_t users;		   /* entries that point here */
#endif
#if AIOT_PRIORITY || AIOT_CONTROL
	int8_t priority;
#endif
#if AIOT_SUPERVISE
	struct aiot_policy policy;
#endif
};

/* As an entry points to it. */
#if AIOT_BOARD
#define AIOT_SPEC const struct aiot_spec
#else
#define AIOT_SPEC struct aiot_spec
#endif

/* What is run, in a spec: self_size, opts, stats, on_stop, on_error of it. */
#if AIOT_BOARD
#define AIOT_KIND(spec) ((spec)->service)
#else
#define AIOT_KIND(spec) (&(spec)->kind)
#endif

static inline aiot_co_fn *aiot_spec_fn(const struct aiot_spec *spec)
{
#if AIOT_BOARD
	return spec->service->main;
#else
	return spec->kind.fn;
#endif
}

static inline const char *aiot_spec_kind_name(const struct aiot_spec *spec)
{
#if AIOT_BOARD
	(void)spec;
	return "main";
#else
	return spec->kind.name;
#endif
}

/* An option's value as it is stored: a text, or a number of the option's type. */
union aiot_value {
	uint64_t number;
	const char *text;
};

/* One argument as it was given, and by whom. */
struct aiot_arg {
	const char *key;
	const char *value;
	const char *origin; /* "FILE:LINE", "set", "add"; for people */
};

#define AIOT_NAME_SHORT 16 /* bytes for a name in the entry itself */

#if AIOT_BOARD
/*
 * A board's: 20 bytes where pointers have four.  The name is the spec's, of which each task has one
 * of its own; a result is in `more`.  There is no accounting of time spent.
 */
struct aiot_entry {
	AIOT_SPEC *spec;
	struct aiot_more *more; /* what only some entries need; NULL: none of it */
	uint32_t
		since; /* when the state was entered: 32 of 40 bits, in units of AIOT_SINCE_SHIFT */
	uint8_t state; /* enum aiot_state */
	uint8_t flags;
	uint8_t run_flags; /* the place's own */
	uint8_t last; /* how the last run ended: STOPPED (never run, or stopped), ENDED, FAILURE */
	uint8_t fail; /* errno of the last run's failure, or of one caught last; 0: none */
	uint8_t since_low; /* the lowest 8 bits of since */
	uint16_t runs;	   /* begun; stays at its highest value */
};

#define AIOT_SINCE_SHIFT 18 /* 0.26 ms; wraps after nine years */
#else
/*
 * What a step of a task touches comes first, so that it shares cache lines with the frame before it
 * (task.h).  node.tag is the entry's id: unique in this run of the program, ascending.
 */
struct aiot_entry {
	AIOT_SPEC *spec;
	uint64_t cpu_ns;
	uint32_t longest_us;
	uint8_t state; /* enum aiot_state */
	uint8_t flags;
	uint8_t run_flags; /* the place's own */
	uint8_t name_len;
	char short_name[AIOT_NAME_SHORT]; /* the name if it fits, else it lies behind the entry */
	uint8_t last; /* how the last run ended: STOPPED (never run, or stopped), ENDED, FAILURE */
	uint8_t fail; /* errno of the last run's failure, or of one caught last; 0: none */
	uint16_t restarts;
	uint32_t runs;			      /* begun */
	const struct aiot_site *longest_site; /* where the longest step began */
	struct aiot_outcome *outcome;	      /* of the last run that has one; NULL: none */
	struct aiot_more *more;		      /* what only some entries need; NULL: none of it */
	uint64_t since_ns;		      /* when the state was entered */
	uint64_t run_ns;	    /* alive: when the run began; else how long the last one took */
	struct aiot_trie_node node; /* link: registry.names */
};
#endif

/* ---- the same for both ---- */

static inline const char *aiot_entry_name(const struct aiot_entry *e)
{
#if AIOT_BOARD
	return e->spec->name;
#else
	return aiot_trie_key(&e->node);
#endif
}

static inline size_t aiot_entry_name_len(const struct aiot_entry *e)
{
#if AIOT_BOARD
	return strlen(e->spec->name);
#else
	return e->name_len;
#endif
}

/* Tells an entry from another that had its name before. */
static inline uint32_t aiot_entry_id(const struct aiot_entry *e)
{
#if AIOT_BOARD
	return (uint32_t)(uintptr_t)e; /* it stays where it is, and is there for good */
#else
	return e->node.tag;
#endif
}

/* How often it was started again after a failure; a board does not keep that. */
static inline uint32_t aiot_entry_restarts(const struct aiot_entry *e)
{
#if AIOT_BOARD
	(void)e;
	return 0;
#else
	return e->restarts;
#endif
}

/* When the state was entered, or a moment before. */
static inline uint64_t aiot_entry_since_ns(const struct aiot_entry *e)
{
#if AIOT_BOARD
	return ((uint64_t)e->since << 8 | e->since_low) << AIOT_SINCE_SHIFT;
#else
	return e->since_ns;
#endif
}

/* Whether it was entered at that time or later; on a board, or a moment before. */
static inline bool aiot_entry_changed_since(const struct aiot_entry *e, uint64_t ns)
{
#if AIOT_BOARD
	return aiot_entry_since_ns(e) >= ns >> AIOT_SINCE_SHIFT << AIOT_SINCE_SHIFT;
#else
	return (int64_t)(e->since_ns - ns) >= 0; /* elsewhere: perhaps before our clock began */
#endif
}

/* When the run that it is in, or was last in, began; a board knows since when it is running. */
static inline uint64_t aiot_entry_began_ns(const struct aiot_entry *e)
{
#if AIOT_BOARD
	return aiot_entry_since_ns(e);
#else
	return e->state >= AIOT_WAITING && e->state <= AIOT_RESTARTING ? e->run_ns
								       : e->since_ns - e->run_ns;
#endif
}

/* Whether the run that it is in, or was last in, began at that time or later; likewise. */
static inline bool aiot_entry_ran_since(const struct aiot_entry *e, uint64_t ns)
{
#if AIOT_BOARD
	return aiot_entry_changed_since(e, ns);
#else
	return (int64_t)(aiot_entry_began_ns(e) - ns) >= 0;
#endif
}

/* A negative code as entry.fail keeps it. */
static inline uint8_t aiot_fail_byte(int code)
{
	return code < -255 || code >= 0 ? 255 : (uint8_t)-code;
}

/* Whether it is in a place that does not run here: calls about it are forwarded. */
static inline bool aiot_entry_elsewhere(const struct aiot_entry *e)
{
#if AIOT_BOARD
	(void)e;
	return false;
#else
	return e->spec->place->ops->forward != NULL;
#endif
}

/* Whether a run is under way. */
static inline bool aiot_entry_alive(const struct aiot_entry *e)
{
	return e->state == AIOT_STARTING || e->state == AIOT_RUNNING || e->state == AIOT_STOPPING ||
	       e->state == AIOT_WAITING || e->state == AIOT_RESTARTING;
}

/* Whether it pauses before it is started again: no run is under way, and no schedule to wait for.
 */
static inline bool aiot_entry_pauses(const struct aiot_entry *e)
{
	return AIOT_SUPERVISE && e->state == AIOT_BACKOFF;
}

/* Whether its last run failed, and no other is under way. */
bool aiot_entry_failed(const struct aiot_entry *e);

/* "running", "done" ...; one word, the same in text and JSON. */
const char *aiot_state_word(enum aiot_state state);

#endif
