/*
 * test-exec.c - the executor: what is run when, in which order, how much of it at a time, and that
 * nobody is woken for nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "trail.h"
#include "turns.h"

/* ---- many tasks ---- */

#define MANY (AIOT_BOARD ? 500u : TURNS(20000u))

struct sleeper {
	uint32_t ms;
	uint32_t runs;
	uint64_t due_ns;
	uint64_t *late_ns; /* the latest of all */
};

static enum aiot_co sleeps_on(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct sleeper, self);
	for (;;) {
		self->due_ns = aiot_now_ns(t) + self->ms * FAKE_MS;
		AIOT_SLEEP_MS(t, self->ms);
		assert_true(aiot_now_ns(t) >= self->due_ns);
		if (aiot_now_ns(t) - self->due_ns > *self->late_ns)
			*self->late_ns = aiot_now_ns(t) - self->due_ns;
		self->runs++;
	}
	AIOT_END(t);
}
AIOT_SERVICE(sleeper, struct sleeper, .main = sleeps_on);

static void each_of_many_sleepers_wakes_at_its_time_and_no_other(void **state)
{
	struct fake *f = fake_open();
	struct fake_kind *k = fake_load(f, &aiot_service_sleeper, NULL);
	struct aiot_task **tasks = calloc(MANY, sizeof(struct aiot_task *));
	uint64_t late_ns = 0, random = 1, runs = 0;
	char name[16];
	unsigned i;

	(void)state;
	assert_non_null(tasks);
	for (i = 0; i < MANY; i++) {
		struct sleeper *s;

		(void)aiot_format_to(name, sizeof(name), "s%u", i);
		tasks[i] = fake_add(f, k, name);
		s = aiot_task_self(tasks[i]);
		s->ms = 600000 + fake_random(&random) % 3000000;
		s->late_ns = &late_ns;
		assert_int_equal(aiot_core_start(&f->core, &tasks[i]->entry), 0);
	}
	fake_idle(f);
	assert_int_equal(f->core.steps, MANY);
	assert_int_equal(f->core.alive, MANY);
	fake_for(f, FAKE_HOUR);
	for (i = 0; i < MANY; i++) {
		struct sleeper *s = aiot_task_self(tasks[i]);

		assert_true(s->runs >= 1);
		assert_true(s->due_ns + FAKE_TICK > f->mono_ns);
		runs += s->runs;
	}
	assert_true(late_ns < FAKE_TICK);
	assert_true(f->core.steps == MANY + runs);
	free(tasks);
	fake_close(f);
}

#define YEAR TURNS(9000u) /* of hours */

static void nobody_is_woken_between_two_runs_an_hour_apart(void **state)
{
	struct fake *f = fake_open();
	struct aiot_task *t = fake_add(f, fake_load(f, &aiot_service_sleeper, NULL), "t");
	struct sleeper *s = aiot_task_self(t);
	uint64_t late_ns = 0, rounds;
	unsigned i, wakes;

	(void)state;
	s->ms = 3600000;
	s->late_ns = &late_ns;
	assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	fake_idle(f);
	wakes = f->wakes;
	rounds = f->core.rounds;
	for (i = 1; i <= YEAR; i++) {
		assert_true(f->next_ns >= s->due_ns && f->next_ns < s->due_ns + FAKE_TICK);
		assert_true(fake_next(f));
		assert_int_equal(s->runs, i);
	}
	assert_true(f->core.rounds == rounds + YEAR);
	assert_int_equal(f->wakes, wakes);
	fake_close(f);
}

/* ---- rounds ---- */

struct turn {
	char letter;
	unsigned i, count;
	struct aiot_out *out;
};

static enum aiot_co takes_turns(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct turn, self);
	for (self->i = 0; self->i < self->count; self->i++) {
		aiot_out_char(self->out, self->letter);
		AIOT_YIELD(t);
	}
	AIOT_END(t);
}
AIOT_SERVICE(turn, struct turn, .main = takes_turns);

static void add_turns(struct fake *f, struct aiot_out *out, const char *letters, unsigned count)
{
	struct fake_kind *k = fake_load(f, &aiot_service_turn, NULL);

	for (; *letters; letters++) {
		const char name[2] = {*letters, '\0'};
		struct aiot_task *t = fake_add(f, k, name);

		*(struct turn *)aiot_task_self(t) = (struct turn){*letters, 0, count, out};
		assert_int_equal(aiot_core_start(&f->core, &t->entry), 0);
	}
}

