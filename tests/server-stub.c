/*
 * server-stub.c - see server-stub.h.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server-stub.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000

/* ---- the rig ---- */

static void rig_closed(void *arg)
{
	struct rig *rig = arg;

	rig->closed = true;
	rig->server = NULL;
}

void rig_create(struct rig *rig, const struct aiot_server_options *options)
{
	struct aiot_server_options own = {0};

	*rig = (struct rig){0};
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	(void)snprintf(rig->dir, sizeof(rig->dir), "/tmp/aiot-server-XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	(void)snprintf(rig->path, sizeof(rig->path), "%s/control.sock", rig->dir);
	stub_commands(&rig->stub, &rig->commands);
	if (options != NULL)
		own = *options;
	else
		own.operate_group = own.read_group = (gid_t)-1;
	own.loop = &rig->loop;
	own.commands = &rig->commands;
	own.host_name = "board";
	assert_int_equal(aiot_server_create(&own, &rig->server), 0);
	rig->stub.server = rig->server;
	rig->stub.closed = rig_closed;
	rig->stub.closed_arg = rig;
}

void rig_start(struct rig *rig, const struct aiot_server_options *options)
{
	char why[256] = "";

	rig_create(rig, options);
	if (aiot_server_listen(rig->server, rig->path, why, sizeof(why)) < 0)
		fail_msg("%s", why);
}

static bool is_closed(struct rig *rig, void *arg)
{
	(void)arg;
	return rig->closed;
}

void rig_finish(struct rig *rig)
{
	if (rig->server != NULL)
		aiot_server_close(rig->server, rig_closed, rig);
	rig_until(rig, is_closed, NULL);
	assert_int_equal(uv_run(&rig->loop, UV_RUN_NOWAIT), 0);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	assert_int_equal(rmdir(rig->dir), 0); /* not if a file is left */
}

static int64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* One turn of the loop; first wait until it, or fd, has something. */
static void turn(struct rig *rig, int fd, int64_t deadline_ms)
{
	struct pollfd p[2] = {{.fd = uv_backend_fd(&rig->loop), .events = POLLIN},
			      {.fd = fd, .events = POLLIN}};
	int64_t left = deadline_ms - now_ms();
	int timeout = uv_backend_timeout(&rig->loop);

	if (left <= 0)
		fail_msg("what was waited for did not come");
	if (timeout < 0 || timeout > left)
		timeout = (int)left;
	(void)poll(p, 2, timeout);
	(void)uv_run(&rig->loop, UV_RUN_NOWAIT);
}

void rig_turn(struct rig *rig)
{
	struct pollfd p = {.fd = uv_backend_fd(&rig->loop), .events = POLLIN};
	int i;

	/* A little more, for what only comes a turn later. */
	for (i = 0; i < 4 || poll(&p, 1, 0) > 0; i++)
		(void)uv_run(&rig->loop, UV_RUN_NOWAIT);
}

void rig_until(struct rig *rig, bool (*holds)(struct rig *rig, void *arg), void *arg)
{
	int64_t deadline = now_ms() + PATIENCE_MS;

	while (!holds(rig, arg))
		turn(rig, -1, deadline);
}

uint32_t rig_clients(struct rig *rig)
{
	struct aiot_server_counts counts;

	aiot_server_counts(rig->server, &counts);
	return counts.clients;
}

/* ---- clients ---- */

int rig_knock(struct rig *rig)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", rig->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

int rig_connect(struct rig *rig)
{
	int fd = rig_knock(rig);

	rig_turn(rig);
	return fd;
}

void send_bytes(int fd, const char *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

void send_text(int fd, const char *text)
{
	send_bytes(fd, text, strlen(text));
}

/*
 * Take bytes off the socket up to `end`, or as many as there are; 0 when the server closed.  What
 * stands behind `end` stays there for the next call.
 */
static size_t receive_part(struct rig *rig, int fd, char end, char *text, size_t size)
{
	int64_t deadline = now_ms() + PATIENCE_MS;
	const char *at;
	ssize_t n;

	while ((n = recv(fd, text, size, MSG_PEEK)) < 0 && errno == EAGAIN)
		turn(rig, fd, deadline);
	if (n <= 0)
		return 0;
	at = memchr(text, end, (size_t)n);
	n = recv(fd, text, at != NULL ? (size_t)(at - text) + 1 : (size_t)n, 0);
	assert_true(n > 0);
	return (size_t)n;
}

const char *receive(struct rig *rig, int fd, char end)
{
	static char text[262144];
	size_t len = 0, part;

	do {
		assert_true(len < sizeof(text));
		part = receive_part(rig, fd, end, text + len, sizeof(text) - len);
		if (part == 0 && len > 0)
			fail_msg("cut off: '%.*s'", (int)len, text);
		if (part == 0)
			return "<closed>";
		len += part;
	} while (text[len - 1] != end);
	text[len - 1] = '\0';
	return text;
}

const char *receive_line(struct rig *rig, int fd)
{
	return receive(rig, fd, '\n');
}

void receive_nothing(struct rig *rig, int fd)
{
	char c;

	rig_turn(rig);
	assert_int_equal(recv(fd, &c, 1, 0), -1);
	assert_int_equal(errno, EAGAIN);
}

size_t receive_all(struct rig *rig, int fd)
{
	int64_t deadline = now_ms() + PATIENCE_MS;
	char text[65536];
	size_t count = 0;
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text), 0)) != 0) {
		if (n > 0) {
			count += (size_t)n;
			continue;
		}
		if (errno != EAGAIN)
			break;
		turn(rig, fd, deadline);
	}
	return count;
}

void ask(struct rig *rig, int fd, const char *request, const char *reply)
{
	send_text(fd, request);
	send_text(fd, "\n");
	assert_string_equal(receive_line(rig, fd), reply);
}
