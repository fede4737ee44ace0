/*
 * session.c - see session.h; this file has the program's side: lines with a check sum.
 *
 * Of the main loop's turn: first what is to be sent (input waits in the UART's ring meanwhile),
 * then the call that was poked, then input, a byte at a time.  What a person types is terminal.c's.
 *
 *	         '{'                LF, CR           sum is wrong
 *	NONE ---------> PROGRAM ---------> take_line -----------> TORN
 *	 ^ |  other, and no     LF, CR                             |
 *	 | |  program spoke                                        |
 *	 | `----------> PERSON ----------> terminal.c              |
 *	 `---- Ctrl-U, from everywhere; LF, or a second, from there
 *
 * A program's reply is given up for requests that are right and new, and for what a person types;
 * for nothing else: what is sent because of noise is a constant, and "busy" is made in the free
 * part.  So the last reply can be repeated whatever comes in between, and nothing runs twice.
 */
#include "session-private.h"

#include <string.h>

#include <aiotools.h>

#include "board.h"
#include "core.h"

#define END_BYTES 44	  /* ,"session":4294967295,"id":4294967295}*1A2B LF */
#define PAGE_END_BYTES 61 /* ,"continues":true before that; also enough for {"busy":true */
#define PROGRAM_MS 1000	  /* after its last line: what is not one is noise, and nobody's order */
#define TURN_BYTES 64	  /* taken in one turn, so that a flood of noise stops no task */

/*
 * A page is full behind the row that passes this.  As any next row has to fit, there is one row a
 * page in small buffers: what is less than this is a reply's empty arrays.
 */
#define PAGE_BYTES (AIOT_SERIAL_BYTES < 1024 ? 48 : AIOT_SERIAL_BYTES / 4)

/* Whole lines, check sum included: test-session.c knows when one is wrong. */
#if AIOT_TEXT
#define SAY(long, short) long
#define NAK(message)                                                                               \
	"{\"error\":\"io.aiotools.InvalidRequest\",\"parameters\":{\"message\":\"" message "\"}}"
static const char nak_sum[] = NAK("the check sum is wrong, or there is none") "*FE6A\n";
static const char nak_request[] = NAK("no request: method or next, session and id") "*9536\n";
static const char nak_long[] = NAK("the line is too long for this board") "*45D6\n";
static const char nak_again[] = NAK("another call was in the way, send it again") "*53B6\n";
#else
#define SAY(long, short) short
static const char nak_sum[] = "{\"error\":\"io.aiotools.InvalidRequest\"}*69AC\n";
#define nak_request nak_sum
#define nak_long nak_sum
#define nak_again nak_sum
#endif

void aiot_session_init(struct aiot_session *s, const struct aiot_commands *commands)
{
	memset(s, 0, sizeof(*s));
	s->commands = commands;
	s->send = s->buf;
	s->program_ms = 0u - 2 * PROGRAM_MS;
}

void aiot_session_poke(struct aiot_session *s)
{
	s->poked = true;
}

/* Hand bytes to the UART as it has room; until then no input is taken. */
static void send(struct aiot_session *s, const char *text, size_t len)
{
	s->send = text;
	s->send_len = (uint16_t)len;
}

/* ---- the call ---- */

void aiot_session_drop(struct aiot_session *s)
{
	if (s->state == AIOT_SESSION_WAITS || s->person)
		s->out.len = 0; /* half a reply is not repeated */
	s->state = AIOT_SESSION_IDLE;
	s->kept = s->typed;
}

/*
 * Behind it there has to be room for its end.  A page's lies beside what is kept for the next one;
 * that of a call's only reply may take its place.  A byte is the terminal's.
 */
void aiot_session_open(struct aiot_session *s)
{
	const struct aiot_command *command = s->call.command;
	size_t behind = s->kept + 1u;

	if (command == NULL || command->flags & AIOT_COMMAND_MORE)
		behind = s->kept + (size_t)PAGE_END_BYTES;
	else if (behind < END_BYTES)
		behind = END_BYTES;
	aiot_out_init(&s->out, s->buf, AIOT_SERIAL_BYTES - behind);
	s->call.json.out = &s->out;
}

/* An object's end, and off it goes. */
static void close_object(struct aiot_session *s, struct aiot_out *out)
{
	aiot_format(out, ",\"session\":%lu,\"id\":%lu}", (unsigned long)s->peer,
		    (unsigned long)s->id);
	aiot_wire_end(out, 0);
	send(s, out->buf, out->len);
}

static void close_reply(struct aiot_session *s)
{
	if (s->person) {
		aiot_terminal_show(s);
		return;
	}
	s->out.size = AIOT_SERIAL_BYTES;
	if (s->state == AIOT_SESSION_PAGE)
		aiot_out_text(&s->out, ",\"continues\":true");
	else
		aiot_session_drop(s);
	close_object(s, &s->out);
}

