/* nosymbol - a module without what its name promises: its service is called otherwise. */
#include <aiotools.h>

static enum aiot_co nothing(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct aiot_frame, self);
	AIOT_END(t);
}

AIOT_SERVICE(othername, struct aiot_frame, .info = "Not what was looked for", .main = nothing);
