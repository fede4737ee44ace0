/*
 * conn.c - one connection: bytes in, messages out of them, bytes out; see conn.h.
 *
 * Driven by uv's callbacks, which all go enter() - work - leave().  A request takes the shortest
 * way: one read, its handler, one write that the kernel takes at once.  What the kernel does not
 * take goes to uv_write, and then nothing more is produced than fits: pages wait for the write's
 * callback (for a millisecond, if the last one had no text), and requests are left unread while the
 * queue is over half its limit.  Buffers exist only while they hold something.  Any failure to get
 * memory ends this connection, never more.
 *
 * Knows nothing of calls but that they block those behind them.
 */
#include "conn.h"

#include <poll.h>
#include <string.h>

#include <aiotools.h>

#include "mem.h"

#define BUFFER_MIN 1024	  /* each request asks for it: what C libraries have at hand */
#define IN_SLACK 64	  /* terminators, and blanks before a message */
#define REFUSED_MS 1000	  /* how long one too many may take to send its first request */
#define EOF_CHECK_MS 1000 /* how often a client that sends no more is looked at */
#define OUTPUT_LOOKS 4	  /* looks per output time-out */

_Static_assert(sizeof(struct aiot_conn) - sizeof(uv_pipe_t) < 1024,
	       "an idle connection costs less than 1 KiB");

static void on_write(uv_write_t *write, int status);

static uint64_t now_ms(const struct aiot_conn *conn)
{
	return uv_now(conn->server->loop) + 1; /* never 0, which means "not running" */
}

char aiot_conn_terminator(const struct aiot_conn *conn)
{
	return conn->split.fixed ? conn->split.end : '\n';
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct aiot_conn *conn = (struct aiot_conn *)handle;

	aiot_conn_forget(conn);
	aiot_server_conn_closed(conn->server, conn);
	aiot_mem_free(conn->in);
	aiot_mem_free(conn->out.buf);
	aiot_mem_free(conn->writing);
	aiot_mem_free(conn);
}

