/*
 * A wait is begun without AIOT_WAIT around it: the coroutine would go on at once.
 *
 * refused by gcc, -Wunused-result: ignoring return value of .aiot_event_wait
 * refused by clang, -Wunused-result: ignoring return value of function
 */
#include <aiotools.h>

struct blink {
	struct aiot_event button;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	aiot_event_wait(t, &self->button, AIOT_FOREVER);
	AIOT_END(t);
}
