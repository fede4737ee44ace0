/*
 * A loop's counter is a local and there is an await in the loop.  After the resume it counts from
 * whatever the stack holds.  It belongs into the service's struct.
 *
 * refused by gcc, -Wjump-misses-init: jumps over variable initialization
 * refused by clang, -Wuninitialized: 'n' is uninitialized when used here
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	for (uint32_t n = 0; n < self->ms; n++)
		AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}
