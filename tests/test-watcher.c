/*
 * test-watcher.c - services.d/watcher.c and its parts: what is counted, what is started again, and
 * when the watchdog is fed.  The clock is the harness's; files, FIFOs and processes are real.
 */
#define _GNU_SOURCE

#include <fcntl.h>

#include "../services.d/watcher-book.h"
#include "service-stage.h"

extern const struct aiot_service aiot_service_watcher;

/* Fails at once, `times` runs long; then it waits. */
struct flaky {
	uint32_t times;
	uint32_t failed;
	uint8_t strange; /* each run fails otherwise than the one before */
};

static enum aiot_co flaky(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct flaky, self);
	if (self->failed < self->times) {
		self->failed++;
		AIOT_FAIL(t, self->strange && self->failed % 2 ? -AIOT_EINVAL : -AIOT_EIO,
			  "sensor %u is \"dry\"", (unsigned)self->failed);
	}
	for (;;)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_END(t);
}

static const struct aiot_opt flaky_opts[] = {
	AIOT_OPT_U32(struct flaky, times, "times", "1000", "runs that fail"),
	AIOT_OPT_BOOL(struct flaky, strange, "strange", "no", "in turns"),
	{0},
};

AIOT_SERVICE(flaky, struct flaky, .info = "Fails", .main = flaky, .opts = flaky_opts);

/* ---- the stage ------------------------------------------------------------------------------- */

static void start_flaky(struct aiot_test *x, const char *times)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_flaky, AIOT_TEST_ARGS("times", times)),
			 0);
}

static void start(struct aiot_test *x, const char *const *args)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_watcher, args), 0);
}

#define STAT(key) aiot_test_stat(x, "watcher", key)

static const char *report_of(struct aiot_test *x)
{
	assert_int_equal(aiot_test_ctl(x, "report watcher"), 0);
	return aiot_test_output(x);
}

/* ---- counting and starting ------------------------------------------------------------------- */

static void what_failed_is_counted_and_started_again(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "2");
	start(x, NULL);
	aiot_test_advance_ms(x, 9000);
	assert_string_equal(aiot_test_state(x, "flaky"), "failed");
	aiot_test_advance_ms(x, 1100);
	assert_string_equal(STAT("errors"), "1");
	assert_int_equal(aiot_test_logged(x, AIOT_WARN,
					  "flaky.service failed: sensor 1 is \"dry\" (1 error so "
					  "far); it is started again"),
			 1);
	aiot_test_advance_ms(x, 30000);
	assert_string_equal(STAT("errors"), "2");
	assert_string_equal(aiot_test_state(x, "flaky"), "running");
	aiot_test_advance_ms(x, 300000);
	assert_string_equal(STAT("errors"), "2");
	assert_string_equal(STAT("restarts"), "2");
}

static void a_task_that_stays_failed_is_counted_once(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "1000");
	start(x, AIOT_TEST_ARGS("restart", "no"));
	aiot_test_advance_ms(x, 600000);
	assert_string_equal(STAT("errors"), "1");
	assert_string_equal(STAT("restarts"), "0");
	assert_string_equal(aiot_test_state(x, "flaky"), "failed");
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "not started from here"), 0);
	assert_int_equal(aiot_test_ctl(x, "start flaky"), 1); /* it fails at once */
	aiot_test_advance_ms(x, 60000);
	assert_string_equal(STAT("errors"), "2");
}

static void exceptions_are_counted_and_left_alone(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "1000");
	(void)aiot_test_ctl(x, "add flaky --name other"); /* it fails at once */
	start(x, AIOT_TEST_ARGS("except", "no-such, fla*"));
	aiot_test_advance_ms(x, 100500);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "flaky.service failed"), 1);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "it is not started from here"), 1);
	assert_string_equal(STAT("errors"), "5");
	assert_string_equal(STAT("restarts"), "4");
}

