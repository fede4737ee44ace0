/*
 * test-lastruns-save.c - last runs when there are many, when there is no room, and the copy in the
 * state directory.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/resource.h>

#include "ask.h"
#include "lastruns-stage.h"
#include "mem.h"

/* The timer goes off, now and not in a quarter of an hour. */
static void save_now(void)
{
	uv_timer_t *timer = &host->save_timer;

	if (uv_is_active((uv_handle_t *)timer))
		assert_int_equal(uv_timer_start(timer, timer->timer_cb, 0, 0), 0);
	(void)uv_run(&loop, UV_RUN_ONCE);
}

/* ---- bounds ---- */

#define MANY (AIOT_LASTRUNS_STALE_MAX + 500u)

static void of_many_that_are_gone_the_newest_are_kept(void **state)
{
	static struct left left[MANY];
	static char names[MANY][8];
	uint32_t i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%u", i);
		left[i] = (struct left){names[i], record_at(i + 1, AIOT_ACTION_FAIL, now_us())};
	}
	begin_with(left, MANY, NULL, 0);
	assert_int_equal(host->lastruns->items.count, AIOT_LASTRUNS_STALE_MAX);
	assert_null(aiot_lastruns_past(host, "n499"));
	assert_non_null(aiot_lastruns_past(host, "n500"));
	for (i = 0; i < 2 * MANY; i++) { /* of conditions; these are not gone */
		char name[16];

		(void)snprintf(name, sizeof(name), "k%u", i);
		assert_int_equal(aiot_lastruns_keep(host, name), 0);
	}
	assert_in_range(host->lastruns->items.count, 2 * MANY, 2 * MANY + AIOT_LASTRUNS_STALE_MAX);
	assert_non_null(aiot_lastruns_past(host, "k0"));
}

static void the_file_grows_with_the_tasks(void **state)
{
	char name[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "t%u", i);
		assert_int_equal(aiot_lastruns_keep(host, name), 0);
		assert_int_equal(
			aiot_host_add_task(host, &aiot_service_part, "short", name, NULL, NULL), 0);
		run_until(name, "done");
	}
	settle();
	for (i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "t%u", i);
		assert_true(on_disk("run/last-runs", name, AIOT_ACTION_SUCCESS) > 0);
	}
	assert_int_equal(access(path_of("run/last-runs.new"), F_OK), -1);
}

/* ---- what fails ---- */

static void in_memory_if_there_is_no_room_and_said_once(void **state)
{
	struct rlimit old, small;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1024;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	(void)schedule_it("t", "short");
	run_once("t");
	run_once("t");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(logged("last runs are kept in memory only"), 1);
	assert_null(host->lastruns->map.mem);
	call_begin(&host->commands, "info", NULL, false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	assert_non_null(
		strstr(reply_text, "\"last_runs\":{\"tasks\":1,\"kept\":\"in memory only\""));
	assert_non_null(strstr(reply_text, "cannot allocate it: File too large"));
	restart(); /* saved all the same */
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_SUCCESS);
}

static void a_state_directory_that_cannot_be_written_is_said_once(void **state)
{
	(void)state;
	(void)schedule_it("t", "short");
	assert_int_equal(mkdir(path_of("state/last-runs.saved"), 0755), 0);
	run_once("t");
	while (logged("last runs are not saved") == 0)
		save_now();
	assert_non_null(strstr(host->lastruns->save_why, "cannot be replaced"));
	assert_int_equal(rmdir(path_of("state/last-runs.saved")), 0);
	while (logged("last runs are saved again") == 0)
		save_now();
	assert_int_equal(logged("last runs are not saved"), 1);
	assert_string_equal(host->lastruns->save_why, "");
	assert_false(uv_is_active((uv_handle_t *)&host->save_timer)); /* nothing is to be saved */
	assert_true(on_disk("state/last-runs.saved", "t", AIOT_ACTION_SUCCESS) > 0);
}

static void saved_only_at_the_end_if_asked_for(void **state)
{
	(void)state;
	options.state_save_s = AIOT_SAVE_AT_END;
	restart();
	(void)schedule_it("t", "short");
	run_once("t");
	assert_false(uv_is_active((uv_handle_t *)&host->save_timer));
	restart();
	assert_true(on_disk("state/last-runs.saved", "t", AIOT_ACTION_SUCCESS) > 0);
}

static void without_memory_the_task_runs_all_the_same(void **state)
{
	unsigned long n;

	(void)state;
	(void)schedule_it("t", "short");
	for (n = 1; n < 6; n++) {
		(void)aiot_mem_fail(n, 1000);
		(void)aiot_core_start(&host->core, entry_of("t"));
		settle();
		(void)aiot_mem_fail(0, 0);
	}
	run_once("t");
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_SUCCESS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		K(of_many_that_are_gone_the_newest_are_kept),
		K(the_file_grows_with_the_tasks),
		K(in_memory_if_there_is_no_room_and_said_once),
		K(a_state_directory_that_cannot_be_written_is_said_once),
		K(saved_only_at_the_end_if_asked_for),
		K(without_memory_the_task_runs_all_the_same),
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
