/*
 * test-history.c - runs that have ended: what is noted of them, what conditions find, and what is
 * there again in the next run of the program.
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
#include "history-private.h"
#include "host-stage.h"
#include "mem.h"
#include "outcome.h"

static struct aiot_host_options options;

enum what {
	NOTHING,
	NUMBER,
	TEXT,
	LONG_TEXT,
	JSON,
	LONG_JSON,
	FAILS,
	WAITS,
};

struct self {
	uint32_t what;
};

static char long_text[60000];

static enum aiot_co many(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct self, self);
	if (self->what == NUMBER)
		aiot_result_int(t, -42);
	else if (self->what == TEXT)
		aiot_result_text(t, "say \"hi\"\n");
	else if (self->what == LONG_TEXT)
		aiot_result_text(t, long_text);
	else if (self->what == JSON)
		aiot_result_json(t, "{\"a\":[1,2]}");
	else if (self->what == LONG_JSON)
		aiot_result_json(t, long_text);
	else if (self->what == FAILS)
		AIOT_FAIL(t, -AIOT_EDOM, "no such thing: %d", 7);
	if (self->what == WAITS)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct self, what, "what", "0", "what comes of it"),
	{0},
};
AIOT_SERVICE(many, struct self, .main = many, .opts = opts);

static void create(void)
{
	options.runtime_dir = path_of("run");
	options.state_dir = path_of("state");
	assert_int_equal(create_host(&options), 0);
}

static void restart(void)
{
	aiot_host_destroy(host);
	(void)uv_run(&loop, UV_RUN_NOWAIT);
	create();
}

static int open_history(void **state)
{
	memset(&options, 0, sizeof(options));
	if (open_base(state) < 0)
		return -1;
	assert_int_equal(uv_loop_init(&loop), 0);
	create();
	return 0;
}

static void run_task(const char *name, enum what what)
{
	char number[8];
	const char *args[] = {"what", number, NULL};

	(void)snprintf(number, sizeof(number), "%u", what);
	assert_int_equal(aiot_host_add_task(host, &aiot_service_many, NULL, name, args, NULL), 0);
	settle();
}

static struct aiot_run newest(void)
{
	struct aiot_histcursor cursor;
	struct aiot_run run;

	aiot_histring_newest(&host->history->ring, &cursor);
	assert_true(aiot_histring_prev(&host->history->ring, &cursor, &run));
	return run;
}

/* The newest run is this, and its value is JSON that fits. */
static struct aiot_run ended(const char *name, enum aiot_action outcome, enum aiot_run_kind kind,
			     const char *value)
{
	struct aiot_run run = newest();
	struct aiot_json json;

	assert_int_equal(run.name_len, strlen(name));
	assert_memory_equal(run.name, name, run.name_len);
	assert_int_equal(run.outcome, outcome);
	assert_int_equal(run.kind, kind);
	assert_true(run.start_us <= run.end_us);
	assert_true(run.end_us <= aiot_clock_wall_ns() / 1000);
	assert_true(run.end_us > aiot_clock_wall_ns() / 1000 - 60000000);
	if (kind != AIOT_RUN_NOTHING)
		assert_int_equal(aiot_json_parse(run.value, run.value_len, &json, NULL), 0);
	if (value != NULL) {
		assert_int_equal(run.value_len, strlen(value));
		assert_memory_equal(run.value, value, run.value_len);
		assert_false(run.cut);
	}
	return run;
}

static void what_comes_of_a_run_is_noted(void **state)
{
	(void)state;
	run_task("a", NOTHING);
	(void)ended("a", AIOT_ACTION_SUCCESS, AIOT_RUN_NOTHING, "");
	run_task("b", NUMBER);
	(void)ended("b", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, "-42");
	run_task("c", TEXT);
	(void)ended("c", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, "\"say \\\"hi\\\"\\n\"");
	run_task("d", JSON);
	(void)ended("d", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, "{\"a\":[1,2]}");
	run_task("e", FAILS);
	(void)ended("e", AIOT_ACTION_FAIL, AIOT_RUN_ERROR,
		    "{\"error\":\"EDOM\",\"code\":-33,\"message\":\"no such thing: 7\"}");
	run_task("f", WAITS);
	(void)ended("e", AIOT_ACTION_FAIL, AIOT_RUN_ERROR, NULL);
	assert_int_equal(aiot_host_stop_task(host, "f"), 0);
	settle();
	(void)ended("f", AIOT_ACTION_TERMINATE, AIOT_RUN_NOTHING, "");
}

