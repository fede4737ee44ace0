/*
 * test-lastruns.c - what happened to tasks last, from one run of the program to the next: kept,
 * saved, merged, forgotten, and never believed when it lies in the future.
 *
 * The length is that of many cases on one stage.
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
#include "history.h"
#include "host-part.h"
#include "host-stage.h"
#include "lastruns-private.h"
#include "mem.h"
#include "more.h"
#include "pastfile.h"
#include "schedule.h"

#define HOUR_US (3600ll * 1000000)
#define DAY_US (24 * HOUR_US)

static struct aiot_host_options options;

static int64_t now_us(void)
{
	return aiot_clock_wall_ns() / 1000;
}

static void create(void)
{
	options.runtime_dir = path_of("run");
	options.state_dir = path_of("state");
	assert_int_equal(create_host(&options), 0);
}

/* In order; the next one begins where this one ended. */
static void restart(void)
{
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	create();
}

static int open_kept(void **state)
{
	memset(&options, 0, sizeof(options));
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	create();
	return 0;
}

static struct aiot_entry *entry_of(const char *name)
{
	struct aiot_entry *e = aiot_core_find(&host->core, name);

	assert_non_null(e);
	return e;
}

/* A task with a schedule that does not fire here. */
static uint64_t schedule_it(const char *name, const char *kind)
{
	struct aiot_out sentence = {.buf = NULL};
	struct aiot_plan plan;
	struct aiot_entry *e;
	uint64_t mono_ns;

	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, kind, name, NULL, NULL), 0);
	if (kind != NULL)
		run_until(name, "done");
	else
		assert_int_equal(aiot_host_stop_task(host, name), 0);
	settle();
	e = entry_of(name);
	mono_ns = aiot_lastruns_restore(host, e);
	aiot_plan_init(&plan);
	plan.start_in_ns = plan.every_ns = 3600000000000u;
	plan.has_start_in = true;
	assert_int_equal(aiot_schedule_create(&host->core, e, &plan, false, &sentence), 0);
	return mono_ns;
}

static void run_once(const char *name)
{
	assert_int_equal(aiot_core_start(&host->core, entry_of(name)), 0);
	settle();
}

static const struct aiot_past *past_of(const char *name)
{
	const struct aiot_past *past = aiot_lastruns_past(host, name);

	assert_non_null(past);
	return past;
}

static size_t load_bytes(const char *file)
{
	return read_file(path_of(file));
}

/* What is on disk under a name, or AIOT_NO_TIME_US. */
static int64_t on_disk(const char *file, const char *name, enum aiot_action action)
{
	struct aiot_past_record r;
	uint32_t slots, lost, damaged = 0, i;
	char got[AIOT_NAME_MAX + 1];
	size_t len = load_bytes(file);

	assert_int_equal(aiot_pastfile_check(file_bytes, len, &slots, &lost), 0);
	for (i = 0; i < slots; i++) {
		if (aiot_pastfile_get(file_bytes, i, got, &r, &damaged) == 1 &&
		    strcmp(got, name) == 0)
			return r.past.last_us[action];
	}
	assert_int_equal(damaged, 0);
	return AIOT_NO_TIME_US;
}

/* A file as an earlier run may have left it: names with their records. */
struct left {
	const char *name;
	struct aiot_past_record record;
};

static struct aiot_past_record record_at(uint64_t serial, enum aiot_action action, int64_t us)
{
	struct aiot_past_record r = {.serial = serial, .seen_us = us};

	aiot_past_init(&r.past);
	aiot_past_note(&r.past, action, us);
	return r;
}

static void leave_file(const char *file, const struct left *left, uint32_t count)
{
	size_t size = aiot_pastfile_bytes(count);
	uint32_t i;

	memset(file_bytes, 0, size);
	aiot_pastfile_format(file_bytes, count);
	for (i = 0; i < count; i++)
		aiot_pastfile_put(file_bytes, i, left[i].name, &left[i].record);
	write_bytes(path_of(file), file_bytes, size);
}

