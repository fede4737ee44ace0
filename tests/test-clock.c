/*
 * test-clock.c - lib/test/clock.c: the clocks that tasks see stand where the test has put them.
 */
#include "harness-stage.h"

/* ---- a task that looks at both ---- */

struct watch {
	uint64_t now_ns;
	int64_t wall_ns;
};

static enum aiot_co look(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct watch, self);
	for (;;) {
		self->now_ns = aiot_now_ns(t);
		self->wall_ns = aiot_wall_ns(t);
		AIOT_SLEEP_MS(t, 1);
	}
	AIOT_END(t);
}

AIOT_SERVICE(watch, struct watch, .main = look);

#define NOON_NS (1767268800 * (int64_t)1000000000)

static void it_is_noon_and_stays_so(void **state)
{
	const struct watch *w;
	uint64_t begin_ns;

	(void)state;
	assert_int_equal(aiot_test_start(x, &aiot_service_watch, NULL), 0);
	w = aiot_test_self(x, "watch");
	begin_ns = w->now_ns;
	assert_true(w->wall_ns == NOON_NS);
	aiot_test_run(x);
	aiot_test_advance_ms(x, 0);
	assert_true(w->now_ns == begin_ns);
	aiot_test_advance_ms(x, 1);
	assert_true(w->now_ns == begin_ns + 1000000);
	assert_true(w->wall_ns == NOON_NS + 1000000);
}

static void the_wall_clock_alone_is_set(void **state)
{
	const struct watch *w;
	uint64_t begin_ns;

	(void)state;
	assert_int_equal(aiot_test_start(x, &aiot_service_watch, NULL), 0);
	w = aiot_test_self(x, "watch");
	begin_ns = w->now_ns;
	aiot_test_set_wall_s(x, 1800000000);
	aiot_test_advance_ms(x, 1);
	assert_true(w->now_ns == begin_ns + 1000000);
	assert_true(w->wall_ns == 1800000000 * (int64_t)1000000000 + 1000000);
	assert_int_equal(aiot_test_now_ms(x), 1);
}

static void the_next_test_begins_at_noon_again(void **state)
{
	(void)state;
	assert_int_equal(aiot_test_now_ms(x), 0);
	assert_int_equal(aiot_test_start(x, &aiot_service_watch, NULL), 0);
	assert_true(((struct watch *)aiot_test_self(x, "watch"))->wall_ns == NOON_NS);
}

static void a_step_takes_no_time(void **state)
{
	(void)state;
	start("turn");
	aiot_test_advance_ms(x, 5000);
	assert_int_equal(aiot_test_ctl(x, "status part --debug --no-log"), 0);
	assert_non_null(strstr(aiot_test_output(x), "in steps: 0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_is_noon_and_stays_so),
		T(the_wall_clock_alone_is_set),
		T(the_next_test_begins_at_noon_again),
		T(a_step_takes_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
