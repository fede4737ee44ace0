/*
 * conn.h - one connection of the control server: its buffers, its time-outs, its end.
 *
 * See server-private.h for the parts around it and for who frees what.
 */
#ifndef AIOT_CONN_H
#define AIOT_CONN_H

#include "server-private.h"

struct aiot_conn {
	uv_pipe_t pipe; /* first: the handle is the connection */
	struct aiot_server *server;
	struct aiot_link link; /* server.conns */

	/* in: bytes that no message was made of yet; no buffer while there are none */
	struct aiot_split split;
	char *in;
	size_t in_size, in_len;

	/* out: `writing` is uv's until its callback, `out` gathers what comes behind it */
	uv_write_t write;
	char *writing;
	struct aiot_out out;
	uint64_t given; /* bytes ever handed to uv */

	struct aiot_link calls;	       /* of struct aiot_inflight */
	struct aiot_inflight *ordered; /* the one without an id; nothing behind it is read */
	uint32_t call_count, page_count;

	/* Times of the loop in ms; 0: not running. */
	uint64_t request_since_ms; /* an unfinished request began; one without a role connected */
	uint64_t output_since_ms;  /* bytes wait, and the client took the last one before */
	uint64_t output_taken;	   /* how many it had taken then */

	uint32_t busy; /* enter() without leave() */
	uint8_t role;  /* enum aiot_role */
	int64_t uid;   /* whose role that is, for sentences; -1: nobody knows */
	bool refused;  /* one too many: is told so at its first message */
	bool asked;    /* a whole request came */
	bool reading, eof, ending, closing;
	bool held;	    /* requests were left unread because of the queue */
	bool owes_too_long; /* an error whose terminator the client has not shown yet */
};

/* Take a connected socket; on failure fd is still the caller's.  0, or negative. */
int aiot_conn_open(struct aiot_server *server, int fd, enum aiot_role role, bool refused);

void aiot_conn_enter(struct aiot_conn *conn);
void aiot_conn_leave(struct aiot_conn *conn);

/* Close when the client has taken all that is queued; nothing more is read. */
void aiot_conn_finish(struct aiot_conn *conn);
/* Close now. */
void aiot_conn_close(struct aiot_conn *conn);

/* Look for messages again, for a call that stood in their way has ended. */
void aiot_conn_resume(struct aiot_conn *conn);
/* Bytes that the client has not taken. */
size_t aiot_conn_queued(const struct aiot_conn *conn);
/* What ends this connection's messages: NUL, or LF as long as nothing is known. */
char aiot_conn_terminator(const struct aiot_conn *conn);
/* Enforce what is due at now_ms; returns when to look again, UINT64_MAX: not on its account. */
uint64_t aiot_conn_check_time(struct aiot_conn *conn, uint64_t now_ms);

#endif
