/* undefined - a module that calls a function which nobody has. */
#include <aiotools.h>

void aiot_test_nobody_has_this(void);

static enum aiot_co call_it(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct aiot_frame, self);
	aiot_test_nobody_has_this();
	AIOT_END(t);
}

AIOT_SERVICE(undefined, struct aiot_frame, .info = "Cannot be linked", .main = call_it);
