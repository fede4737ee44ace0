/*
 * The words of a failure do not fit its arguments.
 *
 * refused by gcc, -Wformat=: format '%s' expects
 * refused by clang, -Wformat: format specifies type
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
	AIOT_FAIL(t, -AIOT_EIO, "no such pin: %s", 2);
	AIOT_END(t);
}
