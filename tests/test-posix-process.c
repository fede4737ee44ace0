/*
 * test-posix-process.c - child processes on a real loop: what becomes of their output, their end,
 * their time, of those that cannot be started, and of the task that waits for one; with pidfds and
 * without.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "aiotools-posix.h"
#include "host-stage.h"
#include "mem.h"
#include "posix.h"

struct runs {
	struct aiot_process process;
	char out[64];
	int how, at_last;
	const char *const *argv;
};

static struct aiot_process given; /* what the next task begins with */
static bool to_buffer;

static enum aiot_co runs(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct runs, self);
	self->process = given;
	if (to_buffer) {
		self->process.out = self->out;
		self->process.out_size = sizeof(self->out);
	}
	self->how = self->at_last = 1;
	AIOT_WAIT(t, aiot_process(t, &self->process));
	self->how = aiot_waited(t);
	AIOT_FINALLY(t);
	self->at_last = aiot_waited(t);
	AIOT_END(t);
}
AIOT_SERVICE(runs, struct runs, .main = runs);

static struct runs *runs_of(const char *name)
{
	return aiot_task_self(aiot_task_of(aiot_core_find(&host->core, name)));
}

static void begin(const char *name, const char *const *argv)
{
	given.argv = argv;
	assert_int_equal(aiot_host_add_task(host, &aiot_service_runs, NULL, name, NULL, NULL), 0);
	settle();
}

#define SHELL(script)                                                                              \
	(const char *const[])                                                                      \
	{                                                                                          \
		"/bin/sh", "-c", script, NULL                                                      \
	}

static struct runs *run(const char *const *argv)
{
	begin("t", argv);
	run_until("t", "done");
	return runs_of("t");
}

static int open_process(void **state)
{
	given = (struct aiot_process){.argv = NULL};
	to_buffer = false;
	return open_stage(state);
}

/* No child is left, reaped by whoever; one that was killed may take its time, one that lives hangs.
 */
static int close_process(void **state)
{
	int r = close_stage(state);

	while (waitpid(-1, NULL, 0) > 0) {
	}
	assert_int_equal(errno, ECHILD);
	return r;
}

#define P(name) cmocka_unit_test_setup_teardown(name, open_process, close_process)

/* ---- output ---- */

static void lines_go_to_the_log_and_are_there_before_the_end_is(void **state)
{
	struct runs *r = run(SHELL("echo one; echo two >&2; printf 'no end'"));

	(void)state;
	assert_int_equal(r->how, 0);
	assert_int_equal(r->process.exit_code, 0);
	assert_int_equal(r->process.exit_signal, 0);
	assert_true(r->process.pid > 0);
	assert_int_equal(logged("one"), 1);
	assert_int_equal(logged("two"), 1);
	assert_int_equal(logged("no end"), 1);
}

static void much_output_arrives_whole(void **state)
{
	struct runs *r = run(SHELL("i=0; while [ $i -lt 200 ]; do echo line $i of it; "
				   "i=$((i+1)); done"));

	(void)state;
	assert_int_equal(r->how, 0);
	assert_int_equal(logged("of it"), 200);
}

static void lines_without_end_are_cut_into_pieces(void **state)
{
	struct runs *r = run(SHELL("head -c 2500 /dev/zero | tr '\\0' x"));

	(void)state;
	assert_int_equal(r->how, 0);
	assert_int_equal(logged("xxxxxxxxxx"), 3);
}

static void output_goes_to_a_buffer_and_is_cut_there(void **state)
{
	struct runs *r;

	(void)state;
	to_buffer = true;
	r = run(SHELL("echo hello; echo logged >&2"));
	assert_string_equal(r->out, "hello\n");
	assert_int_equal(r->process.out_len, 6);
	assert_int_equal(r->process.out_lost, 0);
	assert_int_equal(logged("logged"), 1);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	r = run(SHELL("head -c 100 /dev/zero | tr '\\0' y"));
	assert_int_equal(r->process.out_len, 63);
	assert_int_equal(strlen(r->out), 63);
	assert_int_equal(r->process.out_lost, 37);
}

static void a_grandchild_that_keeps_the_pipe_does_not_hold_the_end(void **state)
{
	struct runs *r = run(SHELL("echo before; sleep 3600 & echo $!"));

	(void)state;
	assert_int_equal(r->how, 0);
	assert_int_equal(logged("before"), 1);
	(void)kill(-r->process.pid, SIGKILL);
}

static void stdin_is_empty_and_the_environment_grows(void **state)
{
	static const char *const env[] = {"AIOT_TEST=new", "HOME=/nowhere", NULL};
	struct runs *r;

	(void)state;
	(void)setenv("AIOT_TEST", "old", 1);
	given.env = env;
	to_buffer = true;
	r = run(SHELL("cat; echo $AIOT_TEST $HOME"));
	assert_string_equal(r->out, "new /nowhere\n");
}

/* ---- the end ---- */