static void what_is_long_is_cut_with_a_mark_and_stays_json(void **state)
{
	struct aiot_entry *e;
	struct aiot_run run;
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(long_text) / 2; i += 2) /* characters of two bytes */
		memcpy(long_text + i, "\xc3\xa4", 2);
	run_task("text", LONG_TEXT);
	run = ended("text", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, NULL);
	assert_true(run.cut);
	assert_true(run.value_len <= AIOT_RUN_VALUE_MAX && run.value_len > 2000);
	assert_memory_equal(run.value + run.value_len - 6, "\xc3\xa4...\"", 6);
	e = aiot_core_find(&host->core, "text");
	aiot_entry_outcome(
		&host->core, e,
		aiot_outcome_error(&host->core, -AIOT_ENAMETOOLONG, long_text, 20000, NULL, NULL));
	aiot_history_acted(host, e, AIOT_ACTION_FAIL, aiot_clock_wall_ns() / 1000);
	run = ended("text", AIOT_ACTION_FAIL, AIOT_RUN_ERROR, NULL);
	assert_true(run.cut);
	assert_memory_equal(run.value + run.value_len - 5, "...\"}", 5);
	memset(long_text, '\001', 5000); /* six characters each in JSON */
	long_text[5000] = '\0';
	run_task("escaped", LONG_TEXT);
	run = ended("escaped", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, NULL);
	assert_true(run.cut);
	memset(long_text, ' ', 5000);
	memcpy(long_text, "[1", 2);
	memcpy(long_text + 5000, ",2]", 4);
	run_task("json", LONG_JSON);
	run = ended("json", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, NULL);
	assert_true(run.value_len <= AIOT_RUN_VALUE_MAX);
	memset(long_text, 0, sizeof(long_text));
}

static void the_ring_keeps_the_newest(void **state)
{
	char name[16];
	unsigned i;

	(void)state;
	options.history_bytes = AIOT_HISTRING_MIN;
	restart();
	for (i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "t%u", i);
		run_task(name, NUMBER);
	}
	assert_in_range(host->history->ring.count, 100, 599);
	assert_int_equal(host->history->ring.next_id, 601);
	(void)ended("t599", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, "-42");
}

static void a_start_that_is_refused_took_no_time(void **state)
{
	struct aiot_entry *e;

	(void)state;
	run_task("a", WAITS);
	assert_int_equal(aiot_host_stop_task(host, "a"), 0);
	settle();
	e = aiot_core_find(&host->core, "a");
	e->run_ns = 3600000000000u; /* of the run before */
	host->core.closed = false;
	(void)aiot_mem_fail(1, 1000);
	(void)aiot_entry_start(&host->core, e);
	(void)aiot_mem_fail(0, 0);
	settle();
	assert_true(newest().end_us - newest().start_us < 60000000);
}

/* ---- conditions ---- */

static void conditions_find_the_newest_of_an_action_in_a_time(void **state)
{
	int64_t from = aiot_clock_wall_ns() / 1000 - 1, us = 0, first;
	unsigned both = 1u << AIOT_ACTION_SUCCESS | 1u << AIOT_ACTION_FAIL;

	(void)state;
	assert_false(aiot_history_last(host, "a", ~0u, INT64_MIN, INT64_MAX, &us));
	run_task("a", FAILS);
	assert_true(aiot_history_last(host, "a", 1u << AIOT_ACTION_FAIL, from, INT64_MAX, &us));
	assert_int_equal(us, newest().end_us);
	first = us;
	assert_true(aiot_history_last(host, "a", 1u << AIOT_ACTION_RUN, from, INT64_MAX, &us));
	assert_int_equal(us, newest().start_us);
	assert_false(aiot_history_last(host, "a", 1u << AIOT_ACTION_SUCCESS, from, INT64_MAX, &us));
	assert_true(aiot_history_last(host, "a", both, from, INT64_MAX, NULL));
	assert_true(aiot_history_last(host, "a", both, first, first, NULL));
	assert_false(aiot_history_last(host, "a", both, first + 1, INT64_MAX, NULL));
	assert_false(aiot_history_last(host, "a", both, INT64_MIN, first - 1, NULL));
	assert_false(aiot_history_last(host, "b", both, INT64_MIN, INT64_MAX, NULL));
}

