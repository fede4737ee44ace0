/*
 * shorter - a module for tests whose descriptor is shorter than any that ever was.
 */
#include <aiotools.h>

AIOT_API extern const struct aiot_service aiot_service_shorter;
const struct aiot_service aiot_service_shorter = {.abi = AIOT_ABI, .size = 16, .name = "shorter"};
