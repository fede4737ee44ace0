/*
 * many - a module with 100 services of one kind, many00 to many99, so that copies of it under their
 * names are 100 different modules.
 */
#include <aiotools.h>

struct many {
	uint32_t every_ms, turns;
	const char *word;
};

static enum aiot_co many(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct many, self);
	for (;;) {
		self->turns++;
		AIOT_SLEEP_MS(t, self->every_ms);
	}
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_MS_LIVE(struct many, every_ms, "every", "1d", "how often it does nothing"),
	AIOT_OPT_STR(struct many, word, "word", "none", "which"),
	{0},
};
static const struct aiot_stat stats[] = {AIOT_STAT_U32(struct many, turns, "turns"), {0}};

#define ONE(n)                                                                                     \
	AIOT_SERVICE(many##n, struct many, .info = "One of many", .main = many, .opts = opts,      \
		     .stats = stats);
#define TEN(n)                                                                                     \
	ONE(n##0)                                                                                  \
	ONE(n##1)                                                                                  \
	ONE(n##2) ONE(n##3) ONE(n##4) ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9)
