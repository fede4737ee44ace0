/*
 * AIOT_FAIL in a function that is no coroutine, such as .init: aiot_fail() is meant.
 *
 * refused by gcc, always: 'aiot_f_' undeclared
 * refused by clang, always: undeclared identifier 'aiot_f_'
 */
#include <aiotools.h>

int start(struct aiot_task *t, void *self);

int start(struct aiot_task *t, void *self)
{
	(void)self;
	AIOT_FAIL(t, -AIOT_EIO, "no such pin");
}
