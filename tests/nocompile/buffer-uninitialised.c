/*
 * A local array without an initialiser is filled, then read after an await.  No compiler sees it,
 * as the array's address was given away.  Hence the rule that every local of a coroutine has an
 * initialiser: then gcc refuses it, as buffer-initialised.c shows.
 *
 * accepted by gcc
 * accepted by clang
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
	char buffer[16];
	fill(buffer);
	AIOT_SLEEP_MS(t, self->ms);
	aiot_info(t, "%s", buffer);
	AIOT_END(t);
}
