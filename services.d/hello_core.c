/*
 * hello_core - something that has to be there before all else: a core service.  It works for a
 * moment, as a driver does that waits for its hardware, leaves a result and ends, and with that the
 * start of the daemon goes on.  `fail` lets it fail instead, to see what becomes of those who
 * require it (hello_low).  The runtime runs prepare() once, at boot.  Portable: it asks for nothing
 * but aiotools.h.
 */
#include <aiotools.h>

struct hello_core {
	const char *what;
	uint32_t work_ms;
	uint8_t fail;
};

static enum aiot_co prepare(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct hello_core, self);
	aiot_info(t, "getting %s ready", self->what);
	AIOT_SLEEP_MS(t, self->work_ms);
	if (self->fail)
		AIOT_FAIL(t, -AIOT_EIO, "%s is not ready; fail=no lets it be", self->what);
	if (aiot_result_text(t, self->what) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	aiot_info(t, "%s is ready", self->what);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct hello_core, what, "what", "core", "what it gets ready, its result"),
	AIOT_OPT_MS(struct hello_core, work_ms, "work", "100ms", "how long that takes"),
	AIOT_OPT_BOOL(struct hello_core, fail, "fail", "no", "whether it fails"),
	{0},
};

AIOT_SERVICE(hello_core, struct hello_core, .info = "Hello example of a core service v1.0",
	     .main = prepare, .opts = opts);
