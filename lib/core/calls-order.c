/*
 * calls-order.c - the handlers of start, stop and restart.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  They give orders to the
 * registry, wait by saying "again when some state has changed", and tell what became of each task.
 * What was ordered is not written down: an entry's own times say whether its state is of this
 * call's making.
 */
#include "calls.h"
#include "outcome.h"
#include "schedule.h"

enum order {
	ORDER_START,
	ORDER_STOP,
	ORDER_RESTART,
};

/* ---- giving orders ---- */

static void put_failed(struct aiot_call *call, const char *name, enum aiot_error_id id,
		       const char *fmt, ...) __attribute__((format(printf, 4, 5)));
static void put_failed(struct aiot_call *call, const char *name, enum aiot_error_id id,
		       const char *fmt, ...)
{
	char text[512];
	struct aiot_out out;
	va_list ap;

	aiot_out_init(&out, text, sizeof(text));
	va_start(ap, fmt);
	aiot_vformat(&out, fmt, ap);
	va_end(ap);
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_str(&call->json, "error", aiot_error_name(id));
	aiot_json_put_str(&call->json, "message", aiot_out_str(&out));
	aiot_json_put_end_object(&call->json);
}

/* Taken off its schedule by a stop. */
static bool is_held(const struct aiot_entry *e)
{
	const struct aiot_schedule *s = e->schedule;

	return s != NULL && !aiot_entry_alive(e) && s->due_ns != AIOT_CORE_NEVER &&
	       !aiot_schedule_armed(s);
}

static int give(struct aiot_call *call, enum order order, struct aiot_entry *e, bool keep_schedule)
{
	int r;

	e->flags &= (uint8_t)~AIOT_ENTRY_RESUMED;
	if (order == ORDER_RESTART && is_held(e))
		order = ORDER_START;
	switch (order) {
	case ORDER_START:
		r = aiot_core_start(call->core, e);
		if (r == 0 && e->state == AIOT_SCHEDULED)
			e->flags |= AIOT_ENTRY_RESUMED;
		return r;
	case ORDER_STOP:
		return aiot_core_stop(call->core, e, keep_schedule);
	default:
		return aiot_core_restart(call->core, e);
	}
}

static void put_refused(struct aiot_call *call, struct aiot_entry *e, int error)
{
	const char *name = aiot_entry_name(e), *state = aiot_state_word((enum aiot_state)e->state);

	if (error == -AIOT_EALREADY)
		put_failed(call, name, AIOT_ERR_ALREADY,
			   "cannot start '%s': it is %s already; use restart to start it anew",
			   name, state);
	else if (error == -AIOT_ECANCELED)
		put_failed(call, name, AIOT_ERR_SHUTTING_DOWN,
			   "cannot %s '%s': the daemon is stopping", call->command->verb, name);
	else
		put_failed(call, name, AIOT_ERR_TASK_FAILED, "cannot %s '%s': %s",
			   call->command->verb, name, aiot_error_word(error));
}

static void put_missing(struct aiot_call *call, const char *name)
{
	char text[AIOT_MISSING_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_missing_task(call, name, &out);
	put_failed(call, name, AIOT_ERR_NO_SUCH_TASK, "%s", aiot_out_str(&out));
}

static void give_one(struct aiot_call *call, enum order order, bool plain, struct aiot_entry *e)
{
	bool keep = aiot_json_bool(aiot_json_get(call->params, "keep_schedule"), false);
	int error;

	/* Whoever does not say its name means what does not run and would not by itself. */
	if (order == ORDER_START && !plain && e->state == AIOT_SCHEDULED)
		return;
	error = give(call, order, e, keep);
	/* A pattern means those that it can be done to; and what is stopped already is stopped. */
	if (error == -AIOT_EALREADY && (!plain || order == ORDER_STOP))
		return;
	if (error < 0)
		put_refused(call, e, error);
}

/* Orders for all that is named; what is refused goes into the open "failed" array. */
static void give_orders(struct aiot_call *call, enum order order)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_MISSING) {
			put_missing(call, names.missing);
		} else if (r == AIOT_NAMES_NOTHING) {
			put_failed(call, names.missing, AIOT_ERR_TASK_FAILED,
				   "no task matches '%s'", names.missing);
		} else {
			give_one(call, order, names.plain, e);
		}
	}
}

