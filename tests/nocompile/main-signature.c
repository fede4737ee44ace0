/*
 * The task function of a descriptor is no coroutine.
 *
 * refused by gcc, -Wincompatible-pointer-types: incompatible pointer type
 * refused by clang, -Wincompatible-function-pointer-types: incompatible function pointer types
 */
#include <aiotools.h>

struct blink {
	uint32_t ms;
};

void run(struct aiot_task *t, void *self);

AIOT_SERVICE(blink, struct blink, .info = "Blink", .main = run);