void aiot_conn_close(struct aiot_conn *conn)
{
	if (conn->closing)
		return;
	conn->closing = true;
	aiot_server_conn_closing(conn->server, conn);
	uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

void aiot_conn_finish(struct aiot_conn *conn)
{
	conn->ending = true;
}

/* ---- out ---- */

size_t aiot_conn_queued(const struct aiot_conn *conn)
{
	return conn->out.len + uv_stream_get_write_queue_size((const uv_stream_t *)&conn->pipe);
}

static void forget_output(struct aiot_conn *conn)
{
	aiot_mem_free(conn->out.buf);
	conn->out.buf = NULL;
	conn->out.size = conn->out.len = 0;
}

/* What the kernel takes at once.  Returns how many bytes, negative: the connection is broken. */
static int write_now(struct aiot_conn *conn)
{
	uv_buf_t buf = uv_buf_init(conn->out.buf, (unsigned)conn->out.len);
	int n = uv_try_write((uv_stream_t *)&conn->pipe, &buf, 1);

	if (n == UV_EAGAIN)
		n = 0;
	if (n > 0)
		conn->given += (uint64_t)n;
	return n;
}

/* Leave the rest to uv; the buffer is its own until on_write(). */
static int write_later(struct aiot_conn *conn, size_t done)
{
	uv_buf_t buf = uv_buf_init(conn->out.buf + done, (unsigned)(conn->out.len - done));
	int r = uv_write(&conn->write, (uv_stream_t *)&conn->pipe, &buf, 1, on_write);

	if (r < 0)
		return r;
	conn->given += buf.len;
	conn->writing = conn->out.buf;
	conn->out.buf = NULL;
	conn->out.size = conn->out.len = 0;
	return 0;
}

static void flush(struct aiot_conn *conn)
{
	int n = 0;

	if (conn->out.error)
		aiot_conn_close(conn); /* no memory, or far more than its client may queue */
	if (conn->closing || conn->writing != NULL || conn->out.len == 0)
		return;
	/* A page goes by way of uv: its callback asks for the next one, a turn of the loop later.
	 */
	if (conn->page_count == 0)
		n = write_now(conn);
	if (n >= 0 && (size_t)n == conn->out.len)
		forget_output(conn);
	else if (n < 0 || write_later(conn, (size_t)n) < 0)
		aiot_conn_close(conn);
}

static void on_write(uv_write_t *write, int status)
{
	struct aiot_conn *conn = (struct aiot_conn *)write->handle;

	if (conn->closing)
		return; /* on_closed() comes next */
	aiot_conn_enter(conn);
	aiot_mem_free(conn->writing);
	conn->writing = NULL;
	if (status < 0) {
		aiot_conn_close(conn);
	} else if (conn->out.len == 0) {
		aiot_conn_drained(conn);
		aiot_conn_resume(conn);
	}
	aiot_conn_leave(conn);
}

/* ---- in ---- */

static size_t in_max(const struct aiot_conn *conn)
{
	return conn->server->limits.max_request + IN_SLACK;
}

static void forget_input(struct aiot_conn *conn)
{
	aiot_mem_free(conn->in);
	conn->in = NULL;
	conn->in_size = 0;
}

/* Room for at least one byte more; only asked while in_len is below its maximum. */
static bool make_room(struct aiot_conn *conn)
{
	size_t size = conn->in_size ? 2 * conn->in_size : BUFFER_MIN;
	char *bigger;

	if (conn->in_len < conn->in_size)
		return true;
	if (size > in_max(conn))
		size = in_max(conn);
	bigger = aiot_mem_realloc(conn->in, size);
	if (bigger == NULL)
		return false;
	conn->in = bigger;
	conn->in_size = size;
	return true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct aiot_conn *conn = (struct aiot_conn *)handle;

	(void)suggested;
	if (make_room(conn))
		*buf = uv_buf_init(conn->in + conn->in_len,
				   (unsigned)(conn->in_size - conn->in_len));
	else
		*buf = uv_buf_init(NULL, 0); /* on_read() is told UV_ENOBUFS */
}

/* Whether messages that may be there have to wait. */
static bool blocked(const struct aiot_conn *conn)
{
	return conn->closing || conn->ending ||
	       (conn->ordered != NULL && !aiot_inflight_yields(conn->ordered)) ||
	       aiot_conn_queued(conn) > conn->server->limits.max_output / 2;
}

/* Whether what is pending is (to become) a console line. */
static bool looks_like_line(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == '\0' || memchr(" \t\r\n", text[i], 4) != NULL))
		i++;
	return i == len || text[i] != '{';
}

static void tell_too_long(struct aiot_conn *conn, bool console)
{
	conn->owes_too_long = false;
	aiot_refuse(conn, console, AIOT_ERR_LIMIT, "the request is over %u bytes",
		    (unsigned)conn->server->limits.max_request);
}

/* A first object says only at its end which terminator its sender wants to see. */
static void take_too_long(struct aiot_conn *conn, bool line)
{
	if (line || conn->split.fixed)
		tell_too_long(conn, line);
	else
		conn->owes_too_long = true;
}

/* The next message at in[at]; returns how many bytes to drop, and in ret_more whether to go on. */
static size_t take_message(struct aiot_conn *conn, size_t at, bool *ret_more)
{
	const char *text = NULL;
	char *buf = conn->in + at;
	size_t len = 0, used, left = conn->in_len - at;
	bool line = looks_like_line(buf, left);
	enum aiot_split_kind kind = aiot_split_next(&conn->split, buf, left, &text, &len, &used);

	if (conn->owes_too_long && conn->split.fixed)
		tell_too_long(conn, false);
	*ret_more = kind != AIOT_SPLIT_MORE;
	if (kind != AIOT_SPLIT_MORE) {
		conn->asked = true;
		conn->request_since_ms = 0;
	}
	if (kind == AIOT_SPLIT_TOO_LONG)
		take_too_long(conn, line);
	else if (kind != AIOT_SPLIT_MORE)
		aiot_request_take(conn, kind, buf + (text - buf), len);
	return used;
}

