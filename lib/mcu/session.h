/*
 * session.h - the board's end of its serial line: a program's JSON lines, or a person's.
 *
 * The firmware's main loop calls aiot_session_turn() after each turn of the core, and
 * aiot_session_poke() from ops->changed, ops->poke and ops->logged.  Bytes come from
 * aiot_board_read() and go to aiot_board_write(); time is the core's.  Nothing here waits.
 *
 * One call is under way at a time, and everything of it lives in one buffer:
 *
 *	0          out.len           out.len + line_len          AIOT_SERIAL_BYTES - kept
 *	| the reply | the line that comes in |        free        | what is kept |
 *
 * The reply stays until the next one is begun, for its peer may ask for it again.  Kept are the
 * parameters of the call, and a typed line that `up` brings back.  A line that finds no room is
 * `cut`; its check sum and its hash still tell whether it is right, and the last request again.
 */
#ifndef AIOT_SESSION_H
#define AIOT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "sizes.h"
#include "wire.h"

/*
 * What is kept has half of the buffer at most, so that there is always room for an error's reply;
 * and so has a line for which a program knows that there is room for its reply, too.
 */
#define AIOT_SESSION_LINE_MAX (AIOT_SERIAL_BYTES / 2)
#define AIOT_AHEAD_BYTES 64 /* typed while a person's call is under way */

_Static_assert(AIOT_SERIAL_BYTES >= 288 && AIOT_SERIAL_BYTES < 32768,
	       "size of the serial line's buffer");

/* What every byte needs comes first: there it takes the shortest instructions. */
struct aiot_session {
	/* private; zeroed by aiot_session_init() */
	uint8_t mode;	   /* of the line that comes in */
	uint8_t state;	   /* of the call */
	bool person;	   /* the call is a person's */
	bool poked;	   /* something may have happened that the call waits for */
	bool after_cr;	   /* an LF that comes now belongs to it */
	bool cut;	   /* the line that comes in is not whole */
	bool escape;	   /* terminal: the rest of a key's sequence comes */
	bool showing;	   /* terminal: text is on its way out */
	uint16_t kept;	   /* bytes at the buffer's end */
	uint16_t typed;	   /* terminal: of these the last ones, which `up` brings back */
	uint16_t line_len; /* of the line that comes in */
	uint16_t send_len; /* at send */
	uint16_t shown;	   /* terminal: bytes of the present text that went out */
	const struct aiot_commands *commands;
	const char *send;	  /* what goes out now */
	uint32_t peer, id;	  /* "session" and "id" of the last request */
	uint32_t hash, last_hash; /* of the line that comes in, and of the last request's */
	struct aiot_wire_sum sum; /* of the line that comes in */
	uint32_t program_ms;	  /* when a program's line ended last */
	struct aiot_out out;	  /* the reply that is being made, or was made last */
	struct aiot_call call;
#if AIOT_TEXT
	/* terminal */
	uint8_t held;  /* bytes that wait for the end of the call */
	uint8_t given; /* of these, taken since */
	uint8_t text;  /* what is shown instead of the reply */
	bool replied;  /* this is not the call's first reply */
	char ahead[AIOT_AHEAD_BYTES];
#endif
	char buf[AIOT_SERIAL_BYTES];
};

/*
 * The commands must live as long; their core's name is the prompt, and the host of log lines.
 * Sends nothing.
 */
void aiot_session_init(struct aiot_session *s, const struct aiot_commands *commands);

/*
 * Send what is to be sent, take what has come, go on with the call.  true: there may be more to do
 * at once; false: nothing before the next interrupt, poke or due time of the core.
 */
bool aiot_session_turn(struct aiot_session *s);

/* A task's state changed, a record was written, a time has come: cheap, from anywhere in the core.
 */
void aiot_session_poke(struct aiot_session *s);

#endif
