/*
 * An await in a helper function that is no coroutine: only the helper would return.
 *
 * refused by gcc, always: 'aiot_f_' undeclared
 * refused by clang, always: undeclared identifier 'aiot_f_'
 */
#include <aiotools.h>

void pause(struct aiot_task *t);

void pause(struct aiot_task *t)
{
	AIOT_SLEEP_MS(t, 1);
}
