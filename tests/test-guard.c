/*
 * test-guard.c - a host's own watch over its loop: what it says while a step lasts, and logs behind
 * it.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <time.h>

#include "host-part.h"

static atomic_int tellings;
static char told[512];

static void stalled(void *arg, const char *text)
{
	(void)arg;
	(void)snprintf(told, sizeof(told), "%s", text);
	atomic_fetch_add(&tellings, 1);
}

/* Blocks its loop until that is told. */
static enum aiot_co blocks(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, self);
	(void)self;
	while (atomic_load(&tellings) == 0) {
		const struct timespec ms = {0, 1000000};

		(void)nanosleep(&ms, NULL);
	}
	AIOT_END(t);
}
AIOT_SERVICE(blocker, uint32_t, .main = blocks);

static void stay_awake(uv_timer_t *timer)
{
	(void)timer;
}

static void until_logged(const char *text)
{
	while (logged(text) == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
}

static void a_step_that_blocks_is_told_while_it_lasts_and_logged_behind_it(void **state)
{
	struct aiot_host_options o = {.stall_warn_ms = 30, .stalled = stalled};
	uv_timer_t awake; /* a loop with nothing to wait for returns at once */

	(void)state;
	atomic_store(&tellings, 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(&o), 0);
	assert_int_equal(aiot_host_add_service(host, &aiot_service_blocker, NULL), 0);
	assert_int_equal(uv_timer_init(&loop, &awake), 0);
	assert_int_equal(uv_timer_start(&awake, stay_awake, 10, 10), 0);
	until_logged("blocked the loop for ");
	assert_non_null(strstr(told, "blocker.service blocks the loop for "));
	assert_non_null(strstr(told, "in a run's first step"));
	uv_close((uv_handle_t *)&awake, NULL);
	end_host();
}

static void without_a_limit_nobody_watches_until_there_is_one(void **state)
{
	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(NULL), 0);
	assert_false(host->guard.watch.running);
	aiot_guard_limit(host, 1000, 0);
	assert_true(host->guard.watch.running);
	aiot_guard_limit(host, 0, 0);
	end_host();
}

static void info_counts_files(void **state)
{
	char text[512];
	struct aiot_json_out json;
	struct aiot_out out;

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(create_host(NULL), 0);
	aiot_out_init(&out, text, sizeof(text));
	aiot_json_begin(&json, &out);
	aiot_json_put_object(&json, NULL);
	aiot_guard_info(host, &json);
	aiot_json_put_end_object(&json);
	assert_non_null(strstr(aiot_out_str(&out), "\"files\":{\"open\":"));
	end_host();
}

#define G(name) cmocka_unit_test_setup_teardown(name, open_base, close_base)

int main(void)
{
	const struct CMUnitTest tests[] = {
		G(a_step_that_blocks_is_told_while_it_lasts_and_logged_behind_it),
		G(without_a_limit_nobody_watches_until_there_is_one),
		G(info_counts_files),
	};

	(void)built;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
