/*
 * when-stage.h - for the tests of what conditions hang on: scheduled tasks on the fake core, on a
 * Saturday at nine.
 */
#ifndef WHEN_STAGE_H
#define WHEN_STAGE_H

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"
#include "more.h"
#include "timetext.h"

static struct fake *f;
static char sentence[1024]; /* why the last condition was refused */

static inline int open_stage(void **state)
{
	int64_t ns = 0;

	(void)state;
	assert_int_equal(setenv("TZ", "UTC", 1), 0);
	tzset();
	f = fake_open();
	fake_idle(f);
	assert_int_equal(aiot_time_parse("2026-11-21 09:00:00", 19, 0, &ns, NULL), 0);
	f->wall_ns = ns;
	aiot_core_clock_set(&f->core);
	return 0;
}

static inline int close_stage(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static inline struct aiot_entry *add(const struct aiot_service *service, const char *name)
{
	return &fake_add(f, fake_load(f, service, NULL), name)->entry;
}

/* The condition takes the place of the one before. */
static inline int try_when(struct aiot_entry *e, const char *text)
{
	struct aiot_plan plan;
	struct aiot_out why;
	int r;

	aiot_out_init(&why, sentence, sizeof(sentence));
	aiot_plan_init(&plan);
	plan.when = text;
	r = aiot_schedule_replace(&f->core, e, &plan, &why);
	(void)aiot_out_str(&why);
	return r;
}

static inline void when(struct aiot_entry *e, const char *text)
{
	if (try_when(e, text) < 0)
		fail_msg("%s", sentence);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
