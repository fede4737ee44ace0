/*
 * terminal.c - a person at the board's serial line: echo, editing, verbs, text back.
 *
 * Called by session.c with each byte of a line that does not begin with '{'.  The verbs are the
 * core's: their words become parameters (words.c), the call goes the way of every other, and each
 * reply becomes text (render.c).  Text is not kept: it is made from the reply as often as the UART
 * has room for another piece, each time skipping what went out before; so it takes no memory, and
 * nobody waits for the line to be free.
 *
 * While a call is under way the line that was typed lies at the beginning of the line buffer, the
 * parameters behind it.  `up` brings it back until something else is typed.
 */
#include <string.h>

#include <aiotools.h>

#include "board.h"
#include "core.h"
#include "render.h"
#include "session-private.h"

#define WORDS_MAX 16
#define WHY_BYTES 128  /* of the reply buffer, for a sentence about the words */
#define PIECE_BYTES 48 /* of the reply buffer, for the text; more when a reply is short */

#define CTRL_C 0x03
#define CTRL_D 0x04
#define BELL 0x07
#define BACKSPACE 0x08
#define ESCAPE 0x1b
#define DELETE 0x7f

/* What is being shown; the prompt follows, unless the call goes on. */
enum text {
	TEXT_NONE,
	TEXT_REPLY,
	TEXT_WHY, /* the sentence in the reply buffer */
#if AIOT_HELP
	TEXT_USAGE,
	TEXT_HELP,
#endif
	TEXT_PROMPT,
};

/* ---- echo: what does not fit into the UART's ring is cosmetic ---- */

static void echo(const char *text, size_t len)
{
	(void)aiot_board_write(text, len);
}

static void echo_text(const char *text)
{
	echo(text, strlen(text));
}

static void echo_prompt(struct aiot_session *s)
{
	echo_text(s->config->name);
	echo_text("> ");
	s->prompted = true;
}

/* ---- text ---- */

/* Text on its way out: the first `skip` bytes were sent, what does not fit is for the next time. */
struct piece {
	char *buf;
	size_t size, len, skip;
	char last;
};

static void put_byte(struct piece *p, char c)
{
	if (p->skip > 0)
		p->skip--;
	else if (p->len < p->size)
		p->buf[p->len++] = c;
}

static int put_piece(struct aiot_out *out, size_t need)
{
	struct piece *p = out->ctx;
	size_t i;

	(void)need;
	for (i = 0; i < out->len; i++) {
		if (out->buf[i] == '\n' && p->last != '\r')
			put_byte(p, '\r');
		put_byte(p, out->buf[i]);
		p->last = out->buf[i];
	}
	out->len = 0;
	return 0;
}

static void put_reply(struct aiot_session *s, struct aiot_out *out)
{
	const struct aiot_render render = {.host = s->config->name};
	static const char *const keys[] = {"error", "parameters"};
	struct aiot_json reply, member[2];

	if (aiot_json_parse(s->out.buf, s->out.len, &reply, NULL) < 0)
		return;
	aiot_json_members(reply, keys, 2, member);
	if (member[0].text == NULL) {
		aiot_render_reply(&render, s->call.command, s->call.params, member[1], !s->replied,
				  out);
		aiot_render_failures(s->call.command, member[1], out);
		return;
	}
	aiot_out_text(out, "error: ");
	aiot_render_error(member[0], member[1], out);
	aiot_out_char(out, '\n');
}

static void put_why(struct aiot_session *s, struct aiot_out *out)
{
	aiot_out_text(out, "error: ");
	aiot_out_mem(out, s->out.buf, s->out.len);
	aiot_out_char(out, '\n');
}

static void put_text(struct aiot_session *s, struct aiot_out *out)
{
	switch ((enum text)s->text) {
	case TEXT_REPLY:
		put_reply(s, out);
		break;
	case TEXT_WHY:
		put_why(s, out);
		break;
#if AIOT_HELP
	case TEXT_USAGE:
		aiot_command_usage(s->call.command, out);
		break;
	case TEXT_HELP:
		aiot_commands_help(s->config->commands, out);
		break;
#endif
	case TEXT_PROMPT:
	case TEXT_NONE:
		break;
	}
	if (s->state == AIOT_SESSION_IDLE) {
		aiot_out_text(out, s->config->name);
		aiot_out_text(out, "> ");
	}
}

static void show(struct aiot_session *s, enum text text)
{
	s->text = (uint8_t)text;
	s->shown = 0;
}

bool aiot_terminal_show(struct aiot_session *s)
{
	struct piece piece = {.skip = s->shown};
	char buf[32];
	struct aiot_out out = {.buf = buf, .size = sizeof(buf), .grow = put_piece, .ctx = &piece};

	if (s->text == TEXT_NONE)
		return false;
	piece.buf = s->config->reply + s->out.len;
	piece.size = s->config->reply_bytes - s->out.len;
	put_text(s, &out);
	(void)put_piece(&out, 0);
	s->shown = (uint16_t)(s->shown + piece.len);
	if (piece.len > 0) {
		aiot_session_send(s, piece.buf, piece.len);
		return true;
	}
	s->text = TEXT_NONE;
	s->replied = true;
	s->prompted = s->state == AIOT_SESSION_IDLE;
	return false;
}