/* An error that no handler made. */
static void refuse(struct aiot_session *s, enum aiot_error_id id, const char *message)
{
	aiot_session_drop(s);
	aiot_session_open(s);
	(void)aiot_call_error(&s->call, id, "%s", message);
	close_reply(s);
}

static NOINLINE void step(struct aiot_session *s)
{
	enum aiot_call_result result;

	if (s->state != AIOT_SESSION_WAITS)
		aiot_session_open(s);
	s->poked = false;
	s->cut = true; /* the reply may grow over a line that is half in */
	s->line_len = 0;
	result = aiot_call_step(&s->call, &s->out);
	s->state = result == AIOT_CALL_ERROR ? AIOT_SESSION_IDLE : (uint8_t)result;
	if (s->state == AIOT_SESSION_WAITS)
		return;
	if (s->state == AIOT_SESSION_STREAMS && !s->person)
		refuse(s, AIOT_ERR_EXPECTED_MORE,
		       SAY("nothing is followed over a serial line: read the log by its cursor",
			   "read the log by its cursor"));
	else
		close_reply(s);
}

/* The next reply is the turn's to make, when what has led to it has left the stack. */
static void go_on(struct aiot_session *s)
{
	aiot_session_open(s);
	s->state = AIOT_SESSION_WAITS;
	s->poked = true;
}

void aiot_session_begin(struct aiot_session *s, const struct aiot_command *command,
			struct aiot_json params)
{
	if (s->typed + params.len > AIOT_SESSION_LINE_MAX)
		s->typed = 0;
	if (params.len > AIOT_SESSION_LINE_MAX) {
		refuse(s, AIOT_ERR_LIMIT, "the line is too long");
		return;
	}
	s->kept = (uint16_t)(s->typed + params.len);
	if (params.len > 0)
		params.text =
			memmove(s->buf + AIOT_SERIAL_BYTES - s->kept, params.text, params.len);
	(void)aiot_call_begin(s->commands, &s->call, command, params, AIOT_ROLE_ADMIN, true,
			      s->person);
	s->call.page_bytes = PAGE_BYTES;
	go_on(s);
}

/* ---- a program's line ---- */

/* The same request again.  A reply that waits for its end has left room for this. */
static void repeat(struct aiot_session *s)
{
	struct aiot_out busy;

	if (s->person)
		return; /* it has taken the reply's place */
	if (s->state != AIOT_SESSION_WAITS) {
		send(s, s->buf, s->out.len);
		return;
	}
	aiot_out_init(&busy, s->buf + s->out.len, AIOT_SERIAL_BYTES - s->kept - s->out.len);
	aiot_out_text(&busy, "{\"busy\":true");
	close_object(s, &busy);
}

/* 0: it is none, or too large. */
static uint32_t number(const struct aiot_json *object, const char *key)
{
	uint64_t value = 0;

	(void)aiot_json_u64(aiot_json_get(*object, key), &value);
	return value > UINT32_MAX ? 0 : (uint32_t)value;
}

static void take_call(struct aiot_session *s, const struct aiot_json *object)
{
	const struct aiot_command *command =
		aiot_command_by_method(s->commands, aiot_json_get(*object, "method"));

	if (command == NULL)
		refuse(s, AIOT_ERR_METHOD_NOT_IMPLEMENTED, "this board does not have that method");
	else
		aiot_session_begin(s, command, aiot_json_get(*object, "parameters"));
}

/*
 * A session begins with number 1.  So what was asked before a reset, and is asked again behind it,
 * is not run once more.  false: that is no request.
 */
static bool take_request(struct aiot_session *s, const struct aiot_json *object)
{
	uint32_t peer = number(object, "session"), id = number(object, "id");
	bool ours = peer == s->peer;

	if (peer == 0 || id == 0)
		return false;
	if (ours && id <= s->id) {
		if (id == s->id)
			repeat(s);
		return true;
	}
	s->peer = peer;
	s->id = id;
	s->last_hash = s->hash;
	s->person = false;
	if (!ours && id != 1)
		refuse(s, AIOT_ERR_INVALID_REQUEST,
		       SAY("the board does not know this session: it was reset, or another "
			   "program spoke to it",
			   "the board does not know this session"));
	else if (!aiot_json_bool(aiot_json_get(*object, "next"), false))
		take_call(s, object);
	else if (s->state == AIOT_SESSION_PAGE)
		go_on(s);
	else
		refuse(s, AIOT_ERR_INVALID_REQUEST, SAY("no call has a next page here", "no page"));
	return true;
}

/*
 * A right one that had no room.  If it is new, its peer has the reply before it, or wants it no
 * more: what is in its way goes, the reply first, because this may ask for the call's next page.
 */
