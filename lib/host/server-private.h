/*
 * server-private.h - the inside of the control server, shared by its five files.
 *
 *	server.c   keeps the clock of all time-outs, wakes calls that wait, ends it all
 *	accept.c   listens, and decides who is let in
 *	conn.c     one connection: bytes in, messages out of them, bytes out
 *	request.c  one message: a call or a console line, checked and begun
 *	inflight.c one call: its handler's steps, its replies
 *
 * Life of a connection, which is also the rule of who may free what:
 *
 *	OPEN --finish()--> ENDING --all bytes taken--> CLOSING --uv's close callback--> freed
 *	  `----------------- close(): at once -----------^
 *
 * Memory of a connection and of its calls is freed only in uv's close callback, and a call that
 * ended only by its own step or by whoever holds no pointer to it.  So a handler may do anything in
 * its step, even close the whole server, and every caller only looks at `closing` afterwards. All
 * entries from the loop stand between aiot_conn_enter() and aiot_conn_leave(), and only the last
 * leave settles what became of the connection: one write for all replies, reading on or off, close.
 */
#ifndef AIOT_SERVER_PRIVATE_H
#define AIOT_SERVER_PRIVATE_H

#include "list.h"
#include "listen.h"
#include "render.h"
#include "roles.h"
#include "server.h"
#include "split.h"

#define AIOT_CALLS_MAX 16 /* in flight on one connection, with ids */
#define AIOT_ID_MAX 256	  /* bytes of an id as JSON text */

struct aiot_conn;

/* ---- server.c ---- */

struct aiot_server {
	uv_loop_t *loop;
	const struct aiot_commands *commands;
	struct aiot_server_options limits; /* no field is 0 */
	struct aiot_role_rules rules;
	char host_name[65];
	struct aiot_link listeners; /* of struct listener, accept.c */
	struct aiot_link conns;	    /* of struct aiot_conn */
	struct aiot_link waiting;   /* of struct aiot_inflight: WAIT and STREAM */
	struct aiot_out scratch;    /* lent to the call that is being stepped */
	struct aiot_server_counts counts;
	size_t reply_max, queue_max; /* bytes of one reply, of what is queued for one client */
	uint32_t strangers;	     /* of counts.clients: those without a role */
	uint32_t lingering;	     /* refused connections that are still to be told so */
	int spare_fd; /* given up to accept and refuse when there are none left; -1 */

	/* The next time-out of any connection. */
	uv_timer_t clock;
	uint64_t clock_due_ms;
	/* Run once when poked: `idle` if that was before the loop polls, else `check` behind it. */
	uv_idle_t idle;
	uv_check_t check;
	bool poked;
	uint32_t stepping;

	bool closing;
	uint64_t close_due_ms;
	uint32_t open_handles;
	void (*closed_fn)(void *arg);
	void *closed_arg;
};

/* See to it that the clock fires at that time of the loop (or before). */
void aiot_server_due(struct aiot_server *server, uint64_t due_ms);
/* A connection has begun; has closed its socket and leaves its place to another; is gone, its
 * memory about to be freed. */
void aiot_server_conn_opened(struct aiot_server *server, struct aiot_conn *conn);
void aiot_server_conn_closing(struct aiot_server *server, struct aiot_conn *conn);
void aiot_server_conn_closed(struct aiot_server *server, struct aiot_conn *conn);
/* aiot_out's grow hook: doubles from 4 KiB, up to *(size_t *)out->ctx bytes. */
int aiot_server_grow(struct aiot_out *out, size_t need);

/* One of open_handles is closed; the last one frees the server. */
void aiot_server_handle_closed(struct aiot_server *server);

/* ---- accept.c ---- */

void aiot_server_open_spare(struct aiot_server *server);
/* How many clients without a role there may be. */
uint32_t aiot_server_strangers_max(const struct aiot_server *server);
/* Try again what has failed for want of something. */
void aiot_server_resume_listeners(struct aiot_server *server);
void aiot_server_close_listeners(struct aiot_server *server);

/* ---- inflight.c ---- */

enum aiot_inflight_state {
	AIOT_INFLIGHT_NEW,    /* not stepped yet */
	AIOT_INFLIGHT_PAGE,   /* goes on when the client has taken what is queued */
	AIOT_INFLIGHT_WAIT,   /* waits for a poke, its reply begun */
	AIOT_INFLIGHT_STREAM, /* waits for a poke, between replies */
};

/* A call from its request to its last reply. */
struct aiot_inflight {
	struct aiot_call call;
	struct aiot_conn *conn;
	struct aiot_link link;	  /* conn.calls */
	struct aiot_link waiting; /* server.waiting */
	struct aiot_out reply;	  /* what the handler has written so far */
	struct aiot_json id;	  /* in text; absent: answered in order */
	char *text;		  /* what params and id are slices of */
	uint8_t state;		  /* enum aiot_inflight_state */
	bool console, oneway;
	bool replied;  /* at least once */
	bool streamed; /* a console stream: the next line ends it */
	bool stepping;
};

/* Of this connection, zeroed but for what it takes to end it; NULL: no memory. */
struct aiot_inflight *aiot_inflight_create(struct aiot_conn *conn);
/* Take the first step.  params are in f->text; f may be gone afterwards. */
void aiot_inflight_begin(struct aiot_inflight *f, const struct aiot_command *command,
			 struct aiot_json params, bool more);
/* Forget it, answered or not. */
void aiot_inflight_end(struct aiot_inflight *f);
/* Whether messages behind this call may be taken: it ends when one comes. */
bool aiot_inflight_yields(const struct aiot_inflight *f);
/* A poke: step a call that waits; its connection is entered and left. */
void aiot_inflight_poke(struct aiot_inflight *f);
/* The client has taken all that was queued: next pages. */
void aiot_conn_drained(struct aiot_conn *conn);
/* Answer all calls but one that is being stepped with ShuttingDown. */
void aiot_conn_dismiss(struct aiot_conn *conn);
/* Free all calls of a connection that is gone. */
void aiot_conn_forget(struct aiot_conn *conn);
/* Behind a reply's object: id (absent: none), the last brace, the terminator. */
void aiot_reply_end(struct aiot_conn *conn, struct aiot_json id);

/* ---- request.c ---- */

/* Answer a message that the splitter found, or begin to.  text[len] may be written. */
void aiot_request_take(struct aiot_conn *conn, enum aiot_split_kind kind, char *text, size_t len);
/* Tell a refused connection that it is one too many. */
void aiot_request_too_many(struct aiot_conn *conn, bool console);
/* Errors that no handler wrote: as an object, as a line of text, as one of them. */
void aiot_refuse_call(struct aiot_conn *conn, struct aiot_json id, enum aiot_error_id error,
		      const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void aiot_refuse_line(struct aiot_conn *conn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void aiot_refuse(struct aiot_conn *conn, bool console, enum aiot_error_id id, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
