/*
 * commands-small.c - the rows of commands-core.c and commands-board.c as boards have them that have
 * little flash: the same names, fewer parameters, no help.  Data only; calls-small.c has the
 * handlers.
 */
#include "command.h"

#define OPTION(name, letter, type)                                                                 \
	{                                                                                          \
		name, letter, type, AIOT_PARAM_OPTION                                              \
	}
#define NAMES                                                                                      \
	{                                                                                          \
		"names", 0, AIOT_PARAM_STRS, 0                                                     \
	}

static const struct aiot_param names_params[] = {NAMES, {0}};

static const struct aiot_param status_params[] = {
	NAMES,
	OPTION("debug", 'd', AIOT_PARAM_BOOL),
	/* Only false, which says no more than what is so in any case. */
	{"log", 0, AIOT_PARAM_BOOL, AIOT_PARAM_OPTION | AIOT_PARAM_NEGATED},
	{0},
};

static const struct aiot_param list_params[] = {
	NAMES,
	OPTION("all", 'a', AIOT_PARAM_BOOL),
	{0},
};

static const struct aiot_param stop_params[] = {
	NAMES,
	OPTION("keep_schedule", 0, AIOT_PARAM_BOOL),
	{0},
};

static const struct aiot_param restart_params[] = {
	{"names", 0, AIOT_PARAM_STRS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param schedule_params[] = {
	{"name", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"start_in", 0, AIOT_PARAM_STR, AIOT_PARAM_OPTION | AIOT_PARAM_TAIL},
	OPTION("every", 0, AIOT_PARAM_STR),
	{0},
};

static const struct aiot_param set_params[] = {
	{"name", 0, AIOT_PARAM_STR, AIOT_PARAM_REQUIRED},
	{"args", 0, AIOT_PARAM_ARGS, AIOT_PARAM_REQUIRED},
	{0},
};

static const struct aiot_param debug_params[] = {
	{"mode", 0, AIOT_PARAM_STR, 0},
	{0},
};

static const struct aiot_param log_params[] = {
	NAMES,
	OPTION("lines", 'n', AIOT_PARAM_U32),
	OPTION("level", 'p', AIOT_PARAM_LEVEL),
	OPTION("cursor", 0, AIOT_PARAM_STR),
	OPTION("after_cursor", 0, AIOT_PARAM_STR),
	{0},
};

static const struct aiot_param hello_params[] = {
	OPTION("wall_us", 0, AIOT_PARAM_TIME),
	{0},
};

static const struct aiot_param poll_params[] = {
	OPTION("change", 0, AIOT_PARAM_U32),
	OPTION("seq", 0, AIOT_PARAM_U32),
	OPTION("wait_ms", 0, AIOT_PARAM_U32),
	{0},
};

#define ROW(id, verb, method, params)                                                              \
	{                                                                                          \
		id, AIOT_ROLE_ADMIN, AIOT_COMMAND_MORE, verb, "io.aiotools." method, params        \
	}

const struct aiot_command aiot_commands_core[] = {
	ROW(AIOT_CMD_STATUS, "status", "Task.Status", status_params),
	ROW(AIOT_CMD_LIST, "list", "Task.List", list_params),
	ROW(AIOT_CMD_DEBUG, "debug", "Daemon.Debug", debug_params),
	ROW(AIOT_CMD_START, "start", "Task.Start", names_params),
	ROW(AIOT_CMD_STOP, "stop", "Task.Stop", stop_params),
	ROW(AIOT_CMD_RESTART, "restart", "Task.Restart", restart_params),
	ROW(AIOT_CMD_SET, "set", "Task.Set", set_params),
	ROW(AIOT_CMD_RESULT, "result", "Task.Result", names_params),
	ROW(AIOT_CMD_STATS, "stats", "Task.Stats", names_params),
	ROW(AIOT_CMD_TRACEBACK, "traceback", "Task.Traceback", names_params),
	ROW(AIOT_CMD_LOG, "log", "Log.Read", log_params),
	ROW(AIOT_CMD_FOLLOW, "follow", "Log.Follow", log_params),
	ROW(AIOT_CMD_SCHEDULE, "schedule", "Task.Schedule", schedule_params),
	ROW(AIOT_CMD_INFO, "info", "Daemon.Info", NULL),
	{0},
};

const struct aiot_command aiot_commands_board[] = {
	ROW(AIOT_CMD_NODE_HELLO, NULL, "Node.Hello", hello_params),
	ROW(AIOT_CMD_NODE_POLL, NULL, "Node.Poll", poll_params),
	{0},
};
