/*
 * A coroutine in AIOT_WAIT, which takes what aiot_event_wait() and its like begin; AIOT_AWAIT is
 * meant.
 *
 * refused by gcc, always: invalid initializer
 * refused by clang, always: with an expression of incompatible type
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
	AIOT_WAIT(t, fetch(t));
	AIOT_END(t);
}