static const char *take_cut_line(struct aiot_session *s)
{
	if (s->hash == s->last_hash) {
		repeat(s);
		return NULL;
	}
	if (s->out.len == 0 && s->kept == 0)
		return nak_long;
	if (s->out.len == 0 || s->state == AIOT_SESSION_WAITS)
		aiot_session_drop(s);
	s->out.len = 0;
	return nak_again;
}

/* NULL, or what is sent because it is none. */
static NOINLINE const char *take_line(struct aiot_session *s)
{
	struct aiot_json object;

	if (!aiot_wire_sum_right(&s->sum)) {
		/* If its LF was noise, there is more of it to come. */
		s->mode = AIOT_LINE_TORN;
		return nak_sum;
	}
	if (s->cut)
		return take_cut_line(s);
	if (aiot_json_parse(s->buf + s->out.len, s->line_len - (AIOT_WIRE_TAIL - 1u), &object,
			    NULL) < 0 ||
	    !take_request(s, &object))
		return nak_request;
	return NULL;
}

/* ---- bytes ---- */

/* About a millisecond, without a division. */
static uint32_t now_ms(const struct aiot_session *s)
{
	return (uint32_t)(s->commands->core->now_ns >> 20);
}

void aiot_session_collect(struct aiot_session *s, char c)
{
	size_t at = s->out.len + s->line_len;

	s->hash = s->hash * 31 + (uint8_t)c;
	aiot_wire_sum_add(&s->sum, c);
	s->cut |= at >= (size_t)AIOT_SERIAL_BYTES - s->kept;
	if (s->cut)
		return;
	s->buf[at] = c;
	s->line_len++;
}

static void forget(struct aiot_session *s)
{
	if (s->mode == AIOT_LINE_PERSON)
		aiot_terminal_clear(s);
	if (s->person)
		aiot_session_drop(s);
	aiot_terminal_forget(s);
	s->mode = AIOT_LINE_NONE;
}

/* The first byte of a line says whose it is. */
static void begin_line(struct aiot_session *s, char c)
{
	s->line_len = 0;
	s->hash = 1;
	s->sum = (struct aiot_wire_sum){.crc = AIOT_WIRE_CRC_INIT};
	s->cut = false;
	s->mode = c == '{' ? AIOT_LINE_PROGRAM : AIOT_LINE_PERSON;
	if (c == '{')
		s->typed = 0;
	if (s->person || c != '{')
		aiot_session_drop(s);
}

/* spoke: a program did, not long ago. */
static void end_line(struct aiot_session *s, char c, bool spoke)
{
	const char *nak;

	s->mode = AIOT_LINE_NONE;
	nak = take_line(s);
	if (nak != NULL && c == '\r' && !spoke) {
		/* It was typed: the terminal says so. */
		aiot_session_drop(s);
		s->mode = AIOT_LINE_PERSON;
		aiot_terminal_take(s, c);
		return;
	}
	if (nak != NULL)
		send(s, nak, strlen(nak));
	s->program_ms = now_ms(s);
}

static NOINLINE void take_byte(struct aiot_session *s, char c)
{
	bool spoke = now_ms(s) - s->program_ms <= PROGRAM_MS;
	bool lf = c == '\n' && s->after_cr;

	s->after_cr = c == '\r';
	if (c == AIOT_WIRE_FORGET) {
		forget(s);
		return;
	}
	if (lf && s->mode != AIOT_LINE_TORN)
		return;
	if (s->person && s->state != AIOT_SESSION_IDLE && aiot_terminal_interrupt(s, c))
		return;
	if (s->mode <= AIOT_LINE_TORN) {
		if (spoke && (s->mode == AIOT_LINE_TORN || c != '{')) {
			if (c == '\n')
				s->mode = AIOT_LINE_NONE;
			return;
		}
		begin_line(s, c);
	}
	if (s->mode == AIOT_LINE_PERSON)
		aiot_terminal_take(s, c);
	else if (c == '\n' || c == '\r')
		end_line(s, c, spoke);
	else
		aiot_session_collect(s, c);
}

/* ---- the turn ---- */

static bool sent_all(struct aiot_session *s)
{
	size_t n = aiot_board_write(s->send, s->send_len);

	s->send += n;
	s->send_len = (uint16_t)(s->send_len - n);
	return s->send_len == 0 && aiot_terminal_shown(s);
}

bool aiot_session_turn(struct aiot_session *s)
{
	unsigned left = TURN_BYTES;
	char c;

	while (left > 0) {
		if (!sent_all(s))
			return false;
		if ((s->state >= AIOT_SESSION_WAITS && s->poked) ||
		    (s->state == AIOT_SESSION_PAGE && s->person)) {
			step(s);
			continue;
		}
		if (aiot_board_overrun() && s->mode == AIOT_LINE_PERSON)
			aiot_terminal_clear(s);
		if (!aiot_terminal_read(s, &c))
			return false;
		take_byte(s, c);
		left--;
	}
	return true;
}
