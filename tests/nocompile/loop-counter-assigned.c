/*
 * The commonest trap: a loop's counter without an initialiser, and an await in the loop.  After the
 * resume it counts from whatever the stack holds.  gcc that optimises takes it away unseen, so it
 * is refused for where it is declared.  It belongs into the service's struct.
 *
 * refused by gcc, -Wdeclaration-after-statement: forbids mixed declarations
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
	int i;
	for (i = 0; i < 3; i++) {
		aiot_info(t, "round %d", i);
		AIOT_SLEEP_MS(t, 100);
	}
	AIOT_END(t);
}
