/*
 * calendar-stage.h - for the tests of schedules on the wall clock: one task, a plan for it, and a
 * clock that the test sets and lets pass.
 */
#ifndef CALENDAR_STAGE_H
#define CALENDAR_STAGE_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "calendar.h"
#include "fake.h"
#include "more.h"
#include "timetext.h"

#define RUNS 4096

struct job {
	uint32_t takes_ms;
	uint32_t runs;
	int64_t wall_us[RUNS]; /* when each run began */
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	self->wall_us[self->runs++ % RUNS] = aiot_wall_ns(t) / 1000;
	AIOT_SLEEP_MS(t, self->takes_ms);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct job, takes_ms, "takes", "100ms", "how long a run takes"),
	{0},
};
AIOT_SERVICE(job, struct job, .main = works, .opts = opts);

static struct fake *f;
static struct aiot_entry *e;
static struct job *job;
static struct aiot_plan plan;
static struct aiot_schedule *s;

static inline int64_t at_us(const char *text)
{
	int64_t ns = 0;

	assert_int_equal(aiot_time_parse(text, strlen(text), 0, &ns, NULL), 0);
	return ns / 1000;
}

static inline void set_wall(const char *text)
{
	f->wall_ns = at_us(text) * 1000;
	aiot_core_clock_set(&f->core);
}

/* A task with no plan yet, at a wall time. */
static inline void begin(const char *now)
{
	struct aiot_task *t;

	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	f = fake_open();
	fake_idle(f);
	set_wall(now);
	t = fake_add(f, fake_load(f, &aiot_service_job, NULL), "t");
	e = &t->entry;
	job = aiot_task_self(t);
	aiot_plan_init(&plan);
}

static inline void key(const char *name, const char *value)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_plan_set(&plan, name, value, -1, &why), 0);
}

static inline void go(bool restored)
{
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	assert_int_equal(aiot_schedule_create(&f->core, e, &plan, restored, &why), 0);
	s = aiot_entry_schedule(e);
}

static inline void until(const char *wall)
{
	int64_t ahead_us = at_us(wall) - f->wall_ns / 1000;

	assert_true(ahead_us >= 0);
	fake_for(f, (uint64_t)ahead_us * 1000);
}

static inline void assert_run(uint32_t n, const char *wall)
{
	int64_t late_us;

	assert_true(n < job->runs);
	late_us = job->wall_us[n] - at_us(wall);
	assert_true(late_us >= 0 && late_us < (AIOT_BOARD ? 2000 : 1000));
}

static inline void assert_next(const char *wall)
{
	int64_t next_us = 0;

	assert_true(aiot_schedule_next_us(&f->core, s, f->wall_ns / 1000, &next_us));
	assert_true(next_us - at_us(wall) < 1000 && next_us >= at_us(wall));
}

#endif
