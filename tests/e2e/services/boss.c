/*
 * boss - a service for tests that orders other tasks about, and tells as its result what came of
 * each order.
 */
#include <aiotools.h>

#include <stdio.h>
#include <string.h>

struct boss {
	const char *whom;
	uint8_t end; /* the daemon, at last */
	char said[512];
	char name[AIOT_NAME_BYTES];
	uint32_t found;
};

static void say(struct aiot_task *t, struct boss *self, const char *what)
{
	size_t len = strlen(self->said);

	(void)snprintf(self->said + len, sizeof(self->said) - len, "%s%s=%d", len ? " " : "", what,
		       aiot_waited(t));
}

static const char *const quick[] = {"after", "0", "text", "as told", NULL};

static enum aiot_co boss(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct boss, self);
	self->said[0] = self->name[0] = '\0';
	self->found = 0;
	AIOT_WAIT(t, aiot_task_stop(t, self->whom));
	say(t, self, "stop");
	AIOT_WAIT(t, aiot_task_set(t, self->whom, quick));
	say(t, self, "set");
	AIOT_WAIT(t, aiot_task_start(t, self->whom));
	say(t, self, "start");
	AIOT_WAIT(t, aiot_task_wait(t, self->whom, AIOT_FOREVER));
	AIOT_WAIT(t, aiot_task_add(t, "echo", NULL, NULL, quick));
	say(t, self, "add");
	AIOT_WAIT(t, aiot_task_add(t, "echo", "number", "extra", NULL));
	say(t, self, "add");
	while (aiot_task_find_kind(t, "echo", NULL, self->name) == 0)
		self->found++;
	AIOT_WAIT(t, aiot_task_delete(t, "extra"));
	say(t, self, "delete");
	AIOT_WAIT(t, aiot_call(t, "io.aiotools.Task.Call",
			       "{\"name\":\"echo\",\"verb\":\"say\",\"words\":[\"hi\"]}"));
	say(t, self, "call");
	AIOT_WAIT(t, aiot_task_pause(t, self->whom));
	say(t, self, "pause");
	aiot_info(t, "%u found; %s", self->found, aiot_reply_message(t));
	if (self->end)
		AIOT_WAIT(t, aiot_daemon_shutdown(t));
	if (aiot_result_text(t, self->said) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct boss, whom, "whom", "echo.service", "whom to order about"),
	AIOT_OPT_BOOL(struct boss, end, "end", "no", "whether to shut the daemon down, too"),
	{0},
};

AIOT_SERVICE(boss, struct boss, .info = "Orders others about", .main = boss, .opts = opts);