/* End the host, and let a new one find nothing but these. */
static void begin_with(const struct left *live, uint32_t live_count, const struct left *saved,
		       uint32_t saved_count)
{
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	(void)remove(path_of("run/" AIOT_LASTRUNS_LIVE));
	(void)remove(path_of("state/" AIOT_LASTRUNS_SAVED));
	if (live_count > 0)
		leave_file("run/" AIOT_LASTRUNS_LIVE, live, live_count);
	if (saved_count > 0)
		leave_file("state/" AIOT_LASTRUNS_SAVED, saved, saved_count);
	create();
}

/* The timer goes off, now and not in a quarter of an hour. */
static void save_now(void)
{
	uv_timer_t *timer = &host->save_timer;

	if (uv_is_active((uv_handle_t *)timer))
		assert_int_equal(uv_timer_start(timer, timer->timer_cb, 0, 0), 0);
	(void)uv_run(&loop, UV_RUN_ONCE);
}

/* ---- kept ---- */

static void a_task_without_a_schedule_is_not_kept_and_writes_nothing(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "t", NULL, NULL), 0);
	run_until("t", "done");
	assert_null(aiot_lastruns_past(host, "t"));
	assert_int_equal(access(path_of("run/" AIOT_LASTRUNS_LIVE), F_OK), -1);
	restart();
	assert_int_equal(access(path_of("state/" AIOT_LASTRUNS_SAVED), F_OK), -1);
}

static void a_scheduled_task_knows_its_last_run_after_a_restart(void **state)
{
	int64_t before = now_us(), success;

	(void)state;
	assert_int_equal(schedule_it("t", "short"), 0);
	run_once("t");
	success = past_of("t")->last_us[AIOT_ACTION_SUCCESS];
	assert_true(success >= before && success <= now_us());
	assert_int_equal(on_disk("run/last-runs", "t", AIOT_ACTION_SUCCESS), success);
	restart();
	assert_int_equal(on_disk("state/last-runs.saved", "t", AIOT_ACTION_SUCCESS), success);
	assert_int_equal(past_of("t")->last_us[AIOT_ACTION_SUCCESS], success);
	assert_true(schedule_it("t", "short") > 0);
	assert_int_equal(entry_of("t")->more->past.last_us[AIOT_ACTION_SUCCESS], success);
	assert_int_equal(logged("counts as crashed"), 0);
}

static void the_monotonic_time_is_told_within_one_boot_only(void **state)
{
	struct left left = {"t", record_at(1, AIOT_ACTION_SUCCESS, now_us() - HOUR_US)};

	(void)state;
	left.record.run_mono_ns = 12345;
	begin_with(&left, 1, NULL, 0);
	assert_int_equal(schedule_it("t", "short"), 0);
	assert_int_equal(aiot_boot_id(left.record.boot), 0);
	begin_with(&left, 1, NULL, 0);
	assert_int_equal(schedule_it("t", "short"), 12345);
	left.record.run_mono_ns = aiot_clock_mono_ns() + 1000000000000u;
	begin_with(&left, 1, NULL, 0);
	assert_int_equal(schedule_it("t", "short"), 0);
}

static void a_name_that_was_asked_for_is_kept_without_a_schedule(void **state)
{
	(void)state;
	assert_int_equal(aiot_lastruns_keep(host, "t"), 0);
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTIONS);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "t", NULL, NULL), 0);
	run_until("t", "done");
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_SUCCESS);
	restart();
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_SUCCESS);
}

static void failures_in_a_row_are_kept(void **state)
{
	struct left left = {"t", record_at(1, AIOT_ACTION_FAIL, now_us() - HOUR_US)};

	(void)state;
	left.record.past.fails = 3;
	begin_with(&left, 1, NULL, 0);
	(void)schedule_it("t", "short");
	assert_int_equal(entry_of("t")->more->past.fails, 3);
	run_once("t");
	assert_int_equal(past_of("t")->fails, 0);
}

/* ---- of two files ---- */

