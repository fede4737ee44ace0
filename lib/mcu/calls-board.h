/*
 * calls-board.h - what the firmware knows of itself, for the methods that only boards answer.
 */
#ifndef AIOT_CALLS_BOARD_H
#define AIOT_CALLS_BOARD_H

#include "command.h"
#include "core.h"

/* How the program before this one ended.  Strings may be NULL, numbers 0: not known. */
struct aiot_board_crash {
	const char *what, *task, *file;
	uint32_t line, pc, lr;
};

struct aiot_board_facts {
	/* the firmware's, before the first call */
	const char *board, *version;
	const char *reset; /* why it was started: "power-on", "watchdog", "fault" ... */
	const struct aiot_board_crash *crash; /* NULL: it was not by a crash */
	uint32_t boots;
	uint16_t line_max;
	/* ops->changed counts */
	uint32_t changes;
	/*
	 * A board that has no clock was told the time (ns since 1970 UTC): ops->wall_ns is right
	 * from now on.  NULL: it has one.
	 */
	void (*set_wall)(int64_t wall_ns);
	bool wall_known;
	struct aiot_alarm poll; /* private: when the one that waits is answered in any case */
};

/* Their segment's ctx is the facts; its rows are aiot_commands_board. */
extern const struct aiot_binding aiot_bindings_board[];

#endif
