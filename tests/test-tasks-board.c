/*
 * test-tasks-board.c - lib/mcu/tasks.c: tasks made of rows, and what is said of those that cannot
 * be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fake.h"
#include "more.h"
#include "tasks.h"

struct small {
	uint32_t pause_ms;
	const char *word;
};

static enum aiot_co pauses(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct small, self);
	aiot_info(t, "%s", self->word);
	AIOT_SLEEP_MS(t, self->pause_ms);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct small, pause_ms, "pause", "1s", "how long"),
	AIOT_OPT_STR(struct small, word, "word", "none", "which"),
	{0},
};

static int refuses(struct aiot_task *t, void *self)
{
	const struct small *s = self;

	if (strcmp(s->word, "refuse") != 0)
		return 0;
	return aiot_fail(t, -AIOT_EIO, "no hardware for '%s'", s->word);
}

AIOT_SERVICE(small, struct small, .main = pauses, .opts = opts, .init = refuses);

struct large {
	char much[AIOT_TASK_BYTES];
};

static enum aiot_co nothing(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct large, self);
	(void)self;
	AIOT_END(t);
}

AIOT_SERVICE(large, struct large, .main = nothing);
AIOT_SERVICE(headless, struct large, .info = "without a main task");

/* ---- the table, as ini2c.py would write it ---- */

static const struct aiot_arg said[] = {{"word", "said", "said.ini:5"},
				       {"PAUSE", "2s", "said.ini:6"}};
static const struct aiot_arg refused[] = {{"word", "refuse", "refused.ini:2"}};
static const struct aiot_arg misspelt[] = {{"wrd", "x", "misspelt.ini:4"}};
static const struct aiot_arg wrong[] = {{"pause", "long", "wrong.ini:7"}};
static const struct aiot_plan later = {AIOT_PLAN_OF_SPANS.has_start_in = true,
				       .start_in_ns = FAKE_MINUTE, .every_ns = FAKE_HOUR};

#define ROW(id, what, ...)                                                                         \
	{                                                                                          \
		.name = id ".service", .service = &aiot_service_##what, .label = id ".ini",        \
		.stop_timeout_ms = 10000, __VA_ARGS__                                              \
	}

const struct aiot_board_task aiot_board_tasks[] = {
	ROW("said", small, .args = said, .arg_count = 2, .priority = 3, .timeout_ms = 60000),
	ROW("huge", large),
	ROW("headless", headless),
	ROW("refused", small, .args = refused, .arg_count = 1),
	ROW("misspelt", small, .args = misspelt, .arg_count = 1),
	ROW("wrong", small, .args = wrong, .arg_count = 1),
	ROW("said", small),
	ROW("off", small, .disabled = true),
	ROW("later", small, .plan = &later),
	ROW("sometime", small, .plan = &later, .disabled = true),
	{0},
};
#define ROWS (sizeof(aiot_board_tasks) / sizeof(aiot_board_tasks[0]) - 1)
const uint32_t aiot_board_task_count = ROWS;
struct aiot_spec aiot_board_specs[ROWS];
struct aiot_entry *aiot_board_names[ROWS];

/* ---- the tests: one board, for its memory is given out once ---- */

static struct fake *f;

static struct aiot_entry *find(const char *name)
{
	struct aiot_entry *e = aiot_core_find(&f->core, name);

	assert_non_null(e);
	return e;
}

static int board_setup(void **state)
{
	(void)state;
	f = fake_open();
	f->keep_dropped = true; /* nothing of them is on a heap */
	aiot_tasks_make(&f->core, &f->place);
	return 0;
}

static int board_teardown(void **state)
{
	(void)state;
	fake_close(f);
	return 0;
}

static void a_row_runs_with_its_options(void **state)
{
	const struct aiot_entry *e = find("said.service");

	(void)state;
	assert_int_equal(e->state, AIOT_STARTING);
	assert_int_equal(e->spec->priority, 3);
	assert_int_equal(e->spec->timeout_ms, 60000);
	assert_string_equal(e->spec->label, "said.ini");
	assert_ptr_equal(aiot_tasks_row(e), &aiot_board_tasks[0]);
	fake_idle(f);
	assert_int_equal(fake_logged(f, AIOT_INFO, "said"), 1);
	fake_for(f, 1900 * FAKE_MS);
	assert_int_equal(e->state, AIOT_RUNNING);
	fake_for(f, 200 * FAKE_MS);
	assert_int_equal(e->state, AIOT_ENDED);
}

static void what_cannot_be_is_said_and_the_others_go_on(void **state)
{
	(void)state;
	assert_int_equal(fake_logged(f, AIOT_ERROR, "of AIOT_TASK_BYTES="), 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "service 'headless' has no main task"), 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "not started: no hardware for 'refuse'"), 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR,
				     "not started: misspelt.ini:4: 'wrd' is no option of service "
				     "'small'"),
			 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR,
				     "not started: wrong.ini:7: pause: 'long' is not a time span"),
			 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR, "there is another task of that name"), 1);
	assert_int_equal(fake_logged(f, AIOT_ERROR, ""), 6);
	assert_null(aiot_core_find(&f->core, "huge.service"));
	assert_null(aiot_core_find(&f->core, "misspelt.service"));
	assert_int_equal(find("refused.service")->state, AIOT_STOPPED);
}

static void one_that_is_off_can_be_started(void **state)
{
	struct aiot_entry *off = find("off.service"), *sometime = find("sometime.service");

	(void)state;
	assert_int_equal(off->state, AIOT_STOPPED);
	assert_int_equal(sometime->state, AIOT_STOPPED);
	assert_int_equal(aiot_core_start(&f->core, off), 0);
	fake_idle(f);
	assert_int_equal(off->state, AIOT_RUNNING);
	fake_for(f, 2 * FAKE_MINUTE);
	assert_int_equal(sometime->state, AIOT_STOPPED);
	assert_int_equal(aiot_core_start(&f->core, sometime), 0);
	fake_idle(f);
	assert_int_equal(sometime->state, AIOT_RUNNING);
}

static void a_schedule_begins_when_it_says(void **state)
{
	(void)state;
	/* The tests before have come past its first time. */
	assert_true(aiot_schedule_armed(aiot_entry_schedule(find("later.service"))));
	assert_true(find("later.service")->runs == 1);
	fake_for(f, FAKE_HOUR);
	assert_true(find("later.service")->runs == 2);
}

static void memory_of_tasks_is_told_from_other_memory(void **state)
{
	struct aiot_task *t = aiot_task_of(find("said.service"));

	(void)state;
	assert_true(aiot_tasks_hold(t, sizeof(*t)));
	assert_true(aiot_tasks_hold(t->top, sizeof(*t->top)));
	assert_false(aiot_tasks_hold(f, 1));
	assert_false(aiot_tasks_hold(NULL, 1));
	assert_false(aiot_tasks_hold((char *)t + 1, 1));
	assert_false(aiot_tasks_hold(t, AIOT_TASK_BYTES + 1));
	assert_false(aiot_tasks_hold((void *)UINTPTR_MAX, 8));
	assert_false(aiot_tasks_hold((void *)(UINTPTR_MAX - 7), 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_runs_with_its_options),
		cmocka_unit_test(what_cannot_be_is_said_and_the_others_go_on),
		cmocka_unit_test(one_that_is_off_can_be_started),
		cmocka_unit_test(a_schedule_begins_when_it_says),
		cmocka_unit_test(memory_of_tasks_is_told_from_other_memory),
	};

	return cmocka_run_group_tests(tests, board_setup, board_teardown);
}
