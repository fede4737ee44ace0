/*
 * core.h - the executor and the registry: the heart that daemon, embedding programs and boards
 * share.
 *
 * A program creates one core per loop, hands in memory and a clock, and calls aiot_core_run()
 * whenever the time it last returned has come or ops->wake was called.  Everything happens inside
 * that call or inside an order (start, stop ...), on the calling thread; nothing blocks, nothing is
 * allocated but through ops->take.
 */
#ifndef AIOT_CORE_H
#define AIOT_CORE_H

#include <stdbool.h>

#include "entry.h"
#include "index.h"
#include "list.h"
#include "past.h"
#include "ring.h"
#include "stall.h"
#include "wheel.h"
#include "zone.h"

#define AIOT_CORE_NEVER UINT64_MAX
#define AIOT_CYCLE_NS 100000000ull /* how often what announces no change is looked at */

struct aiot_commands;

struct aiot_core_ops {
	/* Nanoseconds since boot, suspend included; never goes back. */
	uint64_t (*mono_ns)(void *ctx);
	/*
	 * The same clock, between the steps of a round, if there is a cheaper way to read it: never
	 * behind mono_ns, and hardly ahead.  May be NULL.
	 */
	uint64_t (*step_ns)(void *ctx);
	/* Nanoseconds since 1970 UTC. */
	int64_t (*wall_ns)(void *ctx);
	/* Memory for outcomes; NULL when there is none.  8-byte aligned. */
	void *(*take)(void *ctx, size_t size);
	void (*give)(void *ctx, void *block, size_t size);
	/* Something is to be done although run() has returned: call it soon.  Cheap, called often.
	 */
	void (*wake)(void *ctx);
	/* An entry changed its state.  Called inside run() or an order; must not give orders
	 * itself. */
	void (*changed)(void *ctx, struct aiot_entry *entry);
#if AIOT_ORDERS
	/* A deleted entry left the registry; its memory is the owner's again. */
	void (*dropped)(void *ctx, struct aiot_entry *entry);
#endif
	/* A record was written.  May be NULL. */
	void (*logged)(void *ctx);
#if !AIOT_BOARD
	/*
	 * It is to start: whether it has to wait for something first.  Then it is "waiting" until
	 * it is released (waiting.h).  ordered: by a person or a program, and not by its schedule
	 * or as a restart.  Must not give orders.  May be NULL.
	 */
	bool (*holds)(void *ctx, struct aiot_entry *entry, bool ordered);
	/*
	 * One that waits is ordered to start: whether something that it waits for is merely
	 * stopped, and is seen to now.  Must not give orders.  May be NULL.
	 */
	bool (*pulls)(void *ctx, struct aiot_entry *entry);
	/* What one waits for, as the end of a sentence: "net.service, which failed".  May be NULL.
	 */
	void (*waits_for)(void *ctx, struct aiot_entry *entry, struct aiot_out *out);
#endif
#if AIOT_CONTROL
	/*
	 * The next number for a name that is taken, never the same twice in this run of the
	 * program; 0: no memory to remember it.  May be NULL: then the first free number is taken.
	 */
	uint32_t (*next_number)(void *ctx, const char *name, size_t len);
	/*
	 * Something that failed before it became a task (a service that did not load): the first
	 * whose name matches pattern and comes behind `after`, with its error; NULL: none.  May be
	 * NULL.
	 */
	const char *(*failure)(void *ctx, const char *pattern, const char *after,
			       const struct aiot_outcome **ret);
	/*
	 * Why a plain name is no task's, as a sentence ("service 'x' is not loaded ..."); false,
	 * with nothing written: the name says nothing to the owner.  May be NULL.
	 */
	bool (*why_missing)(void *ctx, const char *name, struct aiot_out *out);
	/* Add to the members of the "info" command's object.  May be NULL. */
	void (*info)(void *ctx, struct aiot_json_out *json);
	/* What the entry's service says of itself, as members of "service".  false: none.  May be
	 * NULL. */
	bool (*origin)(void *ctx, struct aiot_entry *entry, struct aiot_json_out *json);
	/* A time has come that a call waits for: step what waits.  May be NULL. */
	void (*poke)(void *ctx);
#endif
#if AIOT_CALENDARS
	/* For conditions; each may be NULL, and then there is none of it. */
	/* Whether a task of that name will be there: a service's, though it is not loaded. */
	bool (*knows_task)(void *ctx, const char *name);
	/* Conditions ask for the past of a task of that name: keep it from now on. */
	void (*keep_past)(void *ctx, const char *name);
	/* The last record of one of the actions (bits) in that time; false: none. */
	bool (*history_last)(void *ctx, const char *name, unsigned actions, int64_t from_us,
			     int64_t to_us, int64_t *ret_us);
	/* How many of its runs have failed since anything else came of one. */
	uint32_t (*history_fails)(void *ctx, const char *name);
	/* Something is wrong that is not to be silenced.  The program may end, but not in here. */
	void (*broken)(void *ctx, struct aiot_entry *entry, const char *what);
#endif
#if AIOT_JITTER
	/*
	 * Overlap=allow: run a copy of this task beside it, once.  Negative: refused.  May be NULL.
	 */
	int (*beside)(void *ctx, struct aiot_entry *entry);
#endif
#if AIOT_WAITS
	/*
	 * Make a task that runs `kind` (NULL: main) of the parent's service, under that name; not
	 * started.  args as aiot_child_start() has them; what is wrong with them goes to the log.
	 * May be NULL: there are no child tasks.
	 */
	int (*create_child)(void *ctx, struct aiot_entry *parent, const char *kind,
			    const char *name, const char *const *args, struct aiot_entry **ret);
#endif
#if AIOT_CALENDARS
	/*
	 * A run began or ended: for a history.  entry->state and outcome are those of before when
	 * it began, and the run's when it ended.  May be NULL; must not give orders.
	 */
	void (*acted)(void *ctx, struct aiot_entry *entry, enum aiot_action action,
		      int64_t wall_us);
#endif
};

