/*
 * tasks.h - the tasks of a board: constants that ini2c.py makes of INI files, and tasks in their
 * place.
 *
 * The firmware calls aiot_tasks_make() once.  All that does not change lies in flash; of RAM a task
 * takes a struct aiot_task, and its service's struct of an array of fixed size (sizes.h).  Nothing
 * is ever given back, for a board's tasks stay.
 */
#ifndef AIOT_TASKS_H
#define AIOT_TASKS_H

#include "core.h"
#include "plan.h"
#include "service.h"
#include "task.h"

/* The beginning of a plan that is made of StartIn and Every. */
#if AIOT_CALENDARS
#define AIOT_PLAN_OF_SPANS .at_us = AIOT_NO_TIME_US,
#else
#define AIOT_PLAN_OF_SPANS
#endif

/* What an INI file says beside the spec. */
struct aiot_board_row {
	const char *info, *docs;      /* NULL: the service's own */
	const struct aiot_plan *plan; /* NULL: it runs from the start on */
	bool disabled;		      /* there, and not started */
};

/* The generated file's, all in the order of the names ("hello.service"). */
extern const uint32_t aiot_board_task_count;
extern const struct aiot_spec aiot_board_specs[];
extern const struct aiot_board_row aiot_board_rows[];
extern struct aiot_entry *const aiot_board_names[];
extern struct aiot_task aiot_board_tasks[];

/* The firmware's, which the specs speak of. */
extern struct aiot_core aiot_board_core;
extern struct aiot_place_main aiot_board_place;

/*
 * Enter the tasks of all rows, and start them.  What is wrong with one (no room, a bad option, its
 * init) is its failure, and the others go on.
 */
void aiot_tasks_make(struct aiot_core *core);

/* The row an entry was made of. */
const struct aiot_board_row *aiot_tasks_row(const struct aiot_entry *entry);

/* Whether that many bytes there are memory of tasks; for fault handlers. */
bool aiot_tasks_hold(const void *mem, size_t size);

#endif
