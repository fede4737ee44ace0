/*
 * install.h - what install tells the daemon beside its words: where it was typed.
 */
#ifndef CTL_INSTALL_H
#define CTL_INSTALL_H

#include "json.h"
#include "out.h"

/*
 * Add this process's directory to the parameters, in whose text `request` lies, if the path that
 * they have means something in it alone.  What lies there is to be parsed again.  0, or negative
 * with a sentence in why.
 */
int ctl_install_here(struct aiot_json request, struct aiot_out *params, struct aiot_out *why);

#endif
