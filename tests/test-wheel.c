/*
 * test-wheel.c - the timer wheel against a plain list that is searched from end to end, over
 * several shapes; ticks up to 2^50, which at a microsecond each are 35 years.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "turns.h"
#include "wheel.h"

#define TIMERS 200

struct member {
	struct aiot_timer timer;
	bool armed;
	uint64_t due, order; /* order: ascending in which they were armed */
};

struct model {
	struct aiot_wheel wheel;
	void *mem;
	uint64_t now, order, random;
	bool cancelled; /* next() may be early from now on */
	unsigned armed, fired;
	struct member member[TIMERS];
};

static const struct aiot_wheel_shape shapes[] = {
	{3, 3, 0}, {6, 8, 0}, {2, 2, 0}, {1, 1, 0}, {3, 5, 0}, {6, 11, 0}, {5, 4, 0}, {8, 5, 3},
	{8, 8, 0}, {7, 2, 1}, {3, 3, 3}, {1, 1, 3}, {6, 4, 2}, {4, 6, 3},  {7, 10, 2}};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void model_open(struct model *m, struct aiot_wheel_shape shape, uint64_t now)
{
	size_t size = AIOT_WHEEL_BYTES(shape);

	memset(m, 0, sizeof(*m));
	m->mem = malloc(size);
	assert_non_null(m->mem);
	memset(m->mem, 0xa5, size);
	m->now = now;
	m->random = now + shape.bits;
	aiot_wheel_init(&m->wheel, shape, m->mem, now);
}

static void model_add(struct model *m, unsigned i, uint64_t due)
{
	struct member *x = &m->member[i];

	aiot_wheel_add(&m->wheel, &x->timer, due);
	x->armed = true;
	x->due = due > m->now ? due : m->now + 1;
	x->order = ++m->order;
	m->armed++;
}

static void model_cancel(struct model *m, unsigned i)
{
	aiot_wheel_remove(&m->member[i].timer);
	assert_null(m->member[i].timer.link.next);
	m->member[i].armed = false;
	m->cancelled = true;
	m->armed--;
}

/* The armed timer that fires first; NULL: none. */
static struct member *model_first(struct model *m)
{
	struct member *first = NULL;
	unsigned i;

	for (i = 0; i < TIMERS; i++) {
		struct member *x = &m->member[i];

		if (!x->armed)
			continue;
		if (first == NULL || x->due < first->due ||
		    (x->due == first->due && x->order < first->order))
			first = x;
	}
	return first;
}

static void model_advance(struct model *m, uint64_t now)
{
	struct aiot_fifo fired;
	struct member *first;

	aiot_fifo_init(&fired);
	aiot_wheel_advance(&m->wheel, now, &fired);
	if (now > m->now)
		m->now = now;
	while ((first = model_first(m)) != NULL && first->due <= m->now) {
		assert_false(aiot_fifo_empty(&fired));
		assert_ptr_equal(fired.list.next, &first->timer.link);
		aiot_list_remove(fired.list.next);
		first->armed = false;
		m->armed--;
		m->fired++;
	}
	assert_true(aiot_fifo_empty(&fired));
}

static void check_next(struct model *m)
{
	const struct member *first = model_first(m);
	uint64_t next = aiot_wheel_next(&m->wheel);

	if (first == NULL) {
		assert_true(next == AIOT_WHEEL_NEVER);
		return;
	}
	assert_true(next > m->now);
	assert_true(m->cancelled ? next <= first->due : next == first->due);
}

/* 1 to 2^50, all lengths alike. */
static uint64_t random_delay(struct model *m, unsigned max_bits)
{
	unsigned bits = fake_random(&m->random) % max_bits;
	uint64_t low = (uint64_t)fake_random(&m->random) << 32 | fake_random(&m->random);

	return (1ull << bits) + (low & ((1ull << bits) - 1));
}

static void model_run_out(struct model *m)
{
	unsigned rounds = 0;

	while (m->armed > 0) {
		check_next(m);
		model_advance(m, aiot_wheel_next(&m->wheel));
		assert_true(++rounds < 10 * TIMERS);
	}
	assert_true(aiot_wheel_next(&m->wheel) == AIOT_WHEEL_NEVER);
	free(m->mem);
}

static void churn(struct aiot_wheel_shape shape, uint64_t start, unsigned max_bits, bool cancels)
{
	struct model m;
	unsigned step;

	model_open(&m, shape, start);
	for (step = 0; step < TURNS(6000u); step++) {
		unsigned i = fake_random(&m.random) % TIMERS, what = fake_random(&m.random) % 16;

		if (!m.member[i].armed && what < 9) {
			model_add(&m, i, m.now + random_delay(&m, max_bits));
		} else if (m.member[i].armed && cancels && what < 9) {
			model_cancel(&m, i);
		} else if (what < 12) {
			if (aiot_wheel_next(&m.wheel) != AIOT_WHEEL_NEVER)
				model_advance(&m, aiot_wheel_next(&m.wheel));
		} else if (what == 12) {
			model_advance(&m, m.now + random_delay(&m, max_bits - 2));
		} else if (what == 13) {
			model_advance(&m, m.now + 1);
		}
		check_next(&m);
	}
	assert_true(m.fired > TURNS(100u));
	model_run_out(&m);
}

static void timers_fire_in_order_and_next_is_exact(void **state)
{
	unsigned g;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		churn(shapes[g], 0, 12, false);
		churn(shapes[g], 12345678901ull, 30, false);
		churn(shapes[g], 1ull << 40, 51, false);
	}
}

