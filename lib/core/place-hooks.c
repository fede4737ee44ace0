/*
 * place-hooks.c - a service's own verbs, conditions and report, called between two steps of its
 * task.
 *
 * Part of the place "main"; whatever a hook sets or breaks is not the run's.
 */
#include "account.h"
#include "more.h"
#include "place-main.h"

/* What a service's function is called with, between two steps. */
struct hook {
	const struct aiot_verb *verb; /* either this one */
	const void *args;
	const struct aiot_cond *cond; /* or this */
	const char *arg;
	int (*report)(struct aiot_task *t, void *self); /* or that */
};

static int call_hook(struct aiot_task *t, const struct hook *hook)
{
	void *self = aiot_task_self(t);

	if (hook->verb != NULL)
		return hook->verb->fn(t, self, hook->args);
	return hook->cond ? hook->cond->fn(t, self, hook->arg) : hook->report(t, self);
}

/* For whoever reads of a crash in there. */
static const char *doing(const struct hook *hook)
{
	if (hook->verb != NULL)
		return "in one of its verbs";
	return hook->cond != NULL ? "in one of its conditions" : "in its report";
}

/* Like a hook of a task of its own: whatever it sets or breaks is not the run's. */
static int run_hook(struct aiot_core *core, struct aiot_entry *entry, const struct hook *hook,
		    struct aiot_outcome **ret)
{
	struct aiot_task *t = aiot_task_of(entry), *caller = core->current;
	struct aiot_outcome *outcome = aiot_outcome_swap(core, entry, NULL);
	struct aiot_frame *top = t->top;
	uint8_t run_flags = entry->run_flags, fail = entry->fail;
	struct aiot_stall was;
	int r;

	entry->run_flags = AIOT_RUN_HOOK;
	entry->fail = 0;
	if (top == NULL)
		t->top = &t->root;
	core->current = t;
	aiot_account_enter(core, aiot_entry_name(entry), doing(hook), &was);
	r = call_hook(t, hook);
	aiot_account_leave(core, &was);
	core->current = caller;
	if (entry->run_flags & AIOT_RUN_MISUSED)
		r = -AIOT_EINVAL;
	if (r >= 0 && aiot_outcome_of(entry) != NULL &&
	    aiot_outcome_of(entry)->type == AIOT_OUTCOME_ERROR)
		r = aiot_outcome_of(entry)->code; /* it failed, and forgot to say so */
	*ret = aiot_outcome_swap(core, entry, outcome);
	entry->run_flags = run_flags;
	entry->fail = fail;
	t->top = top;
	return r;
}

int aiot_main_call(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_verb *verb,
		   const void *args, struct aiot_outcome **ret)
{
	const struct hook hook = {.verb = verb, .args = args};
	int r = run_hook(((struct aiot_place_main *)(void *)place)->core, entry, &hook, ret);

	return r < 0 ? r : 0;
}

int aiot_main_ask(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_cond *cond,
		  const char *arg, struct aiot_outcome **ret)
{
	const struct hook hook = {.cond = cond, .arg = arg};
	int r = run_hook(((struct aiot_place_main *)(void *)place)->core, entry, &hook, ret);

	return r < 0 ? r : r != 0;
}

#if AIOT_TEXT
int aiot_main_report(struct aiot_place *place, struct aiot_entry *entry, struct aiot_out *text,
		     struct aiot_outcome **ret)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	const struct hook hook = {.report = entry->spec->service->report};
	int r;

	core->print = text;
	r = run_hook(core, entry, &hook, ret);
	core->print = NULL;
	return r < 0 ? r : 0;
}
#endif
