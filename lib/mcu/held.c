/*
 * held.c - see held.h.  Called by the firmware at its start and at its end; starts nothing, and
 * keeps nobody from starting such a task.
 */
#include "held.h"

#include "board.h"
#include "noinit.h"

#define SHORT_NS 60000000000u /* a run that a task has to survive, to be beyond suspicion */

/* As noinit.h counts tasks. */
static uint32_t number_of(const struct aiot_entry *e)
{
	return (uint32_t)(e->spec - aiot_board_specs) + 1;
}

void aiot_held_blame(const struct aiot_task *t)
{
	if (aiot_board_now_ns() < SHORT_NS)
		aiot_noinit_early(number_of(&t->entry));
}

static void hold(struct aiot_core *core, struct aiot_entry *e)
{
	(void)aiot_core_stop(core, e, false); /* it had no step yet */
	aiot_entry_set(core, e, AIOT_HELD);
	aiot_core_log(core, aiot_entry_name(e), AIOT_ERROR,
		      "held: it ended the last %u runs within a minute of their start; start it "
		      "by its name, or reset the board, to try again",
		      (unsigned)AIOT_FAULTS_MAX);
}

void aiot_held_stop(struct aiot_core *core)
{
	uint32_t i;

	for (i = 0; i < aiot_board_task_count; i++) {
		struct aiot_entry *e = aiot_board_names[i];

		if (aiot_noinit_holds(number_of(e)))
			hold(core, e);
	}
}
