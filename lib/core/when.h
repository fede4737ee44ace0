/*
 * when.h - the condition language: "daily after 10:00 & ~has failed today".
 *
 * A condition is compiled once into a block of the caller's memory and then asked as often as
 * wanted: whether it is true at an instant, and until when that stays so if no task does anything.
 * So nothing polls: the caller asks again at that instant, and when one of the tasks named in it
 * starts or ends.  Pure functions of the facts handed in; no clock is read.  The language is
 * described in aiotools-conditions(5).
 *
 * The block has no pointers: it may be copied and moved as bytes.
 */
#ifndef AIOT_WHEN_H
#define AIOT_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out.h"
#include "when-error.h"
#include "zone.h"

#define AIOT_WHEN_TEXT_MAX 4096u /* bytes of a condition */
#define AIOT_WHEN_NODES_MAX 256u /* conditions and operators in it */
#define AIOT_WHEN_DEPTH_MAX 64u	 /* parentheses and ~ within each other */
#define AIOT_WHEN_OWN (-1)	 /* the slot of the task that the condition belongs to */

struct aiot_when; /* a compiled condition */

/* What a record says about a task; bits, so that several can be asked for. */
enum aiot_when_action {
	AIOT_WHEN_RUN = 0x1,
	AIOT_WHEN_SUCCESS = 0x2,
	AIOT_WHEN_FAIL = 0x4,
	AIOT_WHEN_TERMINATE = 0x8,
	AIOT_WHEN_INACTION = 0x10,
	AIOT_WHEN_CRASH = 0x20,
};

/* ---- compiling ---- */

/*
 * Whether a bare word is a condition that a service declares ("warm", "sensor:warm").  quoted: an
 * argument follows it.  Called while compiling; 0, or negative: it is none, and the word is an
 * error.
 */
struct aiot_when_resolver {
	int (*custom)(void *ctx, const char *word, size_t len, bool quoted);
	void *ctx;
};

/* Bytes of memory that are enough for any condition of `len` bytes. */
size_t aiot_when_need(size_t len);

/*
 * Compile text into mem (aligned for int64_t).  resolver NULL: there are no custom conditions.
 * -AIOT_EINVAL: not a condition, ret_error says where and why; -AIOT_ENOSPC: mem is too small.
 */
int aiot_when_compile(const char *text, size_t len, const struct aiot_when_resolver *resolver,
		      void *mem, size_t size, struct aiot_when **ret,
		      struct aiot_when_error *ret_error);
size_t aiot_when_size(const struct aiot_when *w); /* bytes of the block in use */

/* Canonical text: compiled again it is the same condition, with the same text. */
void aiot_when_text(const struct aiot_when *w, struct aiot_out *out);

/* The tasks it names, each once; slots 0..count-1. */
unsigned aiot_when_task_count(const struct aiot_when *w);
const char *aiot_when_task_name(const struct aiot_when *w, unsigned slot);
/* Whether it stays false until that task has run: `after task`, with nothing else that could do. */
bool aiot_when_awaits(const struct aiot_when *w, unsigned slot);
/* Whether it looks at the own task's records, so has to be asked again when that starts or ends. */
bool aiot_when_uses_own(const struct aiot_when *w);
/* Whether it goes by the calendar (a period of the day, week ..., or cron): then it means nothing
 * as long as the wall clock is not set. */
bool aiot_when_uses_calendar(const struct aiot_when *w);

/* Custom conditions; slots of their own.  A word used with two arguments has two. */
unsigned aiot_when_cond_count(const struct aiot_when *w);
const char *aiot_when_cond_word(const struct aiot_when *w, unsigned slot); /* "sensor:warm" */
const char *aiot_when_cond_arg(const struct aiot_when *w, unsigned slot);  /* NULL: none */

/* ---- asking ---- */

struct aiot_when_fails {
	uint32_t count; /* failures in a row, since the last end that was none */
	bool last;	/* the task's last record, its starts included, is a failure */
};

/* What is known.  Functions get ctx; slot is AIOT_WHEN_OWN or a task's.  None may be NULL. */
struct aiot_when_facts {
	void *ctx;
	struct aiot_zone *zone; /* the caller's; shared by all conditions */
	/* The last record of one of these actions with from <= time <= to; false: none. */
	bool (*last)(void *ctx, int slot, unsigned actions, int64_t from_us, int64_t to_us,
		     int64_t *ret_us);
	void (*fails)(void *ctx, int slot, struct aiot_when_fails *ret);
	/* Whether it runs, and since when. */
	bool (*running)(void *ctx, int slot, int64_t *ret_since_us);
	/* The value of a parameter of the own task; NULL: it has none of this name. */
	const char *(*param)(void *ctx, const char *key);
	/* 1, 0, or negative: it failed. */
	int (*custom)(void *ctx, unsigned cond_slot);
	const char *env;    /* the name of the environment; NULL: none */
	int64_t started_us; /* when the scheduler started; AIOT_NEVER_US: it has not */
	uint64_t cycles;    /* of the scheduler since then */
	bool starting;	    /* this is the cycle in which it starts: `startup` is true */
};

struct aiot_when_result {
	bool value;
	/*
	 * It hangs on what nobody announces (a custom condition, `param`, the scheduler's cycles):
	 * ask again each cycle.
	 */
	bool poll;
	int cond_slot; /* the custom condition that failed, else -1 */
	/* The next instant at which it may change if no task starts or ends; AIOT_NEVER_US. */
	int64_t until_us;
};

/*
 * Custom conditions are asked only when the rest does not decide.  0, or the error of a custom
 * condition: then ret has only cond_slot.
 */
int aiot_when_at(const struct aiot_when *w, const struct aiot_when_facts *facts, int64_t now_us,
		 struct aiot_when_result *ret);

/*
 * The interval in which it is true at from_us (it begins there) or next, with all records, custom
 * conditions and parameters taken as they are.  0, -AIOT_ENODATA: none (within 1678..2261, or
 * within AIOT_WHEN_STEPS changes), or the error of a custom condition.
 */
#define AIOT_WHEN_STEPS 20000u
int aiot_when_next(const struct aiot_when *w, const struct aiot_when_facts *facts, int64_t from_us,
		   struct aiot_interval *ret);

#endif