static void one_with_a_schedule_is_left_to_it(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "1000");
	assert_int_equal(aiot_test_ctl(x, "schedule flaky --every 1h"), 0);
	start(x, NULL);
	aiot_test_advance_ms(x, 7200000 + 60000);
	assert_string_equal(aiot_test_state(x, "flaky"), "scheduled");
	assert_string_equal(STAT("restarts"), "0");
	assert_true(strtol(STAT("errors"), NULL, 10) >= 2);
}

static void the_report_tells_kinds_and_the_last_words(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(aiot_test_start(x, &aiot_service_flaky,
					 AIOT_TEST_ARGS("times", "3", "strange", "yes")),
			 0);
	start(x, AIOT_TEST_ARGS("after", "1s", "every", "1s"));
	aiot_test_advance_ms(x, 10000);
	assert_non_null(strstr(report_of(x), "    3 errors, 3 restarts\n"
					     "    flaky.service: 3 restarts\n"
					     "        EINVAL: 2\n"
					     "        EIO: 1\n"
					     "        last: sensor 3 is \"dry\"\n"));
	assert_int_equal(aiot_test_ctl(x, "call watcher clear"), 0);
	assert_non_null(strstr(report_of(x), "0 errors, 0 restarts\n"));
	assert_null(strstr(report_of(x), "flaky"));
}

static void what_was_cleared_is_not_counted_again(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "1000");
	start(x, AIOT_TEST_ARGS("restart", "no"));
	aiot_test_advance_ms(x, 60000);
	assert_int_equal(aiot_test_ctl(x, "call watcher clear"), 0);
	aiot_test_advance_ms(x, 60000);
	assert_string_equal(STAT("errors"), "0");
}

/* ---- too much -------------------------------------------------------------------------------- */

static void more_errors_than_a_limit_reboot(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "1000");
	start(x, AIOT_TEST_ARGS("limits", "other:0 flaky*:2", "action", "reboot", "reboot-command",
				"true", "every", "10s"));
	aiot_test_advance_ms(x, 29000);
	assert_string_equal(STAT("errors"), "2");
	assert_int_equal(aiot_test_logged(x, AIOT_ERROR, "allowed"), 0);
	aiot_test_advance_ms(x, 1100);
	assert_int_equal(aiot_test_logged(x, AIOT_ERROR,
					  "flaky.service: 3 errors, 2 allowed; action: "
					  "reboot"),
			 1);
}

static void too_many_in_all_are_told_with_each_new_one(void **state)
{
	struct aiot_test *x = *state;

	start_flaky(x, "3");
	start(x, AIOT_TEST_ARGS("max-errors", "1", "every", "10s"));
	aiot_test_advance_ms(x, 100000);
	assert_string_equal(STAT("errors"), "3");
	assert_int_equal(aiot_test_logged(x, AIOT_ERROR, "2 errors in all, 1 allowed"), 1);
	assert_int_equal(aiot_test_logged(x, AIOT_ERROR, "allowed; action: none"), 2);
}

/* ---- watchdog and LED ------------------------------------------------------------------------ */

static void the_watchdog_is_fed_after_each_pass_and_calmed_at_the_end(void **state)
{
	struct aiot_test *x = *state;

	put("dog", "");
	start(x, AIOT_TEST_ARGS("watchdog", at("dog"), "watchdog-timeout", "9s"));
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "its time-out cannot be set to 9 s"), 1);
	assert_string_equal(get("dog"), "");
	aiot_test_advance_ms(x, 9500);
	assert_string_equal(get("dog"), "...");
	assert_string_equal(STAT("fed"), "3");
	assert_string_equal(STAT("passes"), "0");
	assert_int_equal(aiot_test_ctl(x, "stop watcher"), 0);
	assert_string_equal(get("dog"), "...V");
}

