/*
 * test-harness.c - lib/test: a service under a clock that the test moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <aiotools-pin.h>
#include <aiotools-posix.h>
#include <aiotools-test.h>
#include <uv.h>

/* ---- a service with a bit of everything ---- */

struct part {
	const char *what;
	uint32_t every_ms;
	uint32_t turns;
	int fd[2];
	uint32_t worked;
	int32_t level;
	struct aiot_process process;
	uv_timer_t *left;
};

static void work(void *arg)
{
	*(uint32_t *)arg = 7;
}

static enum aiot_co leaves_a_handle(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	self->left = malloc(sizeof(*self->left));
	(void)uv_timer_init(aiot_uv_loop(t), self->left);
	(void)aiot_result_text(t, "left one");
	AIOT_END(t);
}

static const char *const argv[] = {"sh", "-c", "echo written; exit 3", NULL};

static enum aiot_co outside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	if (pipe(self->fd) < 0)
		AIOT_FAIL(t, -AIOT_EIO, "no pipe");
	AIOT_WAIT(t, aiot_work(t, work, &self->worked));
	self->process.argv = argv;
	AIOT_WAIT(t, aiot_process(t, &self->process));
	AIOT_WAIT(t, aiot_fd_wait(t, self->fd[0], AIOT_FD_READ, AIOT_FOREVER));
	(void)aiot_result_int(t, self->process.exit_code);
	AIOT_FINALLY(t);
	(void)close(self->fd[0]);
	(void)close(self->fd[1]);
	AIOT_END(t);
}

static enum aiot_co spins(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	for (;;)
		AIOT_YIELD(t);
	AIOT_END(t);
}

static enum aiot_co part(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	if (strcmp(self->what, "fail") == 0)
		AIOT_FAIL(t, -AIOT_EDOM, "divide by %s", "zero");
	while (strcmp(self->what, "pin") == 0) {
		if (aiot_pin_read(t, "in", &self->level) < 0)
			AIOT_FAIL(t, -AIOT_EIO, "no pin");
		if (aiot_pin_write(t, "out", self->level * 2) < 0)
			AIOT_FAIL(t, -AIOT_EACCES, "no way out");
		AIOT_SLEEP_MS(t, 1);
	}
	while (self->turns < 100000) {
		aiot_info(t, "turn %u", self->turns++);
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 2000);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	if (strcmp(((struct part *)self)->what, "refused") == 0)
		return aiot_fail(t, -AIOT_ENODEV, "there is no such thing");
	return 0;
}

struct add_args {
	uint32_t by;
};

static int add(struct aiot_task *t, void *self, const void *args)
{
	struct part *p = self;

	p->turns += ((const struct add_args *)args)->by;
	return aiot_result_int(t, p->turns);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct part, what, "what", "turn", "what it does"),
	AIOT_OPT_MS_LIVE(struct part, every_ms, "every", "1s", "pause"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct part, turns, "turns made"),
	{0},
};
static const struct aiot_opt add_opts[] = {
	AIOT_OPT_U32(struct add_args, by, "by", "1", "so many"),
	{0},
};
static const struct aiot_verb verbs[] = {
	{.name = "add",
	 .help = "more turns",
	 .fn = add,
	 .opts = add_opts,
	 .args_size = sizeof(struct add_args)},
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "outside", .fn = outside, .self_size = sizeof(struct part)},
	{.name = "leaves", .fn = leaves_a_handle, .self_size = sizeof(struct part)},
	{.name = "spins", .fn = spins, .self_size = sizeof(struct part)},
	{0},
};

AIOT_SERVICE(part, struct part, .main = part, .opts = opts, .stats = stats, .verbs = verbs,
	     .kinds = kinds, .init = init);

/* ---- the stage ---- */

static struct aiot_test *x;

static int open_stage(void **state)
{
	(void)state;
	x = aiot_test_open(NULL);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	return aiot_test_close(x);
}

static void start(const char *what)
{
	assert_int_equal(aiot_test_start(x, &aiot_service_part, AIOT_TEST_ARGS("what", what)), 0);
}

