/*
 * A local with an initialiser is read after an await.  The resume jumps past the initialiser, so
 * that it holds whatever the stack holds.  It belongs into the service's struct.
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
	uint32_t n = self->ms;
	AIOT_SLEEP_MS(t, 1);
	aiot_info(t, "%u", (unsigned)n);
	AIOT_END(t);
}
