/*
 * stats - the tasks and their figures over HTTP: JSON for programs, text for Prometheus.  Host only
 * (POSIX, libmicrohttpd).
 *
 *	/status  /debug   what `aiotoolsctl status` has, the short and the long form
 *	/stats            what services measure
 *	/info             the daemon
 *	/metrics          all figures, for Prometheus
 * ?name=PATTERN, as often as needed, for some tasks only.  It looks and changes nothing, and asks
 * nobody who they are; so it listens on this machine alone unless `remote` says otherwise.
 *
 * The runtime calls stats_init once and runs serve().  libmicrohttpd never gets a thread or a loop:
 * its descriptor is waited for, MHD_run() does what is to be done, and a request is put aside
 * (suspended) until the daemon's own commands have answered it, one after the other; the text is
 * made of their replies in a thread (stats-answer.c).  An answer ends its connection, so that few
 * connections do for many clients.
 *
 * The length is that of its subject: one server, from a request to its answer.
 */
#include <aiotools-json.h>
#include <aiotools-posix.h>
#include <aiotools.h>

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "address.h"
#include "grow.h"
#include "stats-answer.h"
#include "stats-visits.h"

#define IDLE_S 30u /* a client that neither sends nor takes anything for so long is dropped */
#define PARAMS_BYTES 4096
#define REQUEST_BYTES 131072 /* what the library may take for one: 50 bytes and more a name */
#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@:*?-"

struct route {
	const char *path, *method;
	const char *array; /* of the replies' parameters, page after page; NULL: all of the one */
	bool debug, metrics;
};

static const struct route routes[] = {
	{"/", "io.aiotools.Task.Status", "tasks", false, false},
	{"/status", "io.aiotools.Task.Status", "tasks", false, false},
	{"/debug", "io.aiotools.Task.Status", "tasks", true, false},
	{"/stats", "io.aiotools.Task.Stats", "tasks", false, false},
	{"/metrics", "io.aiotools.Task.Status", "tasks", true, true},
	{"/info", "io.aiotools.Daemon.Info", NULL, false, false},
};

/* One that was understood, from its arrival to the last byte of its answer. */
struct request {
	struct request *next; /* link: stats.first */
	struct MHD_Connection *connection;
	const struct route *route;
	struct MHD_Response *response; /* NULL: not yet */
	unsigned status;
	char params[PARAMS_BYTES];
};

struct stats {
	const char *listen;
	uint32_t clients;
	uint8_t remote;

	uint32_t requests, refused, failed, port;

	struct MHD_Daemon *http;
	int fd;			 /* its epoll descriptor */
	int code;		 /* of the command behind the present request */
	bool closing;		 /* nothing is put aside any more */
	struct request *first;	 /* those that wait for their turn */
	struct request *present; /* the one that is being answered */
	struct answer answer;	 /* its answer in the making */
	struct visits visits;
};

/* ---- answers -------------------------------------------------------------------------------- */

/* The text goes over to the response; NULL: no memory. */
static struct MHD_Response *make_response(struct grow *text, const char *type)
{
	struct MHD_Response *response = NULL;

	if (text->error == 0 && text->text != NULL)
		response = MHD_create_response_from_buffer(text->len, text->text,
							   MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		grow_free(text);
		return NULL;
	}
	*text = (struct grow){0};
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	return response;
}

static struct MHD_Response *make_error(const char *message)
{
	struct grow text = {0};

	grow_add(&text, "{\"error\":");
	grow_add_json(&text, message);
	grow_add(&text, "}\n");
	return make_response(&text, "application/json");
}

/* At once, for what is no request.  MHD_NO: the connection is closed. */
static enum MHD_Result refuse(struct stats *self, struct MHD_Connection *connection,
			      unsigned status, const char *message)
{
	struct MHD_Response *response = make_error(message);
	enum MHD_Result result = MHD_NO;

	self->refused++;
	if (response == NULL)
		return MHD_NO;
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* ---- requests, called by MHD_run() ----------------------------------------------------------- */

static const struct route *find_route(const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(path, routes[i].path) == 0)
			return &routes[i];
	}
	return NULL;
}

