/*
 * server.c - processes that rows talk to, each with a socket in a directory of its own.
 *
 * Called by the rows of control.c, memory.c and log.c: start, connect, ask, stop.  What serves is
 * forked off and killed, so that nothing of it is left when the row is through.
 */
#include <aiotools-host.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "bench.h"

#define START_TRIES 1000
#define START_TRY_MS 10

extern char **environ;

/* ---- starting and stopping ---- */

int bench_server_place(struct bench_server *ret)
{
	ret->pid = -1;
	(void)snprintf(ret->dir, sizeof(ret->dir), "/tmp/aiotools-bench-XXXXXX");
	if (mkdtemp(ret->dir) == NULL)
		return bench_fail("no directory %s: %s", ret->dir, strerror(errno));
	(void)snprintf(ret->path, sizeof(ret->path), "%s/control.sock", ret->dir);
	return 0;
}

/* Until somebody answers at its path. */
static int wait_ready(struct bench_server *server)
{
	int tries, fd;

	for (tries = 0; tries < START_TRIES; tries++) {
		fd = bench_connect(server->path);
		if (fd >= 0) {
			(void)close(fd);
			return 0;
		}
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid)
			break;
		(void)poll(NULL, 0, START_TRY_MS);
	}
	bench_server_stop(server);
	return bench_fail("a server did not start");
}

int bench_server_start(struct bench_service service, struct bench_server *ret)
{
	if (bench_server_place(ret) < 0)
		return -1;
	(void)fflush(NULL);
	ret->pid = fork();
	if (ret->pid < 0)
		return bench_fail("no process: %s", strerror(errno));
	if (ret->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(service.fn(ret->path, service.arg) < 0);
	}
	return wait_ready(ret);
}

int bench_server_exec(struct bench_server *server, char *const *argv)
{
	int r = posix_spawn(&server->pid, argv[0], NULL, NULL, argv, environ);

	if (r != 0)
		return bench_fail("cannot start %s: %s", argv[0], strerror(r));
	return wait_ready(server);
}

void bench_server_stop(struct bench_server *server)
{
	pid_t rm;
	char *argv[] = {"/bin/rm", "-rf", server->dir, NULL};

	if (server->pid > 0) {
		(void)kill(server->pid, SIGKILL);
		(void)waitpid(server->pid, NULL, 0);
	}
	if (posix_spawn(&rm, argv[0], NULL, NULL, argv, environ) == 0)
		(void)waitpid(rm, NULL, 0);
}

/* ---- asking ---- */

int bench_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

ssize_t bench_request(int fd, const char *request, char *reply, size_t size)
{
	size_t len = 0;
	ssize_t n;

	if (write(fd, request, strlen(request) + 1) < 0)
		return -1;
	while (len < size) {
		n = read(fd, reply + len, size - len);
		if (n <= 0)
			return -1;
		len += (size_t)n;
		if (reply[len - 1] == '\0')
			return (ssize_t)len;
	}
	return -1;
}

/* ---- serving ---- */

int bench_serve_tasks(const char *path, const void *arg)
{
	const struct bench_tasks *tasks = arg;
	struct aiot_host *host = bench_host(NULL);
	int r;

	if (host == NULL || bench_add_sleepers(host, tasks->count) < 0)
		return -1;
	r = tasks->service ? aiot_host_add_service(host, tasks->service, NULL) : 0;
	if (r == 0)
		r = aiot_host_listen(host, path);
	if (r < 0)
		return bench_fail("%s", aiot_host_error(host));
	return aiot_host_run(host);
}

struct echo {
	uv_pipe_t pipe;
	char request[65536];
	const struct bench_reply *reply;
};

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct echo *echo = (struct echo *)handle;

	(void)suggested;
	*ret = uv_buf_init(echo->request, sizeof(echo->request));
}

static void written(uv_write_t *write, int status)
{
	(void)status;
	free(write);
}

/* As a server of its kind answers: at once if the socket takes it, else from the queue. */
static void answer(uv_stream_t *stream, ssize_t len, const uv_buf_t *request)
{
	struct echo *echo = (struct echo *)stream;
	uv_buf_t reply =
		uv_buf_init((char *)(uintptr_t)echo->reply->bytes, (unsigned)echo->reply->len);
	uv_write_t *rest;
	int n;

	if (len < 0) {
		uv_close((uv_handle_t *)stream, NULL);
		return;
	}
	if (len == 0 || request->base[len - 1] != '\0')
		return;
	n = uv_try_write(stream, &reply, 1);
	if (n == (int)reply.len)
		return;
	reply.base += n > 0 ? n : 0;
	reply.len -= n > 0 ? (size_t)n : 0;
	rest = malloc(sizeof(*rest));
	if (rest != NULL)
		(void)uv_write(rest, stream, &reply, 1, written);
}

static void accepted(uv_stream_t *listener, int status)
{
	struct echo *echo = malloc(sizeof(*echo));

	if (status < 0 || echo == NULL)
		abort();
	echo->reply = listener->data;
	(void)uv_pipe_init(listener->loop, &echo->pipe, 0);
	(void)uv_accept(listener, (uv_stream_t *)&echo->pipe);
	(void)uv_read_start((uv_stream_t *)&echo->pipe, give_room, answer);
}

int bench_serve_reply(const char *path, const void *reply)
{
	uv_loop_t loop;
	uv_pipe_t listener;

	(void)uv_loop_init(&loop);
	(void)uv_pipe_init(&loop, &listener, 0);
	listener.data = (void *)(uintptr_t)reply;
	if (uv_pipe_bind(&listener, path) < 0 ||
	    uv_listen((uv_stream_t *)&listener, 16, accepted) < 0)
		return bench_fail("cannot listen at %s", path);
	return uv_run(&loop, UV_RUN_DEFAULT);
}
