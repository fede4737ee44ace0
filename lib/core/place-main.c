/*
 * place-main.c - the place "main": tasks that run on the core's own loop.
 *
 * The registry gives the orders (start, stop, abandon, drop) through the ops at the end of this
 * file; the host creates tasks here.  What a remote place would answer later is answered by pushing
 * the state change from a step; nothing is run inside an order.
 */
#include <string.h>

#include "more.h"
#include "service.h"
#include "settings.h"
#include "task.h"
#include "timetext.h"
#include "wait.h"

/* ---- orders ---- */

/* What the run before left behind of a time-out. */
static void forget_late(struct aiot_core *core, struct aiot_entry *entry)
{
	struct aiot_more *more = entry->more;

	if (more == NULL)
		return;
	more->timed_out = more->overdue = false;
	aiot_outcome_free(core, more->late);
	more->late = NULL;
}

/* TimeoutSec= ends this run: where it was then is what it fails with. */
static void note_late(struct aiot_core *core, struct aiot_task *t)
{
	struct aiot_more *more = t->entry.more;
	char text[80];
	struct aiot_out out;

	if (t->entry.run_flags & AIOT_RUN_FAILING) { /* of something else, already */
		more->timed_out = false;
		return;
	}
	aiot_out_init(&out, text, sizeof(text));
	aiot_out_text(&out, "took longer than its TimeoutSec of ");
	aiot_out_span(&out, t->entry.spec->timeout_ms * AIOT_NS_PER_MS);
	more->late = aiot_outcome_error(core, -AIOT_ETIMEDOUT, text, out.len, t->top, NULL);
}

bool aiot_task_late(struct aiot_core *core, struct aiot_task *t)
{
	struct aiot_more *more = t->entry.more;

	if (more == NULL || !more->timed_out)
		return false;
	more->timed_out = false;
	t->entry.fail = AIOT_ETIMEDOUT;
	aiot_entry_outcome(core, &t->entry, more->late);
	more->late = NULL;
	return true;
}

static int main_start(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	struct aiot_task *t = aiot_task_of(entry);
	void *self = aiot_task_self(t);
	int r;

	r = aiot_settings_apply(entry, self);
	if (r < 0)
		return r;
	if (entry->spec->timeout_ms && aiot_more_of(core, entry) == NULL)
		return -AIOT_ENOMEM;
	aiot_entry_outcome(core, entry, NULL);
	forget_late(core, entry);
	t->root = (struct aiot_frame){.fn = entry->spec->kind.fn, .self = self};
	t->top = &t->root;
	entry->run_flags = 0;
	entry->fail = 0;
	entry->longest_us = 0;
	entry->longest_site = NULL; /* may point into an object that was replaced meanwhile */
	aiot_entry_set(core, entry, AIOT_STARTING);
	aiot_task_wake(core, t);
	return 0;
}

static int main_stop(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_core *core = ((struct aiot_place_main *)(void *)place)->core;
	struct aiot_task *t = aiot_task_of(entry);

	if (entry->more != NULL && entry->more->timed_out)
		note_late(core, t);
	if (t->root.at == 0 && core->current != t) { /* never ran: no FINALLY, nothing to undo */
		if (t->timer.link.next != NULL)
			aiot_list_remove(&t->timer.link);
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

/* It is in something that uses its memory and cannot be interrupted. */
static void hold(struct aiot_core *core, struct aiot_entry *entry)
{
	if (!entry->more->overdue)
		aiot_core_log(core, aiot_entry_name(entry), AIOT_WARN,
			      "did not stop within its TimeoutStopSec, and cannot be given up: it "
			      "waits for work that nothing can interrupt");
	entry->more->overdue = true;
}

/* false: it cannot be given up yet. */
static bool abandon(struct aiot_core *core, struct aiot_entry *entry)
{
	static const char text[] = "did not stop within its TimeoutStopSec";
	struct aiot_task *t = aiot_task_of(entry);

	if (!aiot_wait_leave(core, t, AIOT_LEAVE_ABANDON)) {
		hold(core, entry);
		return false;
	}
	forget_late(core, entry);
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
			      entry->spec->kind.self_size);
}

static void main_set(struct aiot_place *place, struct aiot_entry *entry, const struct aiot_opt *opt,
		     const char *value)
{
	(void)place;
	(void)aiot_opt_store(opt, aiot_task_self(aiot_task_of(entry)), value);
}

/* What a service's function is called with, between two steps. */
struct hook {
	const struct aiot_verb *verb; /* either this one */
	const void *args;
	const struct aiot_cond *cond; /* or this */
	const char *arg;
};

static int call_hook(struct aiot_task *t, const struct hook *hook)
{
	void *self = aiot_task_self(t);

	return hook->verb ? hook->verb->fn(t, self, hook->args)
			  : hook->cond->fn(t, self, hook->arg);
}

/* Like a hook of a task of its own: whatever it sets or breaks is not the run's. */
static int run_hook(struct aiot_core *core, struct aiot_entry *entry, const struct hook *hook,
		    struct aiot_outcome **ret)
{
	struct aiot_task *t = aiot_task_of(entry), *caller = core->current;
	struct aiot_outcome *outcome = entry->outcome;
	struct aiot_frame *top = t->top;
	uint8_t run_flags = entry->run_flags, fail = entry->fail;
	int r;

	entry->outcome = NULL;
	entry->run_flags = AIOT_RUN_HOOK;
	entry->fail = 0;
	if (top == NULL)
		t->top = &t->root;
	core->current = t;
	r = call_hook(t, hook);
	core->current = caller;
	if (entry->run_flags & AIOT_RUN_MISUSED)
		r = -AIOT_EINVAL;
	if (r >= 0 && entry->outcome != NULL && entry->outcome->type == AIOT_OUTCOME_ERROR)
		r = entry->outcome->code; /* it failed, and forgot to say so */
	*ret = entry->outcome;
	entry->outcome = outcome;
	entry->run_flags = run_flags;
	entry->fail = fail;
	t->top = top;
	return r;
}

static int main_call(struct aiot_place *place, struct aiot_entry *entry,
		     const struct aiot_verb *verb, const void *args, struct aiot_outcome **ret)
{
	const struct hook hook = {.verb = verb, .args = args};
	int r = run_hook(((struct aiot_place_main *)(void *)place)->core, entry, &hook, ret);

	return r < 0 ? r : 0;
}

static int main_ask(struct aiot_place *place, struct aiot_entry *entry,
		    const struct aiot_cond *cond, const char *arg, struct aiot_outcome **ret)
{
	const struct hook hook = {.cond = cond, .arg = arg};
	int r = run_hook(((struct aiot_place_main *)(void *)place)->core, entry, &hook, ret);

	return r < 0 ? r : r != 0;
}

static const char *origin_of(const struct aiot_entry *entry, const struct aiot_opt *opt)
{
	const char *origin;

	if (entry->more != NULL && aiot_setting_find(entry->more->run_args, opt) != NULL)
		return "trigger";
	(void)aiot_setting_value(entry, opt, &origin);
	return origin;
}

/* Where each value comes from, and those that another run would have. */
static void put_origins(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_opt *opt;
	const char *value, *origin;
	unsigned i;

	aiot_json_put_object(json, "origins");
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++)
		aiot_json_put_str(json, opt->key, origin_of(entry, opt));
	aiot_json_put_end_object(json);
	aiot_json_put_object(json, "next");
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++) {
		value = aiot_setting_value(entry, opt, &origin);
		if (aiot_opt_differs(opt, self, value))
			aiot_json_put_str(json, opt->key, value);
	}
	aiot_json_put_end_object(json);
}

