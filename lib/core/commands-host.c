/*
 * commands-host.c - the commands of a runtime on an operating system.  Data only; the handlers are
 * in lib/host.  The order is that of help.
 */
#include "command.h"

static const struct aiot_param timers_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?; all when there is none", 0, AIOT_PARAM_STRS,
	 0},
	{"next", "--next", "N", "also the next N times of each", 'n', AIOT_PARAM_U32, 0},
	{0},
};

static const struct aiot_param history_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?; all when there is none", 0, AIOT_PARAM_STRS,
	 0},
	{"since_us", "--since", "TIME", "runs that ended at or after this time: 2h ago, today", 'S',
	 AIOT_PARAM_TIME, 0},
	{"until_us", "--until", "TIME", "runs that began at or before this time", 'U',
	 AIOT_PARAM_TIME, 0},
	{"lines", "--lines", "N", "the newest N of them", 'n', AIOT_PARAM_U32, 0},
	{0},
};

static const struct aiot_param names_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param any_names_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?; all when there is none", 0, AIOT_PARAM_STRS,
	 0},
	{0},
};

static const struct aiot_param add_params[] = {
	{"service", NULL, "SERVICE[/KIND]", "a loaded service, and which kind of its tasks (main)",
	 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"args", NULL, "KEY=VALUE", "an option and its value", 0, AIOT_PARAM_ARGS, 0},
	{"name", "--name", "NAME", "the task's name (SERVICE, or SERVICE.KIND)", 0, AIOT_PARAM_STR,
	 0},
	{0},
};

static const struct aiot_param trigger_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{"args", NULL, "KEY=VALUE", "an option and its value, for this run alone", 0,
	 AIOT_PARAM_ARGS, 0},
	{0},
};

