/*
 * test-harness.c - lib/test/harness.c: time that a test moves, and what is outside of it.
 */
#include <aiotools-posix.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "harness-stage.h"
#include "host.h"

/* ---- tasks that have to do with the world ---- */

struct out_there {
	int fd[2];
	uint32_t worked;
	struct aiot_process process;
	uv_timer_t *left;
};

static void work(void *arg)
{
	*(uint32_t *)arg = 7;
}

static enum aiot_co leaves_a_handle(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct out_there, self);
	self->left = malloc(sizeof(*self->left));
	(void)uv_timer_init(aiot_uv_loop(t), self->left);
	(void)aiot_result_text(t, "left one");
	AIOT_END(t);
}

static const char *const argv[] = {"sh", "-c", "echo written; exit 3", NULL};

static enum aiot_co outside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct out_there, self);
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

static const char *const forever[] = {
	"sh", "-c", "trap 'echo put away; exit 5' TERM; echo ready; sleep 1000 & wait", NULL};

static enum aiot_co keeps_a_process(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct out_there, self);
	self->process.argv = forever;
	AIOT_WAIT(t, aiot_process(t, &self->process));
	AIOT_FINALLY(t);
	aiot_info(t, "it ended with %d", self->process.exit_code);
	AIOT_END(t);
}

static char read_byte(int fd)
{
	char byte = '\0';

	while (read(fd, &byte, 1) < 0) {
	}
	return byte;
}

/* Says that it has begun, and then waits for an answer. */
static void blocks(void *arg)
{
	int fd = *(int *)arg;
	char byte = 'b';

	if (write(fd, &byte, 1) == 1)
		(void)read_byte(fd);
}

static enum aiot_co works(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct out_there, self);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, self->fd) < 0)
		AIOT_FAIL(t, -AIOT_EIO, "no sockets");
	AIOT_WAIT(t, aiot_work(t, blocks, self->fd));
	AIOT_FINALLY(t);
	(void)close(self->fd[0]);
	(void)close(self->fd[1]);
	AIOT_END(t);
}

static enum aiot_co spins(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct out_there, self);
	for (;;)
		AIOT_YIELD(t);
	AIOT_END(t);
}

static const struct aiot_kind kinds[] = {
	{.name = "outside", .fn = outside, .self_size = sizeof(struct out_there)},
	{.name = "keeps", .fn = keeps_a_process, .self_size = sizeof(struct out_there)},
	{.name = "works", .fn = works, .self_size = sizeof(struct out_there)},
	{.name = "leaves", .fn = leaves_a_handle, .self_size = sizeof(struct out_there)},
	{.name = "spins", .fn = spins, .self_size = sizeof(struct out_there)},
	{0},
};

AIOT_SERVICE(world, struct out_there, .kinds = kinds);

static void add_task(const char *kind)
{
	assert_int_equal(
		aiot_host_add_task(aiot_test_host(x), &aiot_service_world, kind, kind, NULL, NULL),
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

static void what_is_outside_goes_on_in_real_time(void **state)
{
	struct out_there *p;

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

static void a_line_that_comes_from_outside_is_waited_for(void **state)
{
	(void)state;
	add_task("keeps");
	assert_int_equal(aiot_test_await_log(x, AIOT_INFO, "ready", 60), 0);
	assert_int_equal(aiot_test_await_log(x, AIOT_WARN, "ready", 0), -AIOT_ETIMEDOUT);
	assert_int_equal(aiot_test_now_ms(x), 0);
}

static void a_stop_lets_a_process_end_by_itself(void **state)
{
	(void)state;
	add_task("keeps");
	assert_int_equal(aiot_test_await_log(x, AIOT_INFO, "ready", 60), 0);
	assert_int_equal(aiot_test_ctl(x, "stop keeps"), 0);
	assert_string_equal(aiot_test_output(x), "keeps: stopped\n");
	assert_string_equal(aiot_test_log(x), "[INFO] [keeps] ready\n[INFO] [keeps] put away\n"
					      "[INFO] [keeps] it ended with 5\n");
	assert_int_equal(aiot_test_now_ms(x), 0);
}

/* No real time is spent on what will not come. */
static void shorten_stop(const char *name)
{
	struct aiot_entry *e = aiot_entry_named(&aiot_test_host(x)->core, name);

	((struct aiot_spec *)(uintptr_t)e->spec)->stop_timeout_ms = 1;
}

static void work_that_does_not_end_is_waited_for_once(void **state)
{
	struct out_there *p;

	(void)state;
	add_task("works");
	p = aiot_test_self(x, "works");
	shorten_stop("works");
	assert_int_equal(read_byte(p->fd[1]), 'b');
	assert_int_equal(aiot_test_ctl(x, "stop works"), 1);
	assert_non_null(strstr(aiot_test_output(x), "still waits"));
	assert_int_equal(write(p->fd[1], "x", 1), 1);
	assert_int_equal(aiot_test_await(x, "works", "stopped", 60), 0);
}

static void what_is_left_on_the_loop_is_told(void **state)
{
	struct aiot_test *y = aiot_test_open(NULL);
	uv_timer_t *left;

	(void)state;
	assert_int_equal(aiot_host_add_task(aiot_test_host(y), &aiot_service_world, "leaves", "l",
					    NULL, NULL),
			 0);
	aiot_test_run(y);
	assert_string_equal(aiot_test_result(y, "l"), "\"left one\"");
	left = ((struct out_there *)aiot_test_self(y, "l"))->left;
	assert_int_equal(aiot_test_close(y), -AIOT_EBUSY);
	uv_close((uv_handle_t *)left, NULL);
	assert_int_equal(aiot_test_close(y), 0);
	free(left);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(time_passes_only_when_it_is_told_to_and_exactly),
		T(years_take_as_long_as_what_happens_in_them),
		T(what_a_daemon_would_not_load_is_refused_in_its_words),
		T(a_stop_takes_the_time_of_its_finally),
		T(what_is_outside_goes_on_in_real_time),
		T(a_line_that_comes_from_outside_is_waited_for),
		T(a_stop_lets_a_process_end_by_itself),
		T(work_that_does_not_end_is_waited_for_once),
		cmocka_unit_test(what_is_left_on_the_loop_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
