/*
 * ends - a service for tests that ends by itself after a while: with a result, or, when `code` is
 * not 0, by failing two awaits deep.
 */
#include <aiotools.h>

struct inner {
	struct aiot_frame co;
	uint32_t code;
};

struct ends {
	uint32_t after_ms;
	uint32_t code;
	uint32_t lines;
	uint32_t i;
	struct inner inner;
};

static enum aiot_co fail_inside(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct inner, self);
	AIOT_FAIL(t, -(int)self->code, "failed as asked, %u", self->code);
	AIOT_END(t);
}

static enum aiot_co ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct ends, self);
	for (self->i = 0; self->i < self->lines; self->i++) {
		aiot_info(t, "line %u of %u", self->i, self->lines);
		if (self->i % 100 == 99)
			AIOT_YIELD(t);
	}
	AIOT_SLEEP_MS(t, self->after_ms);
	self->inner.code = self->code;
	if (self->code != 0)
		AIOT_AWAIT(t, fail_inside, &self->inner);
	if (aiot_result_json(t, "{\"answer\":42}") < 0)
		AIOT_FAIL(t, -AIOT_ENOMEM, "no room for the result");
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS(struct ends, after_ms, "after", "0", "when"),
	AIOT_OPT_U32(struct ends, code, "code", "0", "what to fail with; 0: not at all"),
	AIOT_OPT_U32(struct ends, lines, "lines", "0", "how many lines to log at the start"),
	{0},
};

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct ends, i, "lines logged"),
	{0},
};

AIOT_SERVICE(ends, struct ends, .info = "Ends by itself", .main = ends, .opts = opts,
	     .stats = stats);
