/*
 * The awaited coroutine's struct is a local with an initialiser.  The runtime goes on writing to it
 * when this function has returned.  It belongs into the service's struct.
 *
 * refused by gcc, -Wjump-misses-init: jumps over variable initialization
 * refused by clang, -Wdeclaration-after-statement: mixing declarations and code
 */
#include <aiotools.h>

struct fetch {
	struct aiot_frame co;
	int tries;
};

enum aiot_co fetch(struct aiot_task *t);

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	struct fetch one = {.tries = (int)self->ms};
	AIOT_AWAIT(t, fetch, &one);
	AIOT_END(t);
}
