/*
 * count.c - a task of the native board that ends at once: its runs are counted by tests.
 */
#include <aiotools.h>

struct count {
	uint32_t runs;
};

static enum aiot_co count(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct count, self);
	self->runs++;
	aiot_info(t, "run %u", (unsigned)self->runs);
	(void)aiot_result_int(t, self->runs);
	AIOT_END(t);
}

static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct count, runs, "runs"),
	{0},
};

AIOT_SERVICE(count, struct count, .info = "counts its runs", .main = count, .stats = stats);
