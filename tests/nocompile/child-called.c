/*
 * A coroutine is called like a function instead of being awaited: it would run in its caller's
 * frame.
 *
 * accepted by gcc
 * refused by clang, -Wunused-result: ignoring return value
 */
#include <aiotools.h>

enum aiot_co fetch(struct aiot_task *t);

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	fetch(t);
	AIOT_SLEEP_MS(t, self->ms);
	AIOT_END(t);
}
