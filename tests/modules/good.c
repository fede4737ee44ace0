/*
 * good - a service with nothing wrong, for tests: options, a stat, a second kind, and a FINALLY
 * that takes a few milliseconds.
 */
#include <aiotools.h>

struct good {
	uint32_t count;
	const char *word;
	uint32_t steps;
};

static enum aiot_co good(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct good, self);
	aiot_info(t, "began with %s", self->word);
	for (;;) {
		self->steps++;
		AIOT_SLEEP_MS(t, 3600000);
	}
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, 2);
	aiot_info(t, "let go");
	AIOT_END(t);
}

static enum aiot_co side(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct good, self);
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct good, count, "count", "3", "how many"),
	AIOT_OPT_STR(struct good, word, "first-word", "hello", "which"),
	{0},
};
static const struct aiot_stat stats[] = {AIOT_STAT_U32(struct good, steps, "steps made"), {0}};
static const struct aiot_kind kinds[] = {
	{.name = "side", .fn = side, .self_size = sizeof(struct good), .opts = opts},
	{0},
};

AIOT_SERVICE(good, struct good, .info = "Does nothing well", .docs = "https://example.org/good",
	     .main = good, .opts = opts, .stats = stats, .kinds = kinds);
