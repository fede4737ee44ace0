/*
 * newer - a module for tests, built for an ABI of the future.
 */
#include <aiotools.h>

static enum aiot_co run(struct aiot_task *t)
{
	AIOT_BEGIN(t, int, self);
	AIOT_END(t);
}

AIOT_API extern const struct aiot_service aiot_service_newer;
const struct aiot_service aiot_service_newer = {
	.abi = AIOT_ABI + 1,
	.size = sizeof(struct aiot_service),
	.name = "newer",
	.main = run,
};
