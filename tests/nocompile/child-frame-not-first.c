/*
 * The frame is not the first member of the awaited coroutine's struct, as it has to be.
 *
 * refused by gcc, always: array is negative
 * refused by clang, always: array size is negative
 */
#include <aiotools.h>

struct fetch {
	int tries;
	struct aiot_frame co;
};

enum aiot_co fetch(struct aiot_task *t);

struct blink {
	uint32_t ms;
	struct fetch one;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	AIOT_AWAIT(t, fetch, &self->one);
	AIOT_END(t);
}
