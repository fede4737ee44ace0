/*
 * calls-order.c - the handlers of start, stop and restart.
 *
 * Called by the dispatcher, through the bindings in calls-core.c.  They give orders to the
 * registry, wait by saying "again when some state has changed", and tell what became of each task.
 * What was ordered is not written down: an entry's own times say whether its state is of this
 * call's making.
 */
#include "calls.h"
#include "more.h"
#include "outcome.h"
#include "schedule.h"

enum order {
	ORDER_START,
	ORDER_STOP,
	ORDER_RESTART,
};

/* ---- giving orders ---- */

/* Taken off its schedule by a stop. */
static bool is_held(const struct aiot_entry *e)
{
	const struct aiot_schedule *s = aiot_entry_schedule(e);

	return s != NULL && !aiot_entry_alive(e) && s->phase == AIOT_SCHEDULE_HELD;
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

/* What the place says of its refusal.  false: it does not refuse. */
static bool put_place_refused(struct aiot_call *call, struct aiot_entry *e)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (!aiot_elsewhere_refusal(e, &why))
		return false;
	aiot_put_failed(call, aiot_entry_name(e), AIOT_ERR_TASK_FAILED, "cannot %s '%s': %s",
			call->command->verb, aiot_entry_name(e), aiot_out_str(&why));
	return true;
}

#if AIOT_BOARD
static bool put_waits(struct aiot_call *call, struct aiot_entry *e)
{
	(void)call;
	(void)e;
	return false; /* nothing waits there */
}
#else
/* false: it does not wait for anything that has a name. */
static bool put_waits(struct aiot_call *call, struct aiot_entry *e)
{
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out out;

	if (e->state != AIOT_WAITING || call->core->ops->waits_for == NULL)
		return false;
	aiot_out_init(&out, text, sizeof(text));
	call->core->ops->waits_for(call->core->ctx, e, &out);
	if (out.len == 0)
		return false;
	aiot_put_failed(call, aiot_entry_name(e), AIOT_ERR_ALREADY,
			"cannot start '%s' yet: it waits for %s", aiot_entry_name(e),
			aiot_out_str(&out));
	return true;
}
#endif

static void put_refused(struct aiot_call *call, struct aiot_entry *e, int error)
{
	const char *name = aiot_entry_name(e), *state = aiot_state_word((enum aiot_state)e->state);

	/* First, for "running already" is old news of a place that cannot be asked. */
	if (put_place_refused(call, e))
		return;
	if (error == -AIOT_EALREADY && e->flags & AIOT_ENTRY_DELETE)
		aiot_put_failed(call, name, AIOT_ERR_ALREADY,
				"cannot start '%s': it is %s, and deleted when its run has ended",
				name, state);
	else if (error == -AIOT_EALREADY && put_waits(call, e))
		return;
	else if (error == -AIOT_EALREADY)
		aiot_put_failed(call, name, AIOT_ERR_ALREADY,
				"cannot start '%s': it is %s already; use restart to start it anew",
				name, state);
	else if (error == -AIOT_ECANCELED)
		aiot_put_failed(call, name, AIOT_ERR_SHUTTING_DOWN,
				"cannot %s '%s': the daemon is stopping", call->command->verb,
				name);
	else
		aiot_put_failed(call, name, AIOT_ERR_TASK_FAILED, "cannot %s '%s': %s",
				call->command->verb, name, aiot_error_word(error));
}

/* What was given up, or did the whole program harm, is started only by its name. */
static bool is_kept_down(enum order order, bool plain, const struct aiot_entry *e)
{
	return AIOT_SUPERVISE && order != ORDER_STOP && !plain && e->state == AIOT_HELD;
}

static void give_one(struct aiot_call *call, enum order order, bool plain, struct aiot_entry *e)
{
	bool keep = aiot_json_bool(aiot_json_get(call->params, "keep_schedule"), false);
	int error;

	/* Whoever does not say its name means what does not run and would not by itself. */
	if (order == ORDER_START && !plain && e->state == AIOT_SCHEDULED)
		return;
	if (is_kept_down(order, plain, e))
		return;
	error = give(call, order, e, keep);
	/* A pattern means those that it can be done to; and what is stopped already is stopped. */
	if (error == -AIOT_EALREADY && (!plain || order == ORDER_STOP))
		return;
	if (error < 0)
		put_refused(call, e, error);
}

/* Pages are for what is told; what is done is done in one go, or a client that leaves halves it. */
static bool page_is_full(struct aiot_call *call)
{
	call->work = 0;
	return call->more && aiot_call_full(call);
}

/* at.seq has a bit for each of the first plain names that was a task's when the order was given. */
static uint64_t bit_of_name(const struct aiot_call *call)
{
	return call->at.count <= 64 ? UINT64_C(1) << (call->at.count - 1) : 0;
}

/*
 * Orders for all that is named; what is refused goes into the open "failed" array.  false: that is
 * full.
 */
