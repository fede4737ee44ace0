/*
 * test-lastruns.c - what happened to tasks last, from one run of the program to the next: kept,
 * merged, forgotten, and never believed when it lies in the future.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lastruns-stage.h"

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
	};

	if (argc > 1)
		built = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
