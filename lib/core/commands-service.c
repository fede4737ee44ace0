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
	{"brief", "--brief", NULL, "no more than the table shows, in JSON as well", 0,
	 AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param load_params[] = {
	{"names", NULL, "NAME", "services, with * and ?; all enabled ones when there is none", 0,
	 AIOT_PARAM_STRS, 0},
	{"no_config", "--no-config", NULL,
	 "with the defaults of their options, without [Args] and what `config` set", 0,
	 AIOT_PARAM_BOOL, 0},
	{"debug", "--debug", NULL, "tell each step with its time", 0, AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param switch_params[] = {
	{"names", NULL, "NAME", "services, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{"now", "--now", NULL, "load or unload them, too", 0, AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param config_params[] = {
	{"name", NULL, "NAME", "a service", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"args", NULL, "KEY=VALUE", "an option and its value; KEY alone: what its file says again",
	 0, AIOT_PARAM_ARGS, 0},
	{"enable", "--enable", NULL, "load it at start", 0, AIOT_PARAM_BOOL, 0},
	{"disable", "--disable", NULL, "do not", 0, AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param get_config_params[] = {
	{"names", NULL, "NAME", "services, with * and ?; all when there is none", 0,
	 AIOT_PARAM_STRS, 0},
	{0},
};

static const struct aiot_param edit_params[] = {
	{"name", NULL, "NAME", "a service", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"text", "--text", "TEXT", "what its file is to say; else an editor is run", 0,
	 AIOT_PARAM_STR, 0},
	{"base", "--base", "BASE", "refuse if the file is not the one that cat told this of", 0,
	 AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param unload_params[] = {
	{"names", NULL, "NAME", "services, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param reload_params[] = {
	{"names", NULL, "NAME", "services, with * and ?", 0, AIOT_PARAM_STRS, 0},
	{"changed", "--changed", NULL, "of all, or of those named, the ones that changed on disk",
	 0, AIOT_PARAM_BOOL, 0},
	{0},
};

static const struct aiot_param describe_params[] = {
	{"name", NULL, "NAME", "a service", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param install_params[] = {
	{"path", NULL, "PATH", "NAME.so, or a directory that holds just one; NAME.ini beside it", 0,
	 AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"directory", "--directory", "DIR", "where a PATH that does not begin with / is; this one",
	 0, AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param remove_params[] = {
	{"name", NULL, "NAME", "a service", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"purge", "--purge", NULL, "and forget what enable, mask and config said of it", 0,
	 AIOT_PARAM_BOOL, 0},
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
/* path: the file that was written, null if nothing had to be.  why: why not in its usual place. */
#define KEPT "path: ?string, until_boot: bool, why: ?string)"

const struct aiot_command aiot_commands_service[] = {
	{AIOT_CMD_SERVICES, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "services",
	 "io.aiotools.Service.List", "the services that are configured, loaded or failed to load",
	 services_params, SERVICES_REPLY},
	{AIOT_CMD_LOAD, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "load", "io.aiotools.Service.Load",
	 "load services and start them", load_params, SERVICES_REPLY},
	{AIOT_CMD_UNLOAD, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "unload",
	 "io.aiotools.Service.Unload", "stop the tasks of services and forget them", unload_params,
	 SERVICES_REPLY},
	{AIOT_CMD_RELOAD, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "reload",
	 "io.aiotools.Service.Reload",
	 "read the files again and apply what changed, restarting only what that takes",
	 reload_params, SERVICES_REPLY},
	{AIOT_CMD_INSTALL, AIOT_ROLE_ADMIN, 0, "install", "io.aiotools.Service.Install",
	 "bring a service's module and INI file in place, once they were looked into",
	 install_params,
	 "(name: string, path: string, file: ?string, loaded: bool, notes: []string)"},
	{AIOT_CMD_REMOVE, AIOT_ROLE_ADMIN, 0, "remove", "io.aiotools.Service.Remove",
	 "remove what install brought of a service", remove_params,
	 "(name: string, notes: []string)"},
	{AIOT_CMD_DESCRIBE, AIOT_ROLE_READ, 0, "describe", "io.aiotools.Service.Describe",
	 "a service's options and stats, with their help", describe_params, "(service: Service)"},
	{AIOT_CMD_DEPENDENCIES, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "dependencies",
	 "io.aiotools.Service.Dependencies",
	 "what services require, want and come after, as a tree", dependencies_params,
	 "(dependencies: []Dependency)"},
	{AIOT_CMD_ENABLE, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "enable",
	 "io.aiotools.Service.Enable", "load services when the daemon starts", switch_params,
	 "(services: []Service, " KEPT},
	{AIOT_CMD_DISABLE, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "disable",
	 "io.aiotools.Service.Disable", "do not load services when the daemon starts",
	 switch_params, "(services: []Service, " KEPT},
	{AIOT_CMD_IS_ENABLED, AIOT_ROLE_READ,
	 AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY | AIOT_COMMAND_ANY | AIOT_COMMAND_TELLS,
	 "is-enabled", "io.aiotools.Service.IsEnabled",
	 "whether any service is loaded when the daemon starts", unload_params,
	 "(services: []ServiceIs)"},
	{AIOT_CMD_MASK, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "mask", "io.aiotools.Service.Mask",
	 "let nobody load services, not even by name", switch_params,
	 "(services: []Service, " KEPT},
	{AIOT_CMD_UNMASK, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "unmask",
	 "io.aiotools.Service.Unmask", "let masked services be loaded again", unload_params,
	 "(services: []Service, " KEPT},
	{AIOT_CMD_CONFIG, AIOT_ROLE_ADMIN, 0, "config", "io.aiotools.Service.Config",
	 "set a service's options for good, over its files", config_params,
	 "(config: Config, checked: bool, unchecked: ?string, applies: string, " KEPT},
	{AIOT_CMD_GET_CONFIG, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "get-config",
	 "io.aiotools.Service.GetConfig", "what services are configured to be, and by which file",
	 get_config_params, "(configs: []Config)"},
	{AIOT_CMD_CAT, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "cat", "io.aiotools.Service.Cat",
	 "the files of services", unload_params, "(files: []ServiceFile)"},
	{AIOT_CMD_EDIT, AIOT_ROLE_ADMIN, 0, "edit", "io.aiotools.Service.Edit",
	 "change a service's file; what is wrong with it is told before it is replaced",
	 edit_params, "(service: Service, checked: bool, unchecked: ?string, " KEPT},
	{0},
};