/* What is behind the path, as parameters of a command. */
struct query {
	char *params;
	size_t len;
	unsigned names;
	const char *wrong; /* a sentence */
};

static enum MHD_Result take_argument(void *ctx, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	struct query *query = ctx;
	size_t len = value ? strlen(value) : 0;

	(void)kind;
	if (strcmp(key, "name") != 0)
		query->wrong = "there is one argument, name=PATTERN";
	else if (len == 0 || len >= 2 * AIOT_NAME_BYTES || strspn(value, NAME_LETTERS) != len)
		query->wrong = "that cannot be a task's name or pattern";
	else if (query->len + len + 32 > PARAMS_BYTES)
		query->wrong = "too many names; take a pattern";
	if (query->wrong != NULL)
		return MHD_NO;
	query->len += (size_t)snprintf(query->params + query->len, PARAMS_BYTES - query->len,
				       "%s\"%s\"", query->names++ ? "," : "\"names\":[", value);
	return MHD_YES;
}

/* NULL, or the sentence that says what is wrong. */
static const char *read_query(struct request *request)
{
	struct query query = {.params = request->params};

	query.params[query.len++] = '{';
	(void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, take_argument,
					&query);
	if (query.wrong == NULL && query.names > 0 && request->route->array == NULL)
		return "this page has no names";
	(void)snprintf(query.params + query.len, PARAMS_BYTES - query.len, "%s%s}",
		       query.names ? "]" : "",
		       !request->route->debug ? ""
		       : query.names	      ? ",\"debug\":true"
					      : "\"debug\":true");
	return query.wrong;
}

static void note_request(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visit *visit = info ? info->socket_context : NULL;

	if (visit != NULL)
		visit->asked = true;
}

static enum MHD_Result put_aside(struct stats *self, struct request *request)
{
	struct request **link = &self->first;

	while (*link != NULL)
		link = &(*link)->next;
	*link = request;
	self->requests++;
	note_request(request->connection);
	MHD_suspend_connection(request->connection);
	return MHD_YES;
}

static enum MHD_Result take_request(struct stats *self, struct MHD_Connection *connection,
				    const char *path, const char *method, void **ret)
{
	const struct route *route = find_route(path);
	struct request *request;
	const char *wrong;

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(self, connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "nothing can be changed from here");
	if (route == NULL)
		return refuse(self, connection, MHD_HTTP_NOT_FOUND,
			      "there are /status, /debug, /stats, /metrics and /info");
	if (self->closing)
		return refuse(self, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "the service is stopping");
	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return MHD_NO;
	request->connection = connection;
	request->route = route;
	wrong = read_query(request);
	if (wrong != NULL) {
		free(request);
		return refuse(self, connection, MHD_HTTP_BAD_REQUEST, wrong);
	}
	*ret = request;
	return put_aside(self, request);
}

/* Called when the head of a request has come, and again when its connection is resumed. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct request *request = *state;

	(void)version;
	(void)upload;
	*upload_size = 0;
	if (request == NULL)
		return take_request(ctx, connection, path, method, state);
	if (request->response == NULL)
		return MHD_NO; /* no memory was left for one */
	return MHD_queue_response(connection, request->status, request->response);
}

static void on_end(void *ctx, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode how)
{
	struct request *request = *state;

	(void)ctx;
	(void)connection;
	(void)how;
	if (request == NULL)
		return;
	if (request->response != NULL)
		MHD_destroy_response(request->response);
	free(request);
	*state = NULL;
}

/* ---- from a command's replies to an answer --------------------------------------------------- */

static struct request *take_first(struct stats *self)
{
	struct request *request = self->first;

	if (request != NULL)
		self->first = request->next;
	return request;
}

/* The present one's answer is there: it goes on when MHD_run() is called next. */
static void hand_back(struct stats *self, unsigned status, struct MHD_Response *response)
{
	self->present->status = status;
	self->present->response = response;
	MHD_resume_connection(self->present->connection);
	self->present = NULL;
	answer_end(&self->answer);
}

