/*
 * session.c - see session.h; this file has the program's side: lines with a check sum.
 *
 * Of the main loop's turn: first what is to be sent (input waits in the UART's ring meanwhile),
 *then the call that was poked, then input, a byte at a time.  What a person types is terminal.c's.
 *
 *	         '{'                LF
 *	NONE ---------> PROGRAM ---------> take_line -> NONE
 *	 ^ |  other, and no     LF, CR
 *	 | |  program spoke
 *	 | `----------> PERSON ----------> terminal.c
 *	 `---- Ctrl-U, from everywhere
 *
 * The reply buffer is written by requests that were understood and new, and by nothing else: what
 *is sent because of noise is a constant, and "busy" is made behind the parameters in the line
 *buffer. So the last reply can be repeated whatever comes in between, and nothing runs twice.
 */
#include "session-private.h"

#include <string.h>

#include <aiotools.h>

#include "board.h"
#include "core.h"
#include "wire.h"

#define ENVELOPE_BYTES 64 /* ,"continues":true,"session":4294967295,"id":4294967295}*1A2B LF */
#define BUSY_BYTES 64	  /* {"busy":true,"session":4294967295,"id":4294967295}*1A2B LF */
#define SKIP_MS 100	  /* a pause in which a torn line has ended */
#define PROGRAM_MS 1000	  /* after its last line: what is not one is noise, and nobody's order */
#define HELD_MAX 64	  /* bytes typed ahead: a quarter of the smallest line buffer */
#define TURN_BYTES 64	  /* taken in one turn, so that a flood of noise stops no task */

/* Whole lines, check sum included: test-session.c knows when one is wrong. */
#define NAK(message)                                                                               \
	"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"" message "\"}}"
#if AIOT_TEXT
#define SAY(long, short) long
static const char nak_sum[] = NAK("the check sum is wrong, or there is none") "*FE6A\n";
static const char nak_request[] = NAK("no request: method or next, session and id") "*9536\n";
static const char nak_long[] = NAK("the line is too long for this board") "*45D6\n";
static const char nak_again[] = NAK("another call was in the way, send it again") "*53B6\n";
#else
#define SAY(long, short) short
static const char nak_sum[] = NAK("again") "*B4F8\n";
static const char nak_long[] = NAK("the line is too long") "*ACCA\n";
#define nak_request nak_sum
#define nak_again nak_sum
#endif

void aiot_session_init(struct aiot_session *s, const struct aiot_session_config *config)
{
	*s = (struct aiot_session){.config = config};
}

void aiot_session_poke(struct aiot_session *s)
{
	s->poked = true;
}

void aiot_session_send(struct aiot_session *s, const char *text, size_t len)
{
	s->send = text;
	s->send_len = (uint16_t)len;
}

static void send_nak(struct aiot_session *s, const char *line)
{
	aiot_session_send(s, line, strlen(line));
}

/* ---- the call ---- */

void aiot_session_drop(struct aiot_session *s)
{
	s->state = AIOT_SESSION_IDLE;
	s->kept = 0;
}

static void open_reply(struct aiot_session *s)
{
	aiot_out_init(&s->out, s->config->reply, s->config->reply_bytes - ENVELOPE_BYTES);
	s->reply_len = 0;
}

/* The reply's end, and off it goes. */
static void close_reply(struct aiot_session *s, bool continues)
{
	struct aiot_out *out = &s->out;

	out->size = s->config->reply_bytes;
	if (continues)
		aiot_out_text(out, ",\"continues\":true");
	aiot_out_text(out, ",\"session\":");
	aiot_out_u64(out, s->peer);
	aiot_out_text(out, ",\"id\":");
	aiot_out_u64(out, s->id);
	aiot_out_char(out, '}');
	aiot_wire_end(out, 0);
	s->reply_len = (uint16_t)out->len;
	aiot_session_send(s, out->buf, out->len);
}

/* An error that no handler made: text is its members but for the envelope's. */
static void reply_error(struct aiot_session *s, enum aiot_error_id id, const char *message)
{
	struct aiot_json_out j;

	open_reply(s);
	aiot_json_begin(&j, &s->out);
	aiot_json_put_object(&j, NULL);
	aiot_error_put(&j, id);
	aiot_json_put_object(&j, "parameters");
	aiot_json_put_str(&j, "message", message);
	aiot_json_put_end_object(&j);
	close_reply(s, false);
}

static void program_reply(struct aiot_session *s, enum aiot_call_result result)
{
	if (s->out.error) {
		aiot_session_drop(s);
		reply_error(s, AIOT_ERR_LIMIT, "the answer does not fit");
	} else if (result == AIOT_CALL_STREAM) {
		aiot_session_drop(s);
		reply_error(
			s, AIOT_ERR_EXPECTED_MORE,
			SAY("nothing is followed over a serial line: read the log by its cursor",
			    "read the log by its cursor"));
	} else if (result == AIOT_CALL_PAGE) {
		s->state = AIOT_SESSION_PAGE;
		close_reply(s, true);
	} else {
		aiot_session_drop(s);
		close_reply(s, false);
	}
}

