/*
 * test-task.c - coroutine tasks that do nothing wrong: sleeping, yielding, awaiting, leaving, what
 * FINALLY does, and what is kept about a task.  Failures are in test-task-fail.c, stops in
 * test-task-stop.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"

/* ---- sleeping and yielding ---- */

static enum aiot_co sleeps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'a');
	AIOT_SLEEP_MS(t, 1500);
	trail_mark(self, 'b');
	AIOT_SLEEP_MS(t, 0);
	trail_mark(self, 'c');
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct trail, .main = sleeps);

static void a_sleep_is_never_short_and_at_most_a_tick_long(void **state)
{
	struct fake *f = fake_open();
	uint64_t start = f->mono_ns, due = start + 1500 * FAKE_MS;
	struct aiot_task *t = trail_start(f, &aiot_service_sleeper);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "a");
	assert_true(f->next_ns >= due && f->next_ns < due + FAKE_TICK);
	fake_until(f, due - 1);
	assert_string_equal(trail_of(t)->letters, "a");
	fake_pass(f, f->next_ns - f->mono_ns);
	(void)fake_run(f);
	assert_true(f->mono_ns < due + FAKE_TICK);
	assert_string_equal(trail_of(t)->letters, "ab");
	assert_int_equal(t->entry.state, AIOT_RUNNING);
	fake_for(f, 2 * FAKE_TICK);
	assert_string_equal(trail_of(t)->letters, "abc");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	assert_string_equal(fake_states(f, "t"), "starting running done");
	fake_close(f);
}

static enum aiot_co sleeps_longest(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_SLEEP_MS(t, UINT32_MAX);
	trail_mark(self, 'a');
	AIOT_END(t);
}
AIOT_SERVICE(longest, struct trail, .main = sleeps_longest);

#if !AIOT_BOARD
static void the_longest_sleep_is_exact_in_every_geometry(void **state)
{
	static const struct aiot_geometry geometries[] = {
		{20, {3, 5, 0}}, {0, {6, 8, 0}}, {16, {2, 2, 1}}, {18, {8, 5, 3}}};
	struct aiot_task *t;
	struct fake *f;
	uint64_t due;
	unsigned g;

	(void)state;
	for (g = 0; g < sizeof(geometries) / sizeof(geometries[0]); g++) {
		f = fake_open_with(geometries[g]);
		t = trail_start(f, &aiot_service_longest);
		due = f->mono_ns + UINT32_MAX * FAKE_MS;
		fake_until(f, due - 1);
		assert_string_equal(trail_of(t)->letters, "");
		fake_until(f, due + (1ull << geometries[g].tick_shift));
		assert_string_equal(trail_of(t)->letters, "a");
		fake_close(f);
	}
}
#endif

static enum aiot_co works_long(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	fake_pass((struct fake *)self->core->ctx, 5 * FAKE_S);
	AIOT_SLEEP_MS(t, 1000);
	trail_mark(self, 'a');
	AIOT_END(t);
}
AIOT_SERVICE(worker, struct trail, .main = works_long);

static void a_step_that_takes_long_does_not_eat_the_sleep_behind_it(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_worker);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "");
	assert_true(f->next_ns >= f->mono_ns + FAKE_S);
	fake_for(f, 2 * FAKE_S);
	assert_string_equal(trail_of(t)->letters, "a");
	fake_close(f);
}

static enum aiot_co yields(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (self->i = 0; self->i < 3; self->i++) {
		trail_mark(self, (char)('0' + self->i));
		AIOT_YIELD(t);
	}
	AIOT_END(t);
}
AIOT_SERVICE(yielder, struct trail, .main = yields);

static void a_yield_goes_on_in_the_next_round(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_yielder, "t");

	(void)state;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	assert_string_equal(trail_of(t)->letters, "");
	assert_true(fake_run(f) == f->mono_ns);
	assert_string_equal(trail_of(t)->letters, "0");
	assert_true(fake_run(f) == f->mono_ns);
	assert_string_equal(trail_of(t)->letters, "01");
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "012");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

/* ---- awaiting ---- */

static enum aiot_co level_3(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	trail_mark(self->own, '3');
	AIOT_SLEEP_MS(t, 10);
	trail_mark(self->own, '3');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'z');
	AIOT_END(t);
}

static enum aiot_co level_2(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	trail_mark(self->own, '2');
	AIOT_AWAIT(t, level_3, &self->own->c);
	trail_mark(self->own, '2');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'y');
	AIOT_END(t);
}

static enum aiot_co level_1(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	trail_mark(self->own, '1');
	AIOT_AWAIT(t, level_2, &self->own->b);
	trail_mark(self->own, '1');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'x');
	AIOT_END(t);
}

static enum aiot_co awaits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, '0');
	AIOT_AWAIT(t, level_1, &self->a);
	trail_mark(self, '0');
	AIOT_FINALLY(t);
	trail_mark(self, 'w');
	AIOT_END(t);
}
AIOT_SERVICE(awaiter, struct trail, .main = awaits);

static void three_awaits_deep_each_finally_runs_innermost_first(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_awaiter);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "0123");
	assert_ptr_equal(t->top, &trail_of(t)->c.co);
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "01233z2y1x0w");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static enum aiot_co instant(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	self->own->i++;
	AIOT_END(t);
}

