/*
 * commands-service.c - the commands about services: what is configured, loaded, and can be.  Data
 * only; the handlers are in lib/host.  The order is that of help.
 */
#include "command.h"

static const struct aiot_param services_params[] = {
	{"names", NULL, "NAME", "services, with * and ?; all when there is none", 0,
	 AIOT_PARAM_STRS, 0},
	{"status", "--status", NULL, "the OK and ERROR lines of their loading", 0, AIOT_PARAM_BOOL,
	 AIOT_PARAM_TEXT},
	{0},
};

static const struct aiot_param load_params[] = {
	{"names", NULL, "NAME", "services, with * and ?; all enabled ones when there is none", 0,
	 AIOT_PARAM_STRS, 0},
	{0},
};

static const struct aiot_param unload_params[] = {
	{"names", NULL, "NAME", "services, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param describe_params[] = {
	{"name", NULL, "NAME", "a service", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param dependencies_params[] = {
	{"names", NULL, "NAME", "services, with * and ?; all when there is none", 0,
	 AIOT_PARAM_STRS, 0},
	{"reverse", "--reverse", NULL, "who needs them, instead of what they need", 'r',
	 AIOT_PARAM_BOOL, 0},
	{0},
};

#define SERVICES_REPLY "(services: []Service)"

const struct aiot_command aiot_commands_service[] = {
	{AIOT_CMD_SERVICES, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "services",
	 "io.aiotools.Service.List", "the services that are configured, loaded or failed to load",
	 services_params, SERVICES_REPLY},
	{AIOT_CMD_LOAD, AIOT_ROLE_ADMIN, 0, "load", "io.aiotools.Service.Load",
	 "load services and start them", load_params, SERVICES_REPLY},
	{AIOT_CMD_UNLOAD, AIOT_ROLE_ADMIN, 0, "unload", "io.aiotools.Service.Unload",
	 "stop the tasks of services and forget them", unload_params, SERVICES_REPLY},
	{AIOT_CMD_DESCRIBE, AIOT_ROLE_READ, 0, "describe", "io.aiotools.Service.Describe",
	 "a service's options and stats, with their help", describe_params, "(service: Service)"},
	{AIOT_CMD_DEPENDENCIES, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "dependencies",
	 "io.aiotools.Service.Dependencies",
	 "what services require, want and come after, as a tree", dependencies_params,
	 "(dependencies: []Dependency)"},
	{0},
};
