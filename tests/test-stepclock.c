/*
 * test-stepclock.c - lib/host/stepclock.c: the clock between the steps of a round.
 *
 * It includes the source, so that it can play clock and counter; the last tests take the real ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "../lib/host/stepclock.c"

#define MS 1000000u

/* ---- a machine whose time passes only when something is done ---- */

static struct {
	uint64_t ns;		/* now */
	uint64_t tick_ns, step; /* the counter goes on by `step` every `tick_ns` */
	uint64_t half;		/* and by a half */
	uint64_t busy_ns;	/* before the clock's next reading: who reads it is interrupted */
	uint64_t late_ns;	/* behind it, before anything else */
} machine;

static uint64_t played_clock(void)
{
	uint64_t ns;

	machine.ns += 40 + machine.busy_ns;
	ns = machine.ns;
	machine.ns += 40 + machine.late_ns;
	machine.busy_ns = machine.late_ns = 0;
	return ns;
}

static uint64_t played_count(void)
{
	machine.ns += 5;
	return machine.ns / machine.tick_ns * (2 * machine.step + machine.half) / 2;
}

static void play(uint64_t tick_ns, uint64_t step)
{
	memset(&machine, 0, sizeof(machine));
	machine.ns = 3600000000000;
	machine.tick_ns = tick_ns;
	machine.step = step;
}

static struct aiot_stepclock played(void)
{
	struct aiot_stepclock c = {.grain = grain_of(played_count)};

	set(&c, played_clock, played_count);
	return c;
}

static void round_after(struct aiot_stepclock *c, uint64_t ns)
{
	machine.ns += ns;
	set(c, played_clock, played_count);
}

static void interrupt(uint64_t before_ns, uint64_t behind_ns)
{
	machine.busy_ns = before_ns;
	machine.late_ns = behind_ns;
}

/* How far it is ahead of the clock; behind it is what must never be. */
static uint64_t ahead_ns(const struct aiot_stepclock *c)
{
	uint64_t ns = ns_at(c, played_count());

	assert_true(ns >= machine.ns);
	return ns - machine.ns;
}

/* One count at a time, as processors have it; several at once, as some have it, and emulators. */
static const struct {
	uint64_t tick_ns, step;
} counters[] = {{1, 1}, {1, 3}, {16, 1}, {18, 1}, {52, 1}, {1000, 1}, {20, 20}, {1000, 62}};

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

static void the_step_of_a_counter_is_seen(void **state)
{
	play(52, 1);
	assert_int_equal(grain_of(played_count), 1);
	play(1000, 62);
	machine.half = 1;
	assert_int_equal(grain_of(played_count), 63); /* 62 and 63 by turns */
	play(1000, 0);
	assert_int_equal(grain_of(played_count), 0);
}

/* The round began just before the counter's next step, and it is asked just before a later one. */
static void a_counter_with_a_grain_is_not_behind(void **state)
{
	unsigned i, phase, later;

	for (i = 0; i < COUNTERS; i++) {
		for (phase = 0; phase < 100; phase++) {
			struct aiot_stepclock c;

			play(counters[i].tick_ns, counters[i].step);
			c = played();
			round_after(&c, 100 * MS + phase * counters[i].tick_ns / 100);
			assert_true(c.usable);
			for (later = 0; later < 100; later++) {
				machine.ns += 1 + counters[i].tick_ns / 50;
				assert_in_range(ahead_ns(&c), 0, 200 + 3 * counters[i].tick_ns);
			}
		}
	}
}

static void it_is_hardly_ahead_at_the_end_of_a_long_round(void **state)
{
	unsigned i;

	for (i = 0; i < COUNTERS; i++) {
		struct aiot_stepclock c;

		play(counters[i].tick_ns, counters[i].step);
		c = played();
		round_after(&c, 100 * MS);
		machine.ns += 10000 * (uint64_t)MS;
		assert_in_range(ahead_ns(&c), 0, 2 * MS); /* 0.02 % */
	}
}

/* All of the margin is left: were the counter read before the clock there, the wait would eat it.
 */
