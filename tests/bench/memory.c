/*
 * memory.c - what tasks and an idle daemon take, and how soon many tasks run.
 */
#include <aiotools-host.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "bench.h"
#include "host.h"

#define SETTLE_MS 300

/* ---- tasks ---- */

static double heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return (double)(info.uordblks + info.hblkhd);
}

static int sleeping_bytes(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host = bench_host(NULL);
	double before;

	/* What all tasks of a kind share comes with the first. */
	if (host == NULL ||
	    aiot_host_add_task(host, &aiot_service_sleeper, NULL, "first", NULL, NULL) < 0)
		return -1;
	before = heap_bytes();
	if (bench_add_sleepers(host, count) < 0)
		return -1;
	while (host->core.steps < count)
		(void)uv_run(host->loop, UV_RUN_ONCE);
	ret->value = (heap_bytes() - before) / count;
	return 0;
}

/* A uv timer as a program has it: in memory of its own. */
static int timer_bytes(uint32_t count, struct bench_result *ret)
{
	double before = heap_bytes();
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (malloc(sizeof(uv_timer_t)) == NULL)
			return bench_fail("no memory");
	}
	ret->value = (heap_bytes() - before) / count;
	return 0;
}

static int task_bytes(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {sleeping_bytes, row->count}, theirs = {timer_bytes, row->count};

	return bench_rounds(1, ours, theirs, ret);
}

static int start_tasks(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host = bench_host(NULL);
	uint64_t began = bench_now_ns();

	if (host == NULL || bench_add_sleepers(host, count) < 0)
		return -1;
	while (host->core.steps < count)
		(void)uv_run(host->loop, UV_RUN_ONCE);
	ret->value = (double)(bench_now_ns() - began) / MS_NS;
	return 0;
}

static int start(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_side ours = {start_tasks, row->count}, none = {NULL, 0};

	return bench_rounds(9, ours, none, ret);
}

/* ---- the daemon ---- */

static double private_dirty_mb(pid_t pid)
{
	unsigned long kb = 0;
	char text[256];
	FILE *file;

	(void)snprintf(text, sizeof(text), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(text, "r");
	while (file != NULL && fgets(text, sizeof(text), file) != NULL) {
		if (sscanf(text, "Private_Dirty: %lu", &kb) == 1)
			break;
	}
	if (file != NULL)
		(void)fclose(file);
	return (double)kb / 1024;
}

static double idle_mb(struct bench_server *server, char *const *argv)
{
	double mb;

	if (bench_server_exec(server, argv) < 0)
		return 0;
	(void)poll(NULL, 0, SETTLE_MS);
	mb = private_dirty_mb(server->pid);
	bench_server_stop(server);
	return mb;
}

static int idle(const struct bench_row *row, struct bench_figure *ret)
{
	struct bench_server ours, theirs;
	char *daemon[] = {
		DAEMON_PATH, "--quiet",	    "--config-dir", ours.dir,	    "--runtime-dir",
		ours.dir,    "--state-dir", ours.dir,	    "--module-dir", ours.dir,
		NULL};
	char *program[] = {IDLE_PATH, theirs.path, NULL};

	(void)row;
	if (bench_server_place(&ours) < 0 || bench_server_place(&theirs) < 0)
		return -1;
	ret->value = idle_mb(&ours, daemon);
	ret->beside = idle_mb(&theirs, program);
	return ret->value > 0 && ret->beside > 0 ? 0 : -1;
}

/* ---- rows ---- */

#define IDLE "an idle libuv program"
#define TIMER "a uv timer, no name"
const struct bench_row bench_rows_memory[] = {
	{"task_bytes", "bytes", TIMER, 192, false, 100000, task_bytes},
	{"idle_memory", "MB", IDLE, 1, false, 0, idle},
	{"start_1k", "ms", NULL, 20, false, 1000, start},
	{0},
};