static void a_failed_watcher_leaves_the_watchdog_biting(void **state)
{
	struct aiot_test *x = *state;

	put("dog", "");
	start(x, AIOT_TEST_ARGS("watchdog", at("dog"), "watchdog-timeout", "9s"));
	aiot_test_advance_ms(x, 3500);
	assert_int_equal(aiot_test_ctl(x, "set watcher limits=all"), 0);
	assert_int_equal(aiot_test_ctl(x, "restart watcher"), 1);
	assert_string_equal(aiot_test_state(x, "watcher"), "failed");
	assert_string_equal(get("dog"), ".V"); /* the restart's stop was meant */
	assert_string_equal(aiot_test_failure(x, "watcher"),
			    "limits: 'all' is not a task and how many errors it may have, as "
			    "hello.service:5");
}

static void a_watchdog_that_is_not_there_is_a_failure(void **state)
{
	struct aiot_test *x = *state;
	char words[256];

	start(x, AIOT_TEST_ARGS("watchdog", at("none")));
	(void)snprintf(words, sizeof(words), "watchdog %s: %s", at("none"), strerror(ENOENT));
	assert_string_equal(aiot_test_failure(x, "watcher"), words);
}

static void the_led_beats_and_is_given_back(void **state)
{
	struct aiot_test *x = *state;

	assert_int_equal(mkdir(at("leds"), 0700), 0);
	assert_int_equal(mkdir(at("leds/x"), 0700), 0);
	put("leds/x/brightness", "17\n");
	put("leds/x/max_brightness", "255\n");
	put("leds/x/trigger", "none [mmc0] timer\n");
	start(x, AIOT_TEST_ARGS("led", "x", "sysfs", root));
	assert_string_equal(get("leds/x/brightness"), "255");
	assert_string_equal(get("leds/x/trigger"), "none");
	aiot_test_advance_ms(x, 100);
	assert_string_equal(get("leds/x/brightness"), "0");
	aiot_test_advance_ms(x, 10000);
	assert_string_equal(aiot_test_stat(x, "watcher.service.beat", "beats"), "11");
	start_flaky(x, "1000");
	aiot_test_advance_ms(x, 100000);
	assert_true(strtol(aiot_test_stat(x, "watcher.service.beat", "beats"), NULL, 10) > 200);
	assert_int_equal(aiot_test_ctl(x, "stop watcher"), 0);
	assert_string_equal(get("leds/x/brightness"), "17");
	assert_string_equal(get("leds/x/trigger"), "mmc0");
}

/* ---- options --------------------------------------------------------------------------------- */

static void wrong_options_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *key, *value, *why;
	} cases[] = {
		{"every", "0", "every: 0 is no pause"},
		{"action", "panic", "action: is none, restart-daemon or reboot"},
		{"report", "here", "report: not an absolute path"},
		{"watchdog", "dev/watchdog", "watchdog: not an absolute path"},
		{"limits", "hello", "limits: 'hello' is not a task and how many errors"},
		{"limits", "a:1 b:x", "limits: 'b:x' is not"},
		{"limits", ":3", "limits: ':3' is not"},
		{"led", "../x", "led: '/' is not allowed"},
	};
	struct aiot_test *x = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(aiot_test_start(x, &aiot_service_watcher,
						 AIOT_TEST_ARGS(cases[i].key, cases[i].value)),
				 -AIOT_EINVAL);
		assert_non_null(strstr(aiot_test_why(x), cases[i].why));
	}
	assert_int_equal(aiot_test_start(x, &aiot_service_watcher,
					 AIOT_TEST_ARGS("action", "reboot", "reboot-command", "")),
			 -AIOT_EINVAL);
	assert_non_null(strstr(aiot_test_why(x), "reboot-command: there is none"));
}

/* ---- the book -------------------------------------------------------------------------------- */

static struct book_row *note(struct book *book, const char *text)
{
	struct aiot_json task;

	assert_int_equal(aiot_json_parse(text, strlen(text), &task, NULL), 0);
	return book_note(book, task, 1);
}

