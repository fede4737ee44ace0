/*
 * A child is started, and nobody looks whether it was.
 *
 * refused by gcc, -Wunused-result: ignoring return value of .aiot_child_start
 * refused by clang, -Wunused-result: ignoring return value of function
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	aiot_child_start(t, "reader", "one", NULL);
	AIOT_SLEEP_MS(t, self->ms);
	AIOT_END(t);
}
