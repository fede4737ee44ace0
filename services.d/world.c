/*
 * world - a task with an end: works for a moment, logs and leaves a result, as something that is
 * run by a schedule does.  The runtime runs work() once at each due time of [Schedule]; it never
 * loops itself.  Portable: it asks for nothing but aiotools.h.
 */
#include <aiotools.h>

struct world {
	uint32_t work_ms;
	int64_t answer;
};

static enum aiot_co work(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct world, self);
	aiot_info(t, "working");
	AIOT_SLEEP_MS(t, self->work_ms);
	self->answer = 6 * 7;
	if (aiot_result_int(t, self->answer) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	aiot_info(t, "done");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct world, work_ms, "work", "1s", "how long one run works"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_I64(struct world, answer, "the last answer"),
	{0},
};

AIOT_SERVICE(world, struct world, .info = "World example of a schedule v1.0", .main = work,
	     .opts = opts, .stats = stats);
