/*
 * elsewhere - a module for tests whose service has another name than its file.
 */
#include <aiotools.h>

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, int, self);
	AIOT_END(t);
}

AIOT_SERVICE(here, int, .main = run);
