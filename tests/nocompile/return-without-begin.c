/*
 * AIOT_RETURN in a function that is no coroutine, such as .init: a plain return is meant.
 *
 * refused by gcc, always: 'aiot_f_' undeclared
 * refused by clang, always: undeclared identifier 'aiot_f_'
 */
#include <aiotools.h>

int start(struct aiot_task *t, void *self);

int start(struct aiot_task *t, void *self)
{
	(void)self;
	AIOT_RETURN(t);
}
