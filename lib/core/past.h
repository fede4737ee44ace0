/*
 * past.h - what has happened to a task: when it last ran, succeeded, failed ...
 *
 * Schedules and conditions ask for it, the owner keeps it beyond the end of the program.  Times are
 * microseconds of the wall clock since 1970 UTC, as they were told when it happened.
 */
#ifndef AIOT_PAST_H
#define AIOT_PAST_H

#include <stddef.h>
#include <stdint.h>

/* 2024-01-01: a wall clock that shows less is plainly not set. */
#define AIOT_CLOCK_SET_US INT64_C(1704067200000000)

enum aiot_action {
	AIOT_ACTION_RUN,       /* a run began */
	AIOT_ACTION_SUCCESS,   /* it came to its end */
	AIOT_ACTION_FAIL,      /* it failed */
	AIOT_ACTION_TERMINATE, /* it was stopped, or took too long */
	AIOT_ACTION_INACTION,  /* it found nothing to do, and said so */
	AIOT_ACTION_CRASH,     /* the program ended in the midst of it */
	AIOT_ACTIONS,
};

#define AIOT_NO_TIME_US INT64_MIN

struct aiot_past {
	int64_t last_us[AIOT_ACTIONS]; /* AIOT_NO_TIME_US: it never did */
	uint32_t fails;		       /* failures since anything else came of a run */
	uint32_t reserved;
};

/* Nothing has happened yet. */
void aiot_past_init(struct aiot_past *past);
/* Something did. */
void aiot_past_note(struct aiot_past *past, enum aiot_action action, int64_t wall_us);
/* The action that came last; AIOT_ACTIONS: none. */
enum aiot_action aiot_past_last(const struct aiot_past *past);

/* "run", "success" ... */
const char *aiot_action_word(enum aiot_action action);
/* The other way; AIOT_ACTIONS: it is none of them. */
enum aiot_action aiot_action_find(const char *word, size_t len);

#endif