static void who_is_interrupted_where_the_rate_begins_is_not_slow(void **state)
{
	struct aiot_stepclock c = {.grain = 1};

	play(16, 1);
	interrupt(2500, 0);
	set(&c, played_clock, played_count);
	round_after(&c, 100 * MS);
	assert_true(c.usable);
	machine.ns += 10000 * (uint64_t)MS;
	assert_in_range(ahead_ns(&c), 10000 * (uint64_t)MS >> MARGIN_SHIFT, 2 * MS);
}

static void who_is_interrupted_for_long_learns_nothing(void **state)
{
	static const uint64_t busy[][2] = {{50 * MS, 0}, {0, 50 * MS}};
	unsigned i;

	for (i = 0; i < 2; i++) {
		struct aiot_stepclock c = {.grain = 1};

		play(16, 1);
		interrupt(busy[i][0], busy[i][1]); /* where the rate begins */
		set(&c, played_clock, played_count);
		round_after(&c, 100 * MS);
		assert_int_equal(ns_at(&c, played_count()), 0);
		interrupt(busy[i][0], busy[i][1]); /* where it ends */
		round_after(&c, 100 * MS);
		assert_int_equal(ns_at(&c, played_count()), 0);
		round_after(&c, MS);
		assert_true(c.usable);
		machine.ns += 10000 * (uint64_t)MS;
		assert_in_range(ahead_ns(&c), 0, 2 * MS);
	}
}

static void a_round_of_minutes_is_left_to_the_clock(void **state)
{
	unsigned i;

	for (i = 0; i < COUNTERS; i++) {
		struct aiot_stepclock c;

		play(counters[i].tick_ns, counters[i].step);
		c = played();
		round_after(&c, 100 * MS);
		machine.ns += 60000 * (uint64_t)MS;
		assert_in_range(ahead_ns(&c), 0, 12 * MS);
		machine.ns += 10000 * (uint64_t)MS;
		assert_int_equal(ns_at(&c, played_count()), 0);
		machine.ns += 2000000 * (uint64_t)MS;
		assert_int_equal(ns_at(&c, played_count()), 0);
	}
}

/* ---- the real ones ---- */

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

	aiot_stepclock_init(&c);
	do
		aiot_stepclock_set(&c, clock_ns); /* the rate takes a tenth of a second to learn */
	while (c.grain != 0 && !c.usable);
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

	c.grain = 0;
	c.usable = false;
	aiot_stepclock_set(&c, clock_ns);
	assert_int_equal(aiot_stepclock_ns(&c), 0);
}

static void it_is_never_behind_the_clock(void **state)
{
	struct aiot_stepclock c = ready_clock();
	int i;

	for (i = 0; c.usable && i < 100000; i++) {
		uint64_t before = clock_ns();

		assert_true(aiot_stepclock_ns(&c) >= before);
	}
}

/* Being interrupted between counter and clock puts it ahead by that much: not every time. */
static void it_is_hardly_ahead_of_the_clock(void **state)
{
	struct aiot_stepclock c = ready_clock();
	uint64_t least = c.usable ? UINT64_MAX : 0;
	int i;

	for (i = 0; c.usable && i < 1000; i++) {
		uint64_t ns, after, ahead;

		aiot_stepclock_set(&c, clock_ns);
		ns = aiot_stepclock_ns(&c);
		after = clock_ns();
		ahead = ns > after ? ns - after : 0;
		least = ahead < least ? ahead : least;
	}
	assert_true(least < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_step_of_a_counter_is_seen),
		cmocka_unit_test(a_counter_with_a_grain_is_not_behind),
		cmocka_unit_test(it_is_hardly_ahead_at_the_end_of_a_long_round),
		cmocka_unit_test(who_is_interrupted_where_the_rate_begins_is_not_slow),
		cmocka_unit_test(who_is_interrupted_for_long_learns_nothing),
		cmocka_unit_test(a_round_of_minutes_is_left_to_the_clock),
		cmocka_unit_test(without_a_rate_it_says_so),
		cmocka_unit_test(without_a_counter_it_stays_silent),
		cmocka_unit_test(it_is_never_behind_the_clock),
		cmocka_unit_test(it_is_hardly_ahead_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