static void add_task(const char *kind)
{
	assert_int_equal(
		aiot_host_add_task(aiot_test_host(x), &aiot_service_part, kind, kind, NULL, NULL),
		0);
	aiot_test_run(x);
}

static void time_passes_only_when_it_is_told_to_and_exactly(void **state)
{
	(void)state;
	start("turn");
	assert_string_equal(aiot_test_state(x, "part"), "running");
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "1");
	aiot_test_advance_ms(x, 999);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "1");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "2");
	aiot_test_advance_ms(x, 3600000);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "3602");
	assert_int_equal(aiot_test_now_ms(x), 3601000);
	assert_int_equal(aiot_test_next(x), 1);
	assert_int_equal(aiot_test_now_ms(x), 3602000);
}

static void years_take_as_long_as_what_happens_in_them(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "set part every=30d"), 0);
	aiot_test_advance_ms(x, 10ull * 365 * 86400 * 1000);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "123");
}

static void its_log_is_there_without_the_runtimes_own_lines(void **state)
{
	(void)state;
	assert_string_equal(aiot_test_log(x), "");
	start("turn");
	aiot_test_advance_ms(x, 1000);
	assert_string_equal(aiot_test_log(x), "[INFO] [part.service] turn 0\n"
					      "[INFO] [part.service] turn 1\n");
	assert_int_equal(aiot_test_logged(x, AIOT_INFO, "turn"), 2);
	assert_int_equal(aiot_test_logged(x, AIOT_WARN, "turn"), 0);
	aiot_test_forget_log(x);
	assert_string_equal(aiot_test_log(x), "");
}

static void a_failure_has_its_words_and_its_code(void **state)
{
	(void)state;
	start("fail");
	assert_int_equal(aiot_test_until(x, "part", "failed", 2000), 0);
	assert_string_equal(aiot_test_failure(x, "part"), "divide by zero");
	assert_int_equal(aiot_test_code(x, "part"), -AIOT_EDOM);
	assert_string_equal(aiot_test_result(x, "part"), "");
	assert_string_equal(aiot_test_state(x, "other"), "");
}

static void what_a_daemon_would_not_load_is_refused_in_its_words(void **state)
{
	(void)state;
	assert_int_equal(aiot_test_start(x, &aiot_service_part, AIOT_TEST_ARGS("wat", "turn")),
			 -AIOT_EINVAL);
	assert_string_equal(aiot_test_why(x),
			    "added: 'wat' is no option of service 'part', did you mean 'what'?");
	assert_int_equal(aiot_test_start(x, &aiot_service_part, AIOT_TEST_ARGS("what", "refused")),
			 -AIOT_ENODEV);
	assert_string_equal(aiot_test_why(x), "there is no such thing");
}

static void a_stop_takes_the_time_of_its_finally(void **state)
{
	(void)state;
	start("turn");
	aiot_test_advance_ms(x, 500);
	assert_int_equal(aiot_test_ctl(x, "stop part"), 0);
	assert_string_equal(aiot_test_output(x), "part.service: stopped\n");
	assert_int_equal(aiot_test_now_ms(x), 2500);
	assert_int_equal(aiot_test_ctl(x, "start part"), 0);
	assert_int_equal(aiot_host_stop_task(aiot_test_host(x), "part.service"), 0);
	assert_int_equal(aiot_test_until(x, "part", "stopped", 1999), -AIOT_ETIMEDOUT);
	assert_int_equal(aiot_test_until(x, "part", "stopped", 1), 0);
}

static void orders_are_those_of_aiotoolsctl(void **state)
{
	(void)state;
	start("turn");
	assert_int_equal(aiot_test_ctl(x, "call part add %d", 41), 0);
	assert_string_equal(aiot_test_output(x), "42\n");
	assert_string_equal(aiot_test_output(x), "42\n");
	assert_int_equal(aiot_test_ctl(x, "call part addd"), 2);
	assert_non_null(strstr(aiot_test_output(x), "did you mean 'add'?"));
	assert_int_equal(aiot_test_ctl(x, "set part every=10s"), 0);
	aiot_test_advance_ms(x, 11000);
	assert_string_equal(aiot_test_stat(x, "part", "turns"), "44");
	assert_int_equal(aiot_test_ctl(x, "status nobody"), 4);
	assert_int_equal(aiot_test_ctl(x, "log part -n 1"), 0);
	assert_non_null(strstr(aiot_test_output(x), "2026-01-01 12:00:11 [test] [INFO] "
						    "[part.service] turn 43\n"));
	assert_int_equal(aiot_test_ctl(x, "nonsense"), 2);
	assert_int_equal(aiot_test_ctl(x, "set part 'every"), 2);
	assert_int_equal(aiot_test_ctl(x, "stop -h"), 0);
}

