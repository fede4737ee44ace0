/*
 * varlink.h - the interface org.varlink.service: who answers here, and what can be called.
 *
 * The texts are made from the command tables (command.h) and the types of idl.h, so that a command
 * that is added is described.
 */
#ifndef AIOT_VARLINK_H
#define AIOT_VARLINK_H

#include "command.h"

/* Handlers of AIOT_CMD_GET_INFO and AIOT_CMD_GET_INTERFACE; they look at no task and no service. */
aiot_call_fn aiot_call_varlink_info, aiot_call_varlink_interface;

/* The description of an interface in varlink's language.  false: there is none of that name. */
bool aiot_varlink_describe(const char *interface, struct aiot_out *out);

#endif
