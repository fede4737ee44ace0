/*
 * tables.h - the options of a service that is not open here: as another process told them, so that
 * values can be checked before the service is loaded.
 */
#ifndef AIOT_TABLES_H
#define AIOT_TABLES_H

#include "json.h"
#include "service.h"

/*
 * What an inspection found (inspect.h), as a descriptor that has the options of the kind that is
 * loaded and nothing to be called.  NULL: no memory.  One block, for aiot_mem_free().
 */
struct aiot_service *aiot_tables_read(struct aiot_json found, const char *name);

#endif
