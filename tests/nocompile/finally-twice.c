/*
 * Two AIOT_FINALLY in one coroutine.
 *
 * refused by gcc, always: duplicate case value
 * refused by clang, always: duplicate case value
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
	AIOT_FINALLY(t);
	aiot_info(t, "first");
	AIOT_FINALLY(t);
	aiot_info(t, "second");
	AIOT_END(t);
}
