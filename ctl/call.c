/*
 * call.c - see call.h.
 *
 * main.c sends one request and takes replies until one does not continue.  Bytes are read in large
 * pieces into one buffer, messages are found in it where they lie, and it grows only for a message
 * that is longer than it.  Never interprets what a reply says.
 */
#include "call.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <aiotools.h>

#include "board.h"
#include "heap.h"
#include "output.h"

#define BUFFER_BYTES ((size_t)256 * 1024)
#define PATIENCE_MS 3000 /* without a byte, then people are told what is waited for */
#define REPLY_BYTES ((size_t)256 * 1024 * 1024) /* no daemon sends one so large */

void ctl_call_init(struct ctl_call *call, int fd, struct ctl_output *live, const char *waits_for)
{
	*call = (struct ctl_call){.fd = fd, .live = live, .waits_for = waits_for};
	aiot_split_init(&call->split, REPLY_BYTES);
}

void ctl_call_init_board(struct ctl_call *call, struct ctl_board *board)
{
	*call = (struct ctl_call){.fd = -1, .board = board};
}

void ctl_call_finish(struct ctl_call *call)
{
	free(call->buf);
	if (call->fd >= 0)
		(void)close(call->fd);
}

/* ---- the request ---- */

bool ctl_is_for_text(const struct aiot_command *command, struct aiot_json key)
{
	const struct aiot_param *p = command->params;

	for (; p && p->name; p++) {
		if (aiot_json_str_is(key, p->name))
			return p->flags & AIOT_PARAM_TEXT;
	}
	return false;
}

void ctl_put_parameters(struct aiot_json_out *j, const char *object,
			const struct aiot_command *command, struct aiot_json parameters)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;

	aiot_json_put_object(j, object);
	while (aiot_json_next(parameters, &it, &key, &value)) {
		char name[64];

		if (!ctl_is_for_text(command, key) && aiot_json_str(key, name, sizeof(name)) >= 0)
			aiot_json_put_raw(j, name, value);
	}
	aiot_json_put_end_object(j);
}

static int send_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int ctl_call_send(struct ctl_call *call, const struct aiot_command *command,
		  struct aiot_json parameters, struct aiot_out *why)
{
	struct aiot_out text = {.grow = ctl_heap_grow};
	struct aiot_json_out j;
	int rc;

	if (call->board)
		return ctl_board_send(call->board, command, parameters, why);
	aiot_json_begin(&j, &text);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_str(&j, "method", command->method);
	ctl_put_parameters(&j, "parameters", command, parameters);
	if (command->flags & AIOT_COMMAND_MORE)
		aiot_json_put_bool(&j, "more", true);
	aiot_json_put_end_object(&j);
	aiot_out_char(&text, '\0');
	rc = text.error ? text.error : send_all(call->fd, text.buf, text.len);
	free(text.buf);
	/* A daemon that has closed already may have said why: the answer is read all the same. */
	if (rc == 0 || rc == -EPIPE || rc == -ECONNRESET)
		return 0;
	aiot_format(why, "the request could not be sent: %s", strerror(-rc));
	return rc;
}

/* ---- the replies ---- */

static int refuse_garbage(struct aiot_out *why)
{
	aiot_out_text(why, "what answers there is no aiotoolsd: its answer is not understood");
	return -AIOT_EPROTO;
}

static int refuse_end(const struct ctl_call *call, struct aiot_out *why)
{
	aiot_out_text(why, "the daemon closed the connection");
	if (!call->any)
		aiot_out_text(why, " before it answered");
	else if (!call->live)
		aiot_out_text(why, " before it answered in full");
	return -AIOT_ENODATA;
}

/* Room behind the pending bytes; what was consumed before them goes first. */
static int make_room(struct ctl_call *call)
{
	struct aiot_out grown = {.buf = call->buf, .size = call->size, .len = call->size};

	if (call->len == 0)
		call->start = 0;
	/* Early, or a few bytes at a time would be read where the buffer ends. */
	if (call->start > 0 && call->size - call->start - call->len < call->size / 2) {
		memmove(call->buf, call->buf + call->start, call->len);
		call->start = 0;
	}
	if (call->start + call->len < call->size)
		return 0;
	if (ctl_heap_grow(&grown, BUFFER_BYTES) < 0)
		return -AIOT_ENOMEM;
	call->buf = grown.buf;
	call->size = grown.size;
	return 0;
}

