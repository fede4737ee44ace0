/*
 * A coroutine without AIOT_END.
 *
 * refused by gcc, always: expected declaration or statement at end of input
 * refused by clang, always: expected '}'
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	AIOT_SLEEP_MS(t, self->ms);
}