static void step(struct aiot_session *s)
{
	enum aiot_call_result result;

	if (s->state != AIOT_SESSION_WAITS)
		open_reply(s);
	s->poked = false;
	result = aiot_call_step(&s->call, &s->out);
	if (result == AIOT_CALL_WAIT)
		s->state = AIOT_SESSION_WAITS;
	else if (s->person)
		aiot_terminal_reply(s, result);
	else
		program_reply(s, result);
}

/*
 * A page is full behind the row that passes this.  As any next row has to fit, there is one row a
 * page in small buffers: what is less than this is a reply's empty arrays.
 */
static size_t page_bytes(const struct aiot_session *s)
{
	return s->config->reply_bytes < 1024 ? 48 : s->config->reply_bytes / 4;
}

void aiot_session_begin(struct aiot_session *s, const struct aiot_command *command,
			struct aiot_json params, bool person)
{
	s->person = person;
	s->replied = false;
	s->state = AIOT_SESSION_IDLE;
	(void)aiot_call_begin(s->config->commands, &s->call, command, params, AIOT_ROLE_ADMIN, true,
			      person);
	s->call.page_bytes = page_bytes(s);
	step(s);
}

/* ---- a program's line ---- */

/* The same request again. */
static void repeat(struct aiot_session *s)
{
	struct aiot_out busy;

	if (s->state != AIOT_SESSION_WAITS || s->person) {
		aiot_session_send(s, s->config->reply, s->reply_len);
		return;
	}
	aiot_out_init(&busy, s->config->line + s->kept, s->config->line_bytes - s->kept);
	aiot_format(&busy, "{\"busy\":true,\"session\":%lu,\"id\":%lu}", (unsigned long)s->peer,
		    (unsigned long)s->id);
	aiot_wire_end(&busy, 0);
	aiot_session_send(s, busy.buf, busy.len);
}

struct request {
	struct aiot_json method, params;
	uint32_t peer, id;
	bool next;
};

