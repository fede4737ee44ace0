/*
 * node-line.c - the device of a node: opened, read, written, watched, closed.
 *
 * Called by node-talk.c.  How a device is opened and kept for this program alone is tty.c's.
 * Whatever is neither a serial device nor a socket is refused.  Never waits: no byte, no room and
 * no carrier are all answers.
 */
#include "node-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mem.h"
#include "tty.h"

struct aiot_node_line {
	uv_poll_t poll; /* data: this */
	struct aiot_node *node;
	int fd;
	int events; /* watched */
	bool is_socket;
};

/* ---- opening ---- */

bool aiot_node_baud_known(uint32_t baud)
{
	return aiot_tty_baud_known(baud);
}

static int refuse(char *why, size_t size, const char *what, const char *path, int error)
{
	(void)aiot_format_to(why, size, "cannot %s %s: %s", what, path, strerror(error));
	return -error;
}

static int open_device(const struct aiot_node *node, struct aiot_node_line *line, char *why,
		       size_t size)
{
	int r = aiot_tty_open(node->device, node->baud, &line->fd, &line->is_socket);

	if (r == -EBUSY)
		(void)aiot_format_to(why, size, "%s is in use by another program", node->device);
	else if (r == -ENOTTY)
		(void)aiot_format_to(why, size, "%s is neither a serial device nor a socket",
				     node->device);
	else if (r < 0)
		r = refuse(why, size, line->is_socket ? "connect to" : "open", node->device, -r);
	return r;
}

/* ---- watching ---- */

static void on_news(uv_poll_t *poll, int status, int events);

static void watch(struct aiot_node_line *line, int events)
{
	if (events == line->events)
		return;
	line->events = events;
	(void)uv_poll_start(&line->poll, events, on_news);
}

/* An error, too, is what the next read or write says. */
static void on_news(uv_poll_t *poll, int status, int events)
{
	struct aiot_node_line *line = poll->data;

	(void)status;
	if (events & UV_WRITABLE) /* told once: perhaps nothing is to be written any more */
		watch(line, UV_READABLE);
	aiot_node_kick(line->node);
}

int aiot_node_open(struct aiot_node *node, char *why, size_t why_size)
{
	struct aiot_node_line *line = aiot_mem_zalloc(sizeof(*line));
	int r;

	if (line == NULL)
		return refuse(why, why_size, "open", node->device, ENOMEM);
	line->node = node;
	line->poll.data = line;
	r = open_device(node, line, why, why_size);
	if (r < 0) {
		aiot_mem_free(line);
		return r;
	}
	r = uv_poll_init(node->host->loop, &line->poll, line->fd);
	if (r < 0) {
		aiot_tty_close(line->fd, line->is_socket);
		aiot_mem_free(line);
		return refuse(why, why_size, "watch", node->device, -r);
	}
	node->line = line;
	watch(line, UV_READABLE);
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	aiot_mem_free(handle->data);
}

void aiot_node_close(struct aiot_node *node)
{
	struct aiot_node_line *line = node->line;

	if (line == NULL)
		return;
	node->line = NULL;
	uv_close((uv_handle_t *)&line->poll, on_closed);
	aiot_tty_close(line->fd, line->is_socket);
}

uint32_t aiot_node_line_baud(const struct aiot_node *node)
{
	return node->line != NULL && !node->line->is_socket ? node->baud : 0;
}

/* ---- bytes ---- */

/* A terminal whose other end hung up reads as nothing, too, and so does a socket. */
ssize_t aiot_node_read(struct aiot_node *node, char *buf, size_t size)
{
	ssize_t n;

	do
		n = read(node->line->fd, buf, size);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return n;
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? 0 : -AIOT_EPIPE;
}

ssize_t aiot_node_write(struct aiot_node *node, const char *buf, size_t len)
{
	struct aiot_node_line *line = node->line;
	ssize_t n;

	do
		n = line->is_socket ? send(line->fd, buf, len, MSG_NOSIGNAL)
				    : write(line->fd, buf, len);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		return -AIOT_EPIPE;
	watch(line, n == (ssize_t)len ? UV_READABLE : UV_READABLE | UV_WRITABLE);
	return n > 0 ? n : 0;
}
