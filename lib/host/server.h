/*
 * server.h - the control server: sockets, connections, framing, limits, roles.
 *
 * Turns bytes into calls of the command tables and their replies into bytes.  Knows nothing of
 * tasks or services; everything a command does is behind its handler.  Runs on one uv loop, that
 * loop's thread only.
 */
#ifndef AIOT_SERVER_H
#define AIOT_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uv.h>

#include "command.h"

struct aiot_server;

struct aiot_server_options {
	uv_loop_t *loop;
	const struct aiot_commands *commands; /* borrowed, outlives the server */
	const char *host_name;		      /* for log lines on the console; copied */
	gid_t operate_group, read_group;      /* (gid_t)-1: nobody */
	/* limits; 0: the default in brackets */
	uint32_t max_clients;	     /* [64]; two more for root and the daemon's user; a quarter of
				      * them, at least one, for those without a role */
	uint32_t max_request;	     /* [65536] bytes */
	uint32_t max_output;	     /* [1048576] bytes queued for one client */
	uint32_t page_bytes;	     /* [32768] */
	uint32_t request_timeout_ms; /* [10000] from a request's first byte to its last; without a
				      * role: from accept to the end of the first one */
	uint32_t output_timeout_ms;  /* [30000] without a byte taken of what is queued */
};

/*
 * 0, -AIOT_ENOMEM.  SIGPIPE is ignored from here on if the program does nothing else with it:
 * without that, the first client that goes away in the middle of an answer would end the program.
 */
int aiot_server_create(const struct aiot_server_options *options, struct aiot_server **ret);

/*
 * Listen on a UNIX socket at path (mode 0666; roles are decided at accept).  A stale socket file is
 * replaced, a living one (somebody answers) is not: -AIOT_EBUSY.  Any refusal puts a sentence in
 * why.  PATH.lock is locked for as long as the server listens.  May be called for several paths.
 */
int aiot_server_listen(struct aiot_server *server, const char *path, char *why, size_t why_size);

/*
 * Serve a listening socket that was handed over (socket activation).  Takes the fd in any case: on
 * failure it is closed.  -AIOT_EINVAL: it is no listening UNIX stream socket.  Its file is left
 * where it is.
 */
int aiot_server_adopt(struct aiot_server *server, int fd, char *why, size_t why_size);

/*
 * States changed, or records were logged: calls that wait are stepped again, once a loop turn
 * however often this is called.  Cheap when nothing waits.
 */
void aiot_server_poke(struct aiot_server *server);

/* Whether any call waits for a poke. */
bool aiot_server_waiting(const struct aiot_server *server);

struct aiot_server_counts {
	uint32_t clients, clients_max; /* connected now; the limit */
	uint64_t accepted, refused;    /* connections so far */
	uint64_t requests, errors;     /* messages; replies that were errors */
};
void aiot_server_counts(const struct aiot_server *server, struct aiot_server_counts *ret);

/*
 * Stop accepting, answer calls under way with ShuttingDown, send what is queued (within half a
 * second), close, remove the socket file if this server made it, then free the server and call done
 * (from the loop, later).  May be called by a handler: its own reply is still sent.  NULL is fine
 * (done is called at once).
 */
void aiot_server_close(struct aiot_server *server, void (*done)(void *arg), void *arg);

#endif
