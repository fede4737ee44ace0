/*
 * board.c - see board.h.
 *
 * main.c opens it, call.c passes requests and replies through.  The protocol is the core's
 * (serial.c); here are the clock, the waiting, and what following a log is on a line where nothing
 * streams: Node.Poll waits for news, Log.Read gets them by cursor.
 */
#define _DEFAULT_SOURCE
#include "board.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <aiotools.h>

#include "heap.h"
#include "output.h"
#include "wire.h"

#define POLL_WAIT_MS 10000
#define FOLLOW_TRIES 30 /* of a second each: for so long a board may be away */

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- one exchange ---- */

static int refuse_unplugged(const struct ctl_board *b, struct aiot_out *why)
{
	aiot_format(why, "%s was closed at its other end", b->at.path);
	return -AIOT_ENODATA;
}

static int refuse_silence(const struct ctl_board *b, struct aiot_out *why)
{
	aiot_format(why, "no answer from %s", b->at.path);
	if (b->at.baud)
		aiot_format(why,
			    " at %u baud; is a board with aiotools there, and is the rate right "
			    "(--serial DEVICE,BAUD)?",
			    (unsigned)b->at.baud);
	else
		aiot_out_text(why, "; is a board with aiotools there, and nobody else connected?");
	return -AIOT_ETIMEDOUT;
}

static int refuse_noise(const struct ctl_board *b, struct aiot_out *why)
{
	aiot_format(why, "the board at %s got each of %d tries damaged; is the line noisy?",
		    b->at.path, AIOT_SERIAL_TRIES);
	return -AIOT_ETIMEDOUT;
}

static int refuse_forgotten(const struct ctl_board *b, struct aiot_out *why)
{
	aiot_format(why,
		    "the board at %s was reset, or spoken to by somebody else, before it had "
		    "answered in full; ask again",
		    b->at.path);
	return -AIOT_ECANCELED;
}

/* Write what the line takes.  negative: it is gone. */
static int write_some(struct ctl_board *b)
{
	const char *text;
	size_t len = aiot_serial_output(&b->engine, &text);
	ssize_t n = len > 0 ? write(b->at.fd, text, len) : 0;

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	if (n > 0)
		aiot_serial_wrote(&b->engine, (size_t)n, now_ns());
	return 0;
}

/* Read what has come, if all before it was looked at.  negative: the line is gone. */
static int read_some(struct ctl_board *b)
{
	ssize_t n;

	if (b->taken < b->len)
		return 0;
	n = read(b->at.fd, b->received, sizeof(b->received));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return n == 0 ? -EPIPE : -errno;
	b->taken = 0;
	b->len = n > 0 ? (size_t)n : 0;
	return 0;
}

static int wait_ms(const struct ctl_board *b)
{
	uint64_t due = aiot_serial_due(&b->engine), now = now_ns();

	return due > now ? (int)((due - now) / 1000000) + 1 : 0;
}

/* Show what is there, then wait.  -AIOT_EPIPE: whoever reads it has gone. */
static int wait_for(struct ctl_board *b)
{
	const char *text;
	bool writes = aiot_serial_output(&b->engine, &text) > 0;
	struct pollfd polled[] = {
		{.fd = b->at.fd, .events = (short)(POLLIN | (writes ? POLLOUT : 0))},
		{.fd = b->live ? b->live->fd : -1}, /* only errors: no reader is one */
	};

	if (b->live)
		ctl_output_flush(b->live);
	if (poll(polled, 2, wait_ms(b)) > 0 && (polled[1].revents & POLLERR))
		b->live->error = -AIOT_EPIPE;
	return b->live && b->live->error ? -AIOT_EPIPE : 0;
}

