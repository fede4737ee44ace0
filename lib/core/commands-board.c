/*
 * commands-board.c - what a board beside the core's commands answers to the program at its other
 * end: methods without verbs.  Data only; the handlers are in lib/mcu/calls-board.c.
 */
#include "command.h"

static const struct aiot_param hello_params[] = {
	{"wall_us", NULL, "TIME", "the time, for a board without a clock", 0, AIOT_PARAM_TIME, 0},
	{0},
};

static const struct aiot_param poll_params[] = {
	{"change", NULL, "N", "as the last answer had it", 0, AIOT_PARAM_U32, 0},
	{"seq", NULL, "N", "as the last answer had it", 0, AIOT_PARAM_U32, 0},
	{"wait_ms", NULL, "MS", "answer by then in any case", 0, AIOT_PARAM_U32, 0},
	{0},
};

const struct aiot_command aiot_commands_board[] = {
	{AIOT_CMD_NODE_HELLO, AIOT_ROLE_READ, 0, NULL, "io.aiotools.Node.Hello",
	 "which board this is, and how it came to be running", hello_params,
	 "(protocol: int, board: string, version: string, boots: int, now_us: int, line_max: int, "
	 "reset: string, fault: ?object)"},
	{AIOT_CMD_NODE_POLL, AIOT_ROLE_READ, 0, NULL, "io.aiotools.Node.Poll",
	 "wait until a task changes its state or a log record is written", poll_params,
	 "(now_us: int, boots: int, change: int, seq: int)"},
	{0},
};