static const struct aiot_param wait_params[] = {
	{"names", NULL, "NAME", "tasks, with * and ?", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{"timeout_us", "--timeout", "SPAN", "give up after that long: 10s, 1min 30s", 0,
	 AIOT_PARAM_SPAN, 0},
	{0},
};

static const struct aiot_param call_params[] = {
	{"name", NULL, "NAME", "a task", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"verb", NULL, "VERB", "a verb of its service's own; describe shows them", 0,
	 AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"words", NULL, "WORD", "values of the verb's options, in their order or as KEY=VALUE", 0,
	 AIOT_PARAM_STRS, 0},
	{0},
};

static const struct aiot_param analyze_params[] = {
	{"what", NULL, "blame|critical-chain|plot",
	 "blame: how long each service took; critical-chain: what the last one waited for; plot: a "
	 "picture (SVG) of all; nothing: the boot as a whole",
	 0, AIOT_PARAM_STR, 0},
	{"name", NULL, "NAME", "critical-chain: of this service", 0, AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param interface_params[] = {
	{"interface", NULL, "NAME", "an interface", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{0},
};

#define ACTION_REPLY "(done: []TaskState, failed: []TaskError)"
/* active or failed, as was asked; state is "unknown" and message says why for no task's name */
#define IS_REPLY "(tasks: []TaskIs)"
#define SERVICES_REPLY "(services: []Service)"

const struct aiot_command aiot_commands_host[] = {
	{AIOT_CMD_TIMERS, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "timers",
	 "io.aiotools.Task.Timers", "the tasks that have a schedule, and when they run next",
	 timers_params, "(timers: []Timer)"},
	{AIOT_CMD_ADD, AIOT_ROLE_ADMIN, 0, "add", "io.aiotools.Task.Add",
	 "one more task of a service, started; tells its name", add_params,
	 "(name: string, kept: bool)"},
	{AIOT_CMD_DELETE, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "delete", "io.aiotools.Task.Delete",
	 "stop tasks that were added, and forget them", names_params, ACTION_REPLY},
	{AIOT_CMD_TRIGGER, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "trigger",
	 "io.aiotools.Task.Trigger",
	 "one extra run, now or behind the present one; also of paused tasks", trigger_params,
	 ACTION_REPLY},
	{AIOT_CMD_PAUSE, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "pause", "io.aiotools.Task.Pause",
	 "let schedules start nothing", names_params, ACTION_REPLY},
	{AIOT_CMD_RESUME, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "resume", "io.aiotools.Task.Resume",
	 "let the schedules of paused tasks go on", names_params, ACTION_REPLY},
	{AIOT_CMD_WAIT, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_TELLS, "wait",
	 "io.aiotools.Task.Wait", "until the present run of tasks has ended; exits with their code",
	 wait_params, "(ended: []Ended, failed: []TaskError)"},
	{AIOT_CMD_IS_ACTIVE, AIOT_ROLE_READ,
	 AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY | AIOT_COMMAND_ANY | AIOT_COMMAND_TELLS,
	 "is-active", "io.aiotools.Task.IsActive", "whether any task runs, starts or is scheduled",
	 names_params, IS_REPLY},
	{AIOT_CMD_IS_FAILED, AIOT_ROLE_READ,
	 AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY | AIOT_COMMAND_ANY | AIOT_COMMAND_TELLS,
	 "is-failed", "io.aiotools.Task.IsFailed", "whether the last run of any task failed",
	 names_params, IS_REPLY},
	{AIOT_CMD_RESET_FAILED, AIOT_ROLE_OPERATE, AIOT_COMMAND_MORE, "reset-failed",
	 "io.aiotools.Task.ResetFailed", "forget that tasks failed", any_names_params,
	 ACTION_REPLY},
	{AIOT_CMD_CALL, AIOT_ROLE_READ, 0, "call", "io.aiotools.Task.Call",
	 "a verb of a service's own", call_params, "(name: string, verb: string, result: ?object)"},
	{AIOT_CMD_REPORT, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "report",
	 "io.aiotools.Task.Report",
	 "what services tell of themselves; the stats of those that do not", any_names_params,
	 "(reports: []Report)"},
	{AIOT_CMD_HISTORY, AIOT_ROLE_READ, AIOT_COMMAND_MORE | AIOT_COMMAND_QUERY, "history",
	 "io.aiotools.Task.History", "runs that have ended: when, how, and what came of them",
	 history_params, "(runs: []Run, unknown: ?[]string)"},
	{AIOT_CMD_ANALYZE, AIOT_ROLE_READ, AIOT_COMMAND_MORE, "analyze",
	 "io.aiotools.Daemon.Analyze", "how long the start of all services took", analyze_params,
	 "(state: ?string, host: ?string, begun_us: ?int, since_us: ?int, under_way: ?[]string, "
	 "total_us: ?int, core_us: ?int, init_us: ?int, services: ?[]Start)"},
	{AIOT_CMD_DAEMON_RELOAD, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, "daemon-reload",
	 "io.aiotools.Daemon.Reload", "read all files again; restarts nothing", NULL,
	 SERVICES_REPLY},
	{AIOT_CMD_DAEMON_RESTART, AIOT_ROLE_ADMIN, 0, "daemon-restart",
	 "io.aiotools.Daemon.Restart",
	 "stop all tasks in order, then start the daemon anew, as Restarting= says", NULL, "()"},
	{AIOT_CMD_SHUTDOWN, AIOT_ROLE_ADMIN, 0, "shutdown", "io.aiotools.Daemon.Shutdown",
	 "stop all tasks in order, then the daemon", NULL, "()"},
	{AIOT_CMD_GET_INFO, AIOT_ROLE_NONE, 0, NULL, "org.varlink.service.GetInfo",
	 "who answers here", NULL,
	 "(vendor: string, product: string, version: string, url: string, interfaces: []string)"},
	{AIOT_CMD_GET_INTERFACE, AIOT_ROLE_NONE, 0, NULL,
	 "org.varlink.service.GetInterfaceDescription", "an interface in varlink's language",
	 interface_params, "(description: string)"},
	{0},
};
