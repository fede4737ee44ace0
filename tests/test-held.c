/*
 * test-held.c - lib/mcu/held.c: the task that ended the last runs of the board is not started in
 * this one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "board.h"
#include "fake.h"
#include "held.h"
#include "more.h"
#include "noinit.h"
#include "outcome.h"

/* ---- two tasks, as ini2c.py would write them ---- */

struct steps {
	uint32_t steps;
};

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct steps, self);
	self->steps++;
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}
AIOT_SERVICE(works, struct steps, .main = works);

static struct fake fake;
static struct fake *f = &fake;
static struct aiot_start began;
static uint64_t run_ns; /* how long the board has been running */

#define SPEC(id)                                                                                   \
	{                                                                                          \
		.place = &fake.place.place, .core = &fake.core, .name = id,                        \
		.service = &aiot_service_works, .label = id, .stop_timeout_ms = 10000              \
	}
enum { GOOD, RUINS, TASKS };
const struct aiot_spec aiot_board_specs[TASKS] = {SPEC("good.service"), SPEC("ruins.service")};
const struct aiot_board_row aiot_board_rows[TASKS] = {{0}};
struct aiot_task aiot_board_tasks[TASKS];
struct aiot_entry *const aiot_board_names[TASKS] = {&aiot_board_tasks[GOOD].entry,
						    &aiot_board_tasks[RUINS].entry};
const uint32_t aiot_board_task_count = TASKS;

uint64_t aiot_board_now_ns(void)
{
	return run_ns;
}

/* ---- runs of the board ---- */

static uint32_t steps_of(unsigned n)
{
	return ((const struct steps *)aiot_task_self(&aiot_board_tasks[n]))->steps;
}

static void start_board(void)
{
	struct aiot_ring ring;

	run_ns = 0;
	aiot_noinit_begin(&began, &ring);
	memset(&fake, 0, sizeof(fake));
	memset(aiot_board_tasks, 0, sizeof(aiot_board_tasks));
	fake_init(f, (struct aiot_geometry){FAKE_TICK_SHIFT, {6, 8, 2}});
	aiot_tasks_make(&f->core);
	aiot_held_stop(&f->core);
	fake_idle(f);
}

static void end_board(void)
{
	unsigned i;

	for (i = 0; i < TASKS; i++) {
		struct aiot_entry *e = aiot_board_names[i];
		struct aiot_more *more = e->more;

		(void)aiot_core_stop(&f->core, e, false);
		fake_idle(f);
		aiot_entry_outcome(&f->core, e, NULL);
		aiot_more_leave(&f->core, e);
		aiot_more_free(&f->core, more);
	}
	assert_int_equal(f->core.alive, 0);
	fake_finish(f);
}

/* A run that a step of a task ends, so long after its beginning. */
static void ruin(unsigned n, uint64_t after_ns)
{
	start_board();
	run_ns = after_ns;
	aiot_noinit_leave_fault(AIOT_RESET_WATCHDOG, AIOT_BOARD_WATCHDOG, 0, 0);
	aiot_held_blame(&aiot_board_tasks[n]);
	end_board();
}

static int power_on(void **state)
{
	(void)state;
	memset(&aiot_noinit, 0, sizeof(aiot_noinit));
	return 0;
}

/* ---- tests ---- */

static void who_ended_the_last_runs_is_not_started(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_FAULTS_MAX; i++) {
		ruin(RUINS, FAKE_S);
		assert_int_equal(began.boots, i + 1);
	}
	start_board();
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_HELD);
	assert_int_equal(steps_of(RUINS), 0);
	assert_int_equal(
		fake_logged(f, AIOT_ERROR,
			    "held: it ended the last 3 runs within a minute of their start"),
		1);
	assert_int_equal(aiot_board_names[GOOD]->state, AIOT_RUNNING);
	assert_int_equal(steps_of(GOOD), 1);
	end_board();
}

static void before_that_it_has_its_chances(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i + 1 < AIOT_FAULTS_MAX; i++)
		ruin(RUINS, FAKE_S);
	start_board();
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_RUNNING);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "held"), 0);
	end_board();
}

static void who_ran_for_a_minute_is_beyond_suspicion(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 2 * AIOT_FAULTS_MAX; i++)
		ruin(RUINS, FAKE_MINUTE);
	start_board();
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_RUNNING);
	end_board();
	for (i = 0; i < AIOT_FAULTS_MAX; i++)
		ruin(RUINS, FAKE_MINUTE - 1);
	start_board();
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_HELD);
	end_board();
}

static void a_start_by_its_name_runs_it(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_FAULTS_MAX; i++)
		ruin(RUINS, FAKE_S);
	start_board();
	assert_int_equal(aiot_core_start(&f->core, aiot_board_names[RUINS]), 0);
	fake_idle(f);
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_RUNNING);
	assert_int_equal(steps_of(RUINS), 1);
	end_board();
}

static void a_reset_by_hand_lets_it_go(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < AIOT_FAULTS_MAX; i++)
		ruin(RUINS, FAKE_S);
	start_board();
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_HELD);
	end_board();
	start_board(); /* nobody here asked for it */
	assert_int_equal(began.reset, AIOT_RESET_EXTERNAL);
	assert_int_equal(aiot_board_names[RUINS]->state, AIOT_RUNNING);
	end_board();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_ended_the_last_runs_is_not_started, power_on),
		cmocka_unit_test_setup(before_that_it_has_its_chances, power_on),
		cmocka_unit_test_setup(who_ran_for_a_minute_is_beyond_suspicion, power_on),
		cmocka_unit_test_setup(a_start_by_its_name_runs_it, power_on),
		cmocka_unit_test_setup(a_reset_by_hand_lets_it_go, power_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
