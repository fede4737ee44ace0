/*
 * fake-board.c - see fake-board.h.
 */
#include "fake-board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "board.h"
#include "calls.h"
#include "play.h"
#include "wire.h"

struct fake_board board;
unsigned fake_board_runs;

/* ---- the port ---- */

size_t aiot_board_read(char *buf, size_t size)
{
	size_t n = size < board.in_len ? size : board.in_len;

	memcpy(buf, board.in, n);
	board.in_len -= n;
	memmove(board.in, board.in + n, board.in_len);
	return n;
}

size_t aiot_board_write(const char *buf, size_t len)
{
	if (board.room > 0 && len > board.room)
		len = board.room;
	assert_true(board.out_len + len < sizeof(board.out));
	memcpy(board.out + board.out_len, buf, len);
	board.out_len += len;
	return len;
}

bool aiot_board_overrun(void)
{
	bool overrun = board.overrun;

	board.overrun = false;
	return overrun;
}

/* ---- the tasks ---- */

static enum aiot_co plays(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	for (;;) {
		self->steps++;
		AIOT_SLEEP_MS(t, self->pause_ms);
	}
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 1000); /* a stop takes that long */
	AIOT_END(t);
}
AIOT_SERVICE(play, struct play, .info = "plays", .main = plays, .opts = play_opts,
	     .stats = play_stats);

static enum aiot_co counts(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct play, self);
	(void)self;
	fake_board_runs++;
	(void)aiot_result_int(t, 7);
	AIOT_END(t);
}
AIOT_SERVICE(count, struct play, .main = counts);

/* ---- open and close ---- */

static void set_wall(int64_t wall_ns)
{
	board.f->wall_ns = wall_ns;
}

void fake_board_reset(void)
{
	aiot_alarm_cancel(&board.facts.poll);
	board.facts = (struct aiot_board_facts){
		.board = "fake",
		.version = "1.0",
		.reset = "power-on",
		.boots = board.facts.boots + 1,
		.line_max = AIOT_SESSION_LINE_MAX,
		.set_wall = set_wall,
	};
	memset(&board.session, 0xa5, sizeof(board.session));
	aiot_session_init(&board.session, &board.commands);
}

void fake_board_open(void)
{
	memset(&board, 0, sizeof(board));
	fake_board_runs = 0;
	board.f = fake_open();
	board.f->core.name = "fake";
	board.commands = (struct aiot_commands){
		.core = &board.f->core,
		.segment = {{aiot_commands_core, aiot_bindings_core, NULL},
			    {aiot_commands_board, aiot_bindings_board, &board.facts}},
	};
	fake_board_reset();
	(void)fake_start(board.f, fake_load(board.f, &aiot_service_play, NULL), "play.service");
	(void)fake_add(board.f, fake_load(board.f, &aiot_service_count, NULL), "count");
	fake_board_turn();
}

void fake_board_close(void)
{
	aiot_alarm_cancel(&board.facts.poll);
	fake_close(board.f);
}

/* ---- the wire ---- */

void fake_board_put(const char *bytes, size_t count)
{
	assert_true(board.in_len + count <= sizeof(board.in));
	memcpy(board.in + board.in_len, bytes, count);
	board.in_len += count;
}

/* The firmware's hooks: what happened in the core is told to the session. */
static bool tell(void)
{
	unsigned seen = board.f->changes + board.f->records + board.f->pokes;
	bool news = seen != board.seen;

	board.facts.changes = board.f->changes;
	if (news)
		aiot_session_poke(&board.session);
	board.seen = seen;
	return news;
}

void fake_board_turn(void)
{
	unsigned rounds = 0;
	size_t sent;

	do {
		assert_true(++rounds < 100000);
		fake_idle(board.f);
		(void)tell();
		sent = board.out_len;
	} while (aiot_session_turn(&board.session) || tell() || board.out_len != sent);
}

void fake_board_for(uint64_t ns)
{
	uint64_t end = board.f->mono_ns + ns;

	fake_board_turn();
	while (board.f->mono_ns < end) {
		uint64_t next = fake_run(board.f);

		fake_until(board.f, next < end ? next : end);
		fake_board_turn();
	}
}

const char *fake_board_sent(void)
{
	board.out[board.out_len] = '\0';
	board.out_len = 0;
	return board.out;
}

const char *fake_board_type(const char *text)
{
	(void)fake_board_sent();
	fake_board_put(text, strlen(text));
	fake_board_turn();
	return fake_board_sent();
}

const char *fake_board_ask(const char *object)
{
	char text[4096];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_out_char(&out, AIOT_WIRE_FORGET);
	aiot_out_text(&out, object);
	aiot_wire_end(&out, 1);
	return fake_board_type(aiot_out_str(&out));
}

void assert_line(const char *line, const char *object)
{
	size_t len = strlen(line);
	int end = len > 0 ? aiot_wire_check(line, len - 1) : -1;
	char text[8192];

	if (end < 0 || line[len - 1] != '\n')
		fail_msg("no line with a check sum: %s", line);
	(void)aiot_format_to(text, sizeof(text), "%.*s", end, line);
	assert_string_equal(text, object);
}

void assert_part(const char *sent, const char *part)
{
	if (strstr(sent, part) == NULL)
		fail_msg("'%s' is not in: %s", part, sent);
}
