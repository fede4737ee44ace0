/*
 * help.h - help, from the tables alone: no daemon is needed.
 */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include "command.h"
#include "out.h"

/* All commands, the options, the environment and the exit codes. */
void ctl_help_general(const struct aiot_commands *commands, struct aiot_out *out);

/* One command: what it does, its own options, and where the others are told. */
void ctl_help_command(const struct aiot_command *command, struct aiot_out *out);

#endif