static void put_args(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_opt *opt;
	unsigned i;

	aiot_json_put_object(json, "args");
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++)
		aiot_value_json(opt->type, self + opt->off, json, opt->key);
	aiot_json_put_end_object(json);
}

static void put_stats(struct aiot_entry *entry, const char *self, struct aiot_json_out *json)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_stat *stat;
	unsigned i;

	aiot_json_put_object(json, "stats");
	for (i = 0; (stat = aiot_stat_row(spec->service, spec->kind.stats, i)) != NULL; i++)
		aiot_value_json(stat->type, self + stat->off, json, stat->key);
	aiot_json_put_end_object(json);
}

static void main_detail(struct aiot_place *place, struct aiot_entry *entry,
			struct aiot_json_out *json)
{
	struct aiot_task *t = aiot_task_of(entry);
	const char *self = aiot_task_self(t);

	(void)place;
	put_args(entry, self, json);
	put_origins(entry, self, json);
	put_stats(entry, self, json);
	if (aiot_entry_alive(entry) && t->top != NULL)
		aiot_site_json(t->top->site, json, "site");
	aiot_children_json(entry, json);
}

static const struct aiot_place_ops main_ops = {
	.start = main_start,
	.stop = main_stop,
	.abandon = main_abandon,
	.drop = main_drop,
	.set = main_set,
	.call = main_call,
	.ask = main_ask,
	.detail = main_detail,
};

/* ---- making tasks ---- */

void aiot_place_main_init(struct aiot_place_main *place, struct aiot_core *core)
{
	place->place.ops = &main_ops;
	place->place.name = "main";
	place->core = core;
}

int aiot_task_create(struct aiot_core *core, struct aiot_spec *spec, void *block, const char *name,
		     enum aiot_collision collision, struct aiot_task **ret)
{
	size_t room = collision == AIOT_RENAME ? AIOT_NAME_MAX : strlen(name);
	struct aiot_task *t = block;
	int r;

	t->entry.spec = spec;
	t->root.self = (char *)(t + 1) + aiot_task_name_room(room);
	r = aiot_core_add(core, &t->entry, name, AIOT_TASK_NAME_AT, collision);
	if (r < 0)
		return r;
	*ret = t;
	return 0;
}

int aiot_task_init_service(struct aiot_core *core, struct aiot_task *t)
{
	const struct aiot_service *s = t->entry.spec->service;
	void *self = aiot_task_self(t);
	struct aiot_task *caller = core->current;
	int r;

	r = aiot_settings_apply(&t->entry, self);
	if (r < 0 || s->init == NULL)
		return r;
	t->top = &t->root;
	t->entry.run_flags = AIOT_RUN_HOOK;
	core->current = t;
	r = s->init(t, self);
	core->current = caller; /* a task may load a service */
	if (t->entry.run_flags & AIOT_RUN_MISUSED)
		r = -AIOT_EINVAL;
	t->entry.run_flags = 0;
	return r < 0 ? r : 0;
}
