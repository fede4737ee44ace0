/*
 * commands-local.c - the commands that aiotoolsctl answers itself, without a daemon.  Data only;
 * ctl/main.c has the handlers.  The order is that of help.
 */
#include "command.h"

static const struct aiot_param when_params[] = {
	{"condition", NULL, "CONDITION", "as in When=: 'daily after 10:00 & ~has failed today'", 0,
	 AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"now_us", "--now", "TIME", "the instant asked about, instead of the present one", 0,
	 AIOT_PARAM_TIME, 0},
	{"next", "--next", "N", "how many intervals to show, up to 10000 (1)", 'n', AIOT_PARAM_U32,
	 0},
	{"history", "--history", "FILE", "what tasks did: lines of TASK, ACTION, TIME, with tabs",
	 0, AIOT_PARAM_STR, 0},
	{"task", "--task", "NAME", "the task of the history that has this condition", 0,
	 AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param timespan_params[] = {
	{"timespan", NULL, "SPAN", "such as '1 hour, 30 min'", 0, AIOT_PARAM_STR,
	 AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param new_service_params[] = {
	{"name", NULL, "NAME", "of letters, digits and _", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"dir", "--dir", "DIR", "where to; made if missing (NAME)", 0, AIOT_PARAM_STR, 0},
	{0},
};

const struct aiot_command aiot_commands_local[] = {
	{AIOT_CMD_WHEN, AIOT_ROLE_NONE, AIOT_COMMAND_LOCAL, "when", NULL,
	 "whether a condition is true, and when next", when_params, NULL},
	{AIOT_CMD_TIMESPAN, AIOT_ROLE_NONE, AIOT_COMMAND_LOCAL, "timespan", NULL,
	 "a time span in microseconds", timespan_params, NULL},
	{AIOT_CMD_NEW_SERVICE, AIOT_ROLE_NONE, AIOT_COMMAND_LOCAL, "new-service", NULL,
	 "write the files of a service to begin with: source, INI, meson.build, test",
	 new_service_params, NULL},
	{0},
};
