/*
 * complete-ask.c - what a completion asks the daemon.
 *
 * Called by complete.c.  Without a daemon, and where it does not answer soon, there is no reply and
 * nothing is said: a person is typing.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <aiotools.h>

#include "call.h"
#include "complete-private.h"
#include "connect.h"
#include "heap.h"

#define PATIENCE_S 2 /* a person waits for the shell */

static int connect_quietly(struct completion *c, struct aiot_out *why)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	char path_buf[4096];
	struct aiot_out path;
	int fd = -1;

	aiot_out_init(&path, path_buf, sizeof(path_buf));
	if (!c->options.serial && ctl_socket_path(&c->options, &path, why) == 0)
		fd = ctl_connect(&c->options, aiot_out_str(&path), why);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

void ctl_ask(struct completion *c, const char *method, struct aiot_out *params, take_fn *take)
{
	struct ctl_reply reply = {.continues = true};
	struct aiot_out why = {.grow = ctl_heap_grow};
	struct aiot_json object;
	struct ctl_call call;
	int fd = connect_quietly(c, &why);

	if (fd >= 0 && aiot_json_parse(params->buf, params->len, &object, NULL) == 0) {
		ctl_call_init(&call, fd, NULL, NULL);
		if (ctl_call_send(&call, aiot_command_with_method(c->commands, method), object,
				  &why) == 0) {
			while (reply.continues && ctl_call_next(&call, &reply, &why) == 0 &&
			       reply.error.len == 0)
				take(c, reply.parameters);
		}
		ctl_call_finish(&call);
	} else if (fd >= 0) {
		(void)close(fd);
	}
	free(why.buf);
	free(params->buf);
	*params = (struct aiot_out){.grow = ctl_heap_grow};
}

void ctl_ask_task(struct completion *c, const char *name, take_fn *take)
{
	struct aiot_out params = {.grow = ctl_heap_grow};
	struct aiot_json_out j;

	aiot_json_begin(&j, &params);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_array(&j, "names");
	aiot_json_put_str(&j, NULL, name);
	aiot_json_put_end_array(&j);
	aiot_json_put_bool(&j, "debug", true);
	aiot_json_put_bool(&j, "log", false);
	aiot_json_put_end_object(&j);
	ctl_ask(c, "io.aiotools.Task.Status", &params, take);
}

void ctl_ask_service(struct completion *c, const char *name, take_fn *take)
{
	struct aiot_out params = {.grow = ctl_heap_grow};
	struct aiot_json_out j;

	aiot_json_begin(&j, &params);
	aiot_json_put_object(&j, NULL);
	aiot_json_put_str(&j, "name", name);
	aiot_json_put_end_object(&j);
	ctl_ask(c, "io.aiotools.Service.Describe", &params, take);
}
