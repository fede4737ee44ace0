/*
 * calls-act.c - the handlers of trigger, pause, resume, unschedule and reset-failed: orders that
 * are carried out at once.
 *
 * Called by the dispatcher, through the host's bindings.  A call walks the tasks that it names
 * twice: once to tell what cannot be done, and once to do the rest and tell that.
 */
#include "calls.h"
#include "extra.h"
#include "more.h"
#include "schedule.h"
#include "service.h"

enum verdict {
	DO_IT,
	SKIP, /* not meant by whoever gave a pattern */
	REFUSE,
};

struct act {
	/* What is to become of it; with a sentence in why, and its error, if that is REFUSE. */
	enum verdict (*judge)(struct aiot_call *call, struct aiot_entry *e, bool plain,
			      struct aiot_out *why, enum aiot_error_id *ret_error);
	/* 0, or why it could not be done after all. */
	int (*perform)(struct aiot_call *call, struct aiot_entry *e);
};

/* -AIOT_ENOMEM: nobody can know what the second walk would find. */
static int judge_one(struct aiot_call *call, const struct act *act, struct aiot_entry *e,
		     bool plain)
{
	enum aiot_error_id error = AIOT_ERR_TASK_FAILED;
	char text[AIOT_SENTENCE_MAX];
	struct aiot_out why;

	aiot_out_init(&why, text, sizeof(text));
	if (aiot_entry_elsewhere(e) && plain)
		aiot_out_text(&why, "it is not run here; give its name alone");
	else if (aiot_entry_elsewhere(e) || act->judge(call, e, plain, &why, &error) != REFUSE)
		return 0;
	if (error == AIOT_ERR_NO_MEMORY)
		return -AIOT_ENOMEM;
	aiot_put_failed(call, aiot_entry_name(e), error, "cannot %s '%s': %s", call->command->verb,
			aiot_entry_name(e), aiot_out_str(&why));
	return 0;
}

static int perform_one(struct aiot_call *call, const struct act *act, struct aiot_entry *e,
		       bool plain)
{
	enum aiot_error_id error = AIOT_ERR_NONE;
	char nothing[1];
	struct aiot_out why;
	int r;

	if (aiot_entry_elsewhere(e))
		return 0;
	aiot_out_init(&why, nothing, sizeof(nothing));
	if (act->judge(call, e, plain, &why, &error) != DO_IT)
		return error == AIOT_ERR_NO_MEMORY ? -AIOT_ENOMEM : 0;
	r = act->perform(call, e);
	if (r == 0)
		aiot_put_entry(call, e);
	return r;
}

/* Walk what is named; perform: the second time.  1: all of it, 0: the page is full. */
static int walk(struct aiot_call *call, const struct act *act, bool perform)
{
	enum aiot_names_result found;
	struct aiot_names names;
	struct aiot_entry *e;
	int r = 0;

	aiot_names_begin(&names, call);
	while (r == 0 && (found = aiot_names_next(&names, &e)) != AIOT_NAMES_END) {
		if (found == AIOT_NAMES_TASK && perform)
			r = perform_one(call, act, e, names.plain);
		else if (found == AIOT_NAMES_TASK)
			r = judge_one(call, act, e, names.plain);
		if (!perform)
			aiot_put_unmet(call, &names, found);
		if (r == 0 && call->more && aiot_call_full(call))
			return 0;
	}
	return r < 0 ? r : 1;
}

static enum aiot_call_result acted(struct aiot_call *call, const struct act *act)
{
	enum aiot_call_result elsewhere;
	struct aiot_names names;
	int r = 1;

	if (aiot_call_elsewhere(call, &elsewhere))
		return elsewhere;
	if (call->at.phase == 0 && aiot_names_need_more(call))
		return AIOT_CALL_PAGE; /* which is an error without `more` */
	aiot_json_put_array(&call->json, "failed");
	if (call->at.phase <= 1) {
		if (call->at.phase == 0)
			aiot_log_order(call);
		call->at.phase = 1;
		r = walk(call, act, false);
	}
	aiot_json_put_end_array(&call->json);
	aiot_json_put_array(&call->json, "done");
	if (r == 1 && call->at.phase == 1) {
		aiot_names_begin(&names, call);
		aiot_names_rewind(&names);
		call->at.phase = 2;
	}
	if (r == 1)
		r = walk(call, act, true);
	if (r < 0)
		return aiot_call_error(call, AIOT_ERR_NO_MEMORY, "%s: no memory for it",
				       call->command->verb);
	aiot_json_put_end_array(&call->json);
	return r == 1 ? AIOT_CALL_DONE : AIOT_CALL_PAGE;
}

/* ---- pause and resume ---- */

static enum verdict judge_pause(struct aiot_call *call, struct aiot_entry *e, bool plain,
				struct aiot_out *why, enum aiot_error_id *ret_error)
{
	(void)call;
	(void)ret_error;
	if (aiot_entry_schedule(e) != NULL)
		return DO_IT;
	aiot_format(why, "it has no schedule; " AIOT_CTL "stop %s ends its run",
		    aiot_entry_name(e));
	return plain ? REFUSE : SKIP;
}

static int perform_pause(struct aiot_call *call, struct aiot_entry *e)
{
	(void)call;
	e->flags |= AIOT_ENTRY_PAUSED;
	return 0;
}