/* Go on until the request that was begun has its reply.  0, or negative with a sentence. */
static int exchange(struct ctl_board *b, struct aiot_out *why)
{
	enum aiot_serial_event event = AIOT_SERIAL_NONE;
	int rc;

	while (event == AIOT_SERIAL_NONE) {
		rc = write_some(b);
		if (rc == 0)
			rc = wait_for(b);
		if (rc == -AIOT_EPIPE && b->live && b->live->error)
			return rc;
		if (rc == 0)
			rc = read_some(b);
		if (rc < 0)
			return refuse_unplugged(b, why);
		b->taken += aiot_serial_feed(&b->engine, b->received + b->taken, b->len - b->taken,
					     now_ns(), &event);
		if (event == AIOT_SERIAL_NONE)
			event = aiot_serial_tick(&b->engine, now_ns());
	}
	if (event == AIOT_SERIAL_NO_ANSWER)
		return refuse_silence(b, why);
	if (event == AIOT_SERIAL_FORGOTTEN)
		return refuse_forgotten(b, why);
	return aiot_error_find(b->engine.reply.error) == AIOT_ERR_INVALID_REQUEST
		       ? refuse_noise(b, why) /* the last try was not understood, either */
		       : 0;
}

/* ---- hello ---- */

static uint32_t random_session(void)
{
	uint32_t number = 0;

	while (number == 0) {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			number = (uint32_t)now_ns() ^ (uint32_t)getpid();
	}
	return number;
}

/* Call a method of boards whose parameters are made here. */
static int call_node(struct ctl_board *b, unsigned id, const struct aiot_out *params,
		     struct aiot_out *why)
{
	const struct aiot_commands boards = {.segment = {{aiot_commands_board, NULL, NULL}}};
	const struct aiot_json json = {params->buf, params->len};

	if (aiot_serial_call(&b->engine, aiot_command_by_id(&boards, id)->method, json, now_ns()) <
	    0) {
		aiot_format(why, "the board at %s takes too short lines", b->at.path);
		return -AIOT_EMSGSIZE;
	}
	return exchange(b, why);
}

static uint64_t reply_u64(const struct ctl_board *b, const char *key)
{
	uint64_t number = 0;

	(void)aiot_json_u64(aiot_json_get(b->engine.reply.parameters, key), &number);
	return number;
}

