/*
 * unresolved - a module for tests that calls a function nobody has.
 */
#include <aiotools.h>

extern void aiot_nobody_has_this(void);

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, int, self);
	aiot_nobody_has_this();
	AIOT_END(t);
}

AIOT_SERVICE(unresolved, int, .main = run);