static void exit_codes_and_signals_are_told(void **state)
{
	struct runs *r = run(SHELL("exit 7"));

	(void)state;
	assert_int_equal(r->process.exit_code, 7);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	r = run(SHELL("kill -9 $$"));
	assert_int_equal(r->how, 0);
	assert_int_equal(r->process.exit_code, -1);
	assert_int_equal(r->process.exit_signal, SIGKILL);
}

static void what_cannot_be_started_says_why(void **state)
{
	static const char *const none[] = {"aiot-no-such-program", NULL};
	static const char *const directory[] = {"/", NULL};
	struct runs *r;

	(void)state;
	if (getenv("AIOT_EMULATED") != NULL)
		skip(); /* qemu-user makes a fork of vfork, and posix_spawn() does not hear of it */
	r = run(none);
	assert_int_equal(r->how, -AIOT_ENOENT);
	assert_int_equal(r->process.pid, 0);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	assert_int_equal(run(directory)->how, -AIOT_EACCES);
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	assert_int_equal(run(none + 1)->how, -AIOT_EINVAL); /* nothing at all */
}

static void without_a_slash_it_is_looked_for_in_path(void **state)
{
	static const char *const words[] = {"echo", "from PATH", NULL};

	(void)state;
	assert_int_equal(run(words)->how, 0);
	assert_int_equal(logged("from PATH"), 1);
}

static void one_that_takes_too_long_is_killed(void **state)
{
	struct runs *r;

	(void)state;
	given.timeout_ms = 400; /* for the shell to come as far as its echo */
	r = run(SHELL("echo started; sleep 3600; echo never"));
	assert_int_equal(r->how, -AIOT_ETIMEDOUT);
	assert_int_equal(r->process.exit_signal, SIGTERM);
	assert_int_equal(logged("started"), 1);
	assert_int_equal(logged("never"), 0);
}

static void one_that_does_not_listen_then_is_killed_for_good(void **state)
{
	(void)state;
	given.timeout_ms = 1;
	begin("t", SHELL("trap '' TERM; while :; do sleep 1; done"));
	aiot_core_find(&host->core, "t")->spec->stop_timeout_ms = 5;
	run_until("t", "done");
	assert_int_equal(runs_of("t")->how, -AIOT_ETIMEDOUT);
	assert_true(runs_of("t")->process.exit_signal != 0);
}

/* A shell that hears SIGTERM, and a command of it that does not, nor keeps the shell's pipes. */
#define DEAF "(trap '' TERM; echo up; exec >&- 2>&-; while :; do sleep 0.01; done) & wait"

/* Whether those that a child leaves behind are left to this program; an emulator may not know how.
 */
static bool adopted;

static void adopt_orphans(void)
{
	adopted = prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
	assert_true(adopted || getenv("AIOT_EMULATED") != NULL);
}

