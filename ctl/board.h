/*
 * board.h - a board instead of the daemon: the same requests and replies over a serial line.
 */
#ifndef CTL_BOARD_H
#define CTL_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"
#include "command.h"
#include "document.h"
#include "line.h"
#include "serial.h"

struct ctl_output;

#define CTL_BOARD_BYTES 4096 /* of a line either way: more than any board has */

struct ctl_board {
	/* private, but for name */
	struct ctl_line at;
	struct aiot_serial engine;
	const struct aiot_command *command;
	struct ctl_output *live; /* as ctl_call has it */
	struct aiot_json params; /* of the call */
	uint32_t change, seq;	 /* as the last Poll had them */
	bool follow, begun;
	struct ctl_document pages; /* of an answer that is not whole yet */
	struct aiot_out whole;	   /* their text */
	struct aiot_json collected;
	struct ctl_reply late; /* an error behind pages that are to be shown first */
	bool late_error;
	char cursor[64]; /* of the last record that was read; "": none */
	char line[CTL_BOARD_BYTES + 1], input[CTL_BOARD_BYTES];
	char received[512]; /* and not looked at yet: received[taken..len) */
	size_t taken, len;
	char name[64];	 /* the board's, "" if it has none */
	char words[256]; /* of an error that is ours to say */
};

/*
 * Open DEVICE[,BAUD] and say hello, which gives a board without a clock the time.  live: flushed
 * whenever there is nothing to do but wait; may be NULL.  0, or negative with a sentence in why:
 * -AIOT_EINVAL when the words are wrong, else nobody is there.
 */
int ctl_board_open(struct ctl_board *b, const char *device, struct ctl_output *live,
		   struct aiot_out *why);
void ctl_board_close(struct ctl_board *b);

/*
 * As ctl_call_send() and ctl_call_next(), but that parameters has to live as long as the call.
 * follow and log -f have no end: what is behind the last record is asked for whenever the board has
 * news.  Of any other answer all pages are one reply, for on small boards each has a row.
 * -AIOT_EMSGSIZE: the request is longer than the board takes.
 */
int ctl_board_send(struct ctl_board *b, const struct aiot_command *command,
		   struct aiot_json parameters, struct aiot_out *why);
int ctl_board_next(struct ctl_board *b, struct ctl_reply *ret_reply, struct aiot_out *why);

#endif
