/*
 * hello_low - a core service that builds on another: its INI file requires hello_core, so it runs
 * when that one is through, and is held back when that one fails.  Its result is made of the
 * other's.  The runtime runs build() once, at boot.  Portable: it asks for nothing but aiotools.h.
 */
#include <aiotools.h>

#include <string.h>

#define RESULT_BYTES 128

struct hello_low {
	const char *base;
	uint32_t work_ms;
	int code;		       /* of the look below */
	char below[RESULT_BYTES];      /* the other's result, JSON */
	char result[2 * RESULT_BYTES]; /* JSON, too */
};

/* 0: the one below ended well, and `below` has its result. */
static int look_below(struct aiot_task *t, struct hello_low *self)
{
	struct aiot_task_view view;
	int r = aiot_task_view(t, self->base, &view);

	if (r < 0)
		return r;
	if (view.alive || view.runs == 0 || view.failure != 0)
		return -AIOT_ENODATA;
	r = aiot_task_result(t, self->base, self->below, sizeof(self->below));
	return r < 0 ? r : 0;
}

static int tell(struct aiot_task *t, struct hello_low *self)
{
	static const char before[] = "{\"below\":";
	size_t at = sizeof(before) - 1, len = strlen(self->below);

	memcpy(self->result, before, at);
	memcpy(self->result + at, self->below, len);
	memcpy(self->result + at + len, "}", 2);
	return aiot_result_json(t, self->result);
}

static enum aiot_co build(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct hello_low, self);
	self->code = look_below(t, self);
	if (self->code < 0)
		AIOT_FAIL(t, self->code,
			  "'%s' has no result to build on; Requires= in this one's file makes it "
			  "wait",
			  self->base);
	aiot_info(t, "building on %s of %s", self->below, self->base);
	AIOT_SLEEP_MS(t, self->work_ms);
	if (tell(t, self) < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	aiot_info(t, "ready");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct hello_low, base, "base", "hello_core", "the service it builds on"),
	AIOT_OPT_MS(struct hello_low, work_ms, "work", "100ms", "how long that takes"),
	{0},
};

AIOT_SERVICE(hello_low, struct hello_low, .info = "Hello example of a requirement v1.0",
	     .main = build, .opts = opts);