static bool give_orders(struct aiot_call *call, enum order order)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	do {
		r = aiot_names_next(&names, &e);
		if (r == AIOT_NAMES_END)
			return true;
		if (r == AIOT_NAMES_AGAIN)
			continue;
		if (r == AIOT_NAMES_TASK && names.plain)
			call->at.seq |= bit_of_name(call);
		if (r == AIOT_NAMES_TASK)
			give_one(call, order, names.plain, e);
		aiot_put_unmet(call, &names, r);
	} while (!page_is_full(call));
	return false;
}

/* ---- what came of them ---- */

/* Whether a task is how it is through this call; a run that was there before is not of its making.
 */
static bool touched(const struct aiot_call *call, enum order order, const struct aiot_entry *e)
{
	bool resumed = e->state == AIOT_SCHEDULED && e->flags & AIOT_ENTRY_RESUMED;

	if (order == ORDER_STOP || resumed)
		return aiot_entry_changed_since(e, call->started_ns);
	return aiot_entry_ran_since(e, call->started_ns);
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
	if (aiot_entry_pauses(e))
		return e->last == AIOT_FAILURE;
	if (e->state != AIOT_SCHEDULED)
		return e->state == AIOT_FAILURE || (AIOT_SUPERVISE && e->state == AIOT_HELD);
	return e->runs > 0 && e->last == AIOT_FAILURE && !(e->flags & AIOT_ENTRY_RESUMED);
}

static void put_outcome(struct aiot_call *call, enum order order, struct aiot_entry *e, bool plain,
			bool failures)
{
	const char *name = aiot_entry_name(e);
	const struct aiot_outcome *o = aiot_outcome_of(e);
	/* Of a board that was reset there is nothing to be traced. */
	bool traced = !aiot_entry_elsewhere(e) || (o != NULL && o->trace_count > 0);
	/* Named, and stopped before: that is how it was wanted. */
	bool idle = order == ORDER_STOP && plain && !aiot_entry_alive(e);

	if (touched(call, order, e) ? run_failed(e) != failures : failures || !idle)
		return;
	if (failures)
		aiot_put_failed(call, name, AIOT_ERR_TASK_FAILED,
				"'%s' failed: %s; " AIOT_CTL "%s %s shows %s", name,
				o ? o->text : "its reason found no memory",
				traced ? "traceback" : "log", name, traced ? "where" : "more");
	else
		aiot_put_entry(call, e);
}

/* A task that was unloaded meanwhile: stopped it is, started it is not. */
static void put_gone(struct aiot_call *call, enum order order, const char *name, bool failures)
{
	if (failures && order != ORDER_STOP)
		aiot_put_missing(call, name);
	else if (!failures && order == ORDER_STOP)
		aiot_put_done(call, name, aiot_state_word(AIOT_STOPPED));
}

/*
 * Walk what is named once more.  failures: those that failed; else those that did not.  false: the
 * page is full.
 */
static bool put_outcomes(struct aiot_call *call, enum order order, bool failures)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	do {
		r = aiot_names_next(&names, &e);
		if (r == AIOT_NAMES_END)
			return true;
		if (r == AIOT_NAMES_TASK)
			put_outcome(call, order, e, names.plain, failures);
		else if (r == AIOT_NAMES_MISSING && call->at.seq & bit_of_name(call))
			put_gone(call, order, names.missing, failures);
	} while (!call->more || !aiot_call_full(call));
	return false;
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

static void rewind_names(struct aiot_call *call)
{
	struct aiot_names names;

	aiot_names_begin(&names, call);
	aiot_names_rewind(&names);
	call->at.phase++;
}

/* "failed" is full: the rest comes with the next page. */
static enum aiot_call_result end_page(struct aiot_call *call)
{
	aiot_json_put_end_array(&call->json);
	aiot_json_put_array(&call->json, "done");
	aiot_json_put_end_array(&call->json);
	return AIOT_CALL_PAGE;
}

/*
 * phase 0: give orders; 1: wait until each has settled; 2: tell what failed; 3: tell the rest.
 * While it waits "failed" is open, in every other phase a reply begins with it.
 */
static enum aiot_call_result ordered(struct aiot_call *call, enum order order)
{
	bool whole;

	if (call->at.phase == 0 && call->at.count == 0 && aiot_names_need_more(call))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	if (call->at.phase != 1)
		aiot_json_put_array(&call->json, "failed");
	if (call->at.phase == 0) {
		if (call->at.count == 0 && call->at.name[0] == '\0')
			aiot_log_order(call);
		if (!give_orders(call, order))
			return end_page(call);
		call->at.phase = 1;
	}
	if (call->at.phase == 1) {
		if (any_on_its_way(call, order))
			return AIOT_CALL_WAIT;
		rewind_names(call);
	}
	if (call->at.phase == 2) {
		if (!put_outcomes(call, order, true))
			return end_page(call);
		rewind_names(call);
	}
	aiot_json_put_end_array(&call->json);
	aiot_json_put_array(&call->json, "done");
	whole = put_outcomes(call, order, false);
	aiot_json_put_end_array(&call->json);
	return whole ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
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
