/*
 * unit-reload.c - a loaded service brought to what its files say now, with as little disturbance as
 * that takes.
 *
 *	             nothing differs                      runs on
 *	reload ----> limits, dependencies, live options   set, runs on
 *	             anything else: `next` is prepared -> its task is deleted -> dropped: exchanged
 *	                    | refused: runs on                                    | init fails
 *	                                                                          v
 *	                                                                  the old one again
 *
 * Called by the handler of reload (calls-reload.c) and, when the old task is gone, by the core's
 * last word on it (unit-load.c).  All that can be seen to be wrong is seen before anything stops.
 * Tasks that `add` made go on with the code that they have.
 */
#include <string.h>

#include "mem.h"
#include "more.h"
#include "node.h"
#include "schedule.h"
#include "settings.h"
#include "units.h"

/* What takes the place of a task, and what is needed to have the old one back. */
struct aiot_unit_next {
	struct aiot_spec_block *block;
	struct aiot_module *module; /* NULL: a node's */
	uint64_t mark;
	bool stopped; /* somebody has stopped it, and it stays so */
	bool paused;
	bool undone; /* the old one had its fini */
	/* the schedule of the old one, with copies of its texts */
	bool scheduled;
	struct aiot_plan plan;
	char *cron, *when;
};

static void free_next(struct aiot_host *host, struct aiot_unit_next *n)
{
	if (n == NULL)
		return;
	aiot_spec_free(n->block);
	aiot_module_close(host, n->module);
	aiot_mem_free(n->cron);
	aiot_mem_free(n->when);
	aiot_mem_free(n);
}

static void finish(struct aiot_unit *unit, enum aiot_unit_effect effect)
{
	unit->effect = (uint8_t)effect;
	unit->reloaded_ns = aiot_clock_mono_ns();
}

void aiot_unit_next_drop(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->next == NULL)
		return;
	free_next(host, unit->next);
	unit->next = NULL;
	finish(unit, AIOT_UNIT_GONE);
}

/* ---- before anything stops ---- */

int aiot_unit_refuse(struct aiot_host *host, struct aiot_unit *unit, int code, const char *text)
{
	if (text != NULL)
		aiot_unit_fail(host, unit, code, text);
	finish(unit, AIOT_UNIT_REFUSED);
	aiot_host_log(host, AIOT_ERROR, "service '%s' runs on as it was: %s", unit->name,
		      unit->error ? unit->error->text : "no memory");
	return code;
}

static int check_files(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_out why;
	char text[4608];
	int r;

	if (!unit->seen) {
		(void)aiot_format_to(text, sizeof(text),
				     "%s is gone; to end it: aiotoolsctl unload %s", unit->file,
				     unit->name);
		return aiot_unit_refuse(host, unit, -AIOT_ENOENT, text);
	}
	if (unit->bad_file) /* its error says what is wrong with it */
		return aiot_unit_refuse(host, unit, -AIOT_EINVAL, NULL);
	r = aiot_unit_check_loadable(host, unit);
	if (r < 0)
		return aiot_unit_refuse(host, unit, r, NULL);
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_deps_try(host, unit, &why);
	unit->bad_deps = r < 0;
	return r < 0 ? aiot_unit_refuse(host, unit, r, aiot_out_str(&why)) : 0;
}

static bool keep_plan(struct aiot_unit_next *n, const struct aiot_schedule *s)
{
	if (s == NULL)
		return true;
	n->scheduled = true;
	n->plan = s->plan;
	if (s->plan.cron != NULL)
		n->plan.cron = n->cron = aiot_mem_strdup(s->plan.cron);
	if (s->plan.when != NULL)
		n->plan.when = n->when = aiot_mem_strdup(s->plan.when);
	return (s->plan.cron == NULL) == (n->cron == NULL) &&
	       (s->plan.when == NULL) == (n->when == NULL);
}

/* The unit has one block at a time; the one that is made is to be another. */
static int make_next_block(struct aiot_host *host, struct aiot_unit *unit, struct aiot_unit_next *n,
			   const struct aiot_arg *args, uint32_t count, struct aiot_out *why)
{
	const struct aiot_service *service = n->module ? &n->module->service : &aiot_service_node;
	const char *path = n->module ? n->module->path : aiot_ini_get(&unit->doc, "Node", "Device");
	struct aiot_spec_block *old = unit->block;
	int r;

	unit->block = NULL;
	r = aiot_unit_make_block(host, unit, service, path, args, count, why);
	n->block = unit->block;
	unit->block = old;
	return r;
}

static int prepare(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *args,
		   uint32_t count, struct aiot_out *why)
{
	const struct aiot_entry *entry = &unit->task->entry;
	struct aiot_unit_next *n = aiot_mem_zalloc(sizeof(*n));
	int r = n == NULL ? -AIOT_ENOMEM : 0;

	if (r == 0 && !unit->conf.node)
		r = aiot_unit_open_module(host, unit, &n->module, why);
	if (r == 0)
		r = make_next_block(host, unit, n, args, count, why);
	if (r == 0 && !keep_plan(n, aiot_entry_schedule(entry)))
		r = -AIOT_ENOMEM;
	if (r < 0) {
		free_next(host, n);
		return r;
	}
	n->mark = aiot_unit_mark(unit);
	n->stopped = entry->state == AIOT_STOPPED ||
		     (entry->state == AIOT_STOPPING && !(entry->flags & AIOT_ENTRY_RESTART));
	n->paused = entry->flags & AIOT_ENTRY_PAUSED;
	unit->next = n;
	return 0;
}

