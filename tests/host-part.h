/*
 * host-part.h - for the tests of the runtime: a service that is linked in, with all there is to go
 * wrong, and a note of what it undid.
 */
#ifndef HOST_PART_H
#define HOST_PART_H

#include "host-stage.h"

struct part {
	const char *word;
	uint32_t ms, inits, finis;
};

static unsigned finis;
static char undone[256]; /* names, in the order in which their FINALLY ran */

static inline void note_undone(const char *name)
{
	size_t len = strlen(undone);

	(void)snprintf(undone + len, sizeof(undone) - len, "%s%s", len ? " " : "", name);
}

static enum aiot_co waits(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	AIOT_SLEEP_MS(t, 3600000);
	AIOT_FINALLY(t);
	AIOT_SLEEP_MS(t, self->ms);
	note_undone(aiot_name(t));
	AIOT_END(t);
}

static enum aiot_co ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct part, self);
	AIOT_END(t);
}

static int init(struct aiot_task *t, void *self)
{
	struct part *part = self;

	part->inits++;
	if (strcmp(part->word, "bad") == 0)
		return aiot_fail(t, -AIOT_ENODEV, "no such pin: %u", 7u);
	return strcmp(part->word, "mute") == 0 ? -AIOT_EIO : 0;
}

static void fini(void *self)
{
	(void)self;
	finis++;
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_STR(struct part, word, "word", "", "which"),
	AIOT_OPT_MS(struct part, ms, "ms", "0", "how long its FINALLY takes"),
	{0},
};
static const struct aiot_kind kinds[] = {
	{.name = "short", .fn = ends, .self_size = sizeof(struct part), .opts = opts},
	{0},
};
AIOT_SERVICE(part, struct part, .info = "A part", .main = waits, .opts = opts, .kinds = kinds,
	     .init = init, .fini = fini);

static inline int add(const char *name, const char *const *args)
{
	return aiot_host_add_task(host, &aiot_service_part, NULL, name, args, NULL);
}

#endif
