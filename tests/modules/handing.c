/*
 * handing - a service for tests of reload, in versions: each takes over the count of the one before
 * and says which one it is.
 */
#include <aiotools.h>
#include <stdlib.h>
#include <string.h>

struct handing {
#if VERSION > 1
	uint64_t more; /* the struct of another version is another one */
#endif
	uint32_t count;
	const char *word, *mode;
};

static enum aiot_co handing(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct handing, self);
	self->count++;
	aiot_info(t, "version %d runs, count %u, word %s", VERSION, self->count, self->word);
	for (;;)
		AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	aiot_info(t, "version %d let go", VERSION);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	const struct handing *h = self;

	aiot_info(t, "version %d init", VERSION);
	if (VERSION == 1 && getenv("HANDING_DEAD") != NULL)
		return aiot_fail(t, -AIOT_ENODEV, "its device is gone");
	if (VERSION > 1 && strcmp(h->mode, "initfails") == 0)
		return aiot_fail(t, -AIOT_ENODEV, "version %d wants no init", VERSION);
	return 0;
}

static void fini(void *self)
{
	struct handing *h = self;

	h->count = 1000; /* whoever looks too late sees it */
}

#if VERSION > 1
struct before {
	uint32_t count;
	const char *word;
};

static int hand_over(struct aiot_task *t, void *self, const void *old, uint32_t old_size,
		     uint32_t old_version)
{
	struct handing *h = self;

	aiot_info(t, "version %d takes over from version %u, %u bytes", VERSION, old_version,
		  old_size);
	if (strcmp(h->mode, "refuses") == 0)
		return aiot_fail(t, -AIOT_EINVAL, "version %u is too old", old_version);
	if (strcmp(h->mode, "mute") == 0)
		return -AIOT_EINVAL;
	h->count = old_version == 1 ? ((const struct before *)old)->count
				    : ((const struct handing *)old)->count;
	return 0;
}
#endif

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR_LIVE(struct handing, word, "word", "none", "live"),
	AIOT_OPT_STR(struct handing, mode, "mode", "", "initfails, refuses or mute"),
	{0},
};

AIOT_SERVICE(handing, struct handing, .info = "Hands over", .main = handing, .opts = opts,
	     .version = VERSION, .init = init, .fini = fini,
#if VERSION > 1
	     .hand_over = hand_over,
#endif
);
