/*
 * A local array with an initialiser is read after an await.  clang does not follow arrays: it
 * refuses where this one is declared.
 *
 * refused by gcc, -Wjump-misses-init: jumps over variable initialization
 * refused by clang, -Wdeclaration-after-statement: mixing declarations and code
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
	char buffer[16] = {0};
	fill(buffer);
	AIOT_SLEEP_MS(t, self->ms);
	aiot_info(t, "%s", buffer);
	AIOT_END(t);
}
