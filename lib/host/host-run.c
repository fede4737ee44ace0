/*
 * host-run.c - aiotools-host.h's functions for control, running and the end of a host.
 *
 * Called by programs.  The end goes in steps, each begun when the one before is through: stop all
 * tasks, close the server, save what is kept, close the loop's handles, tell the program.
 */
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "history.h"
#include "install.h"
#include "keep.h"
#include "lastruns.h"
#include "mem.h"
#include "posix.h"

/* ---- control ---- */

static int need_server(struct aiot_host *host)
{
	struct aiot_server_options options = {
		.loop = host->loop,
		.commands = &host->commands,
		.host_name = host->host_name,
		.operate_group = host->operate_group,
		.read_group = host->read_group,
		.max_clients = host->max_clients,
	};
	int r = aiot_host_check_running(host);

	if (r < 0 || host->server != NULL)
		return r;
	r = aiot_server_create(&options, &host->server);
	return r < 0 ? aiot_host_fail(host, r, "no memory for the control server") : 0;
}

int aiot_host_listen(struct aiot_host *host, const char *path)
{
	int r = need_server(host);

	if (r == 0)
		r = aiot_server_listen(host->server, path, host->error, sizeof(host->error));
	if (r == 0)
		(void)aiot_format_to(host->socket_path, sizeof(host->socket_path), "%s", path);
	return r;
}

/* Where a socket that was handed over listens, for info. */
static void note_path(struct aiot_host *host, int fd)
{
	struct sockaddr_un at = {0};
	socklen_t len = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &len) == 0 && at.sun_family == AF_UNIX)
		(void)aiot_format_to(host->socket_path, sizeof(host->socket_path), "%.*s",
				     (int)sizeof(at.sun_path), at.sun_path);
}

int aiot_host_adopt(struct aiot_host *host, int fd)
{
	int r = need_server(host);

	if (r < 0) {
		(void)close(fd);
		return r;
	}
	r = aiot_server_adopt(host->server, fd, host->error, sizeof(host->error));
	if (r == 0)
		note_path(host, fd);
	return r;
}

/* ---- running and ending ---- */

int aiot_host_run(struct aiot_host *host)
{
	while (!host->stopped && uv_run(host->loop, UV_RUN_ONCE) != 0) {
		/* every turn of the loop is one round of this */
	}
	return 0;
}

static void all_closed(struct aiot_host *host)
{
	(void)close(host->core_fd);
	if (host->clock_fd >= 0)
		(void)close(host->clock_fd);
	host->clock_fd = -1;
	host->stopped = true;
	if (host->stopped_fn != NULL)
		host->stopped_fn(host->stopped_arg);
}

static void history_written(struct aiot_host *host)
{
	aiot_loop_close(host, all_closed);
}

static void runs_saved(struct aiot_host *host)
{
	aiot_history_finish(host, history_written);
}

static void files_kept(struct aiot_host *host)
{
	aiot_lastruns_finish(host, runs_saved);
}

static void server_closed(void *arg)
{
	struct aiot_host *host = arg;

	host->server = NULL;
	aiot_processes_finish(host);
	aiot_inspects_finish(host);
	aiot_install_finish(host);
	aiot_mem_free(host->looked);
	host->looked = NULL;
	aiot_keep_finish(host, files_kept);
}

static int newer(const void *a, const void *b)
{
	const struct aiot_entry *const *x = a, *const *y = b;

	return aiot_entry_id(*x) < aiot_entry_id(*y) ? 1 : -1;
}

/* A board's end of a stop is not waited for: its tasks only cease to be of this program. */
static void stop_one(struct aiot_host *host, struct aiot_entry *e)
{
	if (aiot_entry_elsewhere(e) && e->state == AIOT_STOPPING)
		(void)e->spec->place->ops->stop(e->spec->place, e);
	else
		(void)aiot_core_stop(&host->core, e, false);
}

/* The newest first; in name order if there is no memory to sort them. */
static void stop_all(struct aiot_host *host)
{
	uint32_t n = 0, i, max = aiot_core_count(&host->core);
	struct aiot_entry **sorted = aiot_mem_alloc((max + 1) * sizeof(struct aiot_entry *));
	char name[AIOT_NAME_MAX + 1] = ""; /* a copy: a task that is stopped may leave */
	struct aiot_entry *e;

	while ((e = aiot_core_match(&host->core, "*", name)) != NULL) {
		memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		e->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
		if (sorted != NULL && n < max)
			sorted[n++] = e;
		else
			stop_one(host, e);
	}
	if (sorted != NULL)
		qsort(sorted, n, sizeof(struct aiot_entry *), newer);
	for (i = 0; i < n; i++)
		stop_one(host, sorted[i]);
	aiot_mem_free(sorted);
}

void aiot_host_break(struct aiot_host *host, const char *name, const char *what)
{
	if (host->broken[0] != '\0')
		return;
	(void)aiot_format_to(host->broken, sizeof(host->broken), "%s: %s", name, what);
	aiot_loop_wake(host);
}

static void stop_broken(struct aiot_host *host)
{
	host->exit_code = 1;
	aiot_host_log(host, AIOT_ERROR, "%s; stopping", host->broken);
	if (host->print != NULL)
		host->print(host->arg, host->broken);
	if (host->on_stop != NULL)
		host->on_stop(host->arg);
	else
		aiot_host_stop(host, NULL, NULL);
}

int aiot_host_exit_code(const struct aiot_host *host)
{
	return host->exit_code;
}

/* What was started meanwhile, by a client or a service, is stopped as well. */
void aiot_host_stop_step(struct aiot_host *host)
{
	if (host->broken[0] != '\0' && !host->stopping)
		stop_broken(host);
	if (!host->stopping || host->closing)
		return;
	if (host->core.alive > host->core.stopping)
		stop_all(host);
	if (host->core.alive > 0 || aiot_install_busy(host))
		return;
	host->closing = true;
	aiot_host_log_milestone(host, "stopped");
	aiot_server_close(host->server, server_closed, host);
}

void aiot_host_stop(struct aiot_host *host, void (*stopped)(void *arg), void *arg)
{
	if (stopped != NULL) {
		host->stopped_fn = stopped;
		host->stopped_arg = arg;
	}
	if (host->stopping)
		return;
	host->stopping = true;
	host->core.closed = true;
	aiot_host_log(host, AIOT_INFO, "stopping; tasks alive: %u", host->core.alive);
	stop_all(host);
	aiot_loop_wake(host);
}

void aiot_host_destroy(struct aiot_host *host)
{
	struct aiot_entry *e;

	if (host == NULL)
		return;
	if (!host->stopped) {
		aiot_host_stop(host, NULL, NULL);
		(void)aiot_host_run(host);
	}
	while ((e = aiot_core_match(&host->core, "*", "")) != NULL)
		aiot_core_delete(&host->core, e);
	if (host->owns_loop)
		(void)uv_loop_close(&host->own_loop);
	aiot_host_free(host);
}
