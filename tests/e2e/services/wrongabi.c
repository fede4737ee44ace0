/* wrongabi - a module that was built for an interface which is not there yet. */
#include <aiotools.h>

static enum aiot_co nothing(struct aiot_task *t)
{
	AIOT_BEGIN(t, struct aiot_frame, self);
	AIOT_END(t);
}

AIOT_API extern const struct aiot_service aiot_service_wrongabi;
const struct aiot_service aiot_service_wrongabi = {
	.abi = AIOT_ABI + 1,
	.size = sizeof(struct aiot_service),
	.opt_size = sizeof(struct aiot_opt),
	.stat_size = sizeof(struct aiot_stat),
	.kind_size = sizeof(struct aiot_kind),
	.name = "wrongabi",
	.info = "From the future",
	.main = nothing,
	.self_size = sizeof(struct aiot_frame),
};
