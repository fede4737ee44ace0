/*
 * fake.h - a core with a clock that the test sets, memory that can run out, and a record of what
 * it was told: for the tests of the executor, the registry and the tasks.
 *
 * Nothing here sleeps: fake_until() jumps from one due time to the next, so years take as long as
 * what happens in them.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "core.h"
#include "outcome.h"
#include "schedule.h"
#include "service.h"
#include "task.h"
#include "turns.h"

#define FAKE_MS 1000000ull
#define FAKE_S 1000000000ull
#define FAKE_MINUTE (60 * FAKE_S)
#define FAKE_HOUR (60 * FAKE_MINUTE)
#define FAKE_DAY (24 * FAKE_HOUR)
#define FAKE_YEAR (365 * FAKE_DAY)
/* Of fake_open(): a tick is 65.536 us; on a board it is what it is. */
#define FAKE_TICK_SHIFT (AIOT_BOARD ? 20 : 16)
#define FAKE_TICK (1ull << FAKE_TICK_SHIFT)
#define FAKE_CHANGES 4096
#define FAKE_NAMES 1200 /* a board's table */

struct fake_change {
	char name[AIOT_NAME_MAX + 1];
	uint8_t state;
	uint64_t mono_ns;
};

/* A service as the loader would have prepared it. */
struct fake_kind {
	struct fake_kind *next;
	struct aiot_service service;
	struct aiot_spec spec;
#if AIOT_BOARD
	char name[AIOT_NAME_MAX + 2]; /* of its one task; one too long stays too long */
#endif
};

struct fake {
	struct aiot_core core;
	struct aiot_place_main place;
	/* set by the test at any time */
	uint64_t mono_ns;
	int64_t wall_ns;
	uint64_t read_ns;  /* every reading of the clock takes this long */
	unsigned fail_at;  /* this take() from now on fails; 0: none */
	bool numbers;	   /* next_number counts up, over all names */
	bool keep_dropped; /* the test frees what is dropped (fake_free_dropped) */
	/* what happened */
	unsigned takes, failed_takes, blocks;
	unsigned wakes, records, dropped, rounds, pokes;
	uint32_t last_number;
	uint64_t next_ns; /* what run() last returned */
	struct fake_change change[FAKE_CHANGES];
	unsigned changes;
	char broken[256]; /* what the owner was told; "": nothing */
	struct aiot_entry *last_dropped;
	struct fake_kind *kind; /* link: fake_kind.next */
	/* memory handed to the core */
	struct aiot_ring ring;
	struct aiot_stall stall;
	void *wheel_mem, *alarm_mem, *ring_mem;
#if AIOT_BOARD
	struct aiot_entry *names[FAKE_NAMES];
#endif
};

/* A core at 1000 s since boot, 2026-11-21 00:35:10 UTC; in zeroed memory, to be finished. */
void fake_init(struct fake *f, struct aiot_geometry geometry);
/* The same in memory of its own, to be closed. */
struct fake *fake_open(void);
struct fake *fake_open_with(struct aiot_geometry geometry);

/* Give back what fake_init() took; its tasks have gone, or are not the fake's. */
void fake_finish(struct fake *f);

/* Delete all tasks, let their stops run out, and see that nothing is left behind. */
void fake_close(struct fake *f);

/*
 * Check a descriptor and prepare one of its kinds (NULL: main); freed by fake_close().  On a board
 * each task has a kind of its own: the first one made of it has this, the others have copies.
 */
struct fake_kind *fake_load(struct fake *f, const struct aiot_service *found, const char *kind);

/* Make a task in a block of its own, exactly as large as it has to be. */
struct aiot_task *fake_add(struct fake *f, struct fake_kind *k, const char *name);
int fake_try_add(struct fake *f, struct fake_kind *k, const char *name,
		 enum aiot_collision collision, struct aiot_task **ret);
/* The spec of a task that was made here, to be changed; a board's own are constants. */
static inline struct aiot_spec *fake_spec(const struct aiot_entry *entry)
{
	return (struct aiot_spec *)(uintptr_t)entry->spec;
}
/* fake_add and aiot_core_start. */
struct aiot_task *fake_start(struct fake *f, struct fake_kind *k, const char *name);

/* Time passes and nobody runs: suspend, or a step that takes long. */
void fake_pass(struct fake *f, uint64_t ns);
/* One run() now. */
uint64_t fake_run(struct fake *f);
/* run() until nothing is due at the present time.  A core that never comes to rest fails. */
void fake_idle(struct fake *f);
/* Go to the next due time and run what is due; false: nothing is armed. */
bool fake_next(struct fake *f);
/* Run all that is due up to and at a time, and end there. */
void fake_until(struct fake *f, uint64_t mono_ns);
void fake_for(struct fake *f, uint64_t ns);

/* The states a task has gone through, as "starting running done". */
const char *fake_states(const struct fake *f, const char *name);
/* How many log records of this level have this in their text. */
unsigned fake_logged(const struct fake *f, enum aiot_level level, const char *text);
void fake_free_dropped(struct fake *f);

/* How much too early that a state was entered may be. */
#if AIOT_BOARD
#define FAKE_COARSE (1ull << AIOT_SINCE_SHIFT)
#else
#define FAKE_COARSE 1ull
#endif

/* Whether its state was entered at that time, as exactly as the layout knows. */
static inline bool fake_entered_at(const struct aiot_entry *e, uint64_t mono_ns)
{
#if AIOT_BOARD
	mono_ns = mono_ns >> AIOT_SINCE_SHIFT << AIOT_SINCE_SHIFT;
#endif
	return aiot_entry_since_ns(e) == mono_ns;
}

/* The function that an error comes from, if its traceback has that one frame; "": it has others. */
static inline const char *fake_traced(const struct aiot_outcome *o)
{
#if AIOT_TEXT
	return o->trace_count == 1 ? o->trace[0].func : "";
#else
	return o->site_count == 1 ? o->sites[0]->func : "";
#endif
}

/* The same random numbers in every run. */
uint32_t fake_random(uint64_t *state);

/*
 * Run a scenario once with enough memory, then with its first hand-over of memory failing, then
 * its second, and so on until all of them were through.  It must neither crash, leak nor hang; what
 * it checks has to hold without memory as well (f->failed_takes says whether there was some).
 */
void fake_starve(void (*scenario)(struct fake *f));

#endif
