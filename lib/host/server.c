/*
 * server.c - the control server: its life, its clock, and the calls that wait; see server.h.
 *
 * Called by its owner; server-private.h has the map of the files.  One timer serves the time-outs
 * of all connections; it runs only while something is due.  A poke runs the calls that wait in the
 * same turn of the loop: `idle` comes before the poll and keeps it from sleeping, `check` behind
 * it.
 *
 * Every uv handle is part of the server, of a listener or of a connection, and is counted in
 * open_handles; the server is freed by the close callback of the last one, so never before
 * aiot_server_close() has returned.  The listeners go at once, the connections when their clients
 * have taken what is queued, and the clock, which sees to that, last.
 */
#include "server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <aiotools.h>

#include "conn.h"
#include "mem.h"

#define BUFFER_MIN 1024 /* as in conn.c */
#define CLOSE_MS 500

static struct aiot_conn *conn_of(struct aiot_link *link)
{
	return (struct aiot_conn *)(void *)((char *)link - offsetof(struct aiot_conn, link));
}

static struct aiot_inflight *waiting_of(struct aiot_link *link)
{
	return (struct aiot_inflight *)(void *)((char *)link -
						offsetof(struct aiot_inflight, waiting));
}

int aiot_server_grow(struct aiot_out *out, size_t need)
{
	size_t max = *(const size_t *)out->ctx, size = out->size ? out->size : BUFFER_MIN;
	char *bigger;

	if (need > max || out->len > max - need)
		return -AIOT_ENOSPC;
	while (size < out->len + need)
		size *= 2;
	bigger = aiot_mem_realloc(out->buf, size);
	if (bigger == NULL)
		return -AIOT_ENOMEM;
	out->buf = bigger;
	out->size = size;
	return 0;
}

/* ---- connections ---- */

void aiot_server_conn_opened(struct aiot_server *server, struct aiot_conn *conn)
{
	aiot_list_append(&server->conns, &conn->link);
	server->open_handles++;
	*(conn->refused ? &server->lingering : &server->counts.clients) += 1;
	server->strangers += !conn->refused && conn->role == AIOT_ROLE_NONE;
}

static void on_own_closed(uv_handle_t *handle);

/* The clock goes last: it sees to it that the connections go. */
static void close_clock(struct aiot_server *server)
{
	if (server->closing && aiot_list_empty(&server->conns) &&
	    !uv_is_closing((uv_handle_t *)&server->clock))
		uv_close((uv_handle_t *)&server->clock, on_own_closed);
}

void aiot_server_handle_closed(struct aiot_server *server)
{
	void (*closed)(void *arg) = server->closed_fn;
	void *arg = server->closed_arg;

	if (--server->open_handles > 0)
		return;
	if (server->spare_fd >= 0)
		(void)close(server->spare_fd);
	aiot_mem_free(server->scratch.buf);
	aiot_mem_free(server);
	if (closed != NULL)
		closed(arg);
}

static void on_own_closed(uv_handle_t *handle)
{
	aiot_server_handle_closed(handle->data);
}

/* Not when libuv is done with it: that may be after the next accept, who then found no place. */
void aiot_server_conn_closing(struct aiot_server *server, struct aiot_conn *conn)
{
	*(conn->refused ? &server->lingering : &server->counts.clients) -= 1;
	server->strangers -= !conn->refused && conn->role == AIOT_ROLE_NONE;
}

void aiot_server_conn_closed(struct aiot_server *server, struct aiot_conn *conn)
{
	aiot_list_remove(&conn->link);
	if (!server->closing)
		aiot_server_open_spare(server);
	close_clock(server);
	aiot_server_handle_closed(server);
}

/* ---- pokes ---- */

static void run_waiting(struct aiot_server *server)
{
	struct aiot_link todo;

	server->poked = false;
	(void)uv_idle_stop(&server->idle);
	(void)uv_check_stop(&server->check);
	aiot_list_init(&todo);
	aiot_list_splice(&todo, &server->waiting);
	while (!aiot_list_empty(&todo)) {
		struct aiot_link *link = todo.next;

		aiot_list_remove(link);
		aiot_list_append(&server->waiting, link);
		aiot_inflight_poke(waiting_of(link));
	}
}

static void on_idle(uv_idle_t *idle)
{
	run_waiting(idle->data);
}

static void on_check(uv_check_t *check)
{
	run_waiting(check->data);
}

void aiot_server_poke(struct aiot_server *server)
{
	/* A call that is being stepped may be about to wait for just this. */
	if (server->poked || server->closing ||
	    (aiot_list_empty(&server->waiting) && server->stepping == 0))
		return;
	server->poked = true;
	(void)uv_idle_start(&server->idle, on_idle);
	(void)uv_check_start(&server->check, on_check);
}

bool aiot_server_waiting(const struct aiot_server *server)
{
	return !aiot_list_empty(&server->waiting);
}

/* ---- time ---- */

static void on_clock(uv_timer_t *clock);

