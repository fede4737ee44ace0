/*
 * serial.c - see serial.h.
 *
 * Used by aiotoolsctl --serial and by the daemon's nodes, in the order call, output/wrote, feed and
 * tick until an event, next or the next call.  The request's text stays in its buffer until the
 * answer is there, so that each try sends the same bytes.  Knows nothing of what a call means: what
 * is paged, what may be asked twice and what a lost answer means is its owner's business.
 */
#include "serial.h"

#include <string.h>

#include <aiotools.h>

#include "command.h"
#include "wire.h"

/*
 * Bytes of which check sums are made in one line: a line of nothing but braces is not to keep its
 * reader from other things.
 */
#define LOOK_BYTES 131072u

enum state {
	IDLE,
	ASKING, /* the request is being written, or waits for its answer */
	BUSY,	/* the board said so: asked again at due_ns */
};

void aiot_serial_init(struct aiot_serial *s, const struct aiot_serial_options *options)
{
	*s = (struct aiot_serial){
		.line_max = AIOT_SERIAL_LINE_MIN, .o = *options, .session = options->session};
}

/* ---- the request ---- */

/* A byte is ten bits on the line. */
static uint64_t wire_ns(const struct aiot_serial *s, size_t bytes)
{
	return s->o.baud ? bytes * 10 * 1000000000ull / s->o.baud : 0;
}

static void put_request(const struct aiot_serial *s, const char *method, struct aiot_json params,
			struct aiot_out *out)
{
	struct aiot_json_out j;

	aiot_json_begin(&j, out);
	aiot_json_put_object(&j, NULL);
	if (method != NULL)
		aiot_json_put_str(&j, "method", method);
	if (params.text != NULL && aiot_json_count(params) > 0)
		aiot_json_put_raw(&j, "parameters", params);
	aiot_json_put_u64(&j, "session", s->session);
	aiot_json_put_u64(&j, "id", (uint64_t)s->id + 1);
	if (method == NULL)
		aiot_json_put_bool(&j, "next", true);
	aiot_json_put_end_object(&j);
}

struct count {
	char buf[64];
	size_t bytes;
};

static int count_bytes(struct aiot_out *out, size_t need)
{
	struct count *count = out->ctx;

	(void)need;
	count->bytes += out->len;
	out->len = 0;
	return 0;
}

size_t aiot_serial_line_bytes(const struct aiot_serial *s, const char *method,
			      struct aiot_json params)
{
	struct count count = {.bytes = 0};
	struct aiot_out out = {
		.buf = count.buf, .size = sizeof(count.buf), .grow = count_bytes, .ctx = &count};

	put_request(s, method, params, &out);
	return count.bytes + out.len + AIOT_WIRE_TAIL;
}

static void send_line(struct aiot_serial *s, uint64_t now_ns)
{
	s->state = ASKING;
	s->written = 0;
	s->due_ns = now_ns + AIOT_SERIAL_WAIT_NS + wire_ns(s, s->line_len);
	s->latest_ns = s->due_ns + wire_ns(s, s->o.input_bytes);
}

static void begin(struct aiot_serial *s, const char *method, struct aiot_json params,
		  uint64_t now_ns)
{
	struct aiot_out out;

	s->o.line[0] = AIOT_WIRE_FORGET;
	aiot_out_init(&out, s->o.line + 1, s->o.line_bytes - 1);
	put_request(s, method, params, &out);
	aiot_wire_end(&out, 0);
	s->line_len = out.len + 1;
	s->id++;
	s->tries = 1;
	s->input_len = 0;
	s->too_long = false;
	s->requests++;
	send_line(s, now_ns);
}

int aiot_serial_call(struct aiot_serial *s, const char *method, struct aiot_json params,
		     uint64_t now_ns)
{
	size_t bytes = aiot_serial_line_bytes(s, method, params);

	if (bytes > s->line_max || bytes + 1 > s->o.line_bytes)
		return -AIOT_EMSGSIZE;
	begin(s, method, params, now_ns);
	return 0;
}

void aiot_serial_next(struct aiot_serial *s, uint64_t now_ns)
{
	begin(s, NULL, (struct aiot_json){NULL, 0}, now_ns);
}

void aiot_serial_drop(struct aiot_serial *s)
{
	s->state = IDLE;
}

bool aiot_serial_busy(const struct aiot_serial *s)
{
	return s->state != IDLE;
}

/* ---- writing ---- */

size_t aiot_serial_output(const struct aiot_serial *s, const char **ret)
{
	if (s->state != ASKING)
		return 0;
	*ret = s->o.line + s->written;
	return s->line_len - s->written;
}

void aiot_serial_wrote(struct aiot_serial *s, size_t bytes, uint64_t now_ns)
{
	if (s->state != ASKING || bytes == 0)
		return;
	s->written += bytes;
	/* It may all lie in the kernel yet: its time on the line begins now. */
	s->due_ns = now_ns + AIOT_SERIAL_WAIT_NS + wire_ns(s, s->line_len);
	s->latest_ns = s->due_ns + wire_ns(s, s->o.input_bytes);
}

/* Once more, if there is a try left. */
static bool try_again(struct aiot_serial *s, uint64_t now_ns)
{
	if (s->tries >= AIOT_SERIAL_TRIES)
		return false;
	s->tries++;
	s->retries++;
	send_line(s, now_ns);
	return true;
}

/* ---- what comes ---- */

