/*
 * terminal.c - a person at the board's serial line: echo, editing, verbs, text back.
 *
 * Called by session.c with each byte of a line that does not begin with '{'.  The verbs are the
 * core's: their words become parameters (words.c), the call goes the way of every other, and each
 * reply becomes text (render.c).  Text is not kept: it is made from the reply as often as the UART
 * has room for more of it, each time passing over what went out before; so it takes no memory, and
 * nobody waits for the line to be free.
 *
 * A finished line moves to the buffer's end, where its words stay while the parameters are made of
 * them at its beginning; these take its place then.  With AIOT_TEXT the line itself is behind them,
 * which `up` brings back until something else is typed, and what is typed ahead of a call's end
 * waits for it; without it, what is typed ends the wait.
 */
#include <string.h>

#include <aiotools.h>

#include "board.h"
#include "core.h"
#include "render.h"
#include "session-private.h"

#define WORDS_MAX (AIOT_TEXT ? 16 : 10)
#define WHY_BYTES (AIOT_SERIAL_BYTES / 4) /* for a sentence about the words */
#define PATIENCE_SHIFT 29 /* of nanoseconds: half a second in which a call is not interrupted */

#define CTRL_C 0x03
#define CTRL_D 0x04
#define BELL 0x07
#define BACKSPACE 0x08
#define ESCAPE 0x1b
#define DELETE 0x7f

/* The reply is an error. */
#define refuse(s, ...) ((void)aiot_call_error(&(s)->call, AIOT_ERR_USAGE, __VA_ARGS__))

/* ---- echo: what does not fit into the UART's ring is cosmetic ---- */

static void echo(const char *text, size_t len)
{
	(void)aiot_board_write(text, len);
}

static void echo_text(const char *text)
{
	echo(text, strlen(text));
}

static const char *board_name(const struct aiot_session *s)
{
	return s->commands->core->name;
}

static void echo_prompt(struct aiot_session *s, const char *before)
{
	echo_text(before);
	echo_text(board_name(s));
	echo_text("> ");
	s->mode = AIOT_LINE_NONE;
	s->line_len = 0;
	s->escape = false;
	s->cut = false;
}

/* ---- text ---- */

/* Text on its way out: `made` bytes up to here, of which `shown` found room. */
struct piece {
	uint16_t made, shown;
};

static void put_byte(struct piece *p, char c)
{
	if (p->made++ == p->shown)
		p->shown = (uint16_t)(p->shown + aiot_board_write(&c, 1));
}

static int put_piece(struct aiot_out *out, size_t need)
{
	(void)need;
	for (size_t i = 0; i < out->len; i++) {
		if (out->buf[i] == '\n')
			put_byte(out->ctx, '\r');
		put_byte(out->ctx, out->buf[i]);
	}
	out->len = 0;
	return 0;
}

#if AIOT_TEXT
enum text {
	TEXT_REPLY,
	TEXT_USAGE,
	TEXT_HELP,
};

