/*
 * place-main.c - the place "main": tasks that run on the core's own loop.
 *
 * The registry gives the orders (start, stop, abandon, drop) through the ops at the end of this
 * file; the host creates tasks here.  What a remote place would answer later is answered by pushing
 * the state change from a step; nothing is run inside an order.
 */
#include <string.h>

#include "account.h"
#include "late.h"
#include "more.h"
#include "place-main.h"
#include "service.h"
#include "settings.h"
#include "supervise.h"
#include "task.h"
#include "wait.h"

/* ---- orders ---- */

static int main_start(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	struct aiot_task *t = aiot_task_of(entry);
	void *self = aiot_task_self(t);
	int r;

	if (AIOT_BOARD && self == NULL)
		return -AIOT_ENODEV; /* it could not be made */
	r = aiot_settings_apply(entry, self);
	if (r < 0)
		return r;
	r = aiot_late_prepare(core, entry);
	if (r == 0)
		r = aiot_supervise_prepare(core, entry);
	if (r < 0)
		return r;
	aiot_entry_outcome(core, entry, NULL);
	aiot_late_forget(core, entry);
	t->root = (struct aiot_frame){.fn = aiot_spec_fn(entry->spec), .self = self};
	t->top = &t->root;
	entry->run_flags = 0;
	entry->fail = 0;
	aiot_account_run(entry);
	aiot_entry_set(core, entry, AIOT_STARTING);
	aiot_task_wake(core, t);
	return 0;
}

#if AIOT_ORDERS
static int main_stop(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	struct aiot_task *t = aiot_task_of(entry);

	aiot_late_note(core, t);
	if (t->root.at == 0 && core->current != t) { /* never ran: no FINALLY, nothing to undo */
		aiot_task_disarm(t);
		aiot_entry_ended(core, entry,
				 aiot_task_late(core, t) ? AIOT_FAILURE : AIOT_STOPPED);
		return 0;
	}
	entry->run_flags |= AIOT_RUN_UNWINDING;
	if (core->current == t || !aiot_task_stops(t) || !aiot_wait_leave(core, t, AIOT_LEAVE_STOP))
		return 0;
	(void)aiot_task_unwind(t);
	aiot_task_wake(core, t);
	return 0;
}

/* false: it cannot be given up yet. */
static bool abandon(struct aiot_core *core, struct aiot_entry *entry)
{
	static const char text[] = "did not stop within its TimeoutStopSec";
	struct aiot_task *t = aiot_task_of(entry);

	if (!aiot_wait_leave(core, t, AIOT_LEAVE_ABANDON)) {
		aiot_late_hold(core, entry);
		return false;
	}
	aiot_late_forget(core, entry);
	entry->run_flags = 0;
	entry->fail = AIOT_ETIMEDOUT;
	t->root.at = 0;
	aiot_entry_outcome(
		core, entry,
		aiot_outcome_error(core, -AIOT_ETIMEDOUT, text, sizeof(text) - 1, t->top, NULL));
	aiot_entry_ended(core, entry, AIOT_FAILURE);
	return true;
}

/* Its children first, for they live in its run. */
static void main_abandon(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	struct aiot_entry *child;

	while ((child = aiot_child_innermost(entry)) != NULL) {
		child->flags |= AIOT_ENTRY_DELETE;
		if (!aiot_entry_alive(child))
			aiot_core_delete(core, child);
		else if (!abandon(core, child))
			return;
	}
	(void)abandon(core, entry);
}

/*
 * The block belongs to whoever created the task; the core tells that owner by ops->dropped.  Who
 * waits for an event or a queue in it does so no longer.
 */
static void main_drop(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;

	aiot_wait_memory_gone(core, aiot_task_self(aiot_task_of(entry)),
			      AIOT_KIND(entry->spec)->self_size);
}

#endif

#if AIOT_SETTINGS && AIOT_TEXT
static void main_set(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_opt *opt,
		     const char *value)
{
	(void)place;
	(void)aiot_opt_store(opt, aiot_task_self(aiot_task_of(entry)), value);
}
#endif

static const struct aiot_place_ops main_ops = {
	.start = main_start,
#if AIOT_ORDERS
	.stop = main_stop,
	.abandon = main_abandon,
	.drop = main_drop,
#endif
#if AIOT_SETTINGS && AIOT_TEXT
	.set = main_set,
#endif
#if AIOT_VERBS
	.call = aiot_main_call,
	.ask = aiot_main_ask,
#endif
#if AIOT_CONTROL && AIOT_TEXT
	.detail = aiot_main_detail,
	.stats = aiot_main_stats,
#if AIOT_VERBS
	.report = aiot_main_report,
#endif
#endif
};

/* ---- making tasks ---- */

void aiot_place_main_init(struct aiot_place_main *place, struct aiot_core *core)
{
	place->place.ops = &main_ops;
	place->place.name = "main";
	place->core = core;
}

int aiot_task_create(struct aiot_core *core, AIOT_SPEC *spec, void *block, const char *name,
		     enum aiot_collision collision, struct aiot_task **ret)
{
	size_t room = collision == AIOT_RENAME ? AIOT_NAME_MAX : strlen(name);
	struct aiot_task *t = block;
	int r;

	if (!aiot_name_valid(name, strlen(name))) /* with a node in front it is not of this place */
		return -AIOT_EINVAL;
	t->entry.spec = spec;
	t->root.self = (char *)(t + 1) + aiot_task_name_room(room);
	r = aiot_core_add(core, &t->entry, name, AIOT_TASK_NAME_AT, collision);
	if (r < 0)
		return r;
	*ret = t;
	return 0;
}

typedef int hook_fn(struct aiot_task *t, const void *arg);

/* What a service does for a task outside of its steps: it may log and fail, and cannot wait. */
static int run_hook(struct aiot_core *core, struct aiot_task *t, hook_fn *fn, const void *arg)
{
	struct aiot_task *caller = core->current;
	struct aiot_stall was;
	int r;

	t->top = &t->root;
	t->entry.run_flags = AIOT_RUN_HOOK;
	core->current = t;
	aiot_account_enter(core, aiot_entry_name(&t->entry), AIOT_DOING_INIT, &was);
	r = fn(t, arg);
	aiot_account_leave(core, &was);
	core->current = caller; /* a task may load a service */
	if (t->entry.run_flags & AIOT_RUN_MISUSED)
		r = -AIOT_EINVAL;
	t->entry.run_flags = 0;
	return r < 0 ? r : 0;
}

static int init_hook(struct aiot_task *t, const void *arg)
{
	(void)arg;
	return t->entry.spec->service->init(t, aiot_task_self(t));
}

int aiot_task_init_service(struct aiot_core *core, struct aiot_task *t)
{
	int r = aiot_settings_apply(&t->entry, aiot_task_self(t));

	if (r < 0 || t->entry.spec->service->init == NULL)
		return r;
	return run_hook(core, t, init_hook, NULL);
}

#if !AIOT_BOARD
static int hand_over_hook(struct aiot_task *t, const void *arg)
{
	const struct aiot_task *old = arg;
	const struct aiot_spec *spec = old->entry.spec;

	return t->entry.spec->service->hand_over(t, aiot_task_self(t), old->root.self,
						 spec->kind.self_size, spec->service->version);
}

int aiot_task_hand_over(struct aiot_core *core, struct aiot_task *t, const struct aiot_task *old)
{
	return run_hook(core, t, hand_over_hook, old);
}
#endif