/* Show what is there, then wait for more or for the end of whoever reads it. */
static int wait_live(const struct ctl_call *call)
{
	struct pollfd polled[] = {
		{.fd = call->fd, .events = POLLIN},
		{.fd = call->live->fd}, /* only errors: a pipe without a reader has one */
	};

	ctl_output_flush(call->live);
	if (call->live->error)
		return -AIOT_EPIPE;
	if (poll(polled, 2, -1) > 0 && polled[0].revents == 0 && (polled[1].revents & POLLERR))
		call->live->error = -AIOT_EPIPE;
	return call->live->error ? -AIOT_EPIPE : 0;
}

/* Say once that nothing comes, and for how long is the daemon's business. */
static void tell_wait(struct ctl_call *call)
{
	struct pollfd polled = {.fd = call->fd, .events = POLLIN};
	struct aiot_out sentence = {.grow = ctl_heap_grow};

	if (!call->waits_for || poll(&polled, 1, PATIENCE_MS) != 0)
		return;
	aiot_format(&sentence,
		    "aiotoolsctl: still waiting for aiotoolsd at %s; a task may be blocking its "
		    "loop",
		    call->waits_for);
	ctl_print_error(&sentence);
	free(sentence.buf);
	call->waits_for = NULL;
}

static int receive(struct ctl_call *call, struct aiot_out *why)
{
	ssize_t n;
	int rc = make_room(call);

	if (rc < 0) {
		aiot_out_text(why, "the daemon's answer does not fit into memory");
		return rc;
	}
	do {
		rc = call->live ? wait_live(call) : 0;
		if (rc < 0)
			return rc;
		tell_wait(call);
		n = recv(call->fd, call->buf + call->start + call->len,
			 call->size - call->start - call->len, 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		return refuse_end(call, why);
	if (n < 0) {
		aiot_format(why, "the daemon's answer could not be read: %s", strerror(errno));
		return -errno;
	}
	call->len += (size_t)n;
	return 0;
}

/* The next message's text, waiting for it. */
static int next_message(struct ctl_call *call, const char **ret_text, size_t *ret_len,
			struct aiot_out *why)
{
	for (;;) {
		size_t used;
		const char *at = call->buf ? call->buf + call->start : NULL;
		enum aiot_split_kind kind =
			aiot_split_next(&call->split, at, call->len, ret_text, ret_len, &used);
		int rc;

		call->start += used;
		call->len -= used;
		if (kind == AIOT_SPLIT_OBJECT)
			return 0;
		/* A line that never ends is none of ours either. */
		if (kind != AIOT_SPLIT_MORE || (call->len > 0 && call->buf[call->start] != '{'))
			return refuse_garbage(why);
		rc = receive(call, why);
		if (rc < 0)
			return rc;
	}
}

static int read_reply(const char *text, size_t len, struct ctl_reply *ret_reply)
{
	static const char *const keys[] = {"parameters", "error", "continues"};
	struct ctl_reply reply = {.parameters = {"{}", 2}};
	struct aiot_json found[3];

	if (aiot_json_parse_members(text, len, keys, 3, found) < 0)
		return -AIOT_EPROTO;
	reply.error = found[1];
	reply.continues = aiot_json_bool(found[2], false);
	if (reply.error.len > 0 && aiot_json_type(reply.error) != AIOT_JSON_STRING)
		return -AIOT_EPROTO;
	if (aiot_json_type(found[0]) == AIOT_JSON_OBJECT)
		reply.parameters = found[0];
	else if (aiot_json_type(found[0]) > AIOT_JSON_NULL)
		return -AIOT_EPROTO;
	*ret_reply = reply;
	return 0;
}

int ctl_call_next(struct ctl_call *call, struct ctl_reply *ret_reply, struct aiot_out *why)
{
	const char *text;
	size_t len;
	int rc;

	if (call->board)
		return ctl_board_next(call->board, ret_reply, why);
	rc = next_message(call, &text, &len, why);
	if (rc < 0)
		return rc;
	if (read_reply(text, len, ret_reply) < 0)
		return refuse_garbage(why);
	call->any = true;
	return 0;
}