static enum aiot_co awaits_often(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	while (self->i < 100000)
		AIOT_AWAIT(t, instant, &self->a);
	AIOT_END(t);
}
AIOT_SERVICE(often, struct trail, .main = awaits_often);

static void awaiting_what_never_waits_takes_one_step_and_no_stack(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_often);

	(void)state;
	assert_int_equal(trail_of(t)->i, 100000);
	assert_int_equal(t->entry.state, AIOT_ENDED);
#if AIOT_COUNTERS
	assert_int_equal(f->core.steps, 1);
#endif
	assert_string_equal(fake_states(f, "t"), "starting done");
	fake_close(f);
}

static enum aiot_co returns_early(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	AIOT_YIELD(t);
	if (self->own->i == 0)
		AIOT_RETURN(t);
	trail_mark(self->own, '!');
	AIOT_FINALLY(t);
	trail_mark(self->own, 'f');
	AIOT_SLEEP_MS(t, 5);
	trail_mark(self->own, 'g');
	AIOT_END(t);
}

static enum aiot_co returns_at_once(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail_child, self);
	if (self->own->i == 0)
		AIOT_RETURN(t);
	trail_mark(self->own, '!');
	AIOT_END(t);
}

static enum aiot_co awaits_returners(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	AIOT_AWAIT(t, returns_early, &self->a);
	trail_mark(self, '1');
	AIOT_AWAIT(t, returns_at_once, &self->b);
	trail_mark(self, '2');
	AIOT_RETURN(t);
	AIOT_END(t);
}
AIOT_SERVICE(returner, struct trail, .main = awaits_returners);

static void return_leaves_through_finally_and_only_its_own_coroutine(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_returner);

	(void)state;
	assert_string_equal(trail_of(t)->letters, "f");
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "fg12");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

static enum aiot_co cleans_up(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	trail_mark(self, 'b');
	AIOT_FINALLY(t);
	trail_mark(self, 'f');
	AIOT_AWAIT(t, level_2, &self->b);
	trail_mark(self, 'g');
	AIOT_SLEEP_MS(t, 10);
	trail_mark(self, 'h');
	AIOT_END(t);
}
AIOT_SERVICE(cleaner, struct trail, .main = cleans_up);

static void finally_may_await_and_sleep(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_cleaner);

	(void)state;
	fake_for(f, FAKE_S);
	assert_string_equal(trail_of(t)->letters, "bf233z2ygh");
	assert_int_equal(t->entry.state, AIOT_ENDED);
	fake_close(f);
}

/* ---- what is kept ---- */

static void a_second_run_starts_from_the_beginning_with_the_same_struct(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_start(f, &aiot_service_yielder);
	uint32_t id = aiot_entry_id(&t->entry);

	(void)state;
	assert_int_equal(t->entry.runs, 1);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_string_equal(trail_of(t)->letters, "012012");
	assert_int_equal(t->entry.runs, 2);
	assert_int_equal(aiot_entry_id(&t->entry), id);
	fake_close(f);
}

static void counters_and_name_stay_as_they_were_set(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = trail_add(f, &aiot_service_awaiter, "t");

	(void)state;
#if !AIOT_BOARD
	t->entry.restarts = 7;
#endif
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	assert_int_equal(aiot_core_stop(&f->core, &t->entry, false), 0);
	fake_for(f, FAKE_S);
	assert_int_equal(aiot_entry_restarts(&t->entry), AIOT_BOARD ? 0 : 7);
	assert_int_equal(t->entry.flags, 0);
	assert_int_equal(t->entry.run_flags, 0);
	assert_string_equal(aiot_name(t), "t");
	assert_ptr_equal(aiot_self(t), trail_of(t));
	fake_close(f);
}

static void a_task_whose_struct_is_huge_keeps_its_name(void **state)
{
	static const struct aiot_service huge = {.abi = AIOT_ABI,
						 .size = sizeof(huge),
						 .opt_size = sizeof(struct aiot_opt),
						 .stat_size = sizeof(struct aiot_stat),
						 .kind_size = sizeof(struct aiot_kind),
						 .name = "huge",
						 .main = yields,
						 .self_size = 1u << 20};
	struct fake *f = fake_open();
	struct aiot_task *t;

	(void)state;
	t = fake_start(f, fake_load(f, &huge, NULL), "elephant");
	assert_string_equal(aiot_name(t), "elephant");
	assert_ptr_equal(aiot_core_find(&f->core, "elephant"), &t->entry);
	fake_idle(f);
	assert_string_equal(fake_states(f, "elephant"), "starting running done");
	fake_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleep_is_never_short_and_at_most_a_tick_long),
#if !AIOT_BOARD
		cmocka_unit_test(the_longest_sleep_is_exact_in_every_geometry),
#endif
		cmocka_unit_test(a_step_that_takes_long_does_not_eat_the_sleep_behind_it),
		cmocka_unit_test(a_yield_goes_on_in_the_next_round),
		cmocka_unit_test(three_awaits_deep_each_finally_runs_innermost_first),
		cmocka_unit_test(awaiting_what_never_waits_takes_one_step_and_no_stack),
		cmocka_unit_test(return_leaves_through_finally_and_only_its_own_coroutine),
		cmocka_unit_test(finally_may_await_and_sleep),
		cmocka_unit_test(a_second_run_starts_from_the_beginning_with_the_same_struct),
		cmocka_unit_test(counters_and_name_stay_as_they_were_set),
		cmocka_unit_test(a_task_whose_struct_is_huge_keeps_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
