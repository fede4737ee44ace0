/*
 * test-stall.c - the block that tells a watchdog what the loop is doing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

static struct aiot_stall seen[3];

static void look(const struct trail *s, struct aiot_stall *ret)
{
	assert_true(aiot_stall_read(s->core->stall, ret));
}

static enum aiot_co looks(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	look(self, &seen[0]);
	AIOT_SLEEP_MS(t, 1000);
	look(self, &seen[1]);
	AIOT_YIELD(t);
	look(self, &seen[2]);
	AIOT_END(t);
}
AIOT_SERVICE(looker, struct trail, .main = looks);

static void a_step_is_told_with_task_line_and_start(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t;
	struct aiot_stall now;

	(void)state;
	t = trail_start(f, &aiot_service_looker);
	assert_int_equal(seen[0].name_len, 1);
	assert_memory_equal(seen[0].name, "t", 1);
	assert_null(seen[0].site);
	assert_true(seen[0].step == 1);
	assert_true(seen[0].start_ns == 1000 * FAKE_S);
	assert_true(aiot_stall_read(&f->stall, &now));
	assert_int_equal(now.name_len, 0);
	fake_for(f, 2 * FAKE_S);
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_non_null(seen[1].site);
	assert_string_equal(seen[1].site->func, "looks");
	assert_true(seen[2].site->line > seen[1].site->line);
	assert_true(seen[1].start_ns >= 1001 * FAKE_S);
	assert_true(seen[2].step == 3);
	fake_close(f);
}

static enum aiot_co yields_on(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (;;)
		AIOT_YIELD(t);
	AIOT_END(t);
}
AIOT_SERVICE(spinner, struct trail, .main = yields_on);

/* The loop's other work between two runs is not the last task's fault. */
static void between_two_runs_no_step_is_told_although_one_is_due(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_spinner, "t");
	struct aiot_stall now;

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_true(fake_run(f) <= f->mono_ns);
	assert_true(aiot_stall_read(&f->stall, &now));
	assert_int_equal(now.name_len, 0);
	fake_close(f);
}

static void a_name_of_full_length_fits(void **state)
{
	char name[AIOT_NAME_MAX + 1];
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	memset(name, 'n', AIOT_NAME_MAX);
	name[AIOT_NAME_MAX] = '\0';
	t = trail_add(f, &aiot_service_looker, name);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(seen[0].name_len, AIOT_NAME_MAX);
	assert_memory_equal(seen[0].name, name, AIOT_NAME_MAX);
	fake_close(f);
}

static struct aiot_stall hook;

static int inits(struct aiot_task *t, void *self)
{
	(void)self;
	look(&(struct trail){.core = aiot_task_core(t)}, &hook);
	return 0;
}

static enum aiot_co ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_END(t);
}
AIOT_SERVICE(initiate, struct trail, .main = ends, .init = inits);

/* A crash in there is the service's, though there is no run yet. */
static void what_is_no_step_is_told_as_what_it_is(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_initiate, "t");
	struct aiot_stall now;

	(void)state;
	assert_int_equal(aiot_task_init_service(&f->core, t), 0);
	assert_int_equal(hook.name_len, 1);
	assert_string_equal(hook.doing, AIOT_DOING_INIT);
	assert_true(hook.start_ns == f->mono_ns);
	assert_true(aiot_stall_read(&f->stall, &now));
	assert_int_equal(now.name_len, 0);
	assert_null(now.doing);
	fake_close(f);
}

static void a_block_that_is_being_written_is_not_read(void **state)
{
	struct aiot_stall stall = {.sequence = 7, .name_len = 3}, ret = {.name_len = 99};

	(void)state;
	assert_false(aiot_stall_read(&stall, &ret));
	stall.sequence = 8;
	assert_true(aiot_stall_read(&stall, &ret));
	assert_int_equal(ret.name_len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_told_with_task_line_and_start),
		cmocka_unit_test(between_two_runs_no_step_is_told_although_one_is_due),
		cmocka_unit_test(a_name_of_full_length_fits),
		cmocka_unit_test(what_is_no_step_is_told_as_what_it_is),
		cmocka_unit_test(a_block_that_is_being_written_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
