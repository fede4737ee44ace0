/*
 * An await inside a switch over 64 bits, where the case values do fit.  No compiler sees it; the
 * task fails at its first resume there, and the message names the coroutine.
 *
 * accepted by gcc
 * accepted by clang
 */
#include <aiotools.h>

struct counter {
	uint64_t count;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct counter, self);
	switch (self->count) {
	case 1:
		AIOT_SLEEP_MS(t, 1);
		break;
	default:
		break;
	}
	AIOT_END(t);
}