/* What was never paused goes on anyhow. */
static enum verdict judge_resume(struct aiot_call *call, struct aiot_entry *e, bool plain,
				 struct aiot_out *why, enum aiot_error_id *ret_error)
{
	(void)call;
	(void)ret_error;
	if (aiot_entry_schedule(e) == NULL)
		aiot_out_text(why, "it has no schedule");
	else if (plain || e->flags & AIOT_ENTRY_PAUSED)
		return DO_IT;
	return plain ? REFUSE : SKIP;
}

/* What came due meanwhile was left alone: a condition, a run that is owed. */
static int perform_resume(struct aiot_call *call, struct aiot_entry *e)
{
	bool was = e->flags & AIOT_ENTRY_PAUSED;

	e->flags &= (uint8_t)~AIOT_ENTRY_PAUSED;
	if (!was || aiot_entry_alive(e))
		return 0; /* the end of its run looks at the schedule */
	aiot_core_touch(call->core);
	aiot_schedule_ended(call->core, aiot_entry_schedule(e));
	return 0;
}

enum aiot_call_result aiot_call_pause(struct aiot_call *call)
{
	static const struct act act = {judge_pause, perform_pause};

	return acted(call, &act);
}

enum aiot_call_result aiot_call_resume(struct aiot_call *call)
{
	static const struct act act = {judge_resume, perform_resume};

	return acted(call, &act);
}

/* ---- unschedule ---- */

static enum verdict judge_unschedule(struct aiot_call *call, struct aiot_entry *e, bool plain,
				     struct aiot_out *why, enum aiot_error_id *ret_error)
{
	(void)call;
	if (aiot_entry_schedule(e) != NULL)
		return DO_IT;
	*ret_error = AIOT_ERR_ALREADY;
	aiot_out_text(why, "it has no schedule");
	return plain ? REFUSE : SKIP;
}

static int perform_unschedule(struct aiot_call *call, struct aiot_entry *e)
{
	aiot_schedule_destroy(call->core, aiot_entry_schedule(e));
	e->flags &= (uint8_t)~AIOT_ENTRY_PAUSED;
	if (e->state == AIOT_SCHEDULED)
		aiot_entry_set(call->core, e, (enum aiot_state)e->last);
	return 0;
}

enum aiot_call_result aiot_call_unschedule(struct aiot_call *call)
{
	static const struct act act = {judge_unschedule, perform_unschedule};

	return acted(call, &act);
}

/* ---- reset-failed ---- */

static enum verdict judge_reset(struct aiot_call *call, struct aiot_entry *e, bool plain,
				struct aiot_out *why, enum aiot_error_id *ret_error)
{
	(void)call;
	(void)why;
	(void)ret_error;
	return plain || aiot_entry_failed(e) ? DO_IT : SKIP;
}

static int perform_reset(struct aiot_call *call, struct aiot_entry *e)
{
	(void)aiot_core_reset(call->core, e);
	return 0;
}

enum aiot_call_result aiot_call_reset_failed(struct aiot_call *call)
{
	static const struct act act = {judge_reset, perform_reset};

	return acted(call, &act);
}

/* ---- trigger ---- */

static int read_args(struct aiot_call *call, const struct aiot_entry *e, struct aiot_setting **ret,
		     struct aiot_out *why)
{
	return aiot_settings_read(call->core, e->spec->service, AIOT_KIND(e->spec)->opts,
				  aiot_json_get(call->params, "args"), false, ret, why);
}

static enum verdict judge_trigger(struct aiot_call *call, struct aiot_entry *e, bool plain,
				  struct aiot_out *why, enum aiot_error_id *ret_error)
{
	struct aiot_setting *args = NULL;
	int r = aiot_extra_check(call->core, e);

	(void)plain;
	if (r == -AIOT_ECANCELED) {
		*ret_error = AIOT_ERR_SHUTTING_DOWN;
		aiot_out_text(why, "the daemon is stopping");
	} else if (r == -AIOT_EBUSY) {
		aiot_out_text(why, "it is deleted when its run has ended");
	} else if (r < 0) {
		*ret_error = AIOT_ERR_LIMIT;
		aiot_format(why, "%u runs of it wait already", AIOT_EXTRA_MAX);
	} else {
		r = read_args(call, e, &args, why);
		if (r < 0)
			*ret_error = r == -AIOT_ENOMEM ? AIOT_ERR_NO_MEMORY : AIOT_ERR_USAGE;
	}
	if (r == 0)
		aiot_settings_free(call->core, args);
	return r < 0 ? REFUSE : DO_IT;
}

static int perform_trigger(struct aiot_call *call, struct aiot_entry *e)
{
	struct aiot_setting *args = NULL;
	char nothing[1];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, nothing, sizeof(nothing));
	r = read_args(call, e, &args, &why);
	if (r < 0)
		return r;
	r = aiot_extra_order(call->core, e, args);
	if (r < 0)
		aiot_settings_free(call->core, args);
	return r < 0 ? r : 0;
}

enum aiot_call_result aiot_call_trigger(struct aiot_call *call)
{
	static const struct act act = {judge_trigger, perform_trigger};

	return acted(call, &act);
}
