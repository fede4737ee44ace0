/*
 * callbacks.c - what is called when a task was stopped, and when it failed.
 *
 *	aiotoolsctl load callbacks
 *	aiotoolsctl stop callbacks && aiotoolsctl result callbacks	"3 of 5 done"
 *	aiotoolsctl set callbacks fails=yes && aiotoolsctl start callbacks
 *	aiotoolsctl status callbacks					done, with a result
 *	aiotoolsctl set callbacks forgive=no && aiotoolsctl start callbacks
 *	aiotoolsctl status callbacks					failed
 */
#include <aiotools.h>

#include <stdio.h>

struct job {
	uint32_t steps, done;
	uint8_t fails, forgive;
};

static enum aiot_co job(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct job, self);
	for (self->done = 0; self->done < self->steps; self->done++) {
		AIOT_SLEEP_MS(t, 1000);
		if (self->fails && self->done == 1)
			AIOT_FAIL(t, -AIOT_EIO, "step %u went wrong", self->done);
	}
	AIOT_END(t);
}

/* Behind every FINALLY.  What it sets is the result of the run that was stopped. */
static void on_stop(struct aiot_task *t, void *instance)
{
	const struct job *self = instance;
	char text[64];

	(void)snprintf(text, sizeof(text), "%u of %u done", self->done, self->steps);
	if (aiot_result_text(t, text) < 0)
		aiot_warn(t, "no memory for the result");
}

/* 0 makes a success of the failure, with what it sets as result; the code again leaves it one. */
static int on_error(struct aiot_task *t, void *instance, int code, const char *message)
{
	const struct job *self = instance;

	aiot_warn(t, "on_error: %s (%d)", message, code);
	return self->forgive ? aiot_result_int(t, self->done) : code;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct job, steps, "steps", "5", "how many, a second each"),
	AIOT_OPT_BOOL(struct job, fails, "fails", "no", "the second one goes wrong"),
	AIOT_OPT_BOOL(struct job, forgive, "forgive", "yes", "which is no failure then"),
	{0},
};

AIOT_SERVICE(callbacks, struct job, .info = "Example: callbacks", .main = job, .opts = opts,
	     .on_stop = on_stop, .on_error = on_error);