static int set_in_place(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *args,
			uint32_t count, struct aiot_out *why)
{
	const struct aiot_spec *spec = &unit->block->spec;
	int r = aiot_args_check(spec->service, &spec->kind, args, count, why);

	unit->bad_args = r < 0;
	return r < 0 ? r : aiot_unit_set_live(host, unit, args, count);
}

/* What differs decides.  What was set too often while it ran is exchanged as the rest is. */
static int carry_out(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *args,
		     uint32_t count, struct aiot_out *why)
{
	unsigned differs = aiot_unit_difference(unit, args, count);
	const unsigned gently = AIOT_DIFFERS_LIVE | AIOT_DIFFERS_LIMITS | AIOT_DIFFERS_DEPS;
	int r = -AIOT_ENOSPC;

	if ((differs & ~gently) == 0) {
		r = differs ? set_in_place(host, unit, args, count, why) : 0;
		if (r == 0) {
			unit->changed = false;
			unit->task->entry.flags &= (uint8_t)~AIOT_ENTRY_STALE;
			finish(unit, differs ? AIOT_UNIT_SET : AIOT_UNIT_UNCHANGED);
		}
	}
	if (r == -AIOT_ENOSPC)
		r = prepare(host, unit, args, count, why);
	return r;
}

int aiot_unit_reload(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_arg *args = NULL;
	uint32_t count = 0;
	char text[4096];
	struct aiot_out why;
	int r = check_files(host, unit);

	if (r < 0)
		return r;
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_unit_collect_args(host, unit, &args, &count);
	if (r == 0)
		r = carry_out(host, unit, args, count, &why);
	aiot_mem_free(args);
	if (r < 0)
		return aiot_unit_refuse(host, unit, r,
					why.len > 0 ? aiot_out_str(&why) : "no memory");
	if (unit->next != NULL)
		aiot_core_delete(&host->core, &unit->task->entry);
	return 0;
}

/* ---- when the old task is gone ---- */

/* Its fini, once; old NULL: not yet. */
static void undo(struct aiot_host *host, struct aiot_unit_next *n,
		 const struct aiot_spec_block *block, struct aiot_task *old)
{
	if (old == NULL || n->undone)
		return;
	n->undone = true;
	aiot_block_fini(host, block, old);
}

/* What `set` gave it, as far as the new one takes it. */
static void keep_settings(struct aiot_host *host, const struct aiot_task *old,
			  struct aiot_task *task)
{
	const struct aiot_spec *spec = task->entry.spec;
	const struct aiot_setting *s = old->entry.more ? old->entry.more->set : NULL;
	char text[512];
	struct aiot_out why;

	for (; s != NULL; s = s->next) {
		const struct aiot_opt *opt =
			aiot_opt_find(spec->service, spec->kind.opts, s->opt->key);
		struct aiot_setting *copy = NULL;

		aiot_out_init(&why, text, sizeof(text));
		if (opt == NULL)
			aiot_format(&why, "%s: there is no such option any more", s->opt->key);
		else if (aiot_setting_read(&host->core, opt, s->value, &copy, &why) == 0 &&
			 aiot_settings_prepare(&host->core, &task->entry, copy) == 0)
			(void)aiot_setting_put(&host->core, &task->entry, copy);
		else
			aiot_settings_free(&host->core, copy);
		if (why.len > 0)
			aiot_host_log(host, AIOT_WARN, "%s: what was set is dropped: %s",
				      aiot_entry_name(&task->entry), aiot_out_str(&why));
	}
}

/* Of the unit's block.  old: what hands over; NULL: nobody. */
static int put_in(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_task *settings,
		  const struct aiot_task *old, struct aiot_out *why)
{
	int r = aiot_unit_make_task(host, unit, why);

	if (r < 0)
		return r;
	keep_settings(host, settings, unit->task);
	r = aiot_unit_init_task(host, unit, why);
	if (r < 0 || old == NULL)
		return r;
	r = aiot_task_hand_over(&host->core, unit->task, old);
	if (r == 0)
		return 0;
	aiot_block_fini(host, unit->block, unit->task);
	aiot_unit_take_error(host, unit, r, "hand_over", why);
	return r;
}

/* Its load was not, so that dropping it does not end the unit. */
static void take_out(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->task != NULL)
		aiot_core_delete(&host->core, &unit->task->entry);
}

/* It is there; go on as the old one was. */
static void go_on(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_unit_next *n)
{
	struct aiot_entry *entry = &unit->task->entry;

	unit->load = AIOT_UNIT_LOADED;
	entry->flags |= n->paused ? AIOT_ENTRY_PAUSED : 0;
	if (!n->stopped)
		aiot_unit_begin(host, unit);
	else if (aiot_entry_schedule(entry) != NULL)
		(void)aiot_core_stop(&host->core, entry, false);
}

