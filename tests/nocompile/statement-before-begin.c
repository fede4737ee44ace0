/*
 * A statement before AIOT_BEGIN: it would run at each resume, not once.
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
	aiot_info(t, "starting");
	AIOT_BEGIN(t, struct blink, self);
	AIOT_SLEEP_MS(t, self->ms);
	AIOT_END(t);
}
