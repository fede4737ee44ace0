/*
 * render-reply.h - what the tests of the renderer share: replies in short, and rendering them.
 */
#ifndef RENDER_REPLY_H
#define RENDER_REPLY_H

#include <stdlib.h>
#include <string.h>

#include "render.h"

static const struct aiot_commands commands = {
	.segment = {{aiot_commands_core, NULL, NULL},
		    {aiot_commands_host, NULL, NULL},
		    {aiot_commands_service, NULL, NULL}},
};
static const struct aiot_render plain = {.host = "HOST"};
static const struct aiot_render color = {.color = true, .host = "HOST"};
static const struct aiot_render quiet = {.quiet = true, .host = "HOST"};

static char buf[16384];

/* Values live until the next test: replies are literals. */
static inline struct aiot_json json_of(const char *text)
{
	struct aiot_json value = {NULL, 0};

	if (text)
		assert_int_equal(aiot_json_parse(text, strlen(text), &value, NULL), 0);
	return value;
}

static inline const char *render_more(const struct aiot_render *r, const char *verb,
				      const char *request, const char *reply, bool first)
{
	const struct aiot_command *command = aiot_command_by_verb(&commands, verb);
	struct aiot_out out;

	assert_non_null(command);
	aiot_out_init(&out, buf, sizeof(buf));
	aiot_render_reply(r, command, json_of(request), json_of(reply), first, &out);
	return aiot_out_str(&out);
}

static inline const char *render(const struct aiot_render *r, const char *verb, const char *reply)
{
	return render_more(r, verb, NULL, reply, true);
}

static inline int exit_of(const char *verb, const char *request, const char *reply)
{
	return aiot_render_exit(aiot_command_by_verb(&commands, verb), json_of(request),
				json_of(reply));
}

/* since: 2026-11-21 00:35:00 */
#define SINCE "\"since_us\":1795221300000000,"
#define TASK(members) "{\"tasks\":[{" members "}]}"
#define DOT "\xe2\x97\x8f "
#define BRANCH "    \xe2\x94\x97\xe2\x94\x81\xe2\x96\xba "

static inline void assert_begins(const char *text, const char *start)
{
	assert_true(strlen(text) >= strlen(start));
	assert_memory_equal(text, start, strlen(start));
}

#define EDOM                                                                                       \
	"\"error\":{\"error\":\"EDOM\",\"code\":-33,\"message\":\"divide by "                      \
	"zero\",\"traceback\":["                                                                   \
	"{\"function\":\"run\",\"file\":\"services.d/x.c\",\"line\":9},"                           \
	"{\"function\":\"boom\",\"file\":\"services.d/x.c\",\"line\":23}]}"

#define RECORD(level, text)                                                                        \
	"{\"seq\":7,\"cursor\":\"7@ab\",\"time_us\":1795221310123456,\"mono_us\":12345678,"        \
	"\"boot\":\"ab\",\"level\":\"" level "\",\"name\":\"hello.service\",\"text\":\"" text      \
	"\",\"cut\":false}"
#define SHORT "2026-11-21 00:35:10 [HOST] [INFO] [hello.service] LED 3 toggled!\n"

#define ACTION                                                                                     \
	"{\"failed\":[{\"name\":\"a\",\"error\":\"io.aiotools.Already\",\"message\":"              \
	"\"cannot start 'a': it is running already\"},{\"name\":\"b\",\"error\":"                  \
	"\"io.aiotools.NoSuchTask\",\"message\":\"it is ab\"},{\"name\":\"\",\"error\":"           \
	"\"io.aiotools.TaskFailed\",\"message\":\"no task matches\"},{\"name\":\"c\",\"error\":"   \
	"\"io.aiotools.TaskFailed\"}],\"done\":[{\"name\":\"d\",\"state\":\"running\"}]}"

#endif
