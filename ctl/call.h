/*
 * call.h - one request to the daemon, and its replies one after the other.
 */
#ifndef CTL_CALL_H
#define CTL_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "command.h"
#include "json.h"
#include "out.h"
#include "split.h"

struct ctl_board;
struct ctl_output;

struct ctl_call {
	/* private */
	int fd; /* owned */
	struct aiot_split split;
	char *buf;
	size_t start, len, size; /* not yet consumed: buf[start..start+len) */
	bool any;		 /* a reply has come */
	struct ctl_output *live;
	struct ctl_board *board;
	const char *waits_for; /* the socket's path until somebody was told of the wait, or NULL */
};

struct ctl_reply {
	struct aiot_json error;	     /* a string, or absent */
	struct aiot_json parameters; /* an object, {} if there were none */
	bool continues;		     /* another reply follows */
};

/*
 * Take over a connected socket.  live: flushed whenever there is nothing to do but wait (for what
 * people watch as it comes); NULL: leave that to the caller.  waits_for: the socket's path, to tell
 * on standard error when no byte comes for long; NULL: wait in silence.
 */
void ctl_call_init(struct ctl_call *call, int fd, struct ctl_output *live, const char *waits_for);
/* The same for an open board, which stays the caller's. */
void ctl_call_init_board(struct ctl_call *call, struct ctl_board *board);
void ctl_call_finish(struct ctl_call *call);

/* Whether a parameter is the renderer's business, which nobody else must see. */
bool ctl_is_for_text(const struct aiot_command *command, struct aiot_json key);
/* The others of a command's parameters, as an object. */
void ctl_put_parameters(struct aiot_json_out *j, const char *object,
			const struct aiot_command *command, struct aiot_json parameters);

/* Send the request.  0, or negative with a sentence in why. */
int ctl_call_send(struct ctl_call *call, const struct aiot_command *command,
		  struct aiot_json parameters, struct aiot_out *why);

/*
 * Wait for the next reply, which lives until the next call.  0; -AIOT_EPIPE without a sentence when
 * live's reader has gone; else negative with a sentence in why.
 */
int ctl_call_next(struct ctl_call *call, struct ctl_reply *ret_reply, struct aiot_out *why);

#endif
