/*
 * every.c - a service with an option of every type, for the test of lib/mcu/native/values.c.
 */
#include "every.h"

static enum aiot_co ends(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct every, self);
	AIOT_END(t);
}

AIOT_SERVICE(every, struct every, .info = "an option of every type", .main = ends,
	     .opts = every_opts);
