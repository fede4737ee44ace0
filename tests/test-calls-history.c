/*
 * test-calls-history.c - history, from the call to its reply: names, times, the newest N, pages,
 * and the database behind the ring.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ask.h"
#include "history-private.h"
#include "host-part.h"
#include "host-stage.h"
#include "mem.h"

static struct aiot_host_options options;

static void create(bool on_disk)
{
	options = (struct aiot_host_options){.history_bytes = AIOT_HISTRING_MIN};
	options.runtime_dir = path_of("run");
	options.state_dir = path_of("state");
	options.history_keep = on_disk ? AIOT_HISTORY_DISK : AIOT_HISTORY_MEMORY;
	assert_int_equal(create_host(&options), 0);
}

static int open_memory(void **state)
{
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	create(false);
	return 0;
}

static int open_disk(void **state)
{
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	create(true);
	return 0;
}

/* A run of that task, from us to us + 10. */
static void ran(const char *name, int64_t us)
{
	struct aiot_run run = {.id = host->history->ring.next_id,
			       .start_us = us,
			       .end_us = us + 10,
			       .name = name,
			       .name_len = (uint8_t)strlen(name),
			       .outcome = AIOT_ACTION_SUCCESS,
			       .kind = AIOT_RUN_RESULT,
			       .value = "42",
			       .value_len = 2};

	aiot_histring_add(&host->history->ring, &run);
	aiot_history_added(host->history);
}

static void flush(void)
{
	uv_timer_t *timer = &host->history_timer;

	while (host->history->written + 1 < host->history->ring.next_id) {
		if (uv_is_active((uv_handle_t *)timer)) {
			assert_int_equal(uv_timer_start(timer, timer->timer_cb, 0, 0), 0);
			uv_ref((uv_handle_t *)timer);
		}
		(void)uv_run(&loop, UV_RUN_ONCE);
	}
}

static enum aiot_call_result step(void)
{
	enum aiot_call_result r = call_step();

	while (r == AIOT_CALL_WAIT) {
		(void)uv_run(&loop, UV_RUN_ONCE);
		r = call_step();
	}
	return r;
}

static enum aiot_call_result ask(const char *params)
{
	call_begin(&host->commands, "history", params, false);
	return step();
}

static const char *names_of(const char *params)
{
	assert_int_equal(ask(params), AIOT_CALL_DONE);
	return all_of("runs", "name");
}

static void a_run_is_told_whole(void **state)
{
	(void)state;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, "short", "t", NULL, NULL), 0);
	run_until("t", "done");
	ran("t", 1000);
	aiot_history_crashed(host, "t", 2000, 3000);
	assert_int_equal(ask("{'names':['t']}"), AIOT_CALL_DONE);
	assert_string_equal(all_of("runs", "outcome"), "success success crash");
	assert_string_equal(all_of("runs", "result"), "null 42 null");
	assert_string_equal(all_of("runs", "end_us") + strlen(all_of("runs", "end_us")) - 10,
			    " 1010 null");
	assert_string_equal(member_of(nth_of("runs", 1), "start_us"), "1000");
	assert_string_equal(member_of(nth_of("runs", 1), "runtime_us"), "10");
	assert_string_equal(member_of(nth_of("runs", 2), "runtime_us"), "null");
	assert_string_equal(member_of(nth_of("runs", 1), "cut"), "-");
}

static void names_patterns_and_services_without_their_ending(void **state)
{
	(void)state;
	ran("a.service", 1);
	ran("b", 2);
	ran("a.service", 3);
	ran("abc", 4);
	assert_string_equal(names_of(NULL), "a.service b a.service abc");
	assert_string_equal(names_of("{'names':['a']}"), "a.service a.service");
	assert_string_equal(names_of("{'names':['a*']}"), "a.service a.service abc");
	assert_string_equal(names_of("{'names':['abc','b']}"), "b abc");
	assert_string_equal(names_of("{'names':['x*']}"), "");
}

static void a_name_that_nothing_has_is_an_error_or_told_beside_the_others(void **state)
{
	(void)state;
	ran("gone", 1);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_part, NULL, "new", NULL, NULL), 0);
	assert_string_equal(names_of("{'names':['gone']}"), "gone");
	assert_string_equal(names_of("{'names':['new']}"), "");
	assert_int_equal(ask("{'names':['nix']}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no task and no run of 'nix' is known");
	assert_string_equal(member_of(reply, "name"), "nix");
	assert_string_equal(names_of("{'names':['nix','gone','no']}"), "gone");
	assert_string_equal(member_of(reply, "unknown"), "[\"nix\",\"no\"]");
	assert_string_equal(names_of("{'names':['nix','gone'],'lines':0}"), "");
	assert_string_equal(member_of(reply, "unknown"), "[\"nix\"]");
}

