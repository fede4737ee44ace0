/*
 * render.h - from a reply's data to the text that people read; the one place for it.
 *
 * aiotoolsctl renders what came over the socket, the console what it would have sent.  Works on one
 * reply at a time, keeps nothing in between but a table's cells if that is asked for, so that a
 * large answer streams through it.
 */
#ifndef AIOT_RENDER_H
#define AIOT_RENDER_H

#include <stdbool.h>

#include "command.h"

#define AIOT_COLUMNS_MAX 8

/*
 * The cells of a table that comes in several replies: its columns are as wide as their widest cells
 * are, so it is written when all are there.
 */
struct aiot_table {
	struct aiot_out cells; /* the caller's memory; whether it sufficed is its `error` */
	size_t widths[AIOT_COLUMNS_MAX];
	size_t columns; /* 0: there is no cell yet */
};

struct aiot_render {
	bool color;
	bool quiet;	  /* what merely confirms is left out */
	const char *host; /* for log lines in the short form: [HOST] */
#if !AIOT_BOARD
	struct aiot_table *table; /* where tables go; NULL: each reply's is written at once */
#endif
};

/*
 * Render one reply of a command.  request: the parameters that were sent and those that only
 * concern text, reply: the "parameters" of the answer.  first: the first reply of the call.
 * What could not be done is left to aiot_render_failures().  Control characters in the data
 * come out escaped, so that no log line can steer a terminal.
 */
void aiot_render_reply(const struct aiot_render *r, const struct aiot_command *command,
		       struct aiot_json request, struct aiot_json reply, bool first,
		       struct aiot_out *out);

#if !AIOT_BOARD
/* The table whose rows were kept.  Nothing, if there were none. */
void aiot_render_table(const struct aiot_table *table, struct aiot_out *out);
#endif

/*
 * What could not be done or found, a sentence a line; for stderr.  Nothing for replies without it.
 */
void aiot_render_failures(const struct aiot_command *command, struct aiot_json reply,
			  struct aiot_out *out);

/* An error reply's sentence, without newline. */
void aiot_render_error(struct aiot_json error_name, struct aiot_json parameters,
		       struct aiot_out *out);

/*
 * The exit code that a reply means.  status of exactly one plain name: 0 when it is running,
 * starting or scheduled with a next run, else 3.  is-active,
 * is-failed: 0 when any is, 4 when one is no task, else 3.  wait: the first code of a run that is
 * not 0.  Actions: that of the first failure, which a
 * pattern that matches nothing is too.  load and daemon-reload: 6 when that is the configuration's
 * fault, 1 when a service failed to load otherwise. Else 0.
 */
int aiot_render_exit(const struct aiot_command *command, struct aiot_json request,
		     struct aiot_json reply);

/* "1.234 s", "12.3 ms", "45 us": three digits or four tell enough; a minute or more as a span. */
void aiot_render_duration_us(int64_t us, struct aiot_out *out);

/*
 * What builds without AIOT_TEXT have instead of all this: a whole reply as lines, or its error as
 * one. reply: what aiot_call_step() wrote, closed or not.
 */
void aiot_render_small(const char *reply, size_t len, struct aiot_out *out);

#endif