static void hand_back_error(struct stats *self, int code, const char *message)
{
	unsigned status = MHD_HTTP_INTERNAL_SERVER_ERROR;

	if (code == -AIOT_ENOENT)
		status = MHD_HTTP_NOT_FOUND;
	else if (code == -AIOT_ECANCELED || code == -AIOT_ENOMEM || code == -AIOT_EMSGSIZE)
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	self->failed++;
	hand_back(self, status, make_error(message[0] ? message : "the command failed"));
}

static void begin_answer(struct stats *self)
{
	answer_begin(&self->answer, self->present->route->array, self->present->route->metrics);
}

static void answer_array(struct stats *self)
{
	const char *type = self->answer.metrics ? "text/plain; version=0.0.4" : "application/json";

	if (self->answer.text.error < 0)
		hand_back_error(self, -AIOT_EMSGSIZE,
				"that is too much for one answer; ask for fewer tasks by "
				"?name=PATTERN");
	else
		hand_back(self, MHD_HTTP_OK, make_response(&self->answer.text, type));
}

static void answer_whole(struct stats *self, const char *reply)
{
	struct grow out = {0};

	grow_add(&out, "%s\n", reply);
	hand_back(self, MHD_HTTP_OK, make_response(&out, "application/json"));
}

/* The last reply is there. */
static void answer(struct stats *self, struct aiot_task *t)
{
	if (self->code < 0)
		hand_back_error(self, self->code, aiot_reply_message(t));
	else if (self->present->route->array == NULL)
		answer_whole(self, aiot_reply(t));
	else
		answer_array(self);
}

/* ---- the server ------------------------------------------------------------------------------ */

static int stats_init(struct aiot_task *t, void *ctx)
{
	struct stats *self = ctx;
	struct address address;

	if (address_read(self->listen, &address) < 0)
		return aiot_fail(t, -AIOT_EINVAL,
				 "listen: '%s' is not an address and a port, as 127.0.0.1:8888 or "
				 "[::1]:8888",
				 self->listen);
	if (!address.local && !self->remote)
		return aiot_fail(t, -AIOT_EPERM,
				 "listen: at %s others than this machine could look; if they "
				 "should, say remote = yes",
				 self->listen);
	if (self->clients == 0 || self->clients > 1000)
		return aiot_fail(t, -AIOT_ERANGE, "clients is %u, not 1 to 1000",
				 (unsigned)self->clients);
	return 0;
}

static void on_connection(void *ctx, struct MHD_Connection *connection, void **visit,
			  enum MHD_ConnectionNotificationCode how)
{
	const union MHD_ConnectionInfo *info;

	if (how == MHD_CONNECTION_NOTIFY_CLOSED) {
		visits_end(ctx, *visit);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	*visit = visits_begin(ctx, info ? info->connect_fd : -1);
}

/* 0, or the errno of the socket. */
static int open_server(struct stats *self)
{
	const union MHD_DaemonInfo *info;
	struct address address;
	int saved;

	(void)address_read(self->listen, &address);
	errno = 0;
	self->http = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			(address.bytes.ss_family == AF_INET6 ? MHD_USE_IPv6 : MHD_NO_FLAG),
		0, NULL, NULL, on_request, self, MHD_OPTION_SOCK_ADDR, &address.bytes,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)self->clients, MHD_OPTION_CONNECTION_TIMEOUT,
		IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_end, self, MHD_OPTION_NOTIFY_CONNECTION,
		on_connection, &self->visits, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)REQUEST_BYTES, MHD_OPTION_END);
	saved = errno;
	if (self->http == NULL)
		return saved ? saved : EIO;
	info = MHD_get_daemon_info(self->http, MHD_DAEMON_INFO_EPOLL_FD);
	if (info == NULL)
		return ENOSYS;
	self->fd = info->epoll_fd;
	info = MHD_get_daemon_info(self->http, MHD_DAEMON_INFO_BIND_PORT);
	self->port = info ? info->port : 0;
	return 0;
}

