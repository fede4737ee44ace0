/*
 * schedule-private.h - what schedule.c, schedule-wall.c and schedule-make.c share, and nobody else.
 */
#ifndef AIOT_SCHEDULE_PRIVATE_H
#define AIOT_SCHEDULE_PRIVATE_H

#include "schedule.h"

/* Arm one that is whole, for the first time. */
void aiot_schedule_begin(struct aiot_core *core, struct aiot_schedule *s);

/* Make one in a block of the core's memory.  Fails as aiot_schedule_create() does. */
int aiot_schedule_make(struct aiot_core *core, const struct aiot_plan *plan, const char *own,
		       struct aiot_schedule **ret, struct aiot_out *why);

/* Up to Jitter, another one each time, and on another device others. */
uint64_t aiot_schedule_jitter_ns(struct aiot_core *core, struct aiot_schedule *s);
/* Set its alarm, or none for AIOT_CORE_NEVER. */
void aiot_schedule_alarm(struct aiot_core *core, struct aiot_schedule *s, uint64_t at_ns);
/* Nothing is left to come. */
void aiot_schedule_over(struct aiot_schedule *s);
/* Then, if nothing runs, its task shows how it ended last. */
void aiot_schedule_show_over(struct aiot_core *core, struct aiot_schedule *s);
/* It is due: start its task, or do what Overlap says. */
void aiot_schedule_run(struct aiot_core *core, struct aiot_schedule *s);

static inline int64_t aiot_schedule_wall_us(struct aiot_core *core)
{
	return aiot_core_wall_of(core, core->now_ns) / 1000;
}

#if AIOT_CALENDARS
/* Whether it goes by the wall clock: schedule-wall.c, whose the aiot_wall_... are. */
bool aiot_schedule_on_wall(const struct aiot_schedule *s);

/* The parts of begin, destroy, fire, ended and resume (schedule.h) that are theirs. */
void aiot_wall_begin(struct aiot_core *core, struct aiot_schedule *s);
void aiot_wall_end(struct aiot_core *core, struct aiot_schedule *s);
void aiot_wall_fire(struct aiot_core *core, struct aiot_schedule *s);
void aiot_wall_ended(struct aiot_core *core, struct aiot_schedule *s);
bool aiot_wall_resume(struct aiot_core *core, struct aiot_schedule *s);
/* The exact time of a calendar, where that can be told; else false. */
bool aiot_wall_due_us(const struct aiot_schedule *s, int64_t *ret_us);
bool aiot_wall_next_us(struct aiot_core *core, struct aiot_schedule *s, int64_t after_us,
		       int64_t *ret_us);
/* A span's next run, where an earlier program ran it last: not before Every has passed; else 0. */
uint64_t aiot_wall_next_span(struct aiot_core *core, const struct aiot_schedule *s);
static inline void aiot_wall_restored(struct aiot_schedule *s, bool restored)
{
	s->restored = restored;
}

/* An entry gets a schedule: what it did before anybody kept its past. */
void aiot_wall_learn(struct aiot_core *core, struct aiot_entry *entry);
#else
static inline bool aiot_schedule_on_wall(const struct aiot_schedule *s)
{
	(void)s;
	return false;
}

static inline void aiot_wall_begin(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
}

static inline void aiot_wall_end(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
}

static inline void aiot_wall_fire(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
}

static inline void aiot_wall_ended(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
}

static inline bool aiot_wall_resume(struct aiot_core *core, struct aiot_schedule *s)
{
	(void)core;
	(void)s;
	return false;
}

static inline bool aiot_wall_due_us(const struct aiot_schedule *s, int64_t *ret_us)
{
	(void)s;
	(void)ret_us;
	return false;
}

static inline bool aiot_wall_next_us(struct aiot_core *core, struct aiot_schedule *s,
				     int64_t after_us, int64_t *ret_us)
{
	(void)core;
	(void)s;
	(void)after_us;
	(void)ret_us;
	return false;
}

static inline uint64_t aiot_wall_next_span(struct aiot_core *core, const struct aiot_schedule *s)
{
	(void)core;
	(void)s;
	return 0;
}

static inline void aiot_wall_restored(struct aiot_schedule *s, bool restored)
{
	(void)s;
	(void)restored; /* a board knows nothing of before */
}

static inline void aiot_wall_learn(struct aiot_core *core, struct aiot_entry *entry)
{
	(void)core;
	(void)entry;
}
#endif

#endif
