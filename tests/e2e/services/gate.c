/*
 * gate - a service for tests that says itself when it is ready: after `opens`, or when its verb
 * `open` is called; the verb `fall` makes it fail.
 */
#include <aiotools.h>

struct gate {
	uint32_t opens_ms;
	uint8_t open, fall;
};

static enum aiot_co gate(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct gate, self);
	self->open = self->fall = 0;
	if (self->opens_ms > 0) {
		AIOT_SLEEP_MS(t, self->opens_ms);
		self->open = 1;
	}
	while (!self->open && !self->fall)
		AIOT_SLEEP_MS(t, 5);
	if (!self->fall)
		aiot_ready(t);
	while (!self->fall)
		AIOT_SLEEP_MS(t, 5);
	AIOT_FAIL(t, -AIOT_EIO, "it fell");
	AIOT_END(t);
}

static int open_gate(struct aiot_task *t, void *self, const void *args)
{
	(void)t;
	(void)args;
	((struct gate *)self)->open = 1;
	return 0;
}

static int fall(struct aiot_task *t, void *self, const void *args)
{
	(void)t;
	(void)args;
	((struct gate *)self)->fall = 1;
	return 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct gate, opens_ms, "opens", "0", "when it is ready; 0: when it is told"),
	{0},
};

static const struct aiot_verb verbs[] = {
	{"open", "be ready", open_gate, NULL, 0, 0},
	{"fall", "fail", fall, NULL, 0, 0},
	{0},
};

AIOT_SERVICE(gate, struct gate, .flags = AIOT_SERVICE_SAYS_READY, .info = "Says when it is ready",
	     .main = gate, .opts = opts, .verbs = verbs);