static enum aiot_serial_event take_reply(struct aiot_serial *s, const struct aiot_json *member)
{
	static const char nothing[] = "{}";

	s->reply.error = member[0];
	s->reply.parameters = member[1];
	if (aiot_json_type(member[1]) != AIOT_JSON_OBJECT)
		s->reply.parameters = (struct aiot_json){nothing, 2};
	s->reply.continues = aiot_json_bool(member[2], false);
	s->state = IDLE;
	return AIOT_SERIAL_REPLY;
}

/* What was sent may reach the board yet: the next call is not to be taken for its successor. */
static enum aiot_serial_event end_session(struct aiot_serial *s, enum aiot_serial_event event)
{
	s->session = s->session * 1664525u + 1013904223u;
	if (s->session == 0)
		s->session = s->o.session;
	s->id = 0;
	s->state = IDLE;
	return event;
}

/* The board did not understand: noise, or it never will. */
static enum aiot_serial_event take_nak(struct aiot_serial *s, const struct aiot_json *member,
				       uint64_t now_ns)
{
	s->naks++;
	if (try_again(s, now_ns))
		return AIOT_SERIAL_NONE;
	return take_reply(s, member);
}

static enum aiot_serial_event take_object(struct aiot_serial *s, struct aiot_json object,
					  uint64_t now_ns)
{
	static const char *const keys[] = {"error", "parameters", "continues", "session",
					   "id",    "busy",	  "method",    "next"};
	struct aiot_json member[8];
	uint64_t session, id;

	aiot_json_members(object, keys, 8, member);
	if (member[6].text != NULL || member[7].text != NULL)
		return AIOT_SERIAL_NONE; /* the echo of a request that was taken for a person's */
	if (member[3].text == NULL && aiot_error_find(member[0]) == AIOT_ERR_INVALID_REQUEST)
		return take_nak(s, member, now_ns);
	if (aiot_json_u64(member[3], &session) < 0 || session != s->session ||
	    aiot_json_u64(member[4], &id) < 0 || id != s->id)
		return AIOT_SERIAL_NONE; /* of a try before this one, or somebody else's */
	if (aiot_error_find(member[0]) == AIOT_ERR_INVALID_REQUEST)
		return end_session(s, AIOT_SERIAL_FORGOTTEN);
	if (!aiot_json_bool(member[5], false))
		return take_reply(s, member);
	s->state = BUSY;
	s->due_ns = now_ns + AIOT_SERIAL_BUSY_NS;
	return AIOT_SERIAL_NONE;
}

/*
 * A line is there.  What lies before its object (noise, an echo, an answer whose end was lost) is
 * passed over: each place where an object may begin is tried until a check sum is right, or too
 * many were not.
 */
static enum aiot_serial_event take_line(struct aiot_serial *s, uint64_t now_ns)
{
	const char *at = s->o.input, *end = at + s->input_len;
	size_t looked_at = 0;

	if (at < end && end[-1] == '\r')
		end--;
	while (looked_at < LOOK_BYTES && (at = memchr(at, '{', (size_t)(end - at))) != NULL) {
		struct aiot_json object;
		int len = aiot_wire_check(at, (size_t)(end - at));

		looked_at += (size_t)(end - at);
		if (len >= 0 && aiot_json_parse(at, (size_t)len, &object, NULL) == 0)
			return take_object(s, object, now_ns);
		at++;
	}
	s->bad_lines += looked_at > 0;
	return AIOT_SERIAL_NONE;
}

static enum aiot_serial_event take_byte(struct aiot_serial *s, char c, uint64_t now_ns)
{
	enum aiot_serial_event event = AIOT_SERIAL_NONE;

	if (c == '\n') {
		if (!s->too_long)
			event = take_line(s, now_ns);
		else
			s->bad_lines++;
		s->input_len = 0;
		s->too_long = false;
	} else if (s->input_len < s->o.input_bytes) {
		s->o.input[s->input_len++] = c;
	} else {
		s->too_long = true;
	}
	return event;
}

size_t aiot_serial_feed(struct aiot_serial *s, const char *bytes, size_t count, uint64_t now_ns,
			enum aiot_serial_event *ret)
{
	size_t i = 0;

	*ret = AIOT_SERIAL_NONE;
	if (s->state == IDLE)
		return count;
	if (s->state == ASKING && count > 0 && s->due_ns < now_ns + AIOT_SERIAL_WAIT_NS) {
		s->due_ns = now_ns + AIOT_SERIAL_WAIT_NS;
		if (s->due_ns > s->latest_ns)
			s->due_ns = s->latest_ns;
	}
	while (i < count && *ret == AIOT_SERIAL_NONE)
		*ret = take_byte(s, bytes[i++], now_ns);
	return i;
}

/* ---- time ---- */

uint64_t aiot_serial_due(const struct aiot_serial *s)
{
	return s->state == IDLE ? AIOT_SERIAL_NEVER : s->due_ns;
}

enum aiot_serial_event aiot_serial_tick(struct aiot_serial *s, uint64_t now_ns)
{
	if (s->state == IDLE || now_ns < s->due_ns)
		return AIOT_SERIAL_NONE;
	if (s->state == BUSY) {
		s->tries = 0;
		s->waits++;
	}
	if (try_again(s, now_ns))
		return AIOT_SERIAL_NONE;
	return end_session(s, AIOT_SERIAL_NO_ANSWER);
}
