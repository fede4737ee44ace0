/*
 * outside - a service for tests that runs a shell script and work in a thread.  Host only.
 */
#include <aiotools-posix.h>
#include <aiotools.h>

struct outside {
	const char *script;
	const char *argv[4];
	struct aiot_process process;
	uint32_t worked;
};

static void work(void *arg)
{
	struct outside *self = arg;

	self->worked++;
}

static enum aiot_co outside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct outside, self);
	AIOT_WAIT(t, aiot_work(t, work, self));
	self->argv[0] = "sh";
	self->argv[1] = "-c";
	self->argv[2] = self->script;
	self->process = (struct aiot_process){.argv = self->argv};
	AIOT_WAIT(t, aiot_process(t, &self->process));
	if (aiot_waited(t) < 0)
		AIOT_FAIL(t, aiot_waited(t), "cannot run the script");
	if (aiot_result_int(t, self->process.exit_code) < 0)
		aiot_warn(t, "no memory for the result");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct outside, script, "script", "true", "what sh runs"),
	{0},
};

AIOT_SERVICE(outside, struct outside, .info = "Runs a script", .main = outside, .opts = opts);