/* Timer geometry: tick = ns >> tick_shift; the wheels' shape. */
struct aiot_geometry {
	uint8_t tick_shift;
	struct aiot_wheel_shape wheel;
};

#if AIOT_BOARD
#define AIOT_TICK_SHIFT(core) 20 /* 1.05 ms, whatever the geometry says */
#else
#define AIOT_TICK_SHIFT(core) ((core)->tick_shift)
#endif

#define AIOT_CORE_WHEEL_BYTES(g) AIOT_WHEEL_BYTES((g).wheel)

/* A timer that calls back; for schedules and time-outs.  Memory is the owner's. */
struct aiot_alarm {
	struct aiot_timer timer;
	void (*fn)(struct aiot_core *core, struct aiot_alarm *alarm);
};

struct aiot_core {
	/* read-only */
	uint64_t now_ns; /* taken at the start of the present step */
#if AIOT_TEXT
	uint64_t start_ns;
#endif
	uint8_t log_level; /* records above this are not written */
			   /* private; here, for what is near is reached in short instructions */
#if !AIOT_COUNTERS
	bool ran; /* the first round is over */
#endif
	bool running;
	bool woken; /* read-only: ops->wake was called since the last round began */
	/* the owner's, at any time */
	bool debug;  /* every status shows the long form */
	bool closed; /* it is ending: nothing is started any more */
	/* read-only */
	struct aiot_index names;
	struct aiot_ring *ring; /* the log; never NULL */
	uint32_t alive;
#if AIOT_COUNTERS
	uint64_t steps, rounds; /* for info, benches and conditions */
#endif
	/* the owner's, at any time */
	const char *name; /* what its own records are called; NULL: "aiotools" */
#if AIOT_JITTER
	uint64_t seed; /* another one on each device */
#endif
	/* private */
	const struct aiot_core_ops *ops;
	uint64_t (*mono_ns)(void *ctx); /* of ops: at hand */
	void *ctx;
	struct aiot_wheel wheel, alarms;
	struct aiot_fifo ready;
	struct aiot_task *current; /* whose function runs now */
#if AIOT_ORDERS
	struct aiot_alarm stop_alarm;
#endif
#if AIOT_DELETE
	uint32_t stopping; /* entries that stop_alarm watches */
	uint64_t stop_due_ns;
#endif
#if !AIOT_BOARD
	uint8_t tick_shift;
	uint64_t shortest_ns; /* the shortest sleep that a task of the last round asked for */
	bool loud_prerun;     /* the owner's: a start that fails: ops->broken */
	uint32_t next_id;
	struct aiot_stall *stall;
#endif
#if AIOT_CALENDARS
	struct aiot_trie watched;   /* watch.h */
	struct aiot_link calendars; /* link: aiot_schedule.wall */
	struct aiot_zone zone;	    /* local time, as far as it was asked for */
	int64_t wall_offset_ns;	    /* wall - mono, when it was looked at last */
	uint32_t ring_walks;	    /* condition-ring.c: how many there were */
	/* the owner's to set: */
	bool from_history;	/* conditions ask the history, not the entries' past */
	bool silent_conditions; /* one that fails is false, and no more; else: ops->broken */
	const char *env;	/* the environment's name, for conditions; NULL: none */
	uint64_t cycle_ns;	/* a condition that stays true starts its task at most so often */
#endif
#if AIOT_WAITS
	struct aiot_link awaited; /* objects in one task's struct that others wait for; wait.c */
#if !AIOT_BOARD
	const void *stack; /* where it was when the present round began */
#endif
#endif
#if AIOT_CONTROL && AIOT_TEXT
	struct aiot_alarm poke_alarm;
	uint64_t poke_due_ns;
#endif
#if AIOT_PRIORITY
	uint32_t prioritised; /* of those alive, with a priority other than 0 */
#endif
#if AIOT_CALLS
	const struct aiot_commands *commands; /* the owner's: for tasks that call; NULL: none */
	struct aiot_link callouts;	      /* calls of tasks that wait; callout.c */
	bool callouts_due;
#endif
#if AIOT_VERBS && AIOT_TEXT
	struct aiot_out *print; /* the report that is being made; NULL: none */
#endif
};