/* ---- what came of them ---- */

static void put_done(struct aiot_call *call, struct aiot_entry *e)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_strn(&call->json, "name", aiot_entry_name(e), e->name_len);
	aiot_json_put_str(&call->json, "state", aiot_state_word((enum aiot_state)e->state));
	aiot_json_put_end_object(&call->json);
}

/* When the run that an entry is in, or was last in, began. */
static uint64_t began_ns(const struct aiot_entry *e)
{
	return aiot_entry_alive(e) ? e->run_ns : e->since_ns - e->run_ns;
}

/* Whether a task is how it is through this call; a run that was there before is not of its making.
 */
static bool touched(const struct aiot_call *call, enum order order, const struct aiot_entry *e)
{
	bool resumed = e->state == AIOT_SCHEDULED && e->flags & AIOT_ENTRY_RESUMED;

	if (order == ORDER_STOP || resumed)
		return e->since_ns >= call->started_ns;
	return began_ns(e) >= call->started_ns;
}

/* A stop that somebody else ordered is waited for too, unless it is in the way of a start. */
static bool on_its_way(const struct aiot_call *call, enum order order, const struct aiot_entry *e)
{
	if (order != ORDER_START && e->state == AIOT_STOPPING)
		return true;
	return (e->state == AIOT_STARTING || e->state == AIOT_STOPPING) && touched(call, order, e);
}

/* Back on its schedule, a task still has failed. */
static bool run_failed(const struct aiot_entry *e)
{
	if (e->state != AIOT_SCHEDULED)
		return e->state == AIOT_FAILURE;
	return e->runs > 0 && e->last == AIOT_FAILURE && !(e->flags & AIOT_ENTRY_RESUMED);
}

/* Walk what is named once more.  failures: those that failed; else those that did not. */
static void put_outcomes(struct aiot_call *call, enum order order, bool failures)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	aiot_names_rewind(&names);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		const char *why;
		bool idle;

		if (r != AIOT_NAMES_TASK)
			continue;
		/* Named, and stopped before: that is how it was wanted. */
		idle = order == ORDER_STOP && names.plain && !aiot_entry_alive(e);
		if (touched(call, order, e) ? run_failed(e) != failures : failures || !idle)
			continue;
		why = e->outcome ? e->outcome->text : "its reason found no memory";
		if (failures)
			put_failed(call, aiot_entry_name(e), AIOT_ERR_TASK_FAILED,
				   "'%s' failed: %s; aiotoolsctl traceback %s shows where",
				   aiot_entry_name(e), why, aiot_entry_name(e));
		else
			put_done(call, e);
	}
}

static bool any_on_its_way(struct aiot_call *call, enum order order)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	aiot_names_rewind(&names);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK && on_its_way(call, order, e))
			return true;
	}
	return false;
}

/* phase 0: give orders; 1: wait until each has settled, then tell. */
static enum aiot_call_result ordered(struct aiot_call *call, enum order order)
{
	if (call->at.phase == 0) {
		call->at.phase = 1;
		aiot_json_put_array(&call->json, "failed");
		give_orders(call, order);
	}
	if (any_on_its_way(call, order))
		return AIOT_CALL_WAIT;
	put_outcomes(call, order, true);
	aiot_json_put_end_array(&call->json);
	aiot_json_put_array(&call->json, "done");
	put_outcomes(call, order, false);
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_DONE;
}

enum aiot_call_result aiot_call_start(struct aiot_call *call)
{
	return ordered(call, ORDER_START);
}

enum aiot_call_result aiot_call_stop(struct aiot_call *call)
{
	return ordered(call, ORDER_STOP);
}

enum aiot_call_result aiot_call_restart(struct aiot_call *call)
{
	return ordered(call, ORDER_RESTART);
}
