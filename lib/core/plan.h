/*
 * plan.h - when a task is to run by itself, as people write it: the keys of [Schedule] and the
 * options of `schedule`.
 *
 * Pure: reads and writes texts, knows no task.  What follows from a plan is in schedule.h.
 */
#ifndef AIOT_PLAN_H
#define AIOT_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "out.h"
#include "past.h"

enum aiot_catch_up { /* what was missed: while the program was down, asleep, or by a clock step */
		     AIOT_CATCH_UP_NONE, /* is over */
		     AIOT_CATCH_UP_ONE,	 /* one run makes up for all of it */
};

enum aiot_overlap { /* due while a run is under way */
		    AIOT_OVERLAP_SKIP,
		    AIOT_OVERLAP_QUEUE, /* one run follows at once, however often it was due */
		    AIOT_OVERLAP_ALLOW, /* a copy of the task runs beside it */
};

/* Texts are borrowed. */
struct aiot_plan {
	uint64_t start_in_ns, every_ns;
#if AIOT_JITTER
	uint64_t jitter_ns;
#endif
#if AIOT_CALENDARS
	int64_t at_us;	  /* AIOT_NO_TIME_US: none */
	const char *cron; /* NULL: none */
	const char *when; /* NULL: none */
#endif
	bool has_start_in, from_daemon;
	uint8_t catch_up, overlap; /* enum aiot_catch_up, aiot_overlap */
};

/* Of aiot_plan_text(); it lies on the stack. */
#if !AIOT_BOARD
#define AIOT_PLAN_TEXT_MAX 8192
#elif AIOT_CALENDARS
#define AIOT_PLAN_TEXT_MAX 256
#else
#define AIOT_PLAN_TEXT_MAX 80
#endif

void aiot_plan_init(struct aiot_plan *plan);

/*
 * Take over one key: StartIn At Every Cron When Jitter CatchUp Overlap (case, _ and - do not
 * matter).  Cron and When are only kept, to be checked by whoever compiles them.  wall_ns: for
 * times without a date, which are those of today; -1: they are refused.  On a wrong value
 * -AIOT_EINVAL, and a sentence in why that begins with the key; -AIOT_ENOENT: there is no such key.
 */
int aiot_plan_set(struct aiot_plan *plan, const char *key, const char *value, int64_t wall_ns,
		  struct aiot_out *why);

/* Whether it says anything about when. */
bool aiot_plan_given(const struct aiot_plan *plan);

/* Keys that exclude each other: -AIOT_EINVAL and a sentence in why. */
int aiot_plan_check(const struct aiot_plan *plan, struct aiot_out *why);

/* On one line, as it could be written: "StartIn=10s Every=1min 30s". */
void aiot_plan_text(const struct aiot_plan *plan, struct aiot_out *out);

const char *aiot_catch_up_word(unsigned catch_up);
const char *aiot_overlap_word(unsigned overlap);

#endif