void aiot_server_due(struct aiot_server *server, uint64_t due_ms)
{
	uint64_t now = uv_now(server->loop);

	if (uv_is_closing((uv_handle_t *)&server->clock) || due_ms >= server->clock_due_ms)
		return;
	server->clock_due_ms = due_ms;
	(void)uv_timer_start(&server->clock, on_clock, due_ms > now ? due_ms - now : 0, 0);
}

/* A connection is freed in its close callback only, so the walk is safe. */
static void close_conns(struct aiot_server *server)
{
	struct aiot_link *link;

	for (link = server->conns.next; link != &server->conns; link = link->next)
		aiot_conn_close(conn_of(link));
}

static void on_clock(uv_timer_t *clock)
{
	struct aiot_server *server = clock->data;
	uint64_t now = uv_now(server->loop), next = UINT64_MAX;
	struct aiot_link *link;

	server->clock_due_ms = UINT64_MAX;
	aiot_server_resume_listeners(server);
	for (link = server->conns.next; link != &server->conns; link = link->next) {
		uint64_t due = aiot_conn_check_time(conn_of(link), now);

		next = due < next ? due : next;
	}
	if (server->closing && now >= server->close_due_ms)
		close_conns(server);
	else if (server->closing && server->close_due_ms < next)
		next = server->close_due_ms;
	if (next != UINT64_MAX)
		aiot_server_due(server, next);
}

/* ---- life ---- */

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
	return value ? value : otherwise;
}

static void set_limits(struct aiot_server *server, const struct aiot_server_options *options)
{
	struct aiot_server_options *limits = &server->limits;

	*limits = *options;
	limits->host_name = server->host_name;
	limits->max_clients = or_default(options->max_clients, 64);
	limits->max_request = or_default(options->max_request, 65536);
	limits->max_output = or_default(options->max_output, 1048576);
	limits->page_bytes = or_default(options->page_bytes, 32768);
	limits->request_timeout_ms = or_default(options->request_timeout_ms, 10000);
	limits->output_timeout_ms = or_default(options->output_timeout_ms, 30000);
	server->counts.clients_max = limits->max_clients;
	server->reply_max = limits->max_output;
	/* One reply more than may stay queued, and room for the text that it may become. */
	server->queue_max = 4 * (size_t)limits->max_output;
}

static void init_handles(struct aiot_server *server)
{
	(void)uv_timer_init(server->loop, &server->clock);
	(void)uv_idle_init(server->loop, &server->idle);
	(void)uv_check_init(server->loop, &server->check);
	server->clock.data = server->idle.data = server->check.data = server;
	server->open_handles = 3;
	server->clock_due_ms = UINT64_MAX;
}

/* Without this the first client that goes away in the middle of an answer ends the program. */
static void ignore_sigpipe(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
	    now.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

int aiot_server_create(const struct aiot_server_options *options, struct aiot_server **ret)
{
	struct aiot_server *server = aiot_mem_zalloc(sizeof(*server));

	if (server == NULL)
		return -AIOT_ENOMEM;
	server->loop = options->loop;
	server->commands = options->commands;
	server->rules = (struct aiot_role_rules){.own = geteuid(),
						 .operate_group = options->operate_group,
						 .read_group = options->read_group};
	(void)snprintf(server->host_name, sizeof(server->host_name), "%s",
		       options->host_name ? options->host_name : "");
	set_limits(server, options);
	aiot_list_init(&server->listeners);
	aiot_list_init(&server->conns);
	aiot_list_init(&server->waiting);
	server->spare_fd = -1;
	aiot_server_open_spare(server);
	ignore_sigpipe();
	init_handles(server);
	*ret = server;
	return 0;
}

void aiot_server_counts(const struct aiot_server *server, struct aiot_server_counts *ret)
{
	*ret = server->counts;
}

/* What is left of a server that is closing: the connections, until they are through, and the clock.
 */
static void dismiss_conns(struct aiot_server *server)
{
	struct aiot_link *link;

	for (link = server->conns.next; link != &server->conns; link = link->next) {
		struct aiot_conn *conn = conn_of(link);

		aiot_conn_enter(conn);
		aiot_conn_finish(conn);
		aiot_conn_dismiss(conn);
		aiot_conn_leave(conn);
	}
}

void aiot_server_close(struct aiot_server *server, void (*done)(void *arg), void *arg)
{
	if (server == NULL) {
		if (done != NULL)
			done(arg);
		return;
	}
	if (server->closing)
		return;
	if (server->poked)
		run_waiting(server); /* the last chance of what waits to be answered */
	server->closing = true;
	server->closed_fn = done;
	server->closed_arg = arg;
	server->close_due_ms = uv_now(server->loop) + CLOSE_MS;
	aiot_server_close_listeners(server);
	uv_close((uv_handle_t *)&server->idle, on_own_closed);
	uv_close((uv_handle_t *)&server->check, on_own_closed);
	dismiss_conns(server);
	aiot_server_due(server, server->close_due_ms);
	close_clock(server);
}
