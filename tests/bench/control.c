/*
 * control.c - what it takes to ask: round trips on one connection, and aiotoolsctl as a process.
 *
 * The host asked is in another process.  Everything is kept on one core: there a message costs
 * least, so that the part of it which is ours shows most, and figures do not jump with the
 * scheduler's choice of a core.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define STATUS_ONE                                                                                 \
	"{\"method\":\"io.aiotools.Task.Status\",\"parameters\":{\"names\":[\"task00000007\"],"    \
	"\"log\":false}}"
#define TURNS 5
#define REQUESTS 400u /* a turn */
#define REPLY_BYTES 65536u
#define ASKED_TASKS 20u

extern char **environ;

/* ---- round trips ---- */

static int round_trips(const char *path, double *us)
{
	static char reply[REPLY_BYTES];
	int fd = bench_connect(path);
	unsigned i;

	for (i = 0; i < REQUESTS; i++) {
		uint64_t began = bench_now_ns();

		if (bench_request(fd, STATUS_ONE, reply, sizeof(reply)) < 0)
			return bench_fail("no reply");
		us[i] = (double)(bench_now_ns() - began) / 1000;
	}
	(void)close(fd);
	return 0;
}

static int alternate(const char *ours, const char *theirs, struct bench_figure *ret)
{
	static double us[2][TURNS * REQUESTS];
	unsigned i;

	for (i = 0; i < TURNS; i++) {
		if (round_trips(ours, us[0] + i * REQUESTS) < 0 ||
		    round_trips(theirs, us[1] + i * REQUESTS) < 0)
			return -1;
	}
	ret->value = bench_median(us[0], TURNS * REQUESTS);
	ret->beside = bench_median(us[1], TURNS * REQUESTS);
	return 0;
}

/* One reply, as it comes from the server. */
static int learn_reply(const char *path, struct bench_reply *ret)
{
	static char reply[REPLY_BYTES];
	int fd = bench_connect(path);
	ssize_t len = bench_request(fd, STATUS_ONE, reply, sizeof(reply));

	(void)close(fd);
	if (len < 0 || strstr(reply, "\"task00000007\"") == NULL)
		return bench_fail("no status of a task, but: %s", len < 0 ? "nothing" : reply);
	ret->bytes = reply;
	ret->len = (size_t)len;
	return 0;
}

static int round_trip(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_tasks tasks = {.count = row->count};
	struct bench_server ours, theirs;
	struct bench_reply reply;
	int r;

	bench_one_core();
	if (bench_server_start((struct bench_service){bench_serve_tasks, &tasks}, &ours) < 0)
		return -1;
	r = learn_reply(ours.path, &reply);
	if (r == 0)
		r = bench_server_start((struct bench_service){bench_serve_reply, &reply}, &theirs);
	if (r == 0) {
		r = alternate(ours.path, theirs.path, ret);
		bench_server_stop(&theirs);
	}
	bench_server_stop(&ours);
	return r;
}

/* ---- aiotoolsctl ---- */

/* From spawn to exit, its output read and thrown away; microseconds, or -1. */
static double run_program(char *const *argv)
{
	static char output[REPLY_BYTES];
	uint64_t began = bench_now_ns();
	posix_spawn_file_actions_t actions;
	int fds[2], status = -1, r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return bench_fail("no pipe");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	r = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(fds[1]);
	while (r == 0 && read(fds[0], output, sizeof(output)) > 0) {
		/* only to make room */
	}
	(void)close(fds[0]);
	if (r != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return bench_fail("%s: exit status %d", argv[0], r ? r : status >> 8);
	return (double)(bench_now_ns() - began) / 1000;
}

int bench_programs(unsigned runs, char *const *ours, char *const *theirs, struct bench_figure *ret)
{
	double us[2][BENCH_PROGRAMS_MAX];
	unsigned i;

	for (i = 0; i < runs; i++) {
		us[0][i] = run_program(ours);
		us[1][i] = theirs ? run_program(theirs) : 0;
		if (us[0][i] < 0 || us[1][i] < 0)
			return -1;
	}
	ret->value = bench_median(us[0], runs);
	ret->beside = bench_median(us[1], runs);
	return 0;
}

static int ctl_status(const struct bench_row *row, const char *name, unsigned runs,
		      struct bench_figure *ret)
{
	struct bench_tasks tasks = {.count = row->count};
	struct bench_server server;
	char *ours[] = {CTL_PATH, "--socket", server.path, "status", (char *)(uintptr_t)name, NULL};
	char *theirs[] = {CLIENT_PATH, server.path, STATUS_ONE, NULL};
	int r;

	bench_one_core();
	if (bench_server_start((struct bench_service){bench_serve_tasks, &tasks}, &server) < 0)
		return -1;
	r = bench_programs(runs, ours, name ? theirs : NULL, ret);
	bench_server_stop(&server);
	return r;
}

static int ctl_status_one(const struct bench_row *row, struct bench_figure *ret)
{
	return ctl_status(row, "task00000007", 100, ret);
}

static int ctl_status_all(const struct bench_row *row, struct bench_figure *ret)
{
	int r = ctl_status(row, NULL, 15, ret);

	ret->value /= 1000;
	return r;
}

/* ---- rows ---- */

#define ECHO "a libuv server that sends the same"
#define CLIENT "a client that prints the reply as it is"
const struct bench_row bench_rows_control[] = {
	{"roundtrip_p50", "us", ECHO, 1.5, true, ASKED_TASKS, round_trip},
	{"ctl_status_one", "us", CLIENT, 1.3, true, ASKED_TASKS, ctl_status_one},
	{"ctl_status_1k", "ms", NULL, 4, false, 1000, ctl_status_all},
	{"ctl_status_10k", "ms", NULL, 25, false, 10000, ctl_status_all},
	{0},
};