static bool read_u32(struct aiot_json value, uint32_t *ret)
{
	uint64_t number;

	if (aiot_json_u64(value, &number) < 0 || number == 0 || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static bool read_request(const char *text, size_t len, struct request *ret)
{
	static const char *const keys[] = {"method", "parameters", "session", "id", "next"};
	struct aiot_json object, member[5];

	if (aiot_json_parse(text, len, &object, NULL) < 0)
		return false;
	aiot_json_members(object, keys, 5, member);
	ret->method = member[0];
	ret->params = member[1];
	ret->next = aiot_json_bool(member[4], false);
	return read_u32(member[2], &ret->peer) && read_u32(member[3], &ret->id) &&
	       (ret->next || aiot_json_type(ret->method) == AIOT_JSON_STRING);
}

static void refuse(struct aiot_session *s, const char *message)
{
	aiot_session_drop(s);
	reply_error(s, AIOT_ERR_INVALID_REQUEST, message);
}

/* The next page. */
static void take_next(struct aiot_session *s)
{
	if (s->state == AIOT_SESSION_PAGE && !s->person)
		step(s);
	else
		refuse(s, SAY("no call has a next page here", "no page"));
}

static void take_call(struct aiot_session *s, const struct request *r)
{
	const struct aiot_command *command = aiot_command_by_method(s->config->commands, r->method);
	struct aiot_json params = r->params;

	aiot_session_drop(s);
	if (command == NULL) {
		reply_error(s, AIOT_ERR_METHOD_NOT_IMPLEMENTED,
			    "this board does not have that method");
		return;
	}
	if (params.text != NULL) {
		memmove(s->config->line, params.text, params.len);
		params.text = s->config->line;
		s->kept = (uint16_t)params.len;
	}
	aiot_session_begin(s, command, params, false);
}

/*
 * A session begins with number 1.  So what was asked before a reset, and is asked again behind it,
 * is not run once more.
 */
static void take_request(struct aiot_session *s, const struct request *r)
{
	bool ours = r->peer == s->peer;

	if (ours && r->id < s->id)
		return;
	if (ours && r->id == s->id) {
		repeat(s);
		return;
	}
	s->peer = r->peer;
	s->id = r->id;
	s->last_hash = s->hash;
	s->last_len = s->all_len;
	if (!ours && r->id != 1)
		refuse(s, SAY("the board does not know this session: it was reset, or another "
			      "program spoke to it",
			      "the board does not know this session"));
	else if (r->next)
		take_next(s);
	else
		take_call(s, r);
}

/* Its end did not fit behind the parameters of the call. */
static void take_cut_line(struct aiot_session *s)
{
	if (s->all_len == s->last_len && s->hash == s->last_hash) {
		repeat(s);
	} else if (s->all_len >= s->config->line_bytes) {
		send_nak(s, nak_long);
	} else {
		aiot_session_drop(s);
		send_nak(s, nak_again);
	}
}

static void begin_line(struct aiot_session *s)
{
	s->mode = AIOT_LINE_NONE;
	s->line_len = 0;
	s->all_len = 0;
	s->hash = 2166136261u;
}

static void take_line(struct aiot_session *s)
{
	const char *line = s->config->line + s->kept;
	struct request r = {.next = false};
	int len = aiot_wire_check(line, s->line_len);

	if (s->line_len < s->all_len) {
		take_cut_line(s);
	} else if (len < 0) {
		/* If its LF was noise, there is more of it to come. */
		s->skipping = true;
		send_nak(s, nak_sum);
	} else if (!read_request(line, (size_t)len, &r)) {
		send_nak(s, nak_request);
	} else if (r.params.len + BUSY_BYTES > s->config->line_bytes) {
		send_nak(s, nak_long);
	} else {
		take_request(s, &r);
	}
}

/* ---- bytes ---- */

/* About a millisecond, without a division. */
static uint32_t now_ms(const struct aiot_session *s)
{
	struct aiot_core *core = s->config->commands->core;

	return (uint32_t)(core->ops->mono_ns(core->ctx) >> 20);
}

static void collect(struct aiot_session *s, char c)
{
	s->hash = (s->hash ^ (uint8_t)c) * 16777619u;
	if (s->all_len < UINT16_MAX)
		s->all_len++;
	if (s->kept + s->line_len < s->config->line_bytes)
		s->config->line[s->kept + s->line_len++] = c;
}

static void take_program(struct aiot_session *s, char c)
{
	if (c == '\n') {
		take_line(s);
		s->program_ms = now_ms(s);
		s->program = true;
		begin_line(s);
	} else if (c != '\r') {
		collect(s, c);
	}
}

/* Whether it belongs to a line that is thrown away. */
static bool skip(struct aiot_session *s, char c)
{
	uint32_t now = now_ms(s);

	if (now - s->program_ms > SKIP_MS)
		s->skipping = false;
	s->program_ms = now;
	if (!s->skipping)
		return false;
	s->skipping = c != '\n';
	return true;
}

static void take_forget(struct aiot_session *s)
{
	if (s->mode == AIOT_LINE_PERSON)
		aiot_terminal_clear(s);
	if (s->person)
		aiot_session_drop(s);
	s->held = s->given = 0;
	s->skipping = false;
	begin_line(s);
}

static void take_first(struct aiot_session *s, char c)
{
	if (now_ms(s) - s->program_ms > PROGRAM_MS)
		s->program = false;
	if (c != '{' && s->program)
		return;
	begin_line(s);
	if (s->person || c != '{')
		aiot_session_drop(s);
	if (c != '{') {
		aiot_terminal_take(s, c);
		return;
	}
	s->mode = AIOT_LINE_PROGRAM;
	s->prompted = false;
	s->typed = 0;
	collect(s, c);
}

static void take_byte(struct aiot_session *s, char c)
{
	if (c == AIOT_WIRE_FORGET)
		take_forget(s);
	else if (s->skipping && skip(s, c))
		return;
	else if (s->person && s->state != AIOT_SESSION_IDLE)
		aiot_terminal_interrupt(s, c);
	else if (s->mode == AIOT_LINE_PROGRAM)
		take_program(s, c);
	else if (s->mode == AIOT_LINE_PERSON)
		aiot_terminal_take(s, c);
	else
		take_first(s, c);
}

/* ---- the turn ---- */

static bool sent_all(struct aiot_session *s)
{
	size_t n;

	if (s->send_len == 0)
		return true;
	n = aiot_board_write(s->send, s->send_len);
	s->send += n;
	s->send_len = (uint16_t)(s->send_len - n);
	return s->send_len == 0;
}

/*
 * They lie at the end of the line buffer, the first one last.  What they become grows from its
 * beginning, and never comes as far.
 */
void aiot_session_hold(struct aiot_session *s, char c)
{
	if (s->held < HELD_MAX)
		s->config->line[s->config->line_bytes - ++s->held] = c;
}

static bool read_byte(struct aiot_session *s, char *ret)
{
	if (s->held == 0 || s->state != AIOT_SESSION_IDLE)
		return aiot_board_read(ret, 1) == 1;
	*ret = s->config->line[s->config->line_bytes - ++s->given];
	if (s->given == s->held)
		s->held = s->given = 0;
	return true;
}

bool aiot_session_turn(struct aiot_session *s)
{
	unsigned left = TURN_BYTES;
	char c;

	while (left > 0) {
		bool waits = s->state == AIOT_SESSION_WAITS || s->state == AIOT_SESSION_STREAMS;

		if (!sent_all(s))
			return false;
		if (aiot_terminal_show(s))
			continue;
		if ((waits && s->poked) || (s->person && s->state == AIOT_SESSION_PAGE)) {
			step(s);
			continue;
		}
		if (aiot_board_overrun() && s->mode == AIOT_LINE_PERSON)
			aiot_terminal_clear(s);
		if (!read_byte(s, &c))
			return false;
		take_byte(s, c);
		left--;
	}
	return true;
}