static void cancelled_timers_never_fire_and_next_is_never_late(void **state)
{
	unsigned g;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		churn(shapes[g], 0, 12, true);
		churn(shapes[g], 12345678901ull, 30, true);
		churn(shapes[g], (1ull << 48) - 7, 51, true);
	}
}

/* Armed from near and far, so that some have come down through every level and others not. */
static void within_a_tick_the_first_armed_fires_first(void **state)
{
	const uint64_t due = 1000000;
	struct model m;
	unsigned g, i;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		model_open(&m, shapes[g], 0);
		for (i = 0; i < TIMERS; i++) {
			model_add(&m, i, due);
			model_advance(&m, m.now + (due - m.now) / 8);
		}
		assert_int_equal(m.fired, 0);
		model_advance(&m, due - 1);
		assert_int_equal(m.fired, 0);
		model_advance(&m, due);
		assert_int_equal(m.fired, TIMERS);
		model_run_out(&m);
	}
}

static void what_is_past_fires_with_the_next_tick(void **state)
{
	struct model m;

	(void)state;
	model_open(&m, shapes[0], 500);
	model_add(&m, 0, 0);
	model_add(&m, 1, 500);
	model_add(&m, 2, 501);
	model_advance(&m, 500);
	assert_int_equal(m.fired, 0);
	assert_true(aiot_wheel_next(&m.wheel) == 501);
	model_advance(&m, 501);
	assert_int_equal(m.fired, 3);
	model_run_out(&m);
}

static void one_jump_over_years_fires_all_in_order(void **state)
{
	struct model m;
	unsigned g, i;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		model_open(&m, shapes[g], 77);
		for (i = 0; i < TIMERS; i++)
			model_add(&m, i, m.now + random_delay(&m, 51));
		model_advance(&m, 1ull << 52);
		assert_int_equal(m.fired, TIMERS);
		model_run_out(&m);
	}
}

static void every_delay_around_each_slot_border_is_exact(void **state)
{
	struct model m;
	unsigned g, bit;
	int around;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		for (bit = 2; bit < 51; bit++) {
			for (around = -1; around <= 1; around++) {
				model_open(&m, shapes[g], (1ull << bit) - 2);
				model_add(&m, 0, m.now + (1ull << bit) + (uint64_t)around);
				model_add(&m, 1, m.now + 1);
				model_add(&m, 2, m.now + 2);
				model_run_out(&m);
				assert_int_equal(m.fired, 3);
			}
		}
	}
}

/* Its due time stayed behind in the overflow list, and next() said "now" for ever after. */
static void a_timer_cancelled_beyond_the_span_leaves_no_spin_behind(void **state)
{
	struct model m;

	(void)state;
	model_open(&m, (struct aiot_wheel_shape){2, 2, 0}, 0);
	model_add(&m, 0, 1000);
	model_cancel(&m, 0);
	model_advance(&m, 2000);
	model_add(&m, 0, 5000);
	assert_true(aiot_wheel_next(&m.wheel) > 2000);
	model_run_out(&m);
}

/* After a cancel next() may be early, once; it then has to find the true time. */
static void a_cancelled_timer_costs_one_early_wake_at_most(void **state)
{
	struct model m;
	unsigned g, wakes;

	(void)state;
	for (g = 0; g < SHAPES; g++) {
		model_open(&m, shapes[g], 0);
		model_add(&m, 0, 1000001);
		model_add(&m, 1, 1000002);
		model_cancel(&m, 0);
		for (wakes = 0; m.armed > 0; wakes++)
			model_advance(&m, aiot_wheel_next(&m.wheel));
		assert_true(wakes <= 2);
		assert_true(m.now == 1000002);
		model_run_out(&m);
	}
}

/* A task that sleeps a second a time for ten years of milliseconds. */
static void ten_years_of_seconds_drift_by_nothing(void **state)
{
	struct aiot_fifo fired;
	uint64_t due = 5;
	struct model m;
	unsigned i;

	(void)state;
	model_open(&m, (struct aiot_wheel_shape){3, 5, 0}, 0);
	aiot_fifo_init(&fired);
	for (i = 0; i < TURNS(200000u); i++) {
		due += i % 1000 ? 1000 : 315360000;
		aiot_wheel_add(&m.wheel, &m.member[0].timer, due);
		assert_true(aiot_wheel_next(&m.wheel) == due);
		aiot_wheel_advance(&m.wheel, due - 1, &fired);
		assert_true(aiot_fifo_empty(&fired));
		aiot_wheel_advance(&m.wheel, due, &fired);
		assert_ptr_equal(fired.list.next, &m.member[0].timer.link);
		aiot_list_remove(fired.list.next);
	}
	model_run_out(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_and_next_is_exact),
		cmocka_unit_test(cancelled_timers_never_fire_and_next_is_never_late),
		cmocka_unit_test(within_a_tick_the_first_armed_fires_first),
		cmocka_unit_test(what_is_past_fires_with_the_next_tick),
		cmocka_unit_test(one_jump_over_years_fires_all_in_order),
		cmocka_unit_test(every_delay_around_each_slot_border_is_exact),
		cmocka_unit_test(a_timer_cancelled_beyond_the_span_leaves_no_spin_behind),
		cmocka_unit_test(a_cancelled_timer_costs_one_early_wake_at_most),
		cmocka_unit_test(ten_years_of_seconds_drift_by_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
