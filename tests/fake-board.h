/*
 * fake-board.h - the board's end of a serial line on a core with a fake clock; the test holds the
 * wire's other end.  There is one at a time, because a board has one UART.
 */
#ifndef FAKE_BOARD_H
#define FAKE_BOARD_H

#include "calls-board.h"
#include "fake.h"
#include "session.h"

struct fake_board {
	struct fake *f;
	struct aiot_session session;
	struct aiot_commands commands;
	struct aiot_board_facts facts;
	/* the wire: what the board has not read yet, and what it has sent */
	char in[8192], out[65536];
	size_t in_len, out_len;
	size_t room; /* of the UART's ring, 0: as much as comes */
	bool overrun;
	unsigned seen; /* changes, records and pokes that the session was told of */
};

extern struct fake_board board;

/* Its tasks: play.service runs, count stands.  How large its buffers are says the build. */
void fake_board_open(void);
void fake_board_close(void);
/* Begin anew: the session and the counters, as behind a reset. */
void fake_board_reset(void);

/* How often the task `count` ran. */
extern unsigned fake_board_runs;

/* Bytes for the board; they are read at its next turn. */
void fake_board_put(const char *bytes, size_t count);
/* Turns, until there is nothing to do at the present time. */
void fake_board_turn(void);
/* Time passes, and the board goes on. */
void fake_board_for(uint64_t ns);

/* Put text and turn; what the board sent since the last of these. */
const char *fake_board_type(const char *text);
/* The same for a request's object: Ctrl-U before it, the check sum behind it. */
const char *fake_board_ask(const char *object);
/* What was sent since then. */
const char *fake_board_sent(void);
/* That is one line, its sum is right, and its object is this. */
void assert_line(const char *line, const char *object);
/* That is somewhere in what was sent. */
void assert_part(const char *sent, const char *part);

#endif