/*
 * Those that were put aside have to go on before it can end, or libmicrohttpd ends the program; of
 * those that come in with this last round none is put aside.
 */
static void close_server(struct stats *self)
{
	if (self->http == NULL)
		return;
	self->closing = true;
	while (self->present != NULL || (self->present = take_first(self)) != NULL)
		hand_back_error(self, -AIOT_ECANCELED, "the service is stopping");
	(void)MHD_run(self->http);
	MHD_stop_daemon(self->http);
	self->http = NULL;
}

/*
 * libmicrohttpd leaves work behind that nothing wakes it for: what follows a request that it
 * refuses by itself, a client that hung up right behind half of one, and, when it was full, to
 * listen again. So it is run until nobody leaves any more, and once again.
 */
static void run_server(struct stats *self)
{
	do {
		self->visits.ended = false;
		(void)MHD_run(self->http);
		(void)MHD_run(self->http);
	} while (visits_hang_up(&self->visits) || self->visits.ended);
}

static uint32_t next_ms(const struct stats *self)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(self->http, &ms) != MHD_YES)
		return AIOT_FOREVER;
	return ms < 60000 ? (uint32_t)ms : 60000;
}

static enum aiot_co serve(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct stats, self);
	self->http = NULL;
	self->first = self->present = NULL;
	self->closing = false;
	self->visits = (struct visits){.now_ns = aiot_now_ns(t)};
	errno = open_server(self);
	if (errno != 0)
		AIOT_FAIL(t, -errno, "cannot listen on %s: %s", self->listen, strerror(errno));
	aiot_info(t, "listening on http://%.*s:%u/",
		  (int)(strrchr(self->listen, ':') - self->listen), self->listen,
		  (unsigned)self->port);
	for (;;) {
		AIOT_WAIT(t, aiot_fd_wait(t, self->fd, AIOT_FD_READ, next_ms(self)));
		if (aiot_waited(t) < 0 && aiot_waited(t) != -AIOT_ETIMEDOUT)
			AIOT_FAIL(t, aiot_waited(t), "lost its sockets");
		visits_drop(&self->visits, aiot_now_ns(t));
		run_server(self);
		while ((self->present = take_first(self)) != NULL) {
			begin_answer(self);
			AIOT_WAIT(t, aiot_call(t, self->present->route->method,
					       self->present->params));
			while (aiot_waited(t) == 0 && self->present->route->array != NULL) {
				answer_take_page(&self->answer, aiot_reply(t));
				if (!aiot_reply_more(t))
					break;
				AIOT_YIELD(t); /* thousands of tasks are many pages */
				AIOT_WAIT(t, aiot_call_next(t));
			}
			self->code = aiot_waited(t);
			if (self->code == 0 && self->present->route->array != NULL)
				AIOT_WAIT(t, aiot_work(t, answer_make, &self->answer));
			answer(self, t);
			run_server(self);
		}
	}
	AIOT_FINALLY(t);
	close_server(self);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct stats, listen, "listen", "127.0.0.1:8888",
		     "address and port of the HTTP server; port 0: one that is free"),
	AIOT_OPT_BOOL(struct stats, remote, "remote", "no",
		      "whether the address may be one that others than this machine reach"),
	AIOT_OPT_U32(struct stats, clients, "clients", "16", "connections at a time"),
	{0},
};

static const struct aiot_stat stat_rows[] = {
	AIOT_STAT_U32(struct stats, port, "where it listens"),
	AIOT_STAT_U32(struct stats, requests, "requests that were taken"),
	AIOT_STAT_U32(struct stats, refused, "those that were none of ours"),
	AIOT_STAT_U32(struct stats, failed, "those that could not be answered"),
	{0},
};

AIOT_SERVICE(stats, struct stats, .info = "Status and figures over HTTP v1.0",
	     .docs = "man:aiotools-services(7)", .main = serve, .init = stats_init, .opts = opts,
	     .stats = stat_rows);
