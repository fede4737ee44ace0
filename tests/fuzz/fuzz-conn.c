/*
 * Any bytes from a client of the control server: nothing crashes or leaks, every answer is whole,
 * and the server closes clean.
 *
 * The first byte says how the rest is cut into packets (1 to 64 bytes, or all at once), whether
 * calls that wait are poked between them, and whether the client says that it is through before it
 * goes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conn.h"
#include "server-commands.h"

#define PACKET(flags) ((size_t)((flags)&0x40 ? SIZE_MAX : ((flags)&0x3f) + 1))
#define TURNS 200 /* for answers that never end */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct session {
	uv_loop_t loop;
	struct stub stub;
	struct aiot_commands commands;
	struct aiot_server *server; /* NULL when closed */
	int fd;
	char last; /* byte that was received */
	bool ended;
};

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void on_closed(void *arg)
{
	((struct session *)arg)->server = NULL;
}

static void begin(struct session *s)
{
	struct aiot_server_options options = {
		.loop = &s->loop,
		.commands = &s->commands,
		.max_request = 512,
		.max_output = 16384,
		.page_bytes = 512,
		.operate_group = (gid_t)-1,
		.read_group = (gid_t)-1,
	};
	int pair[2];

	*s = (struct session){.last = '\n'};
	require(uv_loop_init(&s->loop) == 0);
	stub_commands(&s->stub, &s->commands);
	require(aiot_server_create(&options, &s->server) == 0);
	s->stub.server = s->server;
	s->stub.closed = on_closed;
	s->stub.closed_arg = s;
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	require(aiot_conn_open(s->server, pair[0], AIOT_ROLE_ADMIN, false) == 0);
	s->fd = pair[1];
}

static void turn(struct session *s)
{
	char text[65536];
	ssize_t n;

	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	while ((n = recv(s->fd, text, sizeof(text), 0)) > 0)
		s->last = text[n - 1];
	if (n == 0)
		s->ended = true;
}

static void send_packets(struct session *s, const uint8_t *data, size_t size, unsigned flags)
{
	size_t packet = PACKET(flags), turns;

	for (turns = 0; size > 0 && !s->ended && turns < 100 * TURNS; turns++) {
		size_t part = packet < size ? packet : size;
		ssize_t n = send(s->fd, data, part, MSG_NOSIGNAL);

		if (n > 0) {
			data += n;
			size -= (size_t)n;
		} else if (errno != EAGAIN) {
			break;
		}
		if ((flags & 0x80) && s->server != NULL) {
			s->stub.ticks++;
			s->stub.released ^= 1;
			aiot_server_poke(s->server);
		}
		turn(s);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session s;
	unsigned flags = size > 0 ? data[0] : 0;
	int i;

	begin(&s);
	if (size > 0)
		send_packets(&s, data + 1, size - 1, flags);
	if (flags & 1)
		(void)shutdown(s.fd, SHUT_WR);
	for (i = 0; i < TURNS && !s.ended; i++)
		turn(&s);
	require(s.last == '\n' || s.last == '\0');
	(void)close(s.fd);
	if (s.server != NULL)
		aiot_server_close(s.server, on_closed, &s);
	while (uv_run(&s.loop, UV_RUN_NOWAIT) != 0)
		;
	require(s.server == NULL);
	require(uv_loop_close(&s.loop) == 0);
	return 0;
}