/* What is left of a group comes to its end. */
static void assert_group_ends(pid_t pid)
{
	while (adopted ? waitpid(-pid, NULL, 0) > 0 || errno == EINTR : kill(-pid, 0) == 0)
		(void)usleep(adopted ? 0 : 1000);
	assert_true(!adopted || prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

static void what_a_shell_waited_for_outlived_its_time(void **state)
{
	pid_t pid;

	(void)state;
	adopt_orphans();
	given.timeout_ms = 20;
	begin("t", SHELL(DEAF));
	aiot_core_find(&host->core, "t")->spec->stop_timeout_ms = 5;
	pid = runs_of("t")->process.pid;
	run_until("t", "done");
	assert_int_equal(runs_of("t")->how, -AIOT_ETIMEDOUT);
	assert_int_equal(runs_of("t")->process.exit_signal, SIGTERM);
	assert_group_ends(pid);
}

/* ---- stopping ---- */

static void a_stop_gives_those_behind_a_shell_their_time(void **state)
{
	(void)state;
	begin("t", SHELL("(trap 'sleep 0.1; echo flushed; exit' TERM; echo up; "
			 "while :; do sleep 0.01; done) & wait"));
	while (logged("up") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(aiot_host_stop_task(host, "t"), 0);
	run_until("t", "stopped");
	assert_int_equal(logged("flushed"), 1);
	assert_int_equal(runs_of("t")->process.exit_signal, SIGTERM);
}

static void a_stop_kills_what_a_shell_waited_for(void **state)
{
	pid_t pid;

	(void)state;
	adopt_orphans();
	begin("t", SHELL(DEAF));
	while (logged("up") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	aiot_core_find(&host->core, "t")->spec->stop_timeout_ms = 5;
	pid = runs_of("t")->process.pid;
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	run_until("t", "none");
	assert_group_ends(pid);
}

static void a_stop_ends_the_whole_group_and_waits_for_it(void **state)
{
	(void)state;
	begin("t", SHELL("trap 'echo told; exit 3' TERM; echo up; while :; do sleep 0.01; done"));
	while (logged("up") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(aiot_host_stop_task(host, "t"), 0);
	run_until("t", "stopped");
	assert_int_equal(runs_of("t")->at_last, -AIOT_ECANCELED);
	assert_int_equal(runs_of("t")->process.exit_code, 3);
	assert_int_equal(logged("told"), 1);
}

static void one_that_ignores_the_stop_is_given_up_and_killed(void **state)
{
	int pid;

	(void)state;
	begin("t", SHELL("trap '' TERM; echo up; while :; do sleep 1; done"));
	while (logged("up") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	aiot_core_find(&host->core, "t")->spec->stop_timeout_ms = 5;
	pid = runs_of("t")->process.pid;
	assert_int_equal(aiot_host_delete_task(host, "t"), 0);
	run_until("t", "none");
	assert_int_equal(logged("did not stop within its TimeoutStopSec"), 1);
	while (kill(pid, 0) == 0) /* reaped, though its task is gone */
		(void)uv_run(&loop, UV_RUN_ONCE);
}

static void the_host_ends_although_a_killed_one_is_not_reaped(void **state)
{
	(void)state;
	begin("t", SHELL("trap '' TERM; echo up; while :; do sleep 1; done"));
	while (logged("up") == 0)
		(void)uv_run(&loop, UV_RUN_ONCE);
	aiot_core_find(&host->core, "t")->spec->stop_timeout_ms = 1;
	aiot_host_stop(host, NULL, NULL);
	assert_int_equal(aiot_host_run(host), 0);
}

/* ---- how many ---- */

static void no_more_run_at_a_time_than_allowed(void **state)
{
	unsigned i;

	(void)state;
	host->max_processes = 2;
	for (i = 0; i < 5; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", i);
		begin(name, SHELL("sleep 3600"));
	}
	assert_true(runs_of("t1")->process.pid > 0);
	assert_int_equal(runs_of("t2")->process.pid, 0);
	assert_int_equal(aiot_host_stop_task(host, "t2"), 0); /* it never had its turn */
	run_until("t2", "stopped");
	assert_int_equal(kill(runs_of("t0")->process.pid, SIGKILL), 0);
	run_until("t0", "done");
	settle();
	assert_true(runs_of("t3")->process.pid > 0);
	assert_int_equal(runs_of("t4")->process.pid, 0);
}

static void many_end_at_once(void **state)
{
	unsigned i;

	(void)state;
	host->max_processes = 20;
	for (i = 0; i < 20; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", i);
		begin(name, SHELL("echo 1; echo 2"));
	}
	for (i = 0; i < 20; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", i);
		run_until(name, "done");
		assert_int_equal(runs_of(name)->process.exit_code, 0);
	}
}

static void without_memory_the_task_fails_or_the_start_does(void **state)
{
	unsigned nth;

	(void)state;
	for (nth = 1; nth < 20; nth++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", nth);
		given.argv = SHELL("exit 0");
		assert_int_equal(
			aiot_host_add_task(host, &aiot_service_runs, NULL, name, NULL, NULL), 0);
		(void)aiot_mem_fail(nth, 1);
		settle();
		(void)aiot_mem_fail(0, 0);
		while (aiot_core_find(&host->core, name)->state != AIOT_FAILURE &&
		       aiot_core_find(&host->core, name)->state != AIOT_ENDED)
			(void)uv_run(&loop, UV_RUN_ONCE);
		if (aiot_core_find(&host->core, name)->state == AIOT_ENDED)
			assert_true(runs_of(name)->how == 0 || runs_of(name)->how == -AIOT_ENOMEM);
	}
}

#define ALL                                                                                        \
	P(lines_go_to_the_log_and_are_there_before_the_end_is), P(much_output_arrives_whole),      \
		P(lines_without_end_are_cut_into_pieces),                                          \
		P(output_goes_to_a_buffer_and_is_cut_there),                                       \
		P(a_grandchild_that_keeps_the_pipe_does_not_hold_the_end),                         \
		P(stdin_is_empty_and_the_environment_grows), P(exit_codes_and_signals_are_told),   \
		P(what_cannot_be_started_says_why), P(without_a_slash_it_is_looked_for_in_path),   \
		P(one_that_takes_too_long_is_killed),                                              \
		P(one_that_does_not_listen_then_is_killed_for_good),                               \
		P(what_a_shell_waited_for_outlived_its_time),                                      \
		P(a_stop_gives_those_behind_a_shell_their_time),                                   \
		P(a_stop_kills_what_a_shell_waited_for),                                           \
		P(a_stop_ends_the_whole_group_and_waits_for_it),                                   \
		P(one_that_ignores_the_stop_is_given_up_and_killed),                               \
		P(the_host_ends_although_a_killed_one_is_not_reaped),                              \
		P(no_more_run_at_a_time_than_allowed), P(many_end_at_once),                        \
		P(without_memory_the_task_fails_or_the_start_does)

int main(void)
{
	const struct CMUnitTest tests[] = {ALL};
	int failed = cmocka_run_group_tests_name("with pidfds", tests, NULL, NULL);

	aiot_processes_without_pidfd(true);
	return failed + cmocka_run_group_tests_name("by SIGCHLD", tests, NULL, NULL);
}
