/*
 * test-devop.c - services.d/devop.c and its parts: which services belong to which mode, what is
 * kept, what is waited for and written.  The clock is the harness's, files are real; what the
 * daemon's restarts make of it is in e2e/test_devop.py.
 */
#define _GNU_SOURCE

#include "../services.d/devop-keep.h"
#include "service-stage.h"

extern const struct aiot_service aiot_service_devop;

/* Works for a while, then ends. */
struct job {
	uint32_t work_ms;
	uint32_t worked;
};

static enum aiot_co job(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	AIOT_SLEEP_MS(t, self->work_ms);
	self->worked++;
	AIOT_END(t);
}

static int tell(struct aiot_task *t, void *self)
{
	aiot_print(t, "worked %u times\nand rested\n", (unsigned)((struct job *)self)->worked);
	return 0;
}

static const struct aiot_opt job_opts[] = {
	AIOT_OPT_MS(struct job, work_ms, "work", "5s", "how long it works"),
	{0},
};
static const struct aiot_stat job_stats[] = {
	AIOT_STAT_U32(struct job, worked, "times"),
	{0},
};
AIOT_SERVICE(job, struct job, .info = "Works", .main = job, .opts = job_opts, .stats = job_stats,
	     .report = tell);

/* ---- the stage ------------------------------------------------------------------------------- */

/* The job, and devop with these options besides its directory. */
#define START(x, ...)                                                                              \
	do {                                                                                       \
		assert_int_equal(aiot_test_start(x, &aiot_service_job, NULL), 0);                  \
		assert_int_equal(aiot_test_start(x, &aiot_service_devop,                           \
						 AIOT_TEST_ARGS("state-dir", root, __VA_ARGS__)),  \
				 0);                                                               \
	} while (0)

/* ---- a run ----------------------------------------------------------------------------------- */

static void it_waits_for_an_end_and_writes_what_came_of_it(void **state)
{
	struct aiot_test *x = *state;

	START(x, "modes", "test: job; app: job", "wait", "job:end");
	aiot_test_advance_ms(x, 4000);
	assert_string_equal(aiot_test_state(x, "devop"), "running");
	assert_string_equal(get("test.report"), "");
	aiot_test_advance_ms(x, 1100);
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_non_null(strstr(get("test.report"), "mode test, round 1, 2026-01-01 12:00:05\n"
						   "all that was waited for is there after 5000 "
						   "ms\n"));
	assert_non_null(strstr(get("test.report"), "job.service: done\n"));
	assert_non_null(strstr(get("test.report"), "\njob.service\n"
						   "    worked 1 times\n"
						   "    and rested\n"));
	assert_non_null(strstr(get("test.stats.json"),
			       "{\"mode\":\"test\",\"round\":0,\"waited_ms\":5000,\"tasks\":["));
	assert_non_null(strstr(get("test.stats.json"), "\"stats\":{\"worked\":1}"));
	assert_string_equal(aiot_test_result(x, "devop"),
			    "{\"mode\":\"test\",\"round\":0,\"waited_ms\":5000,\"timed_out\":"
			    "false}");
	assert_string_equal(get("devop.json"), "");
}

static void ready_is_enough_without_end(void **state)
{
	struct aiot_test *x = *state;

	START(x, "modes", "test: job", "wait", "job.service");
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_int_equal(aiot_test_now_ms(x), 0);
	assert_non_null(strstr(get("test.report"), "job.service: running\n"));
}

static void what_never_comes_is_told_in_the_report(void **state)
{
	struct aiot_test *x = *state;

	START(x, "modes", "test: job", "wait", "nobody, job:end", "wait-timeout", "10s");
	aiot_test_advance_ms(x, 10000);
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_int_equal(
		aiot_test_logged(x, AIOT_WARN, "mode test: not there after 10000 ms: nobody"), 1);
	assert_non_null(strstr(get("test.report"), "not there after 10000 ms: nobody\n"));
}

