/*
 * calls-small-order.c - the handler of start, stop and restart on boards that have little flash.
 *
 * Built instead of calls-order.c; called by the dispatcher, through the bindings in calls-small.c.
 * Orders are given to all that are named at once; then each is waited for and told, a row a page.
 * What was refused is not written down, for it shows: its state is not of this call's making.
 */
#include "calls-small.h"

#include <string.h>

#include "more.h"
#include "outcome.h"

#define BEHIND 8 /* bytes: what follows a message, to the end of the reply */

static bool is_held(const struct aiot_entry *e)
{
	const struct aiot_schedule *s = aiot_entry_schedule(e);

	return s != NULL && !aiot_entry_alive(e) && s->phase == AIOT_SCHEDULE_HELD;
}

static void give(struct aiot_call *call, struct aiot_entry *e, enum aiot_meant meant)
{
	unsigned id = call->command->id;

	e->flags &= (uint8_t)~AIOT_ENTRY_RESUMED;
	/* Whoever does not say its name means what does not run and would not by itself. */
	if (id == AIOT_CMD_START && meant == AIOT_MEANT && e->state == AIOT_SCHEDULED)
		return;
	if (id == AIOT_CMD_STOP)
		(void)aiot_core_stop(call->core, e, aiot_small_flag(call, "keep_schedule", false));
	else if (id == AIOT_CMD_RESTART && !is_held(e))
		(void)aiot_core_restart(call->core, e);
	else if (aiot_core_start(call->core, e) == 0 && e->state == AIOT_SCHEDULED)
		e->flags |= AIOT_ENTRY_RESUMED;
}

/* mine: it is how it is through this call. */
static bool on_its_way(const struct aiot_call *call, const struct aiot_entry *e, bool mine)
{
	if (e->state == AIOT_STOPPING)
		return mine || call->command->id != AIOT_CMD_START;
	return e->state == AIOT_STARTING && mine;
}

/* Why it is not as it was wanted; NULL: it is. */
static const char *trouble(const struct aiot_call *call, const struct aiot_entry *e, bool mine)
{
	const struct aiot_outcome *o = aiot_outcome_of(e);

	if (!mine && call->command->id != AIOT_CMD_STOP)
		return aiot_entry_alive(e) ? "runs already" : "cannot be started";
	if (!mine || e->flags & AIOT_ENTRY_RESUMED || !aiot_entry_failed(e))
		return NULL;
	return o != NULL ? o->text : "no memory for why";
}

/* The row of a task: in "done" or in "failed". */
static void tell(struct aiot_call *call, const struct aiot_entry *e, bool mine)
{
	const char *why = trouble(call, e, mine);
	struct aiot_json_out *json = &call->json;

	aiot_json_put_array(json, why ? "failed" : "done");
	aiot_small_begin_row(call, e);
	if (why != NULL) {
		aiot_error_put(json, mine ? AIOT_ERR_TASK_FAILED : AIOT_ERR_ALREADY);
		(void)aiot_json_put_cut(json, "message", why, strlen(why), BEHIND);
	}
	aiot_json_put_end_object(json);
	aiot_json_put_end_array(json);
}

/*
 * phase 0: give orders; 1: wait until the next one has settled, and tell what came of it.  at.count
 * is that one's, +1, when it is waited for.
 */
enum aiot_call_result aiot_small_order(struct aiot_call *call)
{
	struct aiot_entry *e;
	enum aiot_meant meant;

	if (call->at.phase == 0) {
		if (!aiot_small_names(call))
			return AIOT_CALL_ERROR;
		aiot_small_log_order(call);
		while ((e = aiot_small_next(call, &meant)) != NULL)
			give(call, e, meant);
		call->at.count = 0;
		call->at.phase = 1;
	}
	while ((e = aiot_small_next(call, &meant)) != NULL) {
		bool mine = aiot_entry_changed_since(e, call->started_ns);

		if (on_its_way(call, e, mine)) {
			call->at.count--;
			return AIOT_CALL_WAIT;
		}
		/* A pattern means those that it could be done to. */
		if (meant == AIOT_MEANT && !mine)
			continue;
		tell(call, e, mine);
		return AIOT_CALL_PAGE;
	}
	return AIOT_CALL_DONE;
}
