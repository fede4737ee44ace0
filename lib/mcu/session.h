/*
 * session.h - the board's end of its serial line: a program's JSON lines, or a person's.
 *
 * The firmware's main loop calls aiot_session_turn() after each turn of the core, and
 * aiot_session_poke() from ops->changed, ops->poke and ops->logged.  Bytes come from
 * aiot_board_read() and go to aiot_board_write(); time is the core's.  Nothing here waits.
 *
 * One call is under way at a time, and everything of it lives in two buffers that the firmware
 * hands in: `line` has the parameters of the call at its beginning and collects the next line
 * behind them, `reply` keeps the last reply until the next one is begun, because its peer may ask
 * for it again.
 */
#ifndef AIOT_SESSION_H
#define AIOT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"

#define AIOT_SESSION_MIN 256 /* bytes of either buffer */

struct aiot_session_config {
	const struct aiot_commands *commands;
	const char *name; /* of the board: the prompt, and the host of log lines */
	char *line, *reply;
	uint16_t line_bytes, reply_bytes; /* a longer line is refused, a larger reply an error */
};

struct aiot_session {
	/* private; zeroed by aiot_session_init() */
	const struct aiot_session_config *config;
	struct aiot_call call;
	struct aiot_out out;	  /* the reply that is being made, or was made last */
	const char *send;	  /* what goes out now */
	uint32_t peer, id;	  /* "session" and "id" of the last request */
	uint32_t hash, last_hash; /* of the line that comes in, and of the last request's */
	uint32_t program_ms;	  /* when a program's line ended last */
	uint16_t send_len, reply_len;
	uint16_t kept;		    /* bytes of the call's parameters, at the line's beginning */
	uint16_t line_len;	    /* collected behind them */
	uint16_t all_len, last_len; /* of the whole line, and of the last request's */
	uint16_t typed;		    /* terminal: a finished line that `up` brings back */
	uint16_t shown;		    /* terminal: bytes of the present text that went out */
	uint8_t mode, state;
	uint8_t text;	/* terminal: what is being shown */
	uint8_t escape; /* terminal: how far an escape sequence has come */
	uint8_t held;	/* terminal: bytes that wait for the end of the call */
	uint8_t given;	/* of these, taken since */
	bool program;	/* that was not long ago: the line is the program's */
	bool poked;	/* something may have happened that the call waits for */
	bool person;	/* the call is a person's */
	bool replied;	/* terminal: this is not the call's first reply */
	bool prompted;	/* terminal: the prompt stands at the beginning of the line */
	bool after_cr;	/* an LF that comes now belongs to it */
	bool skipping;	/* the rest of a torn line is thrown away */
};

/* config must live as long.  Sends nothing. */
void aiot_session_init(struct aiot_session *s, const struct aiot_session_config *config);

/*
 * Send what is to be sent, take what has come, go on with the call.  true: there may be more to do
 * at once; false: nothing before the next interrupt, poke or due time of the core.
 */
bool aiot_session_turn(struct aiot_session *s);

/* A task's state changed, a record was written, a time has come: cheap, from anywhere in the core.
 */
void aiot_session_poke(struct aiot_session *s);

#endif