static void of_two_records_the_newer_counts_whatever_the_clock_said(void **state)
{
	int64_t us = now_us() - HOUR_US;
	struct left live[] = {{"a", record_at(7, AIOT_ACTION_SUCCESS, us - HOUR_US)},
			      {"b", record_at(2, AIOT_ACTION_SUCCESS, us)}};
	struct left saved[] = {{"a", record_at(3, AIOT_ACTION_SUCCESS, us)},
			       {"b", record_at(5, AIOT_ACTION_SUCCESS, us - 5)},
			       {"c", record_at(6, AIOT_ACTION_FAIL, us)}};

	(void)state;
	begin_with(live, 2, saved, 3);
	assert_int_equal(past_of("a")->last_us[AIOT_ACTION_SUCCESS], us - HOUR_US);
	assert_int_equal(past_of("b")->last_us[AIOT_ACTION_SUCCESS], us - 5);
	assert_int_equal(past_of("c")->last_us[AIOT_ACTION_FAIL], us);
	assert_true(host->lastruns->serial >= 7);
}

static void after_a_power_loss_there_is_what_was_saved(void **state)
{
	int64_t us = now_us() - HOUR_US;
	struct left saved = {"t", record_at(3, AIOT_ACTION_SUCCESS, us)};

	(void)state;
	begin_with(NULL, 0, &saved, 1);
	assert_int_equal(past_of("t")->last_us[AIOT_ACTION_SUCCESS], us);
	assert_int_equal(on_disk("run/last-runs", "t", AIOT_ACTION_SUCCESS), us);
}

static void a_damaged_file_is_told_and_the_other_one_counts(void **state)
{
	int64_t us = now_us() - HOUR_US;
	struct left left = {"t", record_at(3, AIOT_ACTION_SUCCESS, us)};

	(void)state;
	begin_with(&left, 1, &left, 1);
	aiot_host_destroy(host);
	leave_file("run/last-runs", &left, 1);
	file_bytes[100] ^= 1;
	write_bytes(path_of("run/last-runs"), file_bytes, aiot_pastfile_bytes(1));
	create();
	assert_int_equal(past_of("t")->last_us[AIOT_ACTION_SUCCESS], us);
	assert_int_equal(logged("1 damaged record is left out"), 1);
}

/* ---- crashes ---- */

static void a_run_that_has_no_end_is_a_crash(void **state)
{
	int64_t began = now_us() - HOUR_US, found, at;
	struct left left = {"t", record_at(3, AIOT_ACTION_RUN, began)};

	(void)state;
	begin_with(&left, 1, NULL, 0);
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_CRASH);
	found = past_of("t")->last_us[AIOT_ACTION_CRASH];
	assert_true(found > began && found <= now_us());
	assert_int_equal(logged("was running when the program ended: the run counts as crashed"),
			 1);
	assert_true(aiot_history_last(host, "t", 1u << AIOT_ACTION_CRASH, began, INT64_MAX, &at));
	assert_int_equal(at, found);
	restart();
	assert_int_equal(past_of("t")->last_us[AIOT_ACTION_CRASH], found);
	assert_int_equal(logged("was running when the program ended"), 1);
}

static void a_task_that_is_stopped_with_the_program_did_not_crash(void **state)
{
	(void)state;
	(void)schedule_it("t", NULL);
	run_once("t");
	assert_string_equal(state_of("t"), "running");
	restart();
	assert_int_equal(aiot_past_last(past_of("t")), AIOT_ACTION_TERMINATE);
	assert_int_equal(logged("counts as crashed"), 0);
}

static void a_second_daemon_in_the_directory_touches_nothing(void **state)
{
	struct aiot_host *first = host;

	(void)state;
	(void)schedule_it("t", NULL);
	run_once("t");
	create();
	assert_true(host->lastruns->foreign);
	assert_int_equal(logged("last runs are neither read nor kept: another daemon uses"), 1);
	assert_null(aiot_lastruns_past(host, "t"));
	aiot_host_destroy(host);
	host = first;
	assert_int_equal(access(path_of("state/" AIOT_LASTRUNS_SAVED), F_OK), -1);
	assert_int_equal(on_disk("run/last-runs", "t", AIOT_ACTION_CRASH), AIOT_NO_TIME_US);
}

