/*
 * session-private.h - what session.c and terminal.c share, and nobody else.
 */
#ifndef AIOT_SESSION_PRIVATE_H
#define AIOT_SESSION_PRIVATE_H

#include "session.h"

/* What the line that comes in is. */
enum aiot_session_mode {
	AIOT_LINE_NONE, /* nothing has come of it */
	AIOT_LINE_PROGRAM,
	AIOT_LINE_PERSON,
};

/* The call. */
enum aiot_session_state {
	AIOT_SESSION_IDLE,
	AIOT_SESSION_WAITS,   /* stepped again at a poke, its reply stays open */
	AIOT_SESSION_PAGE,    /* stepped again when its peer asks, or a person has seen this one */
	AIOT_SESSION_STREAMS, /* a person's: stepped at a poke, until a key is pressed */
};

/* ---- session.c ---- */

/* Hand bytes to the UART as it has room; until then no input is taken. */
void aiot_session_send(struct aiot_session *s, const char *text, size_t len);
/* Begin a call whose parameters are at config->line + at. */
void aiot_session_begin(struct aiot_session *s, const struct aiot_command *command,
			struct aiot_json params, bool person);
/* A byte that was typed ahead of the call's end. */
void aiot_session_hold(struct aiot_session *s, char c);
/* Forget the call; what it ordered goes on. */
void aiot_session_drop(struct aiot_session *s);

/* ---- terminal.c ---- */

/* A byte of a person's line, or the first of one. */
void aiot_terminal_take(struct aiot_session *s, char c);
/* The line was thrown away (Ctrl-U, bytes were lost): show that. */
void aiot_terminal_clear(struct aiot_session *s);
/* A byte that comes while a person's call is under way. */
void aiot_terminal_interrupt(struct aiot_session *s, char c);
/* A person's call was stepped: show its reply. */
void aiot_terminal_reply(struct aiot_session *s, enum aiot_call_result result);
/* Send the next piece of the text that is being shown; false: all of it was. */
bool aiot_terminal_show(struct aiot_session *s);

#endif
