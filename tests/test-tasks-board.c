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
#include "sizes.h"
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
	char much[AIOT_SELF_BYTES + 1];
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

static struct fake fake;
static struct fake *f = &fake;

#define SPEC(id, what, ...)                                                                        \
	{                                                                                          \
		.place = &fake.place.place, .core = &fake.core, .name = id ".service",             \
		.service = &aiot_service_##what, .label = id ".ini", .stop_timeout_ms = 10000,     \
		__VA_ARGS__                                                                        \
	}

const struct aiot_spec aiot_board_specs[] = {
	SPEC("headless", headless),
	SPEC("huge", large),
	SPEC("later", small),
	SPEC("misspelt", small, .args = misspelt, .arg_count = 1),
	SPEC("off", small),
	SPEC("refused", small, .args = refused, .arg_count = 1),
	SPEC("said", small, .args = said, .arg_count = 2, .priority = 3, .timeout_ms = 60000),
	SPEC("sometime", small),
	SPEC("wrong", small, .args = wrong, .arg_count = 1),
};
#define ROWS (sizeof(aiot_board_specs) / sizeof(aiot_board_specs[0]))
const struct aiot_board_row aiot_board_rows[ROWS] = {
	[2] = {.plan = &later},
	[4] = {.disabled = true},
	[7] = {.plan = &later, .disabled = true},
};
struct aiot_task aiot_board_tasks[ROWS];
#define ENTRY(i) &aiot_board_tasks[i].entry
struct aiot_entry *const aiot_board_names[ROWS] = {
	ENTRY(0), ENTRY(1), ENTRY(2), ENTRY(3), ENTRY(4), ENTRY(5), ENTRY(6), ENTRY(7), ENTRY(8),
};
const uint32_t aiot_board_task_count = ROWS;

/* ---- the tests: one board, for its memory is given out once ---- */

static struct aiot_entry *find(const char *name)
{
	struct aiot_entry *e = aiot_core_find(&f->core, name);

	assert_non_null(e);
	return e;
}

static int board_setup(void **state)
{
	(void)state;
	fake_init(f, (struct aiot_geometry){FAKE_TICK_SHIFT, {6, 8, 2}});
	aiot_tasks_make(&f->core);
	return 0;
}

static int board_teardown(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		struct aiot_entry *e = ENTRY(i);
		struct aiot_more *more = e->more;

		(void)aiot_core_stop(&f->core, e, false);
		fake_idle(f);
		aiot_schedule_destroy(&f->core, aiot_entry_schedule(e));
		aiot_entry_outcome(&f->core, e, NULL);
		aiot_more_leave(&f->core, e);
		aiot_more_free(&f->core, more);
	}
	assert_int_equal(f->core.alive, 0);
	assert_int_equal(f->blocks, 0);
	fake_finish(f);
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
	assert_ptr_equal(aiot_tasks_row(e), &aiot_board_rows[6]);
	fake_idle(f);
	assert_int_equal(fake_logged(f, AIOT_INFO, "said"), 1);
	fake_for(f, 1900 * FAKE_MS);
	assert_int_equal(e->state, AIOT_RUNNING);
	fake_for(f, 200 * FAKE_MS);
	assert_int_equal(e->state, AIOT_ENDED);
}

/* It is there, with its sentence, and in the log. */
static void assert_failed(const char *name, const char *text)
{
	const struct aiot_entry *e = find(name);
	const struct aiot_outcome *o = aiot_outcome_of(e);

	assert_int_equal(e->state, AIOT_FAILURE);
	assert_non_null(o);
	assert_int_equal(o->type, AIOT_OUTCOME_ERROR);
	assert_non_null(strstr(o->text, text));
	assert_int_equal(fake_logged(f, AIOT_ERROR, text), 1);
}

static void what_cannot_be_is_said_and_the_others_go_on(void **state)
{
	(void)state;
	assert_failed("huge.service", "of AIOT_SELF_BYTES=");
	assert_failed("headless.service", "service 'headless' has no main task");
	assert_failed("refused.service", "no hardware for 'refuse'");
	assert_failed("misspelt.service", "misspelt.ini:4: 'wrd' is no option of service 'small'");
	assert_failed("wrong.service", "wrong.ini:7: pause: 'long' is not a time span");
	assert_int_equal(fake_logged(f, AIOT_ERROR, ""), 5);
}

static void what_could_not_be_made_cannot_be_started(void **state)
{
	(void)state;
	assert_int_equal(aiot_core_start(&f->core, find("huge.service")), -AIOT_ENODEV);
	assert_int_equal(aiot_core_start(&f->core, find("refused.service")), -AIOT_ENODEV);
	assert_int_equal(aiot_core_start(&f->core, find("headless.service")), -AIOT_ENODEV);
	assert_true(aiot_core_start(&f->core, find("misspelt.service")) < 0);
	assert_true(aiot_core_start(&f->core, find("wrong.service")) < 0);
	assert_true(aiot_core_reset(&f->core, find("huge.service")));
	assert_int_equal(aiot_core_start(&f->core, find("huge.service")), -AIOT_ENODEV);
}

static void names_are_a_constant_table(void **state)
{
	uint32_t i;

	(void)state;
	assert_int_equal(aiot_core_count(&f->core), ROWS);
	for (i = 0; i < ROWS; i++)
		assert_ptr_equal(find(aiot_board_specs[i].name), ENTRY(i));
	assert_ptr_equal(aiot_core_match(&f->core, "s*", ""), find("said.service"));
	assert_ptr_equal(aiot_core_match(&f->core, "s*", "said.service"), find("sometime.service"));
	assert_null(aiot_core_match(&f->core, "s*", "sometime.service"));
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
	assert_true(aiot_tasks_hold(t->root.self, sizeof(struct small)));
	assert_false(aiot_tasks_hold(f, 1));
	assert_false(aiot_tasks_hold(NULL, 1));
	assert_false(aiot_tasks_hold((char *)t + 1, 1));
	assert_false(aiot_tasks_hold(t, AIOT_SELF_BYTES + 1));
	assert_false(aiot_tasks_hold((void *)UINTPTR_MAX, 8));
	assert_false(aiot_tasks_hold((void *)(UINTPTR_MAX - 7), 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_runs_with_its_options),
		cmocka_unit_test(what_cannot_be_is_said_and_the_others_go_on),
		cmocka_unit_test(what_could_not_be_made_cannot_be_started),
		cmocka_unit_test(names_are_a_constant_table),
		cmocka_unit_test(one_that_is_off_can_be_started),
		cmocka_unit_test(a_schedule_begins_when_it_says),
		cmocka_unit_test(memory_of_tasks_is_told_from_other_memory),
	};

	return cmocka_run_group_tests(tests, board_setup, board_teardown);
}
