/*
 * tasks.h - the tasks of a board: rows that ini2c.py makes of INI files, and tasks made of rows.
 *
 * The firmware calls aiot_tasks_make() once.  Memory is an array of fixed size (sizes.h); nothing
 * is ever given back, for a board's tasks stay.
 */
#ifndef AIOT_TASKS_H
#define AIOT_TASKS_H

#include "core.h"
#include "plan.h"
#include "task.h"

/* The beginning of a plan that is made of StartIn and Every. */
#if AIOT_CALENDARS
#define AIOT_PLAN_OF_SPANS .at_us = AIOT_NO_TIME_US,
#else
#define AIOT_PLAN_OF_SPANS
#endif

/* What an INI file says. */
struct aiot_board_task {
	const char *name; /* "hello.service" */
	const struct aiot_service *service;
	const char *info, *docs; /* NULL: the service's own */
	const char *label;	 /* the file */
	const struct aiot_arg *args;
	const struct aiot_plan *plan; /* NULL: it runs from the start on */
	uint32_t arg_count;
	uint32_t stop_timeout_ms, timeout_ms;
	int8_t priority;
	bool disabled; /* there, and not started */
};

/* The generated file's: the rows, and room for what belongs to each. */
extern const struct aiot_board_task aiot_board_tasks[];
extern const uint32_t aiot_board_task_count;
extern struct aiot_spec aiot_board_specs[];
extern struct aiot_entry *aiot_board_names[];

/*
 * Make and start the tasks of all rows.  What is wrong with one (no room, a bad option, its init)
 * is a record in the log, and the others go on.
 */
void aiot_tasks_make(struct aiot_core *core, struct aiot_place_main *place);

/* The row an entry was made of. */
const struct aiot_board_task *aiot_tasks_row(const struct aiot_entry *entry);

/* Whether that many bytes there are memory of tasks; for fault handlers. */
bool aiot_tasks_hold(const void *mem, size_t size);

#endif
