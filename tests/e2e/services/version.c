/*
 * version - a service for tests of reload, built in two versions: counts its runs over all of them,
 * and is slow to let go if it is told to.
 */
#include <aiotools.h>

struct version {
	uint32_t runs;
	const char *word;
	const char *mode;
	uint32_t last_ms;
};

static enum aiot_co version(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct version, self);
	self->runs++;
	aiot_info(t, "version %d, run %u, %s", VERSION, self->runs, self->word);
	for (;;)
		AIOT_SLEEP_MS(t, 10);
	AIOT_FINALLY(t);
	if (self->last_ms)
		AIOT_SLEEP_MS(t, self->last_ms);
	aiot_info(t, "version %d ends", VERSION);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	const struct version *v = self;

	if (VERSION == 2 && v->mode[0] == 'f')
		return aiot_fail(t, -AIOT_ENODEV, "version %d does not want to", VERSION);
	return 0;
}

static int hand_over(struct aiot_task *t, void *self, const void *old, uint32_t old_size,
		     uint32_t old_version)
{
	aiot_info(t, "from version %u", old_version);
	if (old_size >= sizeof(uint32_t))
		((struct version *)self)->runs = *(const uint32_t *)old;
	return 0;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR_LIVE(struct version, word, "word", "hello", "live"),
	AIOT_OPT_STR(struct version, mode, "mode", "", "fails: the second version does"),
	AIOT_OPT_MS(struct version, last_ms, "last", "0", "how long its FINALLY takes"),
	{0},
};
static const struct aiot_stat stats[] = {
	AIOT_STAT_U32(struct version, runs, "runs so far"),
	AIOT_STAT_STR(struct version, word, "as it is now"),
	{0},
};

AIOT_SERVICE(version, struct version, .info = "In versions", .main = version, .init = init,
	     .opts = opts, .stats = stats, .version = VERSION, .hand_over = hand_over);
