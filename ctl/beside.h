/*
 * beside.h - what aiotoolsctl tells the daemon beside the words that were typed.
 */
#ifndef CTL_BESIDE_H
#define CTL_BESIDE_H

#include <stdbool.h>

#include "command.h"
#include "json.h"
#include "out.h"

/*
 * Add to the parameters, in whose text `request` lies: for install this process's directory, if the
 * path means something in it alone; for services, where a table is all that is shown, that no more
 * than it needs is sent.  *ret_added: what lies there is to be parsed again.  0, or negative with a
 * sentence in why.
 */
int ctl_beside(const struct aiot_command *command, bool json, struct aiot_json request,
	       struct aiot_out *params, bool *ret_added, struct aiot_out *why);

#endif
