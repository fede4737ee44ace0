/*
 * calls-stage.h - for the tests of the core's command handlers: tasks to look at and to order
 * about, on the fake core.  A call that waits is stepped again after time has passed.
 */
#ifndef CALLS_STAGE_H
#define CALLS_STAGE_H

#include "ask.h"
#include "calls.h"
#include "fake.h"
#include "play.h"

/* ---- tasks to order about ---- */

static enum aiot_co plays(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	for (;;) {
		self->steps++;
		AIOT_SLEEP_MS(t, self->pause_ms);
	}
	AIOT_END(t);
}
AIOT_SERVICE(play, struct play, .info = "plays", .main = plays, .opts = play_opts,
	     .stats = play_stats);

static enum aiot_co fails(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_FAIL(t, -AIOT_EDOM, "divide by %s", "zero");
	AIOT_END(t);
}
AIOT_SERVICE(broken, struct play, .main = fails);

static enum aiot_co fails_later(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_SLEEP_MS(t, 1000);
	AIOT_FAIL(t, -AIOT_EIO, "no answer");
	AIOT_END(t);
}
AIOT_SERVICE(later, struct play, .main = fails_later);

static enum aiot_co ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	(void)aiot_result_decimal(t, 2579, 2);
	AIOT_END(t);
}
AIOT_SERVICE(quick, struct play, .main = ends);

static enum aiot_co cleans(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 2000);
	self->undone++;
	AIOT_END(t);
}
AIOT_SERVICE(clean, struct play, .main = cleans);

static enum aiot_co lingers(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
AIOT_SERVICE(linger, struct play, .main = lingers);

/* ---- the stage ---- */

static struct fake *f;
static struct aiot_commands commands;

/* Those of the host's commands that need nothing but the core. */
static const struct aiot_binding stage_bindings[] = {
#if AIOT_TEXT
	{AIOT_CMD_TIMERS, aiot_call_timers},
	{AIOT_CMD_TRIGGER, aiot_call_trigger},
	{AIOT_CMD_PAUSE, aiot_call_pause},
	{AIOT_CMD_RESUME, aiot_call_resume},
	{AIOT_CMD_WAIT, aiot_call_wait},
	{AIOT_CMD_IS_ACTIVE, aiot_call_is_active},
	{AIOT_CMD_IS_FAILED, aiot_call_is_failed},
	{AIOT_CMD_RESET_FAILED, aiot_call_reset_failed},
	{AIOT_CMD_CALL, aiot_call_verb},
	{AIOT_CMD_REPORT, aiot_call_report},
	{AIOT_CMD_DEBUG, aiot_call_debug},
#endif
	{0},
};

static inline int open_stage(void **state)
{
	(void)state;
	f = fake_open();
	if (!AIOT_TEXT)
		f->core.name = "board"; /* which the firmware always has */
	commands = (struct aiot_commands){
		.core = &f->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, NULL},
			    {AIOT_TEXT ? aiot_commands_host : NULL, stage_bindings, NULL}},
	};
	return 0;
}

static inline int close_stage(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static inline struct aiot_task *add(const struct aiot_service *service, const char *name)
{
	return fake_add(f, fake_load(f, service, NULL), name);
}

static inline struct aiot_task *run(const struct aiot_service *service, const char *name)
{
	struct aiot_task *t = add(service, name);

	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	return t;
}

static inline void begin(const char *verb, const char *params, bool more)
{
	fake_pass(f, FAKE_MS);
	call_begin(&commands, verb, params, more);
}

/* A call that is answered at once. */
static inline enum aiot_call_result ask(const char *verb, const char *params)
{
	begin(verb, params, false);
	return call_step();
}

/* An order: waits once for the core, then is answered. */
static inline void order(const char *verb, const char *params)
{
	begin(verb, params, false);
	if (call_step() != AIOT_CALL_WAIT)
		return;
	fake_idle(f);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
}

static inline void schedule(struct aiot_task *t, uint64_t in, uint64_t every)
{
	struct aiot_plan plan;
	char text[256];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	aiot_plan_init(&plan);
	plan.has_start_in = true;
	plan.start_in_ns = in;
	plan.every_ns = every;
	assert_int_equal(aiot_schedule_create(&f->core, &t->entry, &plan, false, &why), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

#endif
