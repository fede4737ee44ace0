/*
 * The struct of the awaited coroutine has no frame, so that there is nothing to run it in.
 *
 * refused by gcc, always: has no member named 'co'
 * refused by clang, always: no member named 'co'
 */
#include <aiotools.h>

struct fetch {
	int tries;
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