/* The schedule that the old one had, whatever the file says of it now. */
static int put_plan_back(struct aiot_host *host, struct aiot_unit *unit,
			 const struct aiot_unit_next *n, struct aiot_out *why)
{
	if (!n->scheduled)
		return 0;
	return aiot_schedule_create(&host->core, &unit->task->entry, &n->plan, true, why);
}

static int put_back(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_task *old,
		    const struct aiot_unit_next *n, struct aiot_out *why)
{
	bool hands = !n->undone && unit->block->service.hand_over != NULL;
	bool scheduled = unit->conf.scheduled;
	int r;

	unit->conf.scheduled = false; /* the plan of the file is not the one it had */
	r = put_in(host, unit, old, hands ? old : NULL, why);
	unit->conf.scheduled = scheduled;
	return r < 0 ? r : put_plan_back(host, unit, n, why);
}

static void tell(struct aiot_host *host, const struct aiot_unit *unit, const char *what)
{
	char text[AIOT_UNIT_LINE_MAX];
	bool good = unit->effect == AIOT_UNIT_RELOADED;

	(void)aiot_format_to(text, sizeof(text), "[ %s ] Service: %s.service from %s %s%s%s",
			     good ? "OK" : "ERROR", unit->name, aiot_unit_path(unit), what,
			     good ? "" : ": ",
			     good	   ? ""
			     : unit->error ? unit->error->text
					   : "no memory was left to keep the reason");
	aiot_unit_tell(host, good ? AIOT_INFO : AIOT_ERROR, text);
}

/*
 * The new one did not come up.  Whatever it says now, its error is why the new one failed, or why
 * neither runs.
 */
static void restore(struct aiot_host *host, struct aiot_unit *unit, struct aiot_task *old,
		    struct aiot_unit_next *n)
{
	struct aiot_outcome *error = unit->error;
	char text[1024];
	struct aiot_out why;
	int r;

	unit->error = NULL;
	aiot_out_init(&why, text, sizeof(text));
	r = put_back(host, unit, old, n, &why);
	undo(host, n, unit->block, old);
	if (r < 0) {
		take_out(host, unit);
		aiot_outcome_free(&host->core, error);
		if (why.len > 0 || unit->error == NULL)
			aiot_unit_fail(host, unit, r,
				       why.len > 0 ? aiot_out_str(&why) : "no memory");
		unit->load = AIOT_UNIT_FAILED;
		finish(unit, AIOT_UNIT_LOST);
		tell(host, unit, "not reloaded, nor the old one started again");
		aiot_unit_release(host, unit);
		return;
	}
	aiot_outcome_free(&host->core, unit->error);
	unit->error = error;
	unit->changed = true;
	unit->task->entry.flags |= AIOT_ENTRY_STALE;
	go_on(host, unit, n);
	finish(unit, AIOT_UNIT_RESTORED);
	tell(host, unit, "not reloaded, the old one is back as it was");
}

/* What the file says now of other services; a ring, say, is found out with the old one's edges
 * gone. */
static int put_deps(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	int r = aiot_deps_read(host, unit);

	if (r == 0)
		r = aiot_deps_check(host, unit, why);
	if (r == 0)
		return 0;
	/* The old one then goes on for itself, until its file is mended. */
	unit->bad_deps = true;
	unit->conf.requires = unit->conf.wants = unit->conf.after = NULL;
	(void)aiot_deps_read(host, unit);
	return r;
}

/* Blocks and modules change places: what is in `n` afterwards is what is not used. */
static void swap(struct aiot_unit *unit, struct aiot_unit_next *n)
{
	struct aiot_spec_block *block = unit->block;
	struct aiot_module *module = unit->module;

	unit->block = n->block;
	unit->module = n->module;
	n->block = block;
	n->module = module;
}

bool aiot_unit_exchange(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_unit_next *n = unit->next;
	struct aiot_task *old = unit->task;
	bool hands = n->block->service.hand_over != NULL;
	char text[4096];
	struct aiot_out why;
	int r;

	if (host->stopping) {
		aiot_unit_next_drop(host, unit);
		return false;
	}
	aiot_out_init(&why, text, sizeof(text));
	unit->next = NULL;
	unit->task = NULL;
	unit->load = AIOT_UNIT_UNLOADED;
	undo(host, n, unit->block, hands ? NULL : old);
	swap(unit, n);
	r = put_deps(host, unit, &why);
	if (r == 0)
		r = put_in(host, unit, old, hands ? old : NULL, &why);
	if (r < 0) {
		take_out(host, unit);
		if (why.len > 0 || unit->error == NULL)
			aiot_unit_fail(host, unit, r,
				       why.len > 0 ? aiot_out_str(&why) : "no memory");
		swap(unit, n);
		restore(host, unit, old, n);
	} else {
		undo(host, n, n->block, old);
		unit->mark = n->mark;
		unit->changed = false;
		go_on(host, unit, n);
		finish(unit, AIOT_UNIT_RELOADED);
		tell(host, unit, "reloaded");
	}
	free_next(host, n);
	return true;
}