/* wheel_mem and alarm_mem: AIOT_CORE_WHEEL_BYTES each, 8-byte aligned.  All are borrowed for good.
 */
struct aiot_core_memory {
	void *wheel_mem, *alarm_mem;
	struct aiot_ring *ring;
	struct aiot_stall *stall;
};
/* A board's wheels need no memory, and it has no stall block: these three may be NULL there. */

/* -AIOT_EINVAL: a piece of memory is missing or the geometry is impossible. */
int aiot_core_init(struct aiot_core *core, const struct aiot_core_ops *ops, void *ctx,
		   struct aiot_geometry geometry, const struct aiot_core_memory *memory);

/*
 * Run what is due, at most `budget` steps (0: no limit), and return the time (mono ns) at which to
 * call again: now if something is ready already, AIOT_CORE_NEVER if nothing is armed.
 */
uint64_t aiot_core_run(struct aiot_core *core, uint32_t budget);

static inline uint64_t aiot_core_clock_ns(const struct aiot_core *core)
{
	return core->mono_ns(core->ctx);
}

/* wall - mono, as the log's epochs need it; told to the ring when it has changed. */
int64_t aiot_core_wall_of(const struct aiot_core *core, uint64_t mono_ns);

/* Alarms.  Arming one that is armed moves it.  never early, at most a tick late. */
void aiot_alarm_set(struct aiot_core *core, struct aiot_alarm *alarm, uint64_t due_ns);
void aiot_alarm_cancel(struct aiot_alarm *alarm);
static inline bool aiot_alarm_armed(const struct aiot_alarm *alarm)
{
	return alarm->timer.link.next != NULL;
}

/* ops->poke at that time, or before. */
void aiot_core_poke_at(struct aiot_core *core, uint64_t due_ns);

/* Write a record under a name that is no task's ("aiotoolsd"), or a task's. */
void aiot_core_log(struct aiot_core *core, const char *name, enum aiot_level level, const char *fmt,
		   ...) __attribute__((format(printf, 4, 5)));
void aiot_core_vlog(struct aiot_core *core, const char *name, size_t name_len,
		    enum aiot_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 5, 0)));

/* ---- registry ---- */

enum aiot_collision {
	AIOT_RENAME, /* blink, blink_1, blink_2 ... the next number never used since the start */
	AIOT_RAISE,  /* -AIOT_EEXIST */
	AIOT_IGNORE, /* -AIOT_EALREADY: the old one is kept */
};

/*
 * Enter an entry under a name.  name must be valid, perhaps with a node in front (else
 * -AIOT_EINVAL; -AIOT_ENAMETOOLONG when the
 * number of a rename does not fit).  The final name is copied into the entry if it is shorter than
 * AIOT_NAME_SHORT; else behind it, name_at bytes from its start, where the caller has room for
 * AIOT_NAME_MAX + 1 bytes, or for strlen(name) + 1 under RAISE/IGNORE, rounded up to 8. The entry
 * (zeroed but for spec) is stopped and belongs to the core until `dropped`.
 * On a board the name is that of the spec, RENAME is RAISE, and a full table is -AIOT_ENOSPC.  A
 * firmware whose table is complete from the start (index.h) has nothing to enter.
 */