void aiot_terminal_reply(struct aiot_session *s, enum aiot_call_result result)
{
	struct aiot_out *out = &s->out;

	s->state = result == AIOT_CALL_PAGE	? AIOT_SESSION_PAGE
		   : result == AIOT_CALL_STREAM ? AIOT_SESSION_STREAMS
						: AIOT_SESSION_IDLE;
	if (out->error)
		out->len = 0;
	if (out->len > 0)
		aiot_out_char(out, '}');
	show(s, TEXT_REPLY);
	if (out->error) {
		out->error = 0;
		s->state = AIOT_SESSION_IDLE;
		aiot_out_text(out, "the answer does not fit");
		show(s, TEXT_WHY);
	} else if (out->len == 0 && s->state == AIOT_SESSION_STREAMS) {
		show(s, TEXT_NONE);
	}
}

/* ---- a whole line ---- */

static void refuse(struct aiot_session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void refuse(struct aiot_session *s, const char *fmt, ...)
{
	va_list ap;

	aiot_out_init(&s->out, s->config->reply, s->config->reply_bytes - PIECE_BYTES);
	va_start(ap, fmt);
	aiot_vformat(&s->out, fmt, ap);
	va_end(ap);
	show(s, TEXT_WHY);
}

#if AIOT_HELP
static const struct aiot_command *find_verb(struct aiot_session *s, const char *verb)
{
	const struct aiot_commands *commands = s->config->commands;
	const struct aiot_command *command = aiot_command_by_verb(commands, verb);
	const char *near;

	if (command != NULL)
		return command;
	near = aiot_command_near(commands, verb);
	if (near != NULL)
		refuse(s, "unknown command '%.32s', did you mean '%s'?", verb, near);
	else
		refuse(s, "unknown command '%.32s'; help shows all", verb);
	return NULL;
}

static void show_usage(struct aiot_session *s, const struct aiot_command *command)
{
	s->out.len = 0;
	s->call.command = command;
	show(s, TEXT_USAGE);
}

/* false: that is not what was asked for. */
static bool take_help(struct aiot_session *s, const char *const *words, size_t count)
{
	if (strcmp(words[0], "help") != 0 && strcmp(words[0], "-h") != 0 &&
	    strcmp(words[0], "--help") != 0)
		return false;
	s->out.len = 0;
	if (count > 2)
		refuse(s, "help takes one command");
	else if (count < 2)
		show(s, TEXT_HELP);
	else if ((s->call.command = find_verb(s, words[1])) != NULL)
		show(s, TEXT_USAGE);
	return true;
}
#else
static const struct aiot_command *find_verb(struct aiot_session *s, const char *verb)
{
	const struct aiot_command *command = aiot_command_by_verb(s->config->commands, verb);

	if (command == NULL)
		refuse(s, "unknown command '%.32s'", verb);
	return command;
}

#define show_usage(s, command) ((void)(command))
#define take_help(s, words, count) false
#endif

/*
 * The words' parameters, at the end of the reply buffer's beginning; the sentence about them at the
 * buffer's end.  false: answered.
 */
static bool read_words(struct aiot_session *s, const struct aiot_command *command,
		       const char *const *words, size_t count)
{
	struct aiot_core *core = s->config->commands->core;
	size_t room = s->config->reply_bytes - WHY_BYTES;
	struct aiot_out why;
	int r;

	aiot_out_init(&s->out, s->config->reply, room);
	aiot_out_init(&why, s->config->reply + room, WHY_BYTES);
	r = aiot_words_to_params(command, words, count, core->ops->wall_ns(core->ctx), &s->out,
				 &why);
	if (r == -AIOT_EALREADY) {
		show_usage(s, command);
	} else if (r < 0) {
		memmove(s->config->reply, why.buf, why.len);
		aiot_out_init(&s->out, s->config->reply, room);
		s->out.len = why.len;
		show(s, TEXT_WHY);
	} else if (s->out.error) {
		refuse(s, "the line is too long");
		r = s->out.error;
	}
	return r >= 0;
}

/* The parameters move behind the typed line, or over it, and the call begins. */
static void begin(struct aiot_session *s, const struct aiot_command *command)
{
	struct aiot_json params = {NULL, s->out.len};
	size_t room = (size_t)s->config->line_bytes - s->held;

	if (s->typed + params.len > room)
		s->typed = 0;
	if (params.len > room) {
		refuse(s, "the line is too long");
		return;
	}
	memcpy(s->config->line + s->typed, s->config->reply, params.len);
	(void)aiot_json_parse(s->config->line + s->typed, params.len, &params, NULL);
	aiot_session_begin(s, command, params, true);
}

static void take_words(struct aiot_session *s, char *line)
{
	const struct aiot_command *command;
	const char *words[WORDS_MAX];
	int count = aiot_words_split(line, words, WORDS_MAX);

	if (count < 0)
		refuse(s, "the line has %s",
		       count == -AIOT_ENOSPC ? "too many words" : "an open quote");
	else if (count == 0)
		show(s, TEXT_PROMPT);
	else if (!take_help(s, words, (size_t)count) &&
		 (command = find_verb(s, words[0])) != NULL &&
		 read_words(s, command, words + 1, (size_t)count - 1))
		begin(s, command);
}

/* The line is split in a copy of it, if there is room for that: then `up` can bring it back. */
static void take_line(struct aiot_session *s)
{
	char *line = s->config->line;
	size_t len = s->line_len;

	s->mode = AIOT_LINE_NONE;
	s->reply_len = 0;
	s->out.len = 0;
	s->prompted = false;
	s->typed = 0;
	echo_text("\r\n");
	if (AIOT_TEXT && 2 * len + 1 <= s->config->line_bytes) {
		memcpy(line + len, line, len);
		line += len;
		s->typed = (uint16_t)len;
	}
	line[len] = '\0';
	take_words(s, line);
}

/* ---- editing ---- */

void aiot_terminal_clear(struct aiot_session *s)
{
	s->mode = AIOT_LINE_NONE;
	s->line_len = 0;
	s->escape = 0;
	echo_text("\r\x1b[K");
	echo_prompt(s);
}

static void erase_one(struct aiot_session *s)
{
	const char *line = s->config->line;

	if (s->line_len == 0)
		return;
	do /* UTF-8: the bytes behind the first */
		s->line_len--;
	while (s->line_len > 0 && ((uint8_t)line[s->line_len] & 0xc0) == 0x80);
	echo_text("\b \b");
}

#if AIOT_TEXT
static void bring_back(struct aiot_session *s)
{
	if (s->line_len > 0 || s->typed == 0)
		return;
	s->line_len = s->typed;
	echo(s->config->line, s->line_len);
}

/* ESC [ A is `up`; of the others nothing is left but that they are not typed. */
static void take_escape(struct aiot_session *s, char c)
{
	if (s->escape == 1 && (c == '[' || c == 'O')) {
		s->escape = 2;
		return;
	}
	if (s->escape == 2 && c >= 0x20 && c < 0x40)
		return;
	if (s->escape == 2 && c == 'A')
		bring_back(s);
	s->escape = 0;
}
#else
/* Of `up` and the others nothing is left but that they are not typed. */
static void take_escape(struct aiot_session *s, char c)
{
	if (s->escape == 1 && (c == '[' || c == 'O'))
		s->escape = 2;
	else if (s->escape == 1 || c >= 0x40)
		s->escape = 0;
}
#endif

static void type(struct aiot_session *s, char c)
{
	if (s->line_len + 1 >= s->config->line_bytes) {
		char bell = BELL;

		echo(&bell, 1);
		return;
	}
	s->typed = 0;
	s->config->line[s->line_len++] = c;
	echo(&c, 1);
}

static void take_control(struct aiot_session *s, char c)
{
	switch (c) {
	case '\r':
	case '\n':
		take_line(s);
		break;
	case BACKSPACE:
	case DELETE:
		erase_one(s);
		break;
	case CTRL_C:
		s->mode = AIOT_LINE_NONE;
		s->line_len = 0;
		echo_text("^C\r\n");
		echo_prompt(s);
		break;
	case CTRL_D: /* done, as far as that is possible: silent until something is typed */
		if (s->line_len == 0) {
			s->mode = AIOT_LINE_NONE;
			s->prompted = false;
			echo_text("\r\n");
		}
		break;
	case ESCAPE:
		s->escape = 1;
		break;
	default:
		break;
	}
}

void aiot_terminal_take(struct aiot_session *s, char c)
{
	bool lf = c == '\n' && s->after_cr;

	s->after_cr = c == '\r';
	if (lf)
		return;
	if (s->mode == AIOT_LINE_NONE) {
		s->line_len = 0;
		s->mode = AIOT_LINE_PERSON;
	}
	if (s->escape != 0)
		take_escape(s, c);
	else if ((uint8_t)c < 0x20 || c == DELETE)
		take_control(s, c);
	else
		type(s, c);
	/* What begins a line decides whose it is, and nothing has begun one yet. */
	if (s->line_len == 0 && s->escape == 0)
		s->mode = AIOT_LINE_NONE;
}

void aiot_terminal_interrupt(struct aiot_session *s, char c)
{
	bool lf = c == '\n' && s->after_cr;

	s->after_cr = c == '\r';
	if (lf)
		return;
	if (s->state != AIOT_SESSION_STREAMS && c != CTRL_C) {
		aiot_session_hold(s, c);
		return;
	}
	aiot_session_drop(s);
	s->held = s->given = 0;
	if (c == CTRL_C)
		echo_text("^C\r\n");
	s->out.len = 0;
	show(s, TEXT_PROMPT);
}
