/*
 * commands-board.c - what a board beside the core's commands answers to the program at its other
 * end: methods without verbs.  Data only; the handlers are in lib/mcu/calls-board.c.
 */
#include "command-rows.h"

static const struct aiot_param hello_params[] = {
	OPTION("wall_us", NULL, "", "TIME", TIME, PLAIN, "the time, for a board without a clock"),
	{0},
};

static const struct aiot_param poll_params[] = {
	OPTION("change", NULL, "", "N", U32, PLAIN, "as the last answer had it"),
	OPTION("seq", NULL, "", "N", U32, PLAIN, "as the last answer had it"),
	OPTION("wait_ms", NULL, "", "MS", U32, PLAIN, "answer by then in any case"),
	{0},
};

const struct aiot_command aiot_commands_board[] = {
	METHOD(NODE_HELLO, READ, "Node.Hello", hello_params,
	       "which board this is, and how it came to be running",
	       "(protocol: int, board: string, version: string, boots: int, now_us: int, "
	       "line_max: int, reset: string, fault: ?object)"),
	METHOD(NODE_POLL, READ, "Node.Poll", poll_params,
	       "wait until a task changes its state or a log record is written",
	       "(now_us: int, boots: int, change: int, seq: int)"),
	{0},
};
