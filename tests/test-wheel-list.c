/*
 * test-wheel-list.c - wheel-list.c, a board's timers: in order, exact, across the wraps of a tick's
 * 32 bits, against a plain array that is searched from end to end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "turns.h"
#include "wheel.h"

#define TIMERS 20
#define NEAR_WRAP (3 * (UINT64_C(1) << 32) - 500)

struct member {
	struct aiot_timer timer;
	bool armed;
	uint64_t due, order; /* order: ascending in which they were armed */
};

static struct aiot_wheel wheel;
static struct member members[TIMERS];
static uint64_t order;

static void open_at(uint64_t now)
{
	static const struct aiot_wheel_shape shape = {3, 5, 0};

	memset(members, 0, sizeof(members));
	memset(&wheel, 0xa5, sizeof(wheel));
	order = 0;
	aiot_wheel_init(&wheel, shape, NULL, now);
}

static void arm(unsigned i, uint64_t due, bool ahead)
{
	struct member *m = &members[i];

	if (ahead)
		aiot_wheel_add_ahead(&wheel, &m->timer, (uint32_t)(due - wheel.now));
	else
		aiot_wheel_add(&wheel, &m->timer, due);
	m->armed = true;
	m->due = due > wheel.now ? due : wheel.now + 1;
	m->order = ++order;
}

static void disarm(unsigned i, bool ahead)
{
	struct aiot_link *link = &members[i].timer.link;

	if (ahead)
		aiot_fifo_forget(&wheel.list, link, aiot_list_before(link));
	aiot_wheel_remove(&members[i].timer);
	assert_null(link->next);
	members[i].armed = false;
}

/* The one that fires first; NULL: none is armed. */
static struct member *first_armed(void)
{
	struct member *first = NULL, *m;

	for (m = members; m < members + TIMERS; m++) {
		if (m->armed && (first == NULL || m->due < first->due ||
				 (m->due == first->due && m->order < first->order)))
			first = m;
	}
	return first;
}

static void check_next(void)
{
	const struct member *first = first_armed();

	assert_true(aiot_wheel_next(&wheel) == (first ? first->due : AIOT_WHEEL_NEVER));
}

/* What is due by then fires, each in its turn, and nothing else. */
static unsigned advance(uint64_t now)
{
	struct aiot_fifo fired;
	struct member *first;
	unsigned count = 0;

	aiot_fifo_init(&fired);
	aiot_wheel_advance(&wheel, now, &fired);
	for (; (first = first_armed()) != NULL && first->due <= now; count++) {
		assert_ptr_equal(aiot_list_pop(&fired.list), &first->timer.link);
		first->armed = false;
	}
	assert_true(aiot_list_empty(&fired.list));
	check_next();
	return count;
}

static void an_empty_one_is_never_due(void **state)
{
	(void)state;
	open_at(5);
	assert_true(aiot_wheel_next(&wheel) == AIOT_WHEEL_NEVER);
	assert_int_equal(advance(1000), 0);
	assert_int_equal(advance(UINT64_C(1) << 40), 0);
	arm(0, (UINT64_C(1) << 40) + 7, false);
	check_next();
	assert_int_equal(advance((UINT64_C(1) << 40) + 6), 0);
	assert_int_equal(advance((UINT64_C(1) << 40) + 7), 1);
}

static void within_a_tick_the_first_armed_fires_first(void **state)
{
	int ahead;
	unsigned i;

	(void)state;
	for (ahead = 0; ahead < 2; ahead++) {
		open_at(NEAR_WRAP);
		for (i = 0; i < TIMERS; i++)
			arm(i, NEAR_WRAP + 600 - 100 * (i % 3), ahead);
		assert_int_equal(advance(NEAR_WRAP + 600), TIMERS);
	}
}

static void what_is_past_fires_with_the_next_advance(void **state)
{
	(void)state;
	open_at(1000);
	arm(0, 1000, false);
	arm(1, 3, false);
	arm(2, 1001, false);
	check_next();
	assert_int_equal(advance(1001), 3);
}

/* Nobody sleeps that long at once: it comes again, and arms it anew. */
static void farther_than_its_ticks_reach_it_is_too_early_and_never_lost(void **state)
{
	const uint64_t last = 10 + (uint64_t)UINT32_MAX;

	(void)state;
	open_at(10);
	arm(0, 10 + (UINT64_C(1) << 40), false);
	arm(1, last, false);
	members[0].due = last;
	assert_true(aiot_wheel_next(&wheel) == last);
	assert_int_equal(advance(last), 2);
}

/* The last one is known without a walk; taking it out must not leave that behind. */
static void behind_a_last_one_that_was_taken_out_the_next_is_appended(void **state)
{
	(void)state;
	open_at(0);
	arm(0, 10, true);
	arm(1, 20, true);
	disarm(1, true);
	arm(2, 30, true);
	disarm(2, true);
	disarm(0, true);
	check_next();
	arm(3, 5, true);
	arm(1, 5, true);
	assert_int_equal(advance(5), 2);
	arm(0, 6, true);
	check_next();
}

static void churn(uint64_t start, unsigned bits, bool ahead)
{
	uint64_t random = start + bits;
	unsigned step, fired = 0;

	open_at(start);
	for (step = 0; step < TURNS(20000u); step++) {
		unsigned i = fake_random(&random) % TIMERS, what = fake_random(&random) % 16;

		if (what < 9 && members[i].armed)
			disarm(i, ahead);
		else if (what < 9)
			arm(i, wheel.now + 1 + (fake_random(&random) & ((UINT32_C(1) << bits) - 1)),
			    ahead);
		else if (what < 13 && aiot_wheel_next(&wheel) != AIOT_WHEEL_NEVER)
			fired += advance(aiot_wheel_next(&wheel));
		else if (what == 14)
			fired += advance(wheel.now + 1);
		check_next();
	}
	assert_true(fired > TURNS(2000u));
}

static void timers_fire_in_order_and_next_is_exact(void **state)
{
	static const unsigned bits[] = {3, 12, 28};
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		churn(0, bits[i], false);
		churn(NEAR_WRAP, bits[i], false);
		churn(NEAR_WRAP, bits[i], true);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_one_is_never_due),
		cmocka_unit_test(within_a_tick_the_first_armed_fires_first),
		cmocka_unit_test(what_is_past_fires_with_the_next_advance),
		cmocka_unit_test(farther_than_its_ticks_reach_it_is_too_early_and_never_lost),
		cmocka_unit_test(behind_a_last_one_that_was_taken_out_the_next_is_appended),
		cmocka_unit_test(timers_fire_in_order_and_next_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