void aiot_conn_resume(struct aiot_conn *conn)
{
	size_t at = 0;
	bool more = conn->in_len > 0;

	while (more && !blocked(conn))
		at += take_message(conn, at, &more);
	conn->held = more && conn->ordered == NULL;
	conn->in_len -= at;
	if (conn->in_len == 0)
		forget_input(conn);
	else if (at > 0)
		memmove(conn->in, conn->in + at, conn->in_len);
}

/* A client that sends no more may still read; one that is gone altogether may not. */
static bool is_gone(const struct aiot_conn *conn)
{
	struct pollfd p = {.fd = -1};

	(void)uv_fileno((const uv_handle_t *)&conn->pipe, &p.fd);
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct aiot_conn *conn = (struct aiot_conn *)stream;

	(void)buf;
	if (n == 0 && conn->in_len > 0)
		return;
	aiot_conn_enter(conn);
	if (n > 0)
		conn->in_len += (size_t)n;
	if (n == UV_EOF && !is_gone(conn))
		conn->eof = true;
	else if (n < 0)
		aiot_conn_close(conn);
	aiot_conn_resume(conn);
	aiot_conn_leave(conn);
}

/* ---- after every entry ---- */

static void tell_cut_off(struct aiot_conn *conn, const char *why)
{
	bool line = !conn->owes_too_long && looks_like_line(conn->in, conn->in_len);

	if (conn->owes_too_long)
		tell_too_long(conn, false);
	aiot_refuse(conn, line, AIOT_ERR_INVALID_REQUEST, "%s", why);
}

/* The client sends no more, and all that it asked is answered. */
static void end_at_eof(struct aiot_conn *conn)
{
	if (!conn->eof || conn->ending || conn->call_count > 0 || blocked(conn))
		return;
	if (aiot_split_pending(&conn->split, conn->in_len))
		tell_cut_off(conn, "the connection ended before the request did");
	aiot_conn_finish(conn);
}

static void set_reading(struct aiot_conn *conn)
{
	bool wanted = !conn->eof && !conn->ending && conn->in_len < in_max(conn);

	if (wanted == conn->reading)
		return;
	conn->reading = wanted;
	if (!wanted)
		(void)uv_read_stop((uv_stream_t *)&conn->pipe);
	else if (uv_read_start((uv_stream_t *)&conn->pipe, on_alloc, on_read) < 0)
		aiot_conn_close(conn);
}

static uint64_t request_limit_ms(const struct aiot_conn *conn)
{
	uint64_t limit = conn->server->limits.request_timeout_ms;

	return conn->refused && limit > REFUSED_MS ? REFUSED_MS : limit;
}

static uint64_t look_ms(const struct aiot_conn *conn)
{
	return conn->server->limits.output_timeout_ms / OUTPUT_LOOKS + 1;
}

static void start_request_clock(struct aiot_conn *conn)
{
	bool silent = !conn->asked && conn->role == AIOT_ROLE_NONE;
	bool pending = conn->refused || silent || aiot_split_pending(&conn->split, conn->in_len);

	if (!pending || conn->eof || conn->ending || blocked(conn)) {
		conn->request_since_ms = 0;
	} else if (conn->request_since_ms == 0) {
		conn->request_since_ms = now_ms(conn);
		aiot_server_due(conn->server, now_ms(conn) + request_limit_ms(conn));
	}
}

static void start_output_clock(struct aiot_conn *conn)
{
	size_t queued = aiot_conn_queued(conn);
	uint64_t taken = conn->given - (queued - conn->out.len);

	if (queued == 0) {
		conn->output_since_ms = 0;
	} else if (conn->output_since_ms == 0 || taken != conn->output_taken) {
		conn->output_since_ms = now_ms(conn);
		conn->output_taken = taken;
		aiot_server_due(conn->server, now_ms(conn) + look_ms(conn));
	}
}

