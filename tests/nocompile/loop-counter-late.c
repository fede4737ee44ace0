/*
 * The same as loop-counter-assigned.c behind the first await, where declarations may follow
 * statements.
 *
 * refused by gcc at -O0, -Wmaybe-uninitialized: 'i' may be used uninitialized
 * accepted by gcc at -O2
 * refused by clang, -Wuninitialized: 'i' is uninitialized when used here
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

enum aiot_co run(struct aiot_task *t);

enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct blink, self);
	AIOT_SLEEP_MS(t, 1);
	int i;
	for (i = 0; i < 3; i++) {
		aiot_info(t, "round %d", i);
		AIOT_SLEEP_MS(t, 100);
	}
	AIOT_END(t);
}