static int hello(struct ctl_board *b, struct aiot_out *why)
{
	char text[64];
	struct aiot_out params;
	struct timespec now;
	uint64_t protocol, line_max;
	int rc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	aiot_out_init(&params, text, sizeof(text));
	aiot_format(&params, "{\"wall_us\":%lld}",
		    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	rc = call_node(b, AIOT_CMD_NODE_HELLO, &params, why);
	if (rc < 0)
		return rc;
	protocol = reply_u64(b, "protocol");
	if (protocol != AIOT_WIRE_PROTOCOL) {
		aiot_format(why,
			    "the board at %s speaks protocol %llu, this aiotoolsctl %u: bring both "
			    "to the same version",
			    b->at.path, (unsigned long long)protocol, AIOT_WIRE_PROTOCOL);
		return -AIOT_EPROTO;
	}
	b->name[0] = '\0';
	(void)aiot_json_str(aiot_json_get(b->engine.reply.parameters, "board"), b->name,
			    sizeof(b->name));
	line_max = reply_u64(b, "line_max");
	if (line_max > AIOT_SERIAL_LINE_MIN)
		b->engine.line_max =
			line_max < CTL_BOARD_BYTES ? (size_t)line_max : CTL_BOARD_BYTES;
	return 0;
}

int ctl_board_open(struct ctl_board *b, const char *device, struct ctl_output *live,
		   struct aiot_out *why)
{
	struct aiot_serial_options options = {
		.session = random_session(),
		.line = b->line,
		.line_bytes = sizeof(b->line),
		.input = b->input,
		.input_bytes = sizeof(b->input),
	};
	int rc = ctl_line_open(&b->at, device, why);

	if (rc < 0)
		return rc;
	options.baud = b->at.baud;
	b->pages = (struct ctl_document){NULL, 0};
	b->whole = (struct aiot_out){.grow = ctl_heap_grow};
	aiot_serial_init(&b->engine, &options);
	b->taken = 0;
	b->len = 0;
	b->live = live;
	rc = hello(b, why);
	if (rc < 0)
		ctl_board_close(b);
	return rc;
}

void ctl_board_close(struct ctl_board *b)
{
	ctl_line_close(&b->at);
	ctl_document_finish(&b->pages);
	free(b->whole.buf);
}

/* ---- the call ---- */

/* What says where the log's first answer begins; later ones begin behind the last record. */
static bool is_beginning(struct aiot_json key)
{
	static const char *const names[] = {"lines", "since_us", "cursor", "after_cursor"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (aiot_json_str_is(key, names[i]))
			return true;
	}
	return false;
}

/* The parameters of Log.Read for a call that follows. */
static void put_log_params(const struct ctl_board *b, struct aiot_out *out)
{
	struct aiot_json_iter it = {NULL};
	struct aiot_json key, value;
	struct aiot_json_out j;
	bool begins = false;
	char name[32];

	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	while (aiot_json_next(b->params, &it, &key, &value)) {
		bool beginning = is_beginning(key);

		begins |= beginning;
		if (!aiot_json_str_is(key, "follow") && !(beginning && b->begun) &&
		    !ctl_is_for_text(b->command, key) &&
		    aiot_json_str(key, name, sizeof(name)) >= 0)
			aiot_json_put_raw(&j, name, value);
	}
	if (b->begun && b->cursor[0])
		aiot_json_put_str(&j, "after_cursor", b->cursor);
	else if (!begins)
		aiot_json_put_u64(&j, "lines", 10);
	aiot_json_put_end_object(&j);
}

static void put_params(const struct ctl_board *b, struct aiot_out *out)
{
	struct aiot_json_out j;

	aiot_json_begin(&j, out);
	ctl_put_parameters(&j, NULL, b->command, b->params);
}

static int begin(struct ctl_board *b, struct aiot_out *why)
{
	const char *method = b->follow ? "io.aiotools.Log.Read" : b->command->method;
	struct aiot_out params = {.grow = ctl_heap_grow};
	struct aiot_json json;
	int rc;

	(b->follow ? put_log_params : put_params)(b, &params);
	json = (struct aiot_json){params.buf, params.len};
	rc = params.error ? params.error : aiot_serial_call(&b->engine, method, json, now_ns());
	if (rc == -AIOT_EMSGSIZE)
		aiot_format(why,
			    "%s: the request is %zu bytes long, and this board takes %zu: name "
			    "fewer things, or shorter values",
			    b->command->verb, aiot_serial_line_bytes(&b->engine, method, json),
			    b->engine.line_max);
	else if (rc < 0)
		aiot_out_text(why, "the request does not fit into memory");
	free(params.buf);
	return rc;
}

int ctl_board_send(struct ctl_board *b, const struct aiot_command *command,
		   struct aiot_json parameters, struct aiot_out *why)
{
	b->command = command;
	b->params = parameters;
	b->follow = command->id == AIOT_CMD_FOLLOW ||
		    aiot_json_bool(aiot_json_get(parameters, "follow"), false);
	b->begun = false;
	b->late_error = false;
	b->cursor[0] = '\0';
	return begin(b, why);
}

/* Wait until the log has a record more than it had. */
static int wait_for_news(struct ctl_board *b, struct aiot_out *why)
{
	uint32_t seq = b->seq;

	while (b->seq == seq) {
		char text[96];
		struct aiot_out params;
		int rc;

		aiot_out_init(&params, text, sizeof(text));
		aiot_format(&params, "{\"change\":%u,\"seq\":%u,\"wait_ms\":%u}",
			    (unsigned)b->change, (unsigned)b->seq, POLL_WAIT_MS);
		rc = call_node(b, AIOT_CMD_NODE_POLL, &params, why);
		if (rc < 0)
			return rc;
		if (b->engine.reply.error.text)
			return 0; /* which the next reading gets, too */
		b->change = (uint32_t)reply_u64(b, "change");
		b->seq = (uint32_t)reply_u64(b, "seq");
	}
	return 0;
}

/* Ask for what comes behind the last reply. */
static int go_on(struct ctl_board *b, struct aiot_out *why)
{
	int rc;

	if (b->engine.reply.continues) {
		aiot_serial_next(&b->engine, now_ns());
		return 0;
	}
	rc = wait_for_news(b, why);
	return rc < 0 ? rc : begin(b, why);
}

static void note_cursor(struct ctl_board *b)
{
	(void)aiot_json_str(aiot_json_get(b->engine.reply.parameters, "cursor"), b->cursor,
			    sizeof(b->cursor));
}

/* A method that the board does not have: it does not know the verb's name. */
static void say_missing(struct ctl_board *b, struct ctl_reply *reply)
{
	struct aiot_out out;
	struct aiot_json_out j;

	if (aiot_error_find(reply->error) != AIOT_ERR_METHOD_NOT_IMPLEMENTED)
		return;
	aiot_out_init(&out, b->words, sizeof(b->words));
	aiot_json_begin(&j, &out);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_strf(&j, "message",
			   "%s is not to be had here: the board at %.100s has no such command",
			   b->command->verb, b->at.path);
	aiot_json_put_end_object(&j);
	if (!out.error)
		reply->parameters = (struct aiot_json){out.buf, out.len};
}

/* A page of an answer whose pages are shown as one. */
static bool is_collected(const struct ctl_board *b)
{
	return b->command->id != AIOT_CMD_LOG && b->command->id != AIOT_CMD_FOLLOW;
}

/* Put a page behind those before it; its reply becomes that of all of them. */
static int collect(struct ctl_board *b, struct ctl_reply *page, struct aiot_out *why)
{
	int rc = ctl_document_add(&b->pages, page->parameters);

	b->whole.len = 0;
	if (rc == 0)
		ctl_document_write(&b->pages, &b->whole);
	if (rc == 0)
		rc = b->whole.error;
	if (rc == 0)
		rc = aiot_json_parse(b->whole.buf, b->whole.len, &page->parameters, NULL);
	if (rc < 0)
		aiot_out_text(why, "the board's answer does not fit into memory");
	b->collected = page->parameters;
	return rc;
}

/* The board was reset, or somebody else spoke to it. */
static bool is_away(int rc)
{
	return rc == -AIOT_ECANCELED || rc == -AIOT_ETIMEDOUT;
}

/* Go on behind the last record: a reset may take longer than the tries of one request. */
static int follow_again(struct ctl_board *b, struct aiot_out *why)
{
	int tries, rc = -AIOT_ECANCELED;

	for (tries = 0; tries < FOLLOW_TRIES && is_away(rc); tries++) {
		why->len = 0;
		rc = hello(b, why);
		if (rc == 0)
			rc = begin(b, why);
		if (rc == 0)
			rc = exchange(b, why);
	}
	return rc;
}

static int next_reply(struct ctl_board *b, struct ctl_reply *ret, struct aiot_out *why)
{
	int rc = b->begun ? go_on(b, why) : 0;

	b->begun = true;
	if (rc == 0)
		rc = exchange(b, why);
	if (b->follow && is_away(rc))
		rc = follow_again(b, why);
	if (rc < 0)
		return rc;
	*ret = (struct ctl_reply){
		.error = b->engine.reply.error,
		.parameters = b->engine.reply.parameters,
		.continues = b->follow || b->engine.reply.continues,
	};
	note_cursor(b);
	say_missing(b, ret);
	return 0;
}

int ctl_board_next(struct ctl_board *b, struct ctl_reply *ret_reply, struct aiot_out *why)
{
	struct ctl_reply reply;
	int rc;

	if (b->late_error) { /* behind the pages before it, which were shown meanwhile */
		b->late_error = false;
		*ret_reply = b->late;
		return 0;
	}
	do {
		rc = next_reply(b, &reply, why);
		if (rc < 0)
			return rc;
		if (reply.error.text && b->pages.count > 0) {
			b->late = reply;
			b->late_error = true;
			reply = (struct ctl_reply){.parameters = b->collected, .continues = true};
			break;
		}
		if (reply.error.text || !is_collected(b))
			break;
		rc = collect(b, &reply, why);
	} while (rc == 0 && reply.continues);
	if (rc == 0)
		*ret_reply = reply;
	return rc;
}
