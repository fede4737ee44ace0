/*
 * calls-life.c - the handlers of is-active, is-failed and wait.
 *
 * Called by the dispatcher, through the host's bindings.  They look at entries and give no orders;
 * wait is called again whenever some state has changed, and when its time is over.
 */
#include "calls.h"
#include "more.h"
#include "outcome.h"
#include "schedule.h"

/* ---- is-active, is-failed ---- */

static bool is_active(const struct aiot_entry *e)
{
	const struct aiot_schedule *s = aiot_entry_schedule(e);
	int64_t due_us;

	if (e->state == AIOT_SCHEDULED && aiot_elsewhere_due(e, &due_us))
		return due_us != AIOT_NO_TIME_US;
	if (e->state == AIOT_SCHEDULED)
		return s != NULL && s->due_ns != AIOT_CORE_NEVER;
	return e->state == AIOT_RUNNING || e->state == AIOT_STARTING;
}

static void put_is(struct aiot_call *call, const char *name, const char *state, const char *member,
		   bool value)
{
	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_str(&call->json, "name", name);
	aiot_json_put_str(&call->json, "state", state);
	aiot_json_put_bool(&call->json, member, value);
}

static void put_unknown(struct aiot_call *call, const char *name, const char *member)
{
	char text[AIOT_MISSING_MAX];
	struct aiot_out out;

	aiot_out_init(&out, text, sizeof(text));
	aiot_missing_task(call, name, &out);
	put_is(call, name, "unknown", member, false);
	aiot_json_put_str(&call->json, "message", aiot_out_str(&out));
	aiot_json_put_end_object(&call->json);
}

static enum aiot_call_result asked(struct aiot_call *call, const char *member,
				   bool (*is)(const struct aiot_entry *e))
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	aiot_json_put_array(&call->json, "tasks");
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_MISSING) {
			put_unknown(call, names.missing, member);
		} else if (r == AIOT_NAMES_TASK) {
			put_is(call, aiot_entry_name(e), aiot_state_word((enum aiot_state)e->state),
			       member, is(e));
			aiot_json_put_end_object(&call->json);
		}
		if (aiot_call_full(call))
			break;
	}
	aiot_json_put_end_array(&call->json);
	return r == AIOT_NAMES_END ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}

enum aiot_call_result aiot_call_is_active(struct aiot_call *call)
{
	return asked(call, "active", is_active);
}

enum aiot_call_result aiot_call_is_failed(struct aiot_call *call)
{
	return asked(call, "failed", aiot_entry_failed);
}

/* ---- wait ---- */

/* The run that was under way when the call came.  One that began since is another one. */
static bool still_runs(const struct aiot_call *call, const struct aiot_entry *e)
{
	return aiot_entry_alive(e) && (int64_t)(aiot_entry_began_ns(e) - call->started_ns) <= 0;
}

/* at.seq has a bit for each of the first plain names that was a task's when the call came. */
static uint64_t bit_of_name(const struct aiot_call *call)
{
	return call->at.count <= 64 ? UINT64_C(1) << (call->at.count - 1) : 0;
}

/* Names that are none, and a place for each run's code to outlive the next run's beginning. */
static bool begin_wait(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		aiot_put_unmet(call, &names, r);
		if (r != AIOT_NAMES_TASK)
			continue;
		if (names.plain)
			call->at.seq |= bit_of_name(call);
		if (aiot_entry_alive(e) && aiot_more_of(call->core, e) == NULL)
			return false;
	}
	return true;
}

/* Whether any still runs; tell: those that do, as failures. */
static bool any_runs(struct aiot_call *call, bool tell)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;
	bool any = false;

	aiot_names_begin(&names, call);
	aiot_names_rewind(&names);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r != AIOT_NAMES_TASK || !still_runs(call, e))
			continue;
		any = true;
		if (!tell)
			break;
		aiot_put_failed(call, aiot_entry_name(e), AIOT_ERR_TIMED_OUT,
				"'%s' is %s still when the time to wait is over",
				aiot_entry_name(e), aiot_state_word((enum aiot_state)e->state));
	}
	aiot_names_rewind(&names);
	return any;
}

/* How the run ended, and with what code for an exit: 0, or an errno. */
static void put_ended(struct aiot_call *call, const struct aiot_entry *e)
{
	bool over = !aiot_entry_alive(e);
	enum aiot_state how =
		(enum aiot_state)(e->runs > (over ? 0u : 1u) ? e->last : AIOT_STOPPED);
	uint8_t fail = over ? e->fail : e->more ? e->more->ended_fail : 0;
	bool failed = how == AIOT_FAILURE;

	aiot_json_put_object(&call->json, NULL);
	aiot_json_put_strn(&call->json, "name", aiot_entry_name(e), aiot_entry_name_len(e));
	aiot_json_put_str(&call->json, "state", aiot_state_word(how));
	aiot_json_put_u64(&call->json, "code", !failed ? 0 : fail ? fail : 1);
	if (failed && over && aiot_outcome_of(e) != NULL)
		aiot_json_put_strf(&call->json, "message", "%s: %.400s",
				   aiot_error_word(aiot_outcome_of(e)->code),
				   aiot_outcome_of(e)->text);
	aiot_json_put_end_object(&call->json);
}

static bool put_all_ended(struct aiot_call *call)
{
	enum aiot_names_result r;
	struct aiot_names names;
	struct aiot_entry *e;

	aiot_names_begin(&names, call);
	while ((r = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (r == AIOT_NAMES_TASK && !still_runs(call, e)) {
			put_ended(call, e);
		} else if (r == AIOT_NAMES_MISSING && call->at.seq & bit_of_name(call)) {
			/* It was deleted meanwhile, which stops it. */
			aiot_json_put_object(&call->json, NULL);
			aiot_json_put_str(&call->json, "name", names.missing);
			aiot_json_put_str(&call->json, "state", aiot_state_word(AIOT_STOPPED));
			aiot_json_put_u64(&call->json, "code", 0);
			aiot_json_put_end_object(&call->json);
		}
		if (call->more && aiot_call_full(call))
			return false;
	}
	return true;
}

/* true: there is nothing to wait for any more. */
static bool wait_over(struct aiot_call *call)
{
	struct aiot_json timeout = aiot_json_get(call->params, "timeout_us");
	uint64_t us = 0, due_ns;

	if (!any_runs(call, false))
		return true;
	if (aiot_json_u64(timeout, &us) < 0)
		return false;
	due_ns = call->started_ns + us * 1000;
	if (call->core->ops->mono_ns(call->core->ctx) >= due_ns)
		return true;
	aiot_core_poke_at(call->core, due_ns);
	return false;
}

/* phase 0: look at the names; 1: wait, with "failed" open; 2: tell, in pages. */
enum aiot_call_result aiot_call_wait(struct aiot_call *call)
{
	bool whole;

	if (call->at.phase == 0) {
		if (aiot_names_need_more(call))
			return AIOT_CALL_PAGE; /* which is an error without `more` */
		aiot_json_put_array(&call->json, "failed");
		if (!begin_wait(call))
			return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "wait: no memory for it");
		call->at.phase = 1;
	}
	if (call->at.phase == 1) {
		if (!wait_over(call))
			return AIOT_CALL_WAIT;
		(void)any_runs(call, true);
		aiot_json_put_end_array(&call->json);
		call->at.phase = 2;
	}
	aiot_json_put_array(&call->json, "ended");
	whole = put_all_ended(call);
	aiot_json_put_end_array(&call->json);
	return whole ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}