static void a_run_under_way_has_begun(void **state)
{
	int64_t from = aiot_clock_wall_ns() / 1000 - 1000, us = 0;

	(void)state;
	run_task("a", WAITS);
	assert_true(aiot_history_last(host, "a", 1u << AIOT_ACTION_RUN, from, INT64_MAX, &us));
	assert_true(us >= from && us <= aiot_clock_wall_ns() / 1000 + 1000);
	assert_false(aiot_history_last(host, "a", ~(1u << AIOT_ACTION_RUN), from, INT64_MAX, &us));
}

static void failures_in_a_row_are_counted_back(void **state)
{
	(void)state;
	assert_int_equal(aiot_history_fails(host, "a"), 0);
	aiot_history_crashed(host, "a", 1, 2);
	run_task("a", FAILS);
	assert_int_equal(aiot_history_fails(host, "a"), 1);
	run_task("b", NOTHING);
	assert_int_equal(aiot_core_start(&host->core, aiot_core_find(&host->core, "a")), 0);
	settle();
	assert_int_equal(aiot_history_fails(host, "a"), 2);
	assert_int_equal(aiot_history_fails(host, "b"), 0);
}

/* ---- where it is kept ---- */

static void info_says(const char *part)
{
	call_begin(&host->commands, "info", NULL, false);
	assert_int_equal(call_step(), AIOT_CALL_DONE);
	if (strstr(reply_text, part) == NULL)
		fail_msg("no %s in %s", part, reply_text);
}

static void in_memory_unless_asked_for(void **state)
{
	(void)state;
	run_task("a", NUMBER);
	info_says("\"history\":{\"kept\":\"in memory only\"");
	restart();
	assert_int_equal(host->history->ring.count, 0);
	assert_int_equal(access(path_of("state/history.db"), F_OK), -1);
}

static void nowhere_if_asked_for(void **state)
{
	(void)state;
	options.history_keep = AIOT_HISTORY_NONE;
	restart();
	run_task("a", FAILS);
	info_says("\"history\":{\"kept\":\"nowhere\"");
	assert_int_equal(aiot_history_fails(host, "a"), 0);
	assert_false(aiot_history_last(host, "a", ~0u, INT64_MIN, INT64_MAX, NULL));
}

static void bounds_are_checked(void **state)
{
	struct aiot_host *first = host;

	(void)state;
	options.history_bytes = 100;
	assert_int_equal(create_host(&options), -AIOT_EINVAL);
	assert_non_null(strstr(why, "out of bounds"));
	options.history_bytes = 0;
	options.history_keep = 3;
	assert_int_equal(create_host(&options), -AIOT_EINVAL);
	host = first;
}

/* In a build without SQLite this is what can be told; else the tests below. */
static void without_sqlite_on_disk_is_in_memory_and_said(void **state)
{
	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	restart();
	assert_int_equal(logged("the history of runs is kept in memory only"), 1);
	info_says("\"history\":{\"kept\":\"in memory only\",\"library\":null");
	info_says("\"features\":{\"sqlite\":null");
	info_says("built without SQLite");
	run_task("a", NUMBER);
	(void)ended("a", AIOT_ACTION_SUCCESS, AIOT_RUN_RESULT, "-42");
}

static void on_disk_it_is_there_again(void **state)
{
	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	restart();
	run_task("a", NUMBER);
	run_task("b", FAILS);
	info_says("\"kept\":\"on disk\",\"library\":\"SQLite ");
	info_says("\"features\":{\"sqlite\":\"SQLite ");
	restart();
	assert_int_equal(host->history->ring.count, 2);
	(void)ended("b", AIOT_ACTION_FAIL, AIOT_RUN_ERROR, NULL);
	assert_int_equal(aiot_history_fails(host, "b"), 1);
	run_task("c", NOTHING);
	assert_int_equal(newest().id, 3);
	restart();
	assert_int_equal(host->history->ring.count, 3);
}

static void no_more_is_read_than_the_ring_holds(void **state)
{
	char name[16];
	unsigned i;

	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	restart();
	for (i = 0; i < 600; i++) {
		(void)snprintf(name, sizeof(name), "t%u", i);
		run_task(name, NUMBER);
	}
	options.history_bytes = AIOT_HISTRING_MIN;
	restart();
	assert_in_range(host->history->ring.count, 100, 599);
	assert_int_equal(host->history->ring.next_id, 601);
	assert_int_equal(host->history->written, 600);
	assert_int_equal(host->history->lost, 0);
}