static void a_schedule_goes_by_the_tests_clock(void **state)
{
	(void)state;
	start("fail");
	aiot_test_advance_ms(x, 3600000);
	assert_int_equal(aiot_test_ctl(x, "schedule part --cron '0 6 * * *'"), 0);
	assert_string_equal(aiot_test_state(x, "part"), "scheduled");
	aiot_test_advance_ms(x, 17ull * 3600 * 1000 - 1);
	assert_string_equal(aiot_test_state(x, "part"), "scheduled");
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_state(x, "part"), "running");
	aiot_test_set_wall_s(x, 1767268800 + 86400 * 2);
	assert_int_equal(aiot_test_ctl(x, "timers"), 0);
	assert_non_null(strstr(aiot_test_output(x), "2026-01-04 06:00:00"));
}

static void pins_are_the_tests(void **state)
{
	(void)state;
	aiot_test_pin(x, "in", 21);
	aiot_test_pin(x, "out", 0);
	start("pin");
	assert_int_equal(aiot_test_pin_value(x, "out"), 42);
	aiot_test_pin(x, "in", 1);
	aiot_test_advance_ms(x, 1);
	assert_int_equal(aiot_test_pin_value(x, "out"), 2);
	aiot_test_pin_broken(x, "out", -AIOT_EACCES);
	aiot_test_advance_ms(x, 1);
	assert_string_equal(aiot_test_failure(x, "part"), "no way out");
}

static void what_is_outside_goes_on_in_real_time(void **state)
{
	struct part *p;

	(void)state;
	add_task("outside");
	p = aiot_test_self(x, "outside");
	assert_int_equal(aiot_test_until(x, "outside", "done", 1000), -AIOT_ETIMEDOUT);
	assert_int_equal(write(p->fd[1], "x", 1), 1);
	assert_int_equal(aiot_test_await(x, "outside", "done", 60), 0);
	assert_int_equal(p->worked, 7);
	assert_string_equal(aiot_test_result(x, "outside"), "3");
	assert_string_equal(aiot_test_log(x), "[INFO] [outside] written\n");
	assert_int_equal(aiot_test_now_ms(x), 1000);
	assert_int_equal(aiot_test_await(x, "outside", "failed", 0), -AIOT_ETIMEDOUT);
}

static void what_is_left_on_the_loop_is_told(void **state)
{
	struct aiot_test *y = aiot_test_open(NULL);
	uv_timer_t *left;

	(void)state;
	assert_int_equal(aiot_host_add_task(aiot_test_host(y), &aiot_service_part, "leaves", "l",
					    NULL, NULL),
			 0);
	aiot_test_run(y);
	assert_string_equal(aiot_test_result(y, "l"), "\"left one\"");
	left = ((struct part *)aiot_test_self(y, "l"))->left;
	assert_int_equal(aiot_test_close(y), -AIOT_EBUSY);
	uv_close((uv_handle_t *)left, NULL);
	assert_int_equal(aiot_test_close(y), 0);
	free(left);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
	const struct CMUnitTest tests[] = {
		T(time_passes_only_when_it_is_told_to_and_exactly),
		T(years_take_as_long_as_what_happens_in_them),
		T(its_log_is_there_without_the_runtimes_own_lines),
		T(a_failure_has_its_words_and_its_code),
		T(what_a_daemon_would_not_load_is_refused_in_its_words),
		T(a_stop_takes_the_time_of_its_finally),
		T(orders_are_those_of_aiotoolsctl),
		T(a_schedule_goes_by_the_tests_clock),
		T(pins_are_the_tests),
		T(what_is_outside_goes_on_in_real_time),
		cmocka_unit_test(what_is_left_on_the_loop_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
