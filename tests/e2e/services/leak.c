/*
 * leak - a service for tests that forgets to close what it opens: `files` of them.  Host only.
 */
#include <fcntl.h>

#include <aiotools.h>

struct leak {
	uint32_t files, opened;
};

static enum aiot_co leak(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct leak, self);
	for (self->opened = 0; self->opened < self->files; self->opened++) {
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			AIOT_FAIL(t, -AIOT_EIO, "nothing can be opened any more");
		AIOT_YIELD(t);
	}
	AIOT_END(t);
}

static const struct aiot_opt opts[] = {
	AIOT_OPT_U32(struct leak, files, "files", "10", "how many"),
	{0},
};

AIOT_SERVICE(leak, struct leak, .info = "Leaks files", .main = leak, .opts = opts);
