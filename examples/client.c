/*
 * client.c - what is outside: a client of a line protocol over TCP, which publishes a number now
 * and then, and hears what others do.  Host only.
 *
 * It connects, says CONNECT ID, is ready when it was answered OK, and then sends PUB lines;
 *whatever the server sends is logged.  Waiting is done by aiotools-posix.h, in small coroutines
 *that await each other.  It fails when the line is lost; Restart= of its INI file is what connects
 *again. socat TCP-LISTEN:1885,bind=127.0.0.1,reuseaddr -	and answer OK aiotoolsctl load
 *client aiotoolsctl status client	starting, then running; without a server restarting
 *	aiotoolsctl reload client	a new version goes on counting, by hand_over
 */
#include <aiotools-posix.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VERSION 1u	 /* of struct client: counted up when that changes */
#define PATIENCE_MS 5000 /* for a connection, an answer, room for a line */

/* Sends `text` whole. */
struct writer {
	struct aiot_frame co;
	int fd;
	char text[128];
	size_t sent;
};

/* Reads a line into `line`; what comes behind it stays for the next call. */
struct reader {
	struct aiot_frame co;
	int fd;
	uint32_t timeout_ms;
	char line[128], kept[128];
	size_t kept_bytes;
};

struct client {
	/* options */
	const char *server, *id;
	uint32_t port, every_ms;
	/* stats */
	uint32_t sent, heard;
	/* of a run */
	int fd; /* -1: none */
	struct sockaddr_in address;
	struct writer writer;
	struct reader reader;
};

static enum aiot_co write_text(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct writer, self);
	for (self->sent = 0; self->text[self->sent] != '\0';) {
		AIOT_WAIT(t, aiot_fd_wait(t, self->fd, AIOT_FD_WRITE, PATIENCE_MS));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "the server takes nothing");
		{ /* what is local is gone before the next await */
			const char *rest = self->text + self->sent;
			ssize_t n = send(self->fd, rest, strlen(rest), MSG_NOSIGNAL);

			if (n < 0 && errno != EAGAIN && errno != EINTR)
				AIOT_FAIL(t, -AIOT_EPIPE, "cannot send: %s", strerror(errno));
			self->sent += n > 0 ? (size_t)n : 0;
		}
	}
	AIOT_END(t);
}

/* 1: there is a line; 0: not yet; else why not. */
static int take_line(struct reader *r)
{
	char *end = memchr(r->kept, '\n', r->kept_bytes);
	size_t len = end ? (size_t)(end - r->kept) : 0;

	if (end == NULL)
		return r->kept_bytes == sizeof(r->kept) ? -AIOT_EMSGSIZE : 0;
	memcpy(r->line, r->kept, len);
	r->line[len] = '\0';
	r->kept_bytes -= len + 1;
	memmove(r->kept, end + 1, r->kept_bytes);
	return 1;
}

/* 0, or why there is nothing to be had. */
static int fill(struct reader *r)
{
	ssize_t n = read(r->fd, r->kept + r->kept_bytes, sizeof(r->kept) - r->kept_bytes);

	if (n > 0)
		r->kept_bytes += (size_t)n;
	if (n == 0)
		return -AIOT_EPIPE;
	return n < 0 && errno != EAGAIN && errno != EINTR ? -AIOT_EIO : 0;
}

static enum aiot_co read_line(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct reader, self);
	for (;;) {
		{
			int r = take_line(self);

			if (r < 0)
				AIOT_FAIL(t, r, "the server sends a line that is too long");
			if (r > 0)
				AIOT_RETURN(t);
		}
		AIOT_WAIT(t, aiot_fd_wait(t, self->fd, AIOT_FD_READ, self->timeout_ms));
		if (aiot_waited(t) < 0)
			AIOT_FAIL(t, aiot_waited(t), "the server says nothing");
		{
			int r = fill(self);

			if (r < 0)
				AIOT_FAIL(t, r, "the server hung up");
		}
	}
	AIOT_END(t);
}

/* Begin to connect: 0, or why it cannot be. */
static int dial(struct client *self)
{
	self->address.sin_family = AF_INET;
	self->address.sin_port = htons((uint16_t)self->port);
	if (inet_pton(AF_INET, self->server, &self->address.sin_addr) != 1)
		return -AIOT_EINVAL;
	self->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (self->fd < 0)
		return -AIOT_EIO;
	self->reader = (struct reader){.fd = self->fd, .timeout_ms = PATIENCE_MS};
	self->writer.fd = self->fd;
	if (connect(self->fd, (struct sockaddr *)&self->address, sizeof(self->address)) < 0 &&
	    errno != EINPROGRESS)
		return -AIOT_EIO;
	return 0;
}

static enum aiot_co talk(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct client, self);
	self->fd = -1; /* the last run's is closed */
	if (dial(self) < 0)
		AIOT_FAIL(t, -AIOT_EIO, "cannot connect to %s:%u", self->server, self->port);
	(void)snprintf(self->writer.text, sizeof(self->writer.text), "CONNECT %s\n", self->id);
	AIOT_AWAIT(t, write_text, &self->writer);
	AIOT_AWAIT(t, read_line, &self->reader);
	if (strcmp(self->reader.line, "OK") != 0)
		AIOT_FAIL(t, -AIOT_EPROTO, "the server says '%s' to us", self->reader.line);
	aiot_ready(t);
	self->reader.timeout_ms = self->every_ms;
	for (;;) {
		(void)snprintf(self->writer.text, sizeof(self->writer.text), "PUB %u\n",
			       self->sent);
		AIOT_AWAIT(t, write_text, &self->writer);
		self->sent++;
		do { /* until nothing was heard for so long, which is no failure here */
			AIOT_TRY(t, read_line, &self->reader);
			if (aiot_caught(t, NULL) == 0) {
				self->heard++;
				aiot_info(t, "heard: %s", self->reader.line);
			}
		} while (aiot_caught(t, NULL) == 0);
		if (aiot_caught(t, NULL) != -AIOT_ETIMEDOUT)
			AIOT_FAIL(t, aiot_caught(t, NULL), "lost the server");
	}
	AIOT_FINALLY(t);
	if (self->fd >= 0)
		(void)close(self->fd);
	AIOT_END(t);
}

/* The old struct is another version's, perhaps: only what is known of it is taken. */
static int hand_over(struct aiot_task *t, void *self, const void *old, uint32_t old_size,
		     uint32_t old_version)
{
	struct client *now = self;
	const struct client *was = old;

	if (old_version != VERSION || old_size != sizeof(*was))
		return 0; /* not known: begin afresh */
	now->sent = was->sent;
	now->heard = was->heard;
	return 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct client, server, "server", "127.0.0.1", "its IPv4 address"),
	AIOT_OPT_U32(struct client, port, "port", "1885", "where it listens"),
	AIOT_OPT_STR(struct client, id, "id", "aiotools", "who we are to it"),
	AIOT_OPT_MS(struct client, every_ms, "every", "10s", "pause between two lines"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct client, sent, "lines published"),
	AIOT_STAT_U32(struct client, heard, "lines heard"),
	{0},
};

AIOT_SERVICE(client, struct client, .info = "Example: a client of a line protocol", .main = talk,
	     .opts = opts, .stats = stats, .flags = AIOT_SERVICE_SAYS_READY, .hand_over = hand_over,
	     .version = VERSION);
