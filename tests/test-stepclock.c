/*
 * test-stepclock.c - lib/host/stepclock.c: the clock between the steps of a round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "stepclock.h"

static uint64_t clock_ns(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &ts), 0);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* A clock that has known its rate for a round, where there is a counter. */
static struct aiot_stepclock ready_clock(void)
{
	struct aiot_stepclock c;
	uint64_t begun;

	aiot_stepclock_init(&c);
	aiot_stepclock_set(&c, clock_ns);
	begun = clock_ns();
	while (clock_ns() - begun < 110000000u) {
		/* the rate takes a tenth of a second to learn */
	}
	aiot_stepclock_set(&c, clock_ns);
	return c;
}

static void without_a_rate_it_says_so(void **state)
{
	struct aiot_stepclock c;

	aiot_stepclock_init(&c);
	assert_int_equal(aiot_stepclock_ns(&c), 0);
	aiot_stepclock_set(&c, clock_ns);
	assert_int_equal(aiot_stepclock_ns(&c), 0);
}

static void without_a_counter_it_stays_silent(void **state)
{
	struct aiot_stepclock c = ready_clock();

	c.present = c.usable = false;
	aiot_stepclock_set(&c, clock_ns);
	assert_int_equal(aiot_stepclock_ns(&c), 0);
}

static void it_is_never_behind_the_clock(void **state)
{
	struct aiot_stepclock c = ready_clock();
	int i;

	assert_true(c.usable == c.present);
	for (i = 0; c.usable && i < 100000; i++) {
		uint64_t before = clock_ns();

		assert_true(aiot_stepclock_ns(&c) >= before);
	}
}

static void it_is_hardly_ahead_of_the_clock(void **state)
{
	struct aiot_stepclock c = ready_clock();
	uint64_t ns = aiot_stepclock_ns(&c), after = clock_ns();

	/* Being interrupted between counter and clock puts it ahead by that much: allow for it. */
	if (c.usable)
		assert_true(ns < after + 50000000u);
}

static void a_round_of_minutes_is_left_to_the_clock(void **state)
{
	struct aiot_stepclock c = ready_clock();

	c.base -= 1ull << 38;
	if (c.usable)
		assert_int_equal(aiot_stepclock_ns(&c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_rate_it_says_so),
		cmocka_unit_test(without_a_counter_it_stays_silent),
		cmocka_unit_test(it_is_never_behind_the_clock),
		cmocka_unit_test(it_is_hardly_ahead_of_the_clock),
		cmocka_unit_test(a_round_of_minutes_is_left_to_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