static void modes_of_unknown_services_are_refused(void **state)
{
	struct aiot_test *x = *state;

	START(x, "modes", "test: job; app: jobb");
	aiot_test_run(x);
	assert_string_equal(aiot_test_failure(x, "devop"),
			    "modes: 'app' names 'jobb', and there is no such service; aiotoolsctl "
			    "services lists them");
}

static void a_damaged_file_begins_with_the_first_mode(void **state)
{
	struct aiot_test *x = *state;

	put("devop.json", "{\"mode\":");
	START(x, "modes", "test: job; app: job");
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "beginning with the first mode"), 1);
	assert_string_equal(aiot_test_stat(x, "devop", "mode"), "\"test\"");
}

static void a_mode_that_is_gone_begins_with_the_first(void **state)
{
	struct aiot_test *x = *state;

	put("devop.json", "{\"mode\":\"old\",\"round\":3,\"over\":true}\n");
	START(x, "modes", "test: job; app: job");
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "there is no mode 'old' any more"), 1);
	assert_string_equal(aiot_test_stat(x, "devop", "round"), "0");
}

static void reports_that_cannot_be_written_are_a_failure(void **state)
{
	struct aiot_test *x = *state;
	char words[256];

	START(x, "modes", "test: job", "report-dir", "/dev/null");
	assert_int_equal(aiot_test_await(x, "devop", "failed", 60), 0);
	(void)snprintf(words, sizeof(words), "/dev/null/test.report cannot be written: %s",
		       strerror(ENOTDIR));
	assert_string_equal(aiot_test_failure(x, "devop"), words);
}

/* ---- the last mode, and verbs ---------------------------------------------------------------- */

static void behind_the_last_round_it_stays_in_the_last_mode(void **state)
{
	struct aiot_test *x = *state;

	put("devop.json", "{\"mode\":\"app\",\"round\":0,\"over\":false}\n");
	START(x, "modes", "test: job; app: job", "cycle", "yes", "reset-after", "1s");
	while (get("app.stats.json")[0] == '\0')
		aiot_test_run(x);
	while (strcmp(aiot_test_state(x, "devop"), "done") != 0) {
		aiot_test_advance_ms(x, 1000);
		(void)aiot_test_await(x, "devop", "done", 0);
	}
	assert_string_equal(get("devop.json"), "{\"mode\":\"app\",\"round\":1,\"over\":true}\n");
	assert_int_equal(
		aiot_test_logged(x, AIOT_INFO, "1 rounds are through; it stays in mode app"), 1);
}

static void a_mode_can_be_chosen_for_the_next_start(void **state)
{
	struct aiot_test *x = *state;

	START(x, "modes", "test: job; app: job; field: job");
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_int_equal(aiot_test_ctl(x, "call devop mode"), 0);
	assert_non_null(strstr(aiot_test_output(x), "test"));
	assert_int_equal(aiot_test_ctl(x, "call devop mode field"), 0);
	assert_string_equal(get("devop.json"), "{\"mode\":\"field\",\"round\":0,\"over\":false}\n");
	assert_int_equal(aiot_test_ctl(x, "call devop next"), 0);
	assert_string_equal(get("devop.json"), "{\"mode\":\"test\",\"round\":0,\"over\":false}\n");
	assert_int_equal(aiot_test_ctl(x, "call devop next"), 0);
	assert_int_not_equal(aiot_test_ctl(x, "call devop mode none"), 0);
	assert_non_null(strstr(aiot_test_output(x), "there is no mode 'none'"));
	(void)aiot_test_ctl(x, "start devop");
	assert_int_equal(aiot_test_await(x, "devop", "done", 60), 0);
	assert_string_equal(aiot_test_stat(x, "devop", "mode"), "\"app\"");
}

/* ---- options --------------------------------------------------------------------------------- */

