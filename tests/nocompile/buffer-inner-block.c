/*
 * The same as buffer-uninitialised.c in a block of its own, as locals without an await may have.
 * Hence the rule that every local has an initialiser: then gcc refuses it.
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
	for (;;) {
		char buffer[16];
		fill(buffer);
		AIOT_SLEEP_MS(t, self->ms);
		aiot_info(t, "%s", buffer);
	}
	AIOT_END(t);
}