int aiot_core_add(struct aiot_core *core, struct aiot_entry *entry, const char *name,
		  size_t name_at, enum aiot_collision collision);
/* It leaves: what it was named by is its owner's again.  Called by the registry. */
void aiot_entry_unname(struct aiot_entry *entry);
static inline uint32_t aiot_core_count(const struct aiot_core *core)
{
#if AIOT_BOARD
	return core->names.count;
#else
	return core->names.trie.count;
#endif
}
struct aiot_entry *aiot_core_find(const struct aiot_core *core, const char *name);

/* A plain name as people say it: "hello" also means hello.service. */
struct aiot_entry *aiot_entry_named(const struct aiot_core *core, const char *name);

/*
 * Walk by pattern (`*`, `?`) or plain name, in name order: the first match behind `after` ("" at
 * the start).  Survives adds and deletes in between.  NULL at the end.
 */
struct aiot_entry *aiot_core_match(const struct aiot_core *core, const char *pattern,
				   const char *after);

/* ---- orders ---- */

/*
 * Start: -AIOT_EALREADY when it is alive.  An entry whose schedule was held by stop is scheduled
 * again if it is not due yet, and runs at once if it is.
 */
int aiot_core_start(struct aiot_core *core, struct aiot_entry *entry);
/* keep_schedule: only the run ends.  -AIOT_EALREADY when there is nothing to stop. */
int aiot_core_stop(struct aiot_core *core, struct aiot_entry *entry, bool keep_schedule);
int aiot_core_restart(struct aiot_core *core, struct aiot_entry *entry);
/* Forget that the last run failed: false if it did not, or one is under way. */
bool aiot_core_reset(struct aiot_core *core, struct aiot_entry *entry);
/* Stop if alive, then leave the registry; completes with ops->dropped. */
#if AIOT_DELETE
void aiot_core_delete(struct aiot_core *core, struct aiot_entry *entry);
#else
static inline void aiot_core_delete(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry; /* none leaves, and nobody orders it */
}
#endif

/*
 * How the last run that has one ended; NULL: none.  swap exchanges it, without freeing: it returns
 * what was there, and frees the new one if there is no memory to keep it in.
 */
#if !AIOT_OUTCOMES
static inline struct aiot_outcome *aiot_outcome_of(const struct aiot_entry *entry)
{
	(void)entry;
	return NULL;
}
static inline struct aiot_outcome *aiot_outcome_swap(struct aiot_core *core,
						     struct aiot_entry *entry,
						     struct aiot_outcome *outcome)
{
	(void)core;
	(void)entry;
	return outcome; /* there are none: NULL */
}
#else
#if AIOT_BOARD
struct aiot_outcome *aiot_outcome_of(const struct aiot_entry *entry); /* more.c */
#else
static inline struct aiot_outcome *aiot_outcome_of(const struct aiot_entry *entry)
{
	return entry->outcome;
}
#endif
struct aiot_outcome *aiot_outcome_swap(struct aiot_core *core, struct aiot_entry *entry,
				       struct aiot_outcome *outcome);
#endif

/* ---- for places ---- */

/* An order has come, at whatever time: the clock is read, unless a step's time is being taken. */
void aiot_core_touch(struct aiot_core *core);

/* Start for a schedule or a restart, where nobody waits for the answer: refused is a failed run. */
int aiot_entry_start(struct aiot_core *core, struct aiot_entry *entry);

/* End a run that is alive; the entry may be gone afterwards. */
int aiot_entry_stop(struct aiot_core *core, struct aiot_entry *entry);

/*
 * A run has failed before it began.  text is copied; NULL: the entry's outcome says why.  Its
 * schedule, if any, goes on.
 */
void aiot_entry_fail(struct aiot_core *core, struct aiot_entry *entry, int code, const char *text);

/* Push a state change.  Sets since, runs, schedule state; calls ops->changed. */
void aiot_entry_set(struct aiot_core *core, struct aiot_entry *entry, enum aiot_state state);
/* The run is as good as over, and bounded by the stop time-out from now on. */
void aiot_entry_stopping(struct aiot_core *core, struct aiot_entry *entry);
/* A run ended: how = AIOT_ENDED, AIOT_STOPPED or AIOT_FAILURE.  May start it again or drop it. */
void aiot_entry_ended(struct aiot_core *core, struct aiot_entry *entry, enum aiot_state how);
/* Replace the outcome (NULL: forget it). */
void aiot_entry_outcome(struct aiot_core *core, struct aiot_entry *entry,
			struct aiot_outcome *outcome);

#endif