static void what_lies_between_two_times_overlaps_them(void **state)
{
	(void)state;
	ran("a", 100);
	ran("b", 200);
	ran("c", 300);
	assert_string_equal(names_of("{'since_us':210}"), "b c");
	assert_string_equal(names_of("{'since_us':211}"), "c");
	assert_string_equal(names_of("{'until_us':200}"), "a b");
	assert_string_equal(names_of("{'since_us':110,'until_us':199}"), "a");
	assert_string_equal(names_of("{'since_us':211,'until_us':299}"), "");
	assert_int_equal(ask("{'since_us':2,'until_us':1}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_INVALID_PARAMETER, "--since is after --until");
}

static void the_newest_of_those_that_are_meant(void **state)
{
	(void)state;
	ran("a", 1);
	ran("b", 2);
	ran("a", 3);
	ran("c", 4);
	assert_string_equal(names_of("{'lines':2}"), "a c");
	assert_string_equal(names_of("{'names':['a'],'lines':1}"), "a");
	assert_string_equal(member_of(nth_of("runs", 0), "start_us"), "3");
	assert_string_equal(names_of("{'lines':0}"), "");
	assert_string_equal(names_of("{'lines':4294967295}"), "a b a c");
	assert_string_equal(names_of("{'names':['b'],'lines':9}"), "b");
}

static void pages_go_on_whatever_is_added_in_between(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		ran("a", i);
	call_begin(&host->commands, "history", NULL, true);
	call.page_bytes = 1;
	for (i = 0; i < 20; i++) {
		enum aiot_call_result r = step();

		assert_string_equal(all_of("runs", "name"), "a");
		assert_int_equal(aiot_json_count(aiot_json_get(reply, "runs")), 1);
		ran("b", 1);
		assert_int_equal(r, AIOT_CALL_PAGE);
	}
	assert_int_equal(step(), AIOT_CALL_DONE);
	assert_string_equal(member_of(reply, "runs"), "[]");
	call_begin(&host->commands, "history", NULL, false);
	call.page_bytes = 1;
	assert_int_equal(step(), AIOT_CALL_ERROR);
	assert_string_equal(reply_error, aiot_error_name(AIOT_ERR_USE_MORE));
}

static void what_is_overwritten_between_pages_is_left_out(void **state)
{
	unsigned i, n = 0;

	(void)state;
	for (i = 0; i < 10; i++)
		ran("a", i);
	call_begin(&host->commands, "history", NULL, true);
	call.page_bytes = 1;
	assert_int_equal(step(), AIOT_CALL_PAGE);
	for (i = 0; i < 1000; i++)
		ran("b", i);
	assert_int_equal(step(), AIOT_CALL_DONE);
	n = (unsigned)aiot_json_count(aiot_json_get(reply, "runs"));
	assert_int_equal(n, 0);
}

static void nothing_is_kept_and_that_is_said(void **state)
{
	(void)state;
	aiot_host_destroy(host);
	options.history_keep = AIOT_HISTORY_NONE;
	assert_int_equal(create_host(&options), 0);
	assert_int_equal(ask(NULL), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_BAD_CONFIGURATION,
		     "no history is kept: Keep=none in [History] of aiotoolsd.ini");
}

/* ---- the database behind the ring ---- */

#define MANY 3000u

/* Every tenth is of "ten", and one at the very beginning of "first". */
static void fill(void)
{
	unsigned i;

	ran("first", 0);
	for (i = 1; i < MANY; i++) {
		ran(i % 10 ? "other" : "ten", (int64_t)i * 100);
		if (i % 100 == 0)
			flush();
	}
	flush();
	assert_true(host->history->ring.first_id > MANY / 2);
	assert_int_equal(host->history->lost, 0);
}

static unsigned count_pages(const char *params, const char *name, unsigned *ret_pages)
{
	enum aiot_call_result r;
	unsigned count = 0;
	int64_t last = -1;

	call_begin(&host->commands, "history", params, true);
	call.page_bytes = 5000;
	*ret_pages = 0;
	do {
		struct aiot_json_iter it = {NULL};
		struct aiot_json run;
		int64_t us;

		r = step();
		assert_true(r == AIOT_CALL_PAGE || r == AIOT_CALL_DONE);
		(*ret_pages)++;
		while (aiot_json_next(aiot_json_get(reply, "runs"), &it, NULL, &run)) {
			if (name != NULL)
				assert_true(aiot_json_str_is(aiot_json_get(run, "name"), name));
			assert_int_equal(aiot_json_i64(aiot_json_get(run, "start_us"), &us), 0);
			assert_true(us > last);
			last = us;
			count++;
		}
	} while (r == AIOT_CALL_PAGE);
	return count;
}

static void all_of_it_comes_in_order_from_the_disk_and_the_ring(void **state)
{
	unsigned pages;

	(void)state;
	fill();
	assert_int_equal(count_pages(NULL, NULL, &pages), MANY);
	assert_true(pages > 10);
	assert_int_equal(count_pages("{'names':['ten']}", "ten", &pages), MANY / 10 - 1);
	assert_int_equal(count_pages("{'names':['first']}", "first", &pages), 1);
	assert_int_equal(count_pages("{'since_us':500,'until_us':1000}", NULL, &pages), 6);
}

static void the_newest_are_found_on_the_disk_too(void **state)
{
	unsigned pages;

	(void)state;
	fill();
	assert_int_equal(count_pages("{'lines':2900}", NULL, &pages), 2900);
	assert_int_equal(count_pages("{'lines':250,'names':['ten']}", "ten", &pages), 250);
	assert_int_equal(count_pages("{'lines':1,'names':['first']}", "first", &pages), 1);
	assert_int_equal(ask("{'names':['nix'],'lines':1}"), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_NO_SUCH_TASK, "no task and no run of 'nix' is known");
}

static void who_goes_away_while_it_is_read_holds_up_nobody(void **state)
{
	unsigned i, pages;

	(void)state;
	fill();
	for (i = 0; i < TICKETS; i++) {
		call_begin(&host->commands, "history", NULL, true);
		assert_int_equal(call_step(), AIOT_CALL_WAIT);
	}
	call_begin(&host->commands, "history", NULL, true);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	assert_error(AIOT_ERR_LIMIT, "too many are reading the history, or no memory is left; "
				     "try again");
	while (host->history->job != JOB_NONE)
		(void)uv_run(&loop, UV_RUN_ONCE);
	for (i = 0; i < TICKETS; i++)
		host->history->tickets[i].done_ns -= 2000000000u;
	assert_int_equal(count_pages(NULL, NULL, &pages), MANY);
}

static void a_stop_while_it_is_read_waits_for_the_reader_and_writes_the_rest(void **state)
{
	(void)state;
	fill();
	call_begin(&host->commands, "history", NULL, true);
	assert_int_equal(call_step(), AIOT_CALL_WAIT);
	ran("last", 1);
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	create(true);
	assert_string_equal(names_of("{'lines':1}"), "last");
}

static enum aiot_co reads(struct aiot_task *t)
{
	AIOT_BEGIN(t, uint32_t, self);
	AIOT_WAIT(t,
		  aiot_call(t, "io.aiotools.Task.History", "{\"lines\":1,\"names\":[\"first\"]}"));
	*self = aiot_waited(t) == 0 && strstr(aiot_reply(t), "first") != NULL;
	AIOT_END(t);
}
AIOT_SERVICE(reads, uint32_t, .main = reads);

static void a_task_that_asks_has_its_answer_when_the_thread_has_it(void **state)
{
	struct aiot_entry *e;

	(void)state;
	fill();
	assert_int_equal(aiot_host_add_task(host, &aiot_service_reads, NULL, "r", NULL, NULL), 0);
	settle();
	while (host->history->job != JOB_NONE) {
		(void)uv_run(&loop, UV_RUN_ONCE);
		settle();
	}
	assert_string_equal(state_of("r"), "done");
	e = aiot_core_find(&host->core, "r");
	assert_int_equal(*(uint32_t *)aiot_task_self(aiot_task_of(e)), 1);
}

static void without_memory_it_is_an_error_and_then_works(void **state)
{
	unsigned pages;

	(void)state;
	fill();
	call_begin(&host->commands, "history", NULL, true);
	(void)aiot_mem_fail(1, 1);
	assert_int_equal(call_step(), AIOT_CALL_ERROR);
	(void)aiot_mem_fail(0, 0);
	assert_int_equal(count_pages(NULL, NULL, &pages), MANY);
}

#define M(name) cmocka_unit_test_setup_teardown(name, open_memory, close_stage)
#define D(name) cmocka_unit_test_setup_teardown(name, open_disk, close_stage)

#define ANYWHERE                                                                                   \
	M(a_run_is_told_whole), M(names_patterns_and_services_without_their_ending),               \
		M(a_name_that_nothing_has_is_an_error_or_told_beside_the_others),                  \
		M(what_lies_between_two_times_overlaps_them),                                      \
		M(the_newest_of_those_that_are_meant),                                             \
		M(pages_go_on_whatever_is_added_in_between),                                       \
		M(what_is_overwritten_between_pages_is_left_out),                                  \
		M(nothing_is_kept_and_that_is_said)

int main(int argc, char **argv)
{
	const struct CMUnitTest with[] = {
		ANYWHERE,
		D(all_of_it_comes_in_order_from_the_disk_and_the_ring),
		D(the_newest_are_found_on_the_disk_too),
		D(who_goes_away_while_it_is_read_holds_up_nobody),
		D(a_stop_while_it_is_read_waits_for_the_reader_and_writes_the_rest),
		D(a_task_that_asks_has_its_answer_when_the_thread_has_it),
		D(without_memory_it_is_an_error_and_then_works),
	};
	const struct CMUnitTest without[] = {ANYWHERE};

	if (argc > 1)
		built = argv[1];
	if (aiot_histdisk_library() == NULL)
		return cmocka_run_group_tests(without, NULL, NULL);
	return cmocka_run_group_tests(with, NULL, NULL);
}