static void those_who_yield_take_turns(void **state)
{
	struct fake *f = fake_open();
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	add_turns(f, &out, "abc", 3);
	fake_run(f);
	add_turns(f, &out, "d", 2);
	fake_run(f);
	assert_string_equal(aiot_out_str(&out), "abcabcd");
	fake_idle(f);
	assert_string_equal(aiot_out_str(&out), "abcabcdabcd");
	fake_close(f);
}

static void a_budget_ends_a_run_and_loses_nobodys_place(void **state)
{
	struct fake *f = fake_open();
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	add_turns(f, &out, "abcde", 2);
	assert_true(aiot_core_run(&f->core, 2) == f->mono_ns);
	assert_string_equal(aiot_out_str(&out), "ab");
	assert_int_equal(f->core.steps, 2);
	assert_int_equal(f->core.rounds, 1);
	assert_true(aiot_core_run(&f->core, 2) == f->mono_ns);
	assert_string_equal(aiot_out_str(&out), "abcd");
	assert_true(aiot_core_run(&f->core, 2) == f->mono_ns);
	assert_string_equal(aiot_out_str(&out), "abcdea"); /* e, then those that yielded */
	assert_true(aiot_core_run(&f->core, 100) == f->mono_ns);
	assert_string_equal(aiot_out_str(&out), "abcdeabcde");
	assert_int_equal(f->core.rounds, 4);
	fake_idle(f);
	assert_int_equal(f->core.steps, 15);
	assert_int_equal(f->core.alive, 0);
	fake_close(f);
}

static void an_order_from_outside_wakes_the_owner_once(void **state)
{
	struct fake *f = fake_open();
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	assert_int_equal(f->wakes, 0);
	add_turns(f, &out, "abc", 5);
	assert_int_equal(f->wakes, 1);
	fake_idle(f);
	assert_int_equal(f->wakes, 1); /* what happens inside run() needs no wake */
	add_turns(f, &out, "d", 1);
	assert_int_equal(f->wakes, 2);
	fake_close(f);
}

/* ---- alarms ---- */

struct ring_bell {
	struct aiot_alarm alarm;
	char letter;
	struct aiot_out *out;
	struct ring_bell *cancels;
	uint64_t at_ns, again_ns;
};

static void ring(struct aiot_core *core, struct aiot_alarm *alarm)
{
	struct ring_bell *bell = (struct ring_bell *)(void *)alarm;

	aiot_out_char(bell->out, bell->letter);
	bell->at_ns = core->now_ns;
	if (bell->cancels)
		aiot_alarm_cancel(&bell->cancels->alarm);
	if (bell->again_ns)
		aiot_alarm_set(core, alarm, bell->again_ns);
	bell->again_ns = 0;
}

static void bells_init(struct ring_bell *bells, unsigned count, struct aiot_out *out)
{
	unsigned i;

	for (i = 0; i < count; i++)
		bells[i] = (struct ring_bell){
			.alarm = {.fn = ring}, .letter = (char)('a' + i), .out = out};
}

static void alarms_ring_in_order_never_early_and_before_tasks(void **state)
{
	struct fake *f = fake_open();
	uint64_t due = f->mono_ns + FAKE_S + 1;
	struct ring_bell bell[4];
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	bells_init(bell, 4, &out);
	aiot_alarm_set(&f->core, &bell[0].alarm, due + FAKE_HOUR);
	aiot_alarm_set(&f->core, &bell[1].alarm, due);
	aiot_alarm_set(&f->core, &bell[2].alarm, due);
	aiot_alarm_set(&f->core, &bell[3].alarm, due - FAKE_TICK);
	assert_true(aiot_alarm_armed(&bell[0].alarm));
	fake_until(f, due - 1);
	assert_string_equal(aiot_out_str(&out), "d");
	assert_false(aiot_alarm_armed(&bell[3].alarm));
	add_turns(f, &out, "t", 1);
	fake_pass(f, FAKE_TICK);
	fake_idle(f);
	assert_string_equal(aiot_out_str(&out), "dbct");
	assert_true(bell[1].at_ns >= due && bell[1].at_ns < due + FAKE_TICK);
	fake_for(f, 2 * FAKE_HOUR);
	assert_string_equal(aiot_out_str(&out), "dbcta");
	fake_close(f);
}

