/*
 * once - a service that ends, for tests: after `after`, with a result, or by failing with `code`.
 */
#include <aiotools.h>

struct once {
	uint32_t after_ms, code;
};

static enum aiot_co once(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct once, self);
	AIOT_SLEEP_MS(t, self->after_ms);
	if (self->code != 0)
		AIOT_FAIL(t, -(int)self->code, "as asked");
	if (aiot_result_text(t, "link up") < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct once, after_ms, "after", "1ms", "when it ends"),
	AIOT_OPT_U32(struct once, code, "code", "0", "what it fails with; 0: it does not"),
	{0},
};

AIOT_SERVICE(once, struct once, .info = "Ends", .main = once, .opts = opts);
