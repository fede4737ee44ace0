/*
 * services.c - what many services cost: from their INI files to running tasks, listed, and looked
 * through for changes.
 *
 * Files lie in a directory that is made before anything is measured, so that they are in memory, as
 * those of a daemon that starts again are.
 */
#include <aiotools-host.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "host.h"

#define ROUNDS 9
#define MODULES_MAX 100u

extern char **environ;

/* ---- files ---- */

static struct {
	char dir[64], modules[80];
	const char *config_dirs[2], *module_dirs[2];
	uint32_t count;
} stage;

static int copy_module(uint32_t number)
{
	char path[128];
	int from = open(MANY_PATH, O_RDONLY | O_CLOEXEC), to;
	struct stat st;
	ssize_t n = -1;

	(void)snprintf(path, sizeof(path), "%s/many%02u.so", stage.modules, number % MODULES_MAX);
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (from >= 0 && to >= 0 && fstat(from, &st) == 0)
		n = sendfile(to, from, NULL, (size_t)st.st_size);
	(void)close(from);
	(void)close(to);
	return n > 0 ? 0 : bench_fail("%s: %s", path, strerror(errno));
}

static int write_unit(uint32_t number, uint32_t modules)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/services.d/task%08u.ini", stage.dir, number);
	file = fopen(path, "w");
	if (file == NULL)
		return bench_fail("%s: %s", path, strerror(errno));
	(void)fprintf(file,
		      "[Service]\nDescription = One of many\nModule = many%02u\n\n[Args]\n"
		      "word = %u\n",
		      number % modules, number);
	return fclose(file) == 0 ? 0 : bench_fail("%s: %s", path, strerror(errno));
}

static int make_stage(uint32_t count, uint32_t modules)
{
	char path[128];
	uint32_t i;

	(void)umask(022);
	(void)snprintf(stage.dir, sizeof(stage.dir), "/tmp/aiotools-bench-XXXXXX");
	if (mkdtemp(stage.dir) == NULL)
		return bench_fail("no directory %s: %s", stage.dir, strerror(errno));
	(void)snprintf(stage.modules, sizeof(stage.modules), "%s/modules", stage.dir);
	(void)snprintf(path, sizeof(path), "%s/services.d", stage.dir);
	if (mkdir(stage.modules, 0755) < 0 || mkdir(path, 0755) < 0)
		return bench_fail("no directory below %s: %s", stage.dir, strerror(errno));
	stage.config_dirs[0] = stage.dir;
	stage.module_dirs[0] = stage.modules;
	stage.count = count;
	for (i = 0; i < modules; i++) {
		if (copy_module(i) < 0)
			return -1;
	}
	for (i = 0; i < count; i++) {
		if (write_unit(i, modules) < 0)
			return -1;
	}
	return 0;
}

static void remove_stage(void)
{
	char *argv[] = {"/bin/rm", "-rf", stage.dir, NULL};
	pid_t rm;

	if (posix_spawn(&rm, argv[0], NULL, NULL, argv, environ) == 0)
		(void)waitpid(rm, NULL, 0);
}

/* ---- from files to running tasks ---- */

static void print_nothing(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

static struct aiot_host *make_host(void)
{
	struct aiot_host_options options = {
		.size = sizeof(options),
		.name = "bench",
		.config_dirs = stage.config_dirs,
		.module_dirs = stage.module_dirs,
		.print = print_nothing,
	};
	struct aiot_host *host;
	char why[512];

	if (aiot_host_create(&options, &host, why, sizeof(why)) == 0)
		return host;
	(void)bench_fail("no host: %s", why);
	return NULL;
}

static bool all_run(struct aiot_host *host)
{
	const char *state;
	char name[32];
	uint32_t i;

	for (i = 0; i < stage.count; i++) {
		(void)snprintf(name, sizeof(name), "task%08u.service", i);
		state = aiot_host_task_state(host, name);
		if (state == NULL || strcmp(state, "running") != 0)
			return bench_fail("%s is %s: %s", name, state ? state : "not loaded",
					  aiot_host_error(host)) == 0;
	}
	return true;
}

/* Until every task has had its first step: the loop is idle while some have not. */
static void settle(struct aiot_host *host)
{
	while (uv_is_active((uv_handle_t *)&host->core_idle))
		(void)uv_run(host->loop, UV_RUN_NOWAIT);
}

/* Loaded is not yet begun: the loop gives each its first step, and only then looks at the time. */
static int start(uint32_t count, struct bench_result *ret)
{
	struct aiot_host *host = make_host();
	uint64_t began;

	(void)count;
	if (host == NULL)
		return -1;
	began = bench_now_ns();
	if (aiot_host_reload(host) < 0 || aiot_host_load(host, NULL) < 0)
		return bench_fail("%s", aiot_host_error(host));
	settle(host);
	ret->value = (double)(bench_now_ns() - began) / (double)MS_NS;
	return all_run(host) ? 0 : -1;
}

static int start_all(const struct bench_row *row, uint32_t modules, struct bench_figure *ret)
{
	struct bench_side ours = {start, row->count}, none = {NULL, 0};
	int r = make_stage(row->count, modules);

	if (r == 0)
		r = bench_rounds(ROUNDS, ours, none, ret);
	remove_stage();
	return r;
}

static int start_one_module(const struct bench_row *row, struct bench_figure *ret)
{
	return start_all(row, 1, ret);
}

static int start_many_modules(const struct bench_row *row, struct bench_figure *ret)
{
	return start_all(row, row->count, ret);
}

/* ---- asked by aiotoolsctl ---- */

static int serve(const char *path, const void *arg)
{
	struct aiot_host *host = make_host();

	(void)arg;
	if (host == NULL || aiot_host_reload(host) < 0 || aiot_host_load(host, NULL) < 0)
		return -1;
	settle(host);
	if (!all_run(host))
		return -1;
	if (aiot_host_listen(host, path) < 0)
		return bench_fail("%s", aiot_host_error(host));
	return aiot_host_run(host);
}

static int ask(const struct bench_row *row, char *verb, char *word, struct bench_figure *ret)
{
	struct bench_server server;
	char *argv[] = {CTL_PATH, "--socket", server.path, verb, word, NULL};
	int r = make_stage(row->count, 1);

	bench_one_core();
	if (r == 0)
		r = bench_server_start((struct bench_service){serve, NULL}, &server);
	if (r == 0) {
		r = bench_programs(15, argv, NULL, ret);
		ret->value /= 1000;
		bench_server_stop(&server);
	}
	remove_stage();
	return r;
}

static int list(const struct bench_row *row, struct bench_figure *ret)
{
	return ask(row, "services", NULL, ret);
}

static int reload(const struct bench_row *row, struct bench_figure *ret)
{
	return ask(row, "reload", "--changed", ret);
}

/* ---- rows ---- */

const struct bench_row bench_rows_services[] = {
	{"svc_start_1k", "ms", NULL, 50, false, 1000, start_one_module},
	{"svc_start_100so", "ms", NULL, 100, false, 100, start_many_modules},
	{"ctl_services_10k", "ms", NULL, 25, false, 10000, list},
	{"reload_unchanged_1k", "ms", NULL, 20, false, 1000, reload},
	{0},
};