static void an_alarm_set_again_moves_and_a_cancelled_one_is_silent(void **state)
{
	struct fake *f = fake_open();
	struct ring_bell bell[3];
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	bells_init(bell, 3, &out);
	aiot_alarm_set(&f->core, &bell[0].alarm, f->mono_ns + FAKE_S);
	aiot_alarm_set(&f->core, &bell[0].alarm, f->mono_ns + FAKE_HOUR);
	aiot_alarm_set(&f->core, &bell[1].alarm, f->mono_ns + FAKE_S);
	aiot_alarm_set(&f->core, &bell[2].alarm, f->mono_ns + FAKE_S);
	bell[1].cancels = &bell[2]; /* due in the same tick */
	aiot_alarm_cancel(&bell[0].alarm);
	aiot_alarm_cancel(&bell[0].alarm);
	fake_for(f, FAKE_DAY);
	assert_string_equal(aiot_out_str(&out), "b");
	assert_true(f->next_ns == AIOT_CORE_NEVER);
	fake_close(f);
}

static void an_alarm_that_sets_itself_to_the_past_does_not_hold_the_loop(void **state)
{
	struct fake *f = fake_open();
	struct ring_bell bell[1];
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	bells_init(bell, 1, &out);
	bell[0].again_ns = 1;
	aiot_alarm_set(&f->core, &bell[0].alarm, 1);
	fake_pass(f, FAKE_TICK);
	fake_run(f);
	assert_string_equal(aiot_out_str(&out), "a");
	assert_true(f->next_ns > f->mono_ns && f->next_ns <= f->mono_ns + FAKE_TICK);
	fake_for(f, 2 * FAKE_TICK);
	assert_string_equal(aiot_out_str(&out), "aa");
	fake_close(f);
}

static void take_long(struct aiot_core *core, struct aiot_alarm *alarm)
{
	(void)alarm;
	fake_pass(core->ctx, 3 * FAKE_TICK);
}

static void an_alarm_that_comes_due_while_another_one_rings_is_not_slept_over(void **state)
{
	struct fake *f = fake_open();
	struct ring_bell bell;
	struct aiot_alarm slow = {.fn = take_long};
	uint64_t due = f->mono_ns + FAKE_S;
	struct aiot_out out = {0};

	(void)state;
	bells_init(&bell, 1, &out);
	aiot_alarm_set(&f->core, &slow, due);
	aiot_alarm_set(&f->core, &bell.alarm, due + FAKE_TICK);
	fake_until(f, due + FAKE_S);
	assert_true(bell.at_ns > due && bell.at_ns <= due + 4 * FAKE_TICK);
	fake_close(f);
}

#if !AIOT_BOARD
static void an_alarm_at_the_end_of_time_never_rings(void **state)
{
	struct fake *f = fake_open();
	struct ring_bell bell[1];
	struct aiot_out out;
	char text[64];

	(void)state;
	aiot_out_init(&out, text, sizeof(text));
	bells_init(bell, 1, &out);
	aiot_alarm_set(&f->core, &bell[0].alarm, AIOT_CORE_NEVER);
	fake_for(f, 100 * FAKE_YEAR);
	assert_int_equal(out.len, 0);
	aiot_alarm_cancel(&bell[0].alarm);
	fake_close(f);
}
#endif

/* ---- log and clocks ---- */

static void a_line_from_outside_a_run_has_the_present_time(void **state)
{
	struct fake *f = fake_open();
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;

	(void)state;
	fake_idle(f);
	fake_pass(f, FAKE_HOUR);
	aiot_core_log(&f->core, "aiotoolsd", AIOT_INFO, "%s", "an hour later");
	aiot_core_log(&f->core, "aiotoolsd", AIOT_DEBUG, "%s", "not at this level");
	aiot_ring_oldest(&f->ring, &cursor);
	assert_true(aiot_ring_next(&f->ring, &cursor, &record, NULL));
	assert_true(record.mono_ns == f->mono_ns);
	assert_true(record.wall_ns == f->wall_ns);
	assert_false(aiot_ring_next(&f->ring, &cursor, &record, NULL));
	assert_int_equal(f->records, 1);
	fake_close(f);
}

static void a_wall_time_follows_from_the_present_offset(void **state)
{
	struct fake *f = fake_open();

	(void)state;
	assert_true(aiot_core_wall_of(&f->core, f->mono_ns) == f->wall_ns);
	assert_true(aiot_core_wall_of(&f->core, f->mono_ns - FAKE_DAY) ==
		    f->wall_ns - (int64_t)FAKE_DAY);
	f->wall_ns -= (int64_t)FAKE_YEAR; /* the clock was set */
	assert_true(aiot_core_wall_of(&f->core, f->mono_ns + 5) == f->wall_ns + 5);
	fake_close(f);
}