static void flush_now(void)
{
	uv_timer_t *timer = &host->history_timer;

	if (uv_is_active((uv_handle_t *)timer)) {
		assert_int_equal(uv_timer_start(timer, timer->timer_cb, 0, 0), 0);
		uv_ref((uv_handle_t *)timer);
	}
	(void)uv_run(&loop, UV_RUN_ONCE);
}

static void a_full_disk_is_said_once_and_the_runs_are_written_later(void **state)
{
	struct rlimit old, small;
	char name[16];
	unsigned i;

	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	options.history_bytes = AIOT_HISTRING_MIN;
	restart();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1024;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	run_task("a", NUMBER);
	while (logged("the history of runs is not written") == 0)
		flush_now();
	for (i = 0; i < 500; i++) { /* more than the ring holds */
		(void)snprintf(name, sizeof(name), "t%u", i);
		run_task(name, NUMBER);
	}
	flush_now();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(logged("the history of runs is not written"), 1);
	while (logged("the history of runs is written again") == 0)
		flush_now();
	assert_int_equal(host->history->written, 501);
	assert_true(host->history->lost > 0);
	assert_int_equal(host->history->lost + host->history->ring.count, 501);
	assert_string_equal(host->history->why, "");
}

static void a_damaged_database_is_set_aside(void **state)
{
	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	(void)mkdir(path_of("state"), 0755);
	write_text("state/history.db", "SQLite format 3 it says, but it is not, is it? It is not "
				       "any at all, however long it is: 100 bytes and more.");
	restart();
	assert_int_equal(logged("beginning a new one"), 1);
	run_task("a", NUMBER);
	restart();
	assert_int_equal(host->history->ring.count, 1);
	assert_int_equal(access(path_of("state/history.db.bad"), F_OK), 0);
}

static void a_file_that_was_named_is_never_set_aside(void **state)
{
	char named[128];

	(void)state;
	write_text("mine", "This is somebody's text, which was named by mistake: it stays as it "
			   "is, from its first to its last byte, of which there are many.");
	(void)snprintf(named, sizeof(named), "%s", path_of("mine"));
	options.history_keep = AIOT_HISTORY_DISK;
	options.history_file = named;
	restart();
	assert_int_equal(logged("the history of runs is kept in memory only"), 1);
	run_task("a", NUMBER);
	assert_int_equal(access(path_of("mine.bad"), F_OK), -1);
	info_says("\"kept\":\"in memory only\"");
}

static void without_memory_a_run_ends_all_the_same(void **state)
{
	unsigned long n;

	(void)state;
	options.history_keep = AIOT_HISTORY_DISK;
	restart();
	run_task("a", NUMBER);
	for (n = 1; n < 4; n++) {
		(void)aiot_mem_fail(n, 1000);
		flush_now();
		(void)aiot_mem_fail(0, 0);
	}
	while (host->history->written == 0)
		flush_now();
	assert_int_equal(host->history->written, 1);
}

#define H(name) cmocka_unit_test_setup_teardown(name, open_history, close_stage)

#define ANYWHERE                                                                                   \
	H(what_comes_of_a_run_is_noted), H(what_is_long_is_cut_with_a_mark_and_stays_json),        \
		H(the_ring_keeps_the_newest), H(a_start_that_is_refused_took_no_time),             \
		H(conditions_find_the_newest_of_an_action_in_a_time),                              \
		H(a_run_under_way_has_begun), H(failures_in_a_row_are_counted_back),               \
		H(in_memory_unless_asked_for), H(nowhere_if_asked_for), H(bounds_are_checked)

int main(int argc, char **argv)
{
	const struct CMUnitTest with[] = {
		ANYWHERE,
		H(on_disk_it_is_there_again),
		H(no_more_is_read_than_the_ring_holds),
		H(a_full_disk_is_said_once_and_the_runs_are_written_later),
		H(a_damaged_database_is_set_aside),
		H(a_file_that_was_named_is_never_set_aside),
		H(without_memory_a_run_ends_all_the_same),
	};
	const struct CMUnitTest without[] = {
		ANYWHERE,
		H(without_sqlite_on_disk_is_in_memory_and_said),
	};

	if (argc > 1)
		built = argv[1];
	if (aiot_histdisk_library() == NULL)
		return cmocka_run_group_tests(without, NULL, NULL);
	return cmocka_run_group_tests(with, NULL, NULL);
}