/* ---- times ---- */

static void what_lies_in_the_future_counts_as_now(void **state)
{
	int64_t future = now_us() + 900 * DAY_US, soon = now_us() + 2 * 1000000, after;
	struct left left[] = {{"t", record_at(3, AIOT_ACTION_SUCCESS, future)},
			      {"soon", record_at(4, AIOT_ACTION_SUCCESS, soon)}};

	(void)state;
	begin_with(left, 2, NULL, 0);
	after = past_of("t")->last_us[AIOT_ACTION_SUCCESS];
	assert_true(after <= now_us() && after > now_us() - HOUR_US);
	assert_int_equal(past_of("soon")->last_us[AIOT_ACTION_SUCCESS], soon);
	assert_int_equal(logged("last runs of 1 task lay in the future"), 1);
	restart();
	assert_int_equal(past_of("t")->last_us[AIOT_ACTION_SUCCESS], after);
}

static void what_comes_to_lie_in_the_future_when_the_clock_is_set_too(void **state)
{
	struct aiot_past *past;

	(void)state;
	(void)schedule_it("t", "short");
	run_once("t");
	past = &entry_of("t")->more->past;
	past->last_us[AIOT_ACTION_SUCCESS] += 30 * DAY_US;
	((struct item *)aiot_trie_find(&host->lastruns->items, "t"))
		->record.past.last_us[AIOT_ACTION_SUCCESS] += 30 * DAY_US;
	aiot_lastruns_clock_stepped(host);
	assert_true(past->last_us[AIOT_ACTION_SUCCESS] <= now_us());
	assert_true(on_disk("run/last-runs", "t", AIOT_ACTION_SUCCESS) <= now_us());
	assert_int_equal(logged("lay in the future"), 1);
	aiot_lastruns_clock_stepped(host);
	assert_int_equal(logged("lay in the future"), 1);
}

static void what_nobody_has_seen_for_long_is_dropped(void **state)
{
	int64_t us = now_us();
	struct left left[] = {{"old", record_at(3, AIOT_ACTION_SUCCESS, us - 91 * DAY_US)},
			      {"new", record_at(4, AIOT_ACTION_SUCCESS, us - 89 * DAY_US)},
			      {"unset", record_at(5, AIOT_ACTION_SUCCESS, 1000)}};

	(void)state;
	begin_with(left, 3, NULL, 0);
	assert_null(aiot_lastruns_past(host, "old"));
	assert_int_equal(past_of("new")->last_us[AIOT_ACTION_SUCCESS], us - 89 * DAY_US);
	assert_int_equal(past_of("unset")->last_us[AIOT_ACTION_SUCCESS], 1000);
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

#define K(name) cmocka_unit_test_setup_teardown(name, open_kept, close_stage)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		K(a_task_without_a_schedule_is_not_kept_and_writes_nothing),
		K(a_scheduled_task_knows_its_last_run_after_a_restart),
		K(the_monotonic_time_is_told_within_one_boot_only),
		K(a_name_that_was_asked_for_is_kept_without_a_schedule),
		K(failures_in_a_row_are_kept),
		K(of_two_records_the_newer_counts_whatever_the_clock_said),
		K(after_a_power_loss_there_is_what_was_saved),
		K(a_damaged_file_is_told_and_the_other_one_counts),
		K(a_run_that_has_no_end_is_a_crash),
		K(a_task_that_is_stopped_with_the_program_did_not_crash),
		K(a_second_daemon_in_the_directory_touches_nothing),
		K(what_lies_in_the_future_counts_as_now),
		K(what_comes_to_lie_in_the_future_when_the_clock_is_set_too),
		K(what_nobody_has_seen_for_long_is_dropped),
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
