/*
 * session-private.h - what session.c and terminal.c share, and nobody else.
 */
#ifndef AIOT_SESSION_PRIVATE_H
#define AIOT_SESSION_PRIVATE_H

#include "session.h"

/* What would otherwise lie under the main loop's stack for ever. */
#define NOINLINE __attribute__((noinline))

/* What the line that comes in is. */
enum aiot_session_mode {
	AIOT_LINE_NONE, /* nothing has come of it */
	AIOT_LINE_TORN, /* the rest of a bad one: thrown away */
	AIOT_LINE_PROGRAM,
	AIOT_LINE_PERSON,
};

/* The call: what its last step was. */
enum aiot_session_state {
	AIOT_SESSION_IDLE = AIOT_CALL_DONE,
	AIOT_SESSION_PAGE = AIOT_CALL_PAGE,  /* goes on when its peer asks, or has seen this one */
	AIOT_SESSION_WAITS = AIOT_CALL_WAIT, /* goes on at a poke, its reply stays open */
	AIOT_SESSION_STREAMS = AIOT_CALL_STREAM, /* a person's: goes on at a poke */
};

/* ---- session.c ---- */

/* Begin a reply: aiot_call_error() of s->call writes it, or the call. */
void aiot_session_open(struct aiot_session *s);
/* Begin a call, of whom s->person says.  params lie in the buffer, and move to where they are kept.
 */
void aiot_session_begin(struct aiot_session *s, const struct aiot_command *command,
			struct aiot_json params);
/* Forget the call, and a reply that no program asks for again; what it ordered goes on. */
void aiot_session_drop(struct aiot_session *s);
/* One byte more of the line; what finds no room is not collected, and the line is `cut`. */
void aiot_session_collect(struct aiot_session *s, char c);

/* ---- terminal.c ---- */

/* A byte of a person's line. */
void aiot_terminal_take(struct aiot_session *s, char c);
/* What was typed is thrown away (Ctrl-U, bytes were lost): show that. */
void aiot_terminal_clear(struct aiot_session *s);
/* A byte that comes while a person's call is under way; false: it ended that, and begins a line. */
bool aiot_terminal_interrupt(struct aiot_session *s, char c);
/* Show the reply, and the prompt unless the call goes on. */
void aiot_terminal_show(struct aiot_session *s);
/* Send what the UART has room for; true: all was shown. */
bool aiot_terminal_shown(struct aiot_session *s);

/* The next byte: of what was typed ahead of a call's end, or from the UART.  false: none, yet. */
bool aiot_terminal_read(struct aiot_session *s, char *ret);
/* Nothing was typed ahead. */
void aiot_terminal_forget(struct aiot_session *s);

#endif