static void put_reply(struct aiot_session *s, struct aiot_out *out)
{
	const struct aiot_render render = {.host = board_name(s)};
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

static void begin_replies(struct aiot_session *s)
{
	s->replied = false;
}

static void put_text(struct aiot_session *s, struct aiot_out *out)
{
	if (AIOT_HELP && s->text == TEXT_USAGE)
		aiot_command_usage(s->call.command, out);
	else if (AIOT_HELP && s->text == TEXT_HELP)
		aiot_commands_help(s->commands, out);
	else
		put_reply(s, out);
}

/* A reply is rendered whole: there is a byte left for that. */
static void begin_text(struct aiot_session *s)
{
	if (s->out.len > 0)
		s->buf[s->out.len++] = '}';
}

static void end_text(struct aiot_session *s)
{
	s->replied = true;
	s->text = TEXT_REPLY;
}
#else
static void put_text(struct aiot_session *s, struct aiot_out *out)
{
	aiot_render_small(s->buf, s->out.len, out);
}

#define begin_replies(s) ((void)(s))
#define begin_text(s) ((void)(s))
#define end_text(s) ((void)(s))
#endif

void aiot_terminal_show(struct aiot_session *s)
{
	if (s->out.error)
		refuse(s, "the answer does not fit");
	begin_text(s);
	s->showing = true;
	s->shown = 0;
}

NOINLINE bool aiot_terminal_shown(struct aiot_session *s)
{
	struct piece piece = {.shown = s->shown};
	char buf[16];
	struct aiot_out out = {.buf = buf, .size = sizeof(buf), .grow = put_piece, .ctx = &piece};

	if (!s->showing)
		return true;
	put_text(s, &out);
	if (s->state == AIOT_SESSION_IDLE) {
		aiot_out_text(&out, board_name(s));
		aiot_out_text(&out, "> ");
	}
	(void)put_piece(&out, 0);
	s->shown = piece.shown;
	if (piece.shown != piece.made)
		return false;
	s->showing = false;
	end_text(s);
	return true;
}

/* ---- a whole line ---- */

static const struct aiot_command *find_verb(struct aiot_session *s, const char *verb)
{
	const struct aiot_command *command = aiot_command_by_verb(s->commands, verb);
	const char *near = NULL;

	if (command != NULL)
		return command;
	if (AIOT_HELP)
		near = aiot_command_near(s->commands, verb);
	if (near != NULL)
		refuse(s, "unknown command '%.32s', did you mean '%s'?", verb, near);
	else
		refuse(s,
		       AIOT_HELP ? "unknown command '%.32s'; help shows all"
				 : "unknown command '%.32s'",
		       verb);
	return NULL;
}

#if AIOT_TEXT
static void show_usage(struct aiot_session *s, const struct aiot_command *command)
{
	s->out.len = 0;
	s->call.command = command;
	s->text = TEXT_USAGE;
}

/* false: that is not what was asked for. */
static bool take_help(struct aiot_session *s, const char *const *words, size_t count)
{
	const struct aiot_command *command;

	if (!AIOT_HELP || (strcmp(words[0], "help") != 0 && strcmp(words[0], "-h") != 0 &&
			   strcmp(words[0], "--help") != 0))
		return false;
	if (count > 2)
		refuse(s, "help takes one command");
	else if (count < 2)
		s->text = TEXT_HELP;
	else if ((command = find_verb(s, words[1])) != NULL)
		show_usage(s, command);
	return true;
}
#else
#define show_usage(s, command) ((void)(command))
#define take_help(s, words, count) false
#endif

/*
 * The words' parameters, at the buffer's beginning; the sentence about them before the words, for
 * what it overwrites is not wanted any more.  false: there are none, and the reply says why.
 */
static bool read_words(struct aiot_session *s, const struct aiot_command *command,
		       const char *const *words, size_t count)
{
	struct aiot_core *core = s->commands->core;
	int64_t now_ns = AIOT_TEXT ? core->ops->wall_ns(core->ctx) : 0;
	size_t room = AIOT_SERIAL_BYTES - s->kept;
	struct aiot_out why;
	int r;

	aiot_out_init(&why, s->buf + room - WHY_BYTES, WHY_BYTES);
	s->out.size = room;
	r = aiot_words_to_params(command, words, count, now_ns, &s->out, &why);
	if (r >= 0 && s->out.error == 0)
		return true;
	s->out.size = room - WHY_BYTES;
	if (AIOT_HELP && r == -AIOT_EALREADY)
		show_usage(s, command);
	else if (r < 0)
		refuse(s, "%s", aiot_out_str(&why));
	else
		refuse(s, "the line is too long");
	return false;
}

/*
 * Move the line to the buffer's end, for its words to be split there: in a copy of it, if there is
 * room for that, so that `up` can bring it back.
 */
static char *line_to_split(struct aiot_session *s)
{
	size_t len = s->line_len;
	bool copied = AIOT_TEXT && 2 * len < AIOT_SESSION_LINE_MAX;
	char *words;

	s->typed = copied ? s->line_len : 0;
	s->kept = (uint16_t)(s->typed + len + 1);
	words = memmove(s->buf + AIOT_SERIAL_BYTES - s->kept, s->buf + s->out.len, len);
	words[len] = '\0';
	if (copied)
		memcpy(words + len + 1, words, len);
	return words;
}

/*
 * The command of the line, its parameters at the buffer's beginning; NULL: there is none, and the
 * reply says why.
 */
static NOINLINE const struct aiot_command *read_line(struct aiot_session *s)
{
	const struct aiot_command *command;
	const char *words[WORDS_MAX];
	char *line = line_to_split(s);
	int count;

	aiot_session_open(s);
	count = aiot_words_split(line, words, WORDS_MAX);
	if (s->cut)
		refuse(s, "the line is too long");
	else if (count < 0)
		refuse(s, "the line has %s",
		       count == -AIOT_ENOSPC ? "too many words" : "an open quote");
	else if (count > 0 && !take_help(s, words, (size_t)count) &&
		 (command = find_verb(s, words[0])) != NULL &&
		 read_words(s, command, words + 1, (size_t)count - 1))
		return command;
	return NULL;
}

static void take_line(struct aiot_session *s)
{
	const struct aiot_command *command;

	echo_text("\r\n");
	s->mode = AIOT_LINE_NONE;
	s->person = true;
	if (s->line_len >= AIOT_SESSION_LINE_MAX) {
		s->line_len = 0;
		s->cut = true;
	}
	begin_replies(s);
	command = read_line(s);
	if (command == NULL)
		aiot_terminal_show(s);
	else
		aiot_session_begin(s, command, (struct aiot_json){s->buf, s->out.len});
}

/* ---- editing ---- */

void aiot_terminal_clear(struct aiot_session *s)
{
	echo_prompt(s, "\r\x1b[K");
}

static char *line_of(struct aiot_session *s)
{
	return s->buf + s->out.len;
}

static void erase_one(struct aiot_session *s)
{
	if (s->line_len == 0)
		return;
	do /* UTF-8: the bytes behind the first */
		s->line_len--;
	while (s->line_len > 0 && ((uint8_t)line_of(s)[s->line_len] & 0xc0) == 0x80);
	s->cut = false; /* what is seen is the line */
	echo_text("\b \b");
}

/* A program's last reply is given up when the line needs its room. */
static void type(struct aiot_session *s, char c)
{
	s->typed = s->kept = 0;
	if (s->out.len + s->line_len == AIOT_SERIAL_BYTES) {
		memmove(s->buf, line_of(s), s->line_len);
		s->out.len = 0;
	}
	if (s->line_len < AIOT_SESSION_LINE_MAX - 1)
		aiot_session_collect(s, c);
	else
		s->cut = true;
	if (s->cut)
		c = BELL;
	echo(&c, 1);
}

#if AIOT_TEXT
static void bring_back(struct aiot_session *s)
{
	if (s->line_len > 0 || s->typed == 0)
		return;
	s->line_len = s->typed;
	memcpy(line_of(s), s->buf + AIOT_SERIAL_BYTES - s->typed, s->typed);
	echo(line_of(s), s->typed);
}
#else
#define bring_back(s) ((void)(s))
#endif

/*
 * ESC [ A is `up`; of the others nothing is left but that they are not typed.  true: c was one's.
 */
static bool take_escape(struct aiot_session *s, char c)
{
	if (!s->escape || (uint8_t)c < 0x20)
		return false;
	s->escape = c < 0x40 || c == '[' || c == 'O';
	if (c == 'A')
		bring_back(s);
	return true;
}

void aiot_terminal_take(struct aiot_session *s, char c)
{
	if (take_escape(s, c))
		;
	else if (c == '\r' || c == '\n')
		take_line(s);
	else if (c == BACKSPACE || c == DELETE)
		erase_one(s);
	else if (c == CTRL_C)
		echo_prompt(s, "^C\r\n");
	else if (c == CTRL_D && AIOT_TEXT && s->line_len == 0)
		echo_text("\r\n"); /* done, as far as possible: silent until something is typed */
	else if ((uint8_t)c >= 0x20)
		type(s, c);
	else
		s->escape = c == ESCAPE;
	/* What begins a line decides whose it is, and nothing has begun one yet. */
	if (s->line_len == 0 && !s->escape)
		s->mode = AIOT_LINE_NONE;
}

/* ---- what comes while a call is under way ---- */

#if AIOT_TEXT
bool aiot_terminal_interrupt(struct aiot_session *s, char c)
{
	if (s->state != AIOT_SESSION_STREAMS && c != CTRL_C) {
		if (s->held < AIOT_AHEAD_BYTES)
			s->ahead[s->held++] = c;
		return true;
	}
	aiot_session_drop(s);
	aiot_terminal_forget(s);
	echo_prompt(s, c == CTRL_C ? "^C\r\n" : "");
	return true;
}

void aiot_terminal_forget(struct aiot_session *s)
{
	s->held = s->given = 0;
}

bool aiot_terminal_read(struct aiot_session *s, char *ret)
{
	if (s->held == 0 || s->state != AIOT_SESSION_IDLE)
		return aiot_board_read(ret, 1) > 0;
	*ret = s->ahead[s->given++];
	if (s->given == s->held)
		aiot_terminal_forget(s);
	return true;
}
#else
bool aiot_terminal_interrupt(struct aiot_session *s, char c)
{
	(void)c;
	aiot_session_drop(s);
	echo_prompt(s, "");
	return false;
}

void aiot_terminal_forget(struct aiot_session *s)
{
	(void)s;
}

/* A call that is over in no time has it: what comes together is answered in order. */
bool aiot_terminal_read(struct aiot_session *s, char *ret)
{
	if (s->person && s->state == AIOT_SESSION_WAITS &&
	    (s->commands->core->now_ns - s->call.started_ns) >> PATIENCE_SHIFT == 0)
		return false;
	return aiot_board_read(ret, 1) > 0;
}
#endif
