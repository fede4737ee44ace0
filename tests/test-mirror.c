/*
 * test-mirror.c - lib/host/mirror.c: entries of tasks that run elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "mirror.h"
#include "more.h"

struct nothing {
	uint32_t unused;
};
static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct nothing, self);
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct nothing, .main = sleeps);

static struct fake *f;
static struct aiot_core_ops ops;
static struct aiot_entry *entry; /* of a task that never runs here */
static struct aiot_before before;
static char acts[256];

static void acted(void *ctx, struct aiot_entry *e, enum aiot_action action, int64_t wall_us)
{
	(void)ctx;
	(void)e;
	(void)wall_us;
	if (strlen(acts) + 16 < sizeof(acts)) {
		strncat(acts, aiot_action_word(action), 16);
		strncat(acts, " ", 2);
	}
}

static int open_stage(void **state)
{
	(void)state;
	f = fake_open();
	ops = *f->core.ops;
	ops.acted = acted;
	f->core.ops = &ops;
	entry = &fake_add(f, fake_load(f, &aiot_service_sleeper, NULL), "far")->entry;
	before = (struct aiot_before){false};
	acts[0] = '\0';
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	if (aiot_entry_alive(entry))
		aiot_entry_set(&f->core, entry, AIOT_STOPPED);
	fake_close(f);
	return 0;
}

static void tell(enum aiot_state how, uint32_t runs, enum aiot_state last)
{
	struct aiot_told told = {.state = how,
				 .runs = runs,
				 .last = last,
				 .since_ns = f->mono_ns - FAKE_S,
				 .run_ns = how == AIOT_RUNNING ? f->mono_ns - FAKE_S : FAKE_S};

	aiot_entry_mirror(&f->core, entry, &told, &before);
}

static void what_is_told_first_has_not_just_happened(void **state)
{
	(void)state;
	tell(AIOT_ENDED, 7, AIOT_ENDED);
	assert_string_equal(acts, "");
	assert_int_equal(entry->runs, 7);
	assert_int_equal(entry->state, AIOT_ENDED);
	assert_int_equal(f->mono_ns - entry->since_ns, FAKE_S);
	assert_int_equal(f->core.alive, 0);
}

static void runs_that_begin_and_end_are_noted(void **state)
{
	(void)state;
	tell(AIOT_STOPPED, 0, AIOT_STOPPED);
	tell(AIOT_RUNNING, 1, AIOT_STOPPED);
	assert_int_equal(f->core.alive, 1);
	tell(AIOT_RUNNING, 1, AIOT_STOPPED); /* that is no news */
	tell(AIOT_ENDED, 1, AIOT_ENDED);
	assert_int_equal(f->core.alive, 0);
	assert_string_equal(acts, "run success ");
}

static void a_run_between_two_looks_is_noted_whole(void **state)
{
	(void)state;
	tell(AIOT_ENDED, 1, AIOT_ENDED);
	tell(AIOT_FAILURE, 2, AIOT_FAILURE);
	tell(AIOT_SCHEDULED, 3, AIOT_ENDED);
	assert_string_equal(acts, "run fail run success ");
}

static void another_run_under_way_ends_the_one_before(void **state)
{
	(void)state;
	tell(AIOT_RUNNING, 1, AIOT_STOPPED);
	f->mono_ns += 10 * FAKE_S;
	tell(AIOT_RUNNING, 2, AIOT_FAILURE);
	assert_string_equal(acts, "run fail run ");
	assert_int_equal(f->mono_ns - entry->run_ns, FAKE_S);
}

static void a_stop_and_an_inaction_are_told_apart(void **state)
{
	struct aiot_told told = {.state = AIOT_ENDED, .last = AIOT_ENDED, .runs = 2, .idle = true};

	(void)state;
	tell(AIOT_RUNNING, 1, AIOT_STOPPED);
	tell(AIOT_STOPPED, 1, AIOT_STOPPED);
	aiot_entry_mirror(&f->core, entry, &told, &before);
	assert_string_equal(acts, "run terminate run inaction ");
	assert_true(entry->flags & AIOT_ENTRY_IDLE);
}

static void what_is_starting_is_noted_once(void **state)
{
	(void)state;
	tell(AIOT_STOPPED, 0, AIOT_STOPPED);
	tell(AIOT_STARTING, 1, AIOT_STOPPED);
	tell(AIOT_RUNNING, 1, AIOT_STOPPED);
	assert_string_equal(acts, "run ");
	assert_int_equal(entry->runs, 1);
}

static void outcomes_are_exchanged_and_freed(void **state)
{
	struct aiot_told told = {.state = AIOT_FAILURE, .last = AIOT_FAILURE, .runs = 1, .fail = 5};

	(void)state;
	told.outcome = aiot_outcome_error(&f->core, -5, "x", 1, NULL, NULL);
	aiot_entry_mirror(&f->core, entry, &told, &before);
	told.outcome = aiot_outcome_error(&f->core, -6, "y", 1, NULL, NULL);
	aiot_entry_mirror(&f->core, entry, &told, &before);
	assert_string_equal(aiot_outcome_of(entry)->text, "y");
	assert_true(aiot_entry_failed(entry));
}

static void a_wait_learns_the_code_of_the_run_that_ended(void **state)
{
	struct aiot_told told = {
		.state = AIOT_RUNNING, .last = AIOT_FAILURE, .runs = 2, .fail = 33};

	(void)state;
	tell(AIOT_RUNNING, 1, AIOT_STOPPED);
	assert_non_null(aiot_more_of(&f->core, entry));
	aiot_entry_mirror(&f->core, entry, &told, &before);
	assert_int_equal(entry->more->ended_fail, 33);
}

#define M(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		M(what_is_told_first_has_not_just_happened),
		M(runs_that_begin_and_end_are_noted),
		M(a_run_between_two_looks_is_noted_whole),
		M(another_run_under_way_ends_the_one_before),
		M(a_stop_and_an_inaction_are_told_apart),
		M(what_is_starting_is_noted_once),
		M(outcomes_are_exchanged_and_freed),
		M(a_wait_learns_the_code_of_the_run_that_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