static void wrong_options_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *key, *value, *why;
	} cases[] = {
		{"modes", "", "modes: there is none; modes = test: hello unittest; app: hello"},
		{"modes", "test", "modes: 'test': a mode is its name, a colon and its services"},
		{"modes", "../x: a", "modes: '../x: a': a mode's name is of letters"},
		{"modes", ": a", "a mode's name is of letters"},
		{"modes", "a: b; a: c", "there are two of that name"},
		{"modes", "a: b*", "its services are names"},
		{"modes", "a: hello devop.service", "devop itself is in each mode"},
		{"wait", "a:b", "wait: names of services, each as it is or with :end"},
		{"wait", "net*", "wait: names of services"},
		{"state-dir", "here", "state-dir: not an absolute path"},
		{"report-dir", "here", "report-dir: not an absolute path"},
		{"action", "none", "action: is restart-daemon or reboot"},
	};
	struct aiot_test *x = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			aiot_test_start(x, &aiot_service_devop,
					strcmp(cases[i].key, "modes") == 0
						? AIOT_TEST_ARGS("modes", cases[i].value)
						: AIOT_TEST_ARGS("modes", "a: b", cases[i].key,
								 cases[i].value)),
			-AIOT_EINVAL);
		assert_non_null(strstr(aiot_test_why(x), cases[i].why));
	}
}

/* ---- plans ----------------------------------------------------------------------------------- */

#define MODES "test: hello unittest ; app: hello,stats.service; empty:"

static void a_mode_says_what_is_on_and_what_is_off(void **state)
{
	char wrong[256];
	struct plan_mode mode;

	(void)state;
	assert_null(plan_wrong(MODES, wrong, sizeof(wrong)));
	assert_int_equal(plan_count(MODES), 3);
	assert_int_equal(plan_find(MODES, "app"), 1);
	assert_int_equal(plan_find(MODES, "ap"), -1);
	plan_mode(MODES, 2, &mode);
	assert_string_equal(mode.name, "empty");
	assert_int_equal(plan_wants(MODES, 0, "hello.service"), PLAN_ON);
	assert_int_equal(plan_wants(MODES, 0, "stats"), PLAN_OFF);
	assert_int_equal(plan_wants(MODES, 1, "stats"), PLAN_ON);
	assert_int_equal(plan_wants(MODES, 2, "hello"), PLAN_OFF);
	assert_int_equal(plan_wants(MODES, 0, "other"), PLAN_SILENT);
}

static void names_become_parameters(void **state)
{
	struct grow on = {0}, off = {0};

	(void)state;
	assert_int_equal(plan_put_names(MODES, 1, PLAN_ON, &on), 2);
	assert_string_equal(on.text, "{\"names\":[\"hello\",\"stats\"]}");
	assert_int_equal(plan_put_names(MODES, 1, PLAN_OFF, &off), 1);
	assert_string_equal(off.text, "{\"names\":[\"unittest\"]}");
	grow_free(&on);
	grow_free(&off);
}

static void sixteen_modes_are_all(void **state)
{
	char modes[256] = "", wrong[256];
	int i;

	(void)state;
	for (i = 0; i < 17; i++) {
		assert_true(i < 17 && (i == 0 || plan_wrong(modes, wrong, sizeof(wrong)) == NULL));
		(void)snprintf(modes + strlen(modes), sizeof(modes) - strlen(modes), "m%d: a;", i);
	}
	assert_string_equal(plan_wrong(modes, wrong, sizeof(wrong)),
			    "modes: 'm16: a': it is the 17th, and 16 are all");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_waits_for_an_end_and_writes_what_came_of_it),
		T(ready_is_enough_without_end),
		T(what_never_comes_is_told_in_the_report),
		T(modes_of_unknown_services_are_refused),
		T(a_damaged_file_begins_with_the_first_mode),
		T(a_mode_that_is_gone_begins_with_the_first),
		T(reports_that_cannot_be_written_are_a_failure),
		T(behind_the_last_round_it_stays_in_the_last_mode),
		T(a_mode_can_be_chosen_for_the_next_start),
		T(wrong_options_are_refused_with_a_sentence),
		cmocka_unit_test(a_mode_says_what_is_on_and_what_is_off),
		cmocka_unit_test(names_become_parameters),
		cmocka_unit_test(sixteen_modes_are_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
