/*
 * server-stub.h - for the tests of the control server: commands that do what a test asks, a server
 * on a loop of its own in a directory of its own, and clients on real sockets.
 *
 * One thread plays both ends: whoever waits for bytes runs the loop until they are there, so
 * nothing sleeps and nothing depends on speed.  Ten seconds without what is waited for fail the
 * test.
 */
#ifndef SERVER_STUB_H
#define SERVER_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "server-commands.h"

/* ---- a server under test ---- */

struct rig {
	uv_loop_t loop;
	struct stub stub;
	struct aiot_commands commands;
	struct aiot_server *server; /* NULL once closed */
	bool closed;
	char dir[64], path[96];
};

/* options: limits, may be NULL.  Listens at rig->path. */
void rig_start(struct rig *rig, const struct aiot_server_options *options);
/* Without listening. */
void rig_create(struct rig *rig, const struct aiot_server_options *options);
/* Close what is open, and see that nothing is left: no handle, no file. */
void rig_finish(struct rig *rig);
/* Run the loop until it has nothing to do at once. */
void rig_turn(struct rig *rig);
/* Wait until it holds. */
void rig_until(struct rig *rig, bool (*holds)(struct rig *rig, void *arg), void *arg);
uint32_t rig_clients(struct rig *rig);

/* ---- clients ---- */

/* Connected, non-blocking, and accepted. */
int rig_connect(struct rig *rig);
/* The same, but the server has not had a turn yet. */
int rig_knock(struct rig *rig);
void send_bytes(int fd, const char *bytes, size_t len);
void send_text(int fd, const char *text);
/*
 * The next message up to `end` (not kept), terminated, valid until the next call; "<closed>" when
 * the server closed instead.
 */
const char *receive(struct rig *rig, int fd, char end);
const char *receive_line(struct rig *rig, int fd);
/* That nothing comes, however often the loop runs. */
void receive_nothing(struct rig *rig, int fd);
/* Read and count until the server closes; returns the bytes. */
size_t receive_all(struct rig *rig, int fd);
/* Send a line, see the reply. */
void ask(struct rig *rig, int fd, const char *request, const char *reply);

#endif
