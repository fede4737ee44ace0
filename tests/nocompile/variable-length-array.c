/*
 * A variable-length array in a coroutine: the resume would jump past its allocation.
 *
 * refused by gcc, -Wvla: variable length array
 * refused by clang, -Wvla: variable length array
 */
#include <aiotools.h>

void fill(char *buffer);

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	char buffer[self->ms];
	fill(buffer);
	AIOT_SLEEP_MS(t, 1);
	AIOT_END(t);
}
