/*
 * A local before AIOT_BEGIN: it is initialised anew at each resume, which looks as if it kept its
 * value until the first await.
 *
 * refused by gcc, always: expected expression before .__label__
 * refused by clang, always: expected expression
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	int n = 0;
	AIOT_BEGIN(t, struct blink, self);
	n = (int)self->ms;
	AIOT_SLEEP_MS(t, 1);
	aiot_info(t, "%d", n);
	AIOT_END(t);
}
