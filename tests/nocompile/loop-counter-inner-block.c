/*
 * The same as loop-counter-assigned.c in a block of its own, as locals without an await may have.
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
	for (;;) {
		int i;
		for (i = 0; i < 3; i++) {
			aiot_info(t, "round %d", i);
			AIOT_SLEEP_MS(t, 100);
		}
	}
	AIOT_END(t);
}