/* A page had no text (a console's can): there is no write whose callback asks for the next one. */
static bool said_nothing(const struct aiot_conn *conn)
{
	return conn->page_count > 0 && conn->writing == NULL && aiot_conn_queued(conn) == 0;
}

static void settle(struct aiot_conn *conn)
{
	flush(conn);
	while (conn->held && !blocked(conn)) {
		aiot_conn_resume(conn);
		flush(conn);
	}
	end_at_eof(conn);
	flush(conn);
	if (aiot_conn_queued(conn) > conn->server->limits.max_output ||
	    (conn->ending && aiot_conn_queued(conn) == 0))
		aiot_conn_close(conn);
	if (conn->closing)
		return;
	if (said_nothing(conn))
		aiot_server_due(conn->server, now_ms(conn));
	set_reading(conn);
	start_request_clock(conn);
	start_output_clock(conn);
	if (conn->eof)
		aiot_server_due(conn->server, now_ms(conn) + EOF_CHECK_MS);
}

void aiot_conn_enter(struct aiot_conn *conn)
{
	conn->busy++;
}

void aiot_conn_leave(struct aiot_conn *conn)
{
	if (conn->busy == 1 && !conn->closing)
		settle(conn); /* which may run handlers again */
	conn->busy--;
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t check_request(struct aiot_conn *conn, uint64_t now)
{
	uint64_t due = conn->request_since_ms + request_limit_ms(conn);

	if (conn->request_since_ms == 0)
		return UINT64_MAX;
	if (now < due)
		return due;
	if (conn->refused)
		aiot_request_too_many(conn, looks_like_line(conn->in, conn->in_len));
	else
		tell_cut_off(conn, "the request took too long to arrive");
	aiot_conn_finish(conn);
	return UINT64_MAX;
}

static uint64_t check_output(struct aiot_conn *conn, uint64_t now)
{
	uint64_t due;

	start_output_clock(conn); /* has it taken anything since? */
	if (conn->output_since_ms == 0)
		return UINT64_MAX;
	due = conn->output_since_ms + conn->server->limits.output_timeout_ms;
	if (now < due)
		return earlier(due, now + look_ms(conn));
	aiot_conn_close(conn);
	return UINT64_MAX;
}

uint64_t aiot_conn_check_time(struct aiot_conn *conn, uint64_t now)
{
	uint64_t due;

	if (conn->closing)
		return UINT64_MAX;
	now++; /* as now_ms() */
	aiot_conn_enter(conn);
	if (said_nothing(conn)) {
		aiot_conn_drained(conn);
		aiot_conn_resume(conn);
	}
	due = earlier(check_request(conn, now), check_output(conn, now));
	if (conn->eof && is_gone(conn))
		aiot_conn_close(conn);
	aiot_conn_leave(conn);
	return conn->closing ? UINT64_MAX : due;
}

/* ---- the beginning ---- */

int aiot_conn_open(struct aiot_server *server, int fd, enum aiot_role role, bool refused)
{
	struct aiot_conn *conn = aiot_mem_zalloc(sizeof(*conn));
	int r;

	if (conn == NULL)
		return -AIOT_ENOMEM;
	conn->server = server;
	conn->role = (uint8_t)role;
	conn->uid = aiot_uid_of_socket(fd);
	conn->refused = refused;
	aiot_list_init(&conn->calls);
	aiot_split_init(&conn->split, server->limits.max_request);
	conn->out.grow = aiot_server_grow;
	conn->out.ctx = &server->queue_max;
	(void)uv_pipe_init(server->loop, &conn->pipe, 0);
	aiot_server_conn_opened(server, conn);
	r = uv_pipe_open(&conn->pipe, fd);
	if (r < 0) {
		aiot_conn_close(conn);
		return r;
	}
	aiot_conn_enter(conn);
	aiot_conn_leave(conn);
	return 0;
}