static void more_kinds_than_there_is_room_for_are_one(void **state)
{
	struct book book = {0};
	struct grow out = {0};
	char text[256];
	int i;

	(void)state;
	for (i = 0; i < 12; i++) {
		book_begin(&book);
		(void)snprintf(text, sizeof(text),
			       "{\"name\":\"a\",\"id\":1,\"runs\":%d,\"error\":{\"error\":\"E%d\","
			       "\"message\":\"m\"}}",
			       i, i);
		assert_true(note(&book, text)->fresh);
	}
	book_put_json(&book, &out);
	assert_non_null(strstr(out.text,
			       "{\"errors\":12,\"tasks\":[\n{\"name\":\"a\",\"errors\":12,"
			       "\"restarts\":0,\"at\":1,\"kinds\":{\"E0\":1,"));
	assert_non_null(strstr(out.text, "\"E7\":1,\"other\":4},\"last\":\"m\"}]}\n"));
	grow_free(&out);
	book_free(&book);
}

static void another_task_of_the_same_name_is_another_failure(void **state)
{
	struct book book = {0};

	(void)state;
	assert_true(note(&book, "{\"name\":\"a\",\"id\":1,\"runs\":1,\"error\":{}}")->fresh);
	book_begin(&book);
	assert_false(note(&book, "{\"name\":\"a\",\"id\":1,\"runs\":1,\"error\":{}}")->fresh);
	book_begin(&book);
	assert_true(note(&book, "{\"name\":\"a\",\"id\":2,\"runs\":1,\"error\":{}}")->fresh);
	assert_int_equal(book.errors, 2);
	book_free(&book);
}

static void what_a_lost_node_said_last_is_no_new_failure(void **state)
{
	struct book book = {0};

	(void)state;
	assert_null(note(&book, "{\"name\":\"b:a\",\"id\":1,\"runs\":1,\"error\":{},\"away\":{}}"));
	assert_null(note(&book, "{\"name\":\"b:a\",\"id\":1,\"runs\":1,\"result\":5}"));
	assert_int_equal(book.errors, 0);
	book_free(&book);
}

static void a_full_book_forgets_who_is_gone(void **state)
{
	struct book book = {0};
	char text[128];
	unsigned i;

	(void)state;
	for (i = 0; i <= BOOK_ROWS_MAX; i++) {
		(void)snprintf(text, sizeof(text),
			       "{\"name\":\"t%u\",\"id\":%u,\"runs\":1,\"error\":{}}", i, i);
		assert_true((note(&book, text) != NULL) == (i < BOOK_ROWS_MAX));
	}
	assert_int_equal(book.lost, 1);
	book_begin(&book);
	assert_null(note(&book, text)); /* all were there in the pass before */
	book_begin(&book);
	assert_non_null(note(&book, text));
	assert_int_equal(book.count, 1);
	book_free(&book);
}

static void names_are_taken_with_and_without_their_service(void **state)
{
	(void)state;
	assert_true(book_listed("a, hello", "hello.service"));
	assert_true(book_listed("hello.service", "hello.service"));
	assert_true(book_listed("net*", "net.service.child"));
	assert_false(book_listed("hello", "hello.service.child"));
	assert_false(book_listed("", "hello.service"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_failed_is_counted_and_started_again),
		T(a_task_that_stays_failed_is_counted_once),
		T(exceptions_are_counted_and_left_alone),
		T(one_with_a_schedule_is_left_to_it),
		T(the_report_tells_kinds_and_the_last_words),
		T(what_was_cleared_is_not_counted_again),
		T(more_errors_than_a_limit_reboot),
		T(too_many_in_all_are_told_with_each_new_one),
		T(the_watchdog_is_fed_after_each_pass_and_calmed_at_the_end),
		T(a_failed_watcher_leaves_the_watchdog_biting),
		T(a_watchdog_that_is_not_there_is_a_failure),
		T(the_led_beats_and_is_given_back),
		T(wrong_options_are_refused_with_a_sentence),
		cmocka_unit_test(more_kinds_than_there_is_room_for_are_one),
		cmocka_unit_test(another_task_of_the_same_name_is_another_failure),
		cmocka_unit_test(what_a_lost_node_said_last_is_no_new_failure),
		cmocka_unit_test(a_full_book_forgets_who_is_gone),
		cmocka_unit_test(names_are_taken_with_and_without_their_service),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
