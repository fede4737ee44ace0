/*
 * test-loop.c - a core on a libuv loop: how often it is woken, and that it leaves room for others.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host-part.h"
#include "host-stage.h"

struct naps {
	uint32_t naps;
};

static enum aiot_co naps(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct naps, self);
	while (self->naps < 20) {
		self->naps++;
		AIOT_SLEEP_MS(t, 2);
	}
	AIOT_END(t);
}
AIOT_SERVICE(naps, struct naps, .main = naps);

static enum aiot_co yields(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct naps, self);
	for (;;) {
		self->naps++;
		AIOT_YIELD(t);
	}
	AIOT_END(t);
}
AIOT_SERVICE(yields, struct naps, .main = yields);

static void a_sleeping_task_costs_one_wake_a_sleep(void **state)
{
	uint64_t fires;

	(void)state;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_naps, NULL, "n", NULL, NULL), 0);
	settle();
	fires = host->core.rounds;
	run_until("n", "done");
	assert_true(host->core.rounds - fires <= 20);
}

static void what_is_due_together_is_woken_together(void **state)
{
	uint64_t fires;
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++)
		assert_int_equal(
			aiot_host_add_task(host, &aiot_service_naps, NULL, "n", NULL, NULL), 0);
	settle();
	fires = host->core.rounds;
	while (aiot_host_alive_count(host) > 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_true(host->core.rounds - fires < 20 * 100 / 4);
}

static void nothing_to_do_leaves_nothing_active(void **state)
{
	uint64_t fires;

	(void)state;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "s", NULL, NULL), 0);
	run_until("s", "done");
	settle();
	fires = host->core.rounds;
	assert_int_equal(uv_loop_alive(&loop), 0);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
	assert_true(host->core.rounds == fires);
}

static void a_long_sleep_does_not_wake_the_loop_before(void **state)
{
	uint64_t fires;
	unsigned i;

	(void)state;
	assert_int_equal(add("a", NULL), 0);
	settle();
	fires = host->core.rounds;
	for (i = 0; i < 50; i++)
		(void)uv_run(&loop, UV_RUN_NOWAIT);
	assert_true(host->core.rounds == fires);
	assert_true(host->core_due_ns > host->core.now_ns + 3500000000000ull);
}

static void an_order_wakes_a_loop_that_sleeps_long(void **state)
{
	(void)state;
	undone[0] = '\0';
	assert_int_equal(add("a", NULL), 0);
	settle();
	assert_int_equal(aiot_host_stop_task(host, "a"), 0);
	run_until("a", "stopped"); /* not in an hour */
	assert_string_equal(undone, "a");
}

static unsigned turns;

static void count_turn(uv_check_t *check)
{
	turns++;
	(void)check;
}

static void a_task_that_yields_for_ever_leaves_the_sockets_their_turn(void **state)
{
	uv_check_t check;
	unsigned i;

	(void)state;
	turns = 0;
	assert_int_equal(uv_check_init(&loop, &check), 0);
	assert_int_equal(uv_check_start(&check, count_turn), 0);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_yields, NULL, "y", NULL, NULL), 0);
	for (i = 0; i < 10; i++)
		assert_true(uv_run(&loop, UV_RUN_ONCE) != 0);
	assert_int_equal(turns, 10);
	assert_true(host->core.steps >= 9);
	uv_close((uv_handle_t *)&check, NULL);
	(void)uv_run(&loop, UV_RUN_ONCE);
}

static void the_log_knows_the_wall_clock_from_its_first_record_on(void **state)
{
	struct aiot_ring_cursor cursor;
	struct aiot_ring_record record;
	int64_t now = aiot_clock_wall_ns();

	(void)state;
	aiot_host_log(host, AIOT_INFO, "now");
	aiot_ring_oldest(host->core.ring, &cursor);
	assert_true(aiot_ring_next(host->core.ring, &cursor, &record, NULL));
	assert_true(record.wall_ns > now - 60000000000ll && record.wall_ns < now + 60000000000ll);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_sleeping_task_costs_one_wake_a_sleep),
		T(what_is_due_together_is_woken_together),
		T(nothing_to_do_leaves_nothing_active),
		T(a_long_sleep_does_not_wake_the_loop_before),
		T(an_order_wakes_a_loop_that_sleeps_long),
		T(a_task_that_yields_for_ever_leaves_the_sockets_their_turn),
		T(the_log_knows_the_wall_clock_from_its_first_record_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