#if !AIOT_BOARD
static void a_core_without_memory_or_with_no_geometry_is_refused(void **state)
{
	static const struct aiot_geometry bad[] = {
		{0, {0, 3, 0}}, {0, {9, 3, 0}}, {0, {3, 0, 0}}, {0, {3, 3, 4}}, {41, {3, 3, 0}}};
	struct fake *f = fake_open();
	struct aiot_core_memory whole = {f->wheel_mem, f->alarm_mem, &f->ring, &f->stall}, m;
	struct aiot_core core;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(aiot_core_init(&core, f->core.ops, f, bad[i], &whole),
				 -AIOT_EINVAL);
	for (i = 0; i < 4; i++) {
		m = whole;
		m.wheel_mem = i == 0 ? NULL : m.wheel_mem;
		m.alarm_mem = i == 1 ? NULL : m.alarm_mem;
		m.ring = i == 2 ? NULL : m.ring;
		m.stall = i == 3 ? NULL : m.stall;
		assert_int_equal(aiot_core_init(&core, f->core.ops, f,
						(struct aiot_geometry){0, {3, 3, 0}}, &m),
				 -AIOT_EINVAL);
	}
	fake_close(f);
}
#endif

/* ---- without memory ---- */

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct trail, self);
	for (self->i = 0; self->i < 3; self->i++) {
		(void)aiot_result_int(t, self->i);
		AIOT_SLEEP_MS(t, 100);
		(void)aiot_result_text(t, "some text");
		(void)aiot_result_json(t, "{\"a\":[1,2,3]}");
		AIOT_SLEEP_MS(t, 100);
	}
	AIOT_FAIL(t, -AIOT_EIO, "at the end");
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 100);
	AIOT_END(t);
}

static void result_on_stop(struct aiot_task *t, void *self)
{
	(void)self;
	(void)aiot_result_decimal(t, 2579, 2);
}

static int result_on_error(struct aiot_task *t, void *self, int code, const char *message)
{
	(void)self;
	(void)message;
	return aiot_result_none(t) < 0 ? code : 0;
}
AIOT_SERVICE(worker, struct trail, .main = works, .on_stop = result_on_stop);
AIOT_SERVICE(mender, struct trail, .main = works, .on_error = result_on_error);

static void everything_at_once(struct fake *f)
{
	struct aiot_task *a = trail_start(f, &aiot_service_worker);
	struct aiot_task *b = trail_add(f, &aiot_service_mender, "b");
	struct aiot_task *c = trail_add(f, &aiot_service_worker, "c");

	assert_int_equal(aiot_core_start(&f->core, &b->entry), 0);
	assert_int_equal(aiot_core_start(&f->core, &c->entry), 0);
	fake_for(f, 150 * FAKE_MS);
	assert_int_equal(aiot_core_stop(&f->core, &a->entry, false), 0);
	assert_int_equal(aiot_core_restart(&f->core, &c->entry), 0);
	fake_for(f, 10 * FAKE_S);
	assert_int_equal(a->entry.state, AIOT_STOPPED);
	assert_int_equal(b->entry.state, AIOT_ENDED);
	assert_int_equal(c->entry.state, AIOT_FAILURE);
	assert_int_equal(c->entry.fail, AIOT_EIO);
	assert_int_equal(aiot_core_start(&f->core, &a->entry), 0);
	fake_for(f, 50 * FAKE_MS);
	aiot_core_delete(&f->core, &a->entry);
	aiot_core_delete(&f->core, &b->entry);
	fake_for(f, FAKE_S);
	assert_int_equal(f->dropped, 2);
}

static void a_core_without_memory_still_ends_every_run_right(void **state)
{
	(void)state;
	fake_starve(everything_at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_sleepers_wakes_at_its_time_and_no_other),
		cmocka_unit_test(nobody_is_woken_between_two_runs_an_hour_apart),
		cmocka_unit_test(those_who_yield_take_turns),
		cmocka_unit_test(a_budget_ends_a_run_and_loses_nobodys_place),
		cmocka_unit_test(an_order_from_outside_wakes_the_owner_once),
		cmocka_unit_test(alarms_ring_in_order_never_early_and_before_tasks),
		cmocka_unit_test(an_alarm_set_again_moves_and_a_cancelled_one_is_silent),
		cmocka_unit_test(an_alarm_that_sets_itself_to_the_past_does_not_hold_the_loop),
		cmocka_unit_test(an_alarm_that_comes_due_while_another_one_rings_is_not_slept_over),
#if !AIOT_BOARD
		cmocka_unit_test(an_alarm_at_the_end_of_time_never_rings),
#endif
		cmocka_unit_test(a_line_from_outside_a_run_has_the_present_time),
		cmocka_unit_test(a_wall_time_follows_from_the_present_offset),
#if !AIOT_BOARD
		cmocka_unit_test(a_core_without_memory_or_with_no_geometry_is_refused),
#endif
		cmocka_unit_test(a_core_without_memory_still_ends_every_run_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
