/*
 * unit-load.c - from a known service to a running task, and back.
 *
 * Called at start, by load and unload.  Whatever goes wrong on the way in is undone, becomes the
 * unit's error (which `traceback` and `services` show) and concerns nobody else.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "lastruns.h"
#include "mem.h"
#include "more.h"
#include "node.h"
#include "quarantine.h"
#include "service.h"
#include "units.h"
#include "watch.h"

/* ---- taking apart ---- */

void aiot_unit_release(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->file == NULL && unit->block != NULL) {
		aiot_spec_free(unit->linked);
		unit->linked = unit->block; /* to load it again from */
	} else {
		aiot_spec_free(unit->block);
	}
	unit->block = NULL;
	aiot_module_close(host, unit->module);
	unit->module = NULL;
}

/* No task of a loaded service is left. */
static void unloaded(struct aiot_host *host, struct aiot_unit *unit)
{
	unit->load = AIOT_UNIT_UNLOADED;
	unit->unloading = false;
	aiot_hold_changed(host, unit);
	unit->unloaded_ns = aiot_clock_mono_ns();
	unit->changed = false;
	if (!unit->bad_file) { /* then it is why a reload was refused */
		aiot_outcome_free(&host->core, unit->error);
		unit->error = NULL;
	}
	if (!host->closing)
		aiot_host_log(host, AIOT_INFO, "service '%s' unloaded", unit->name);
	aiot_unit_release(host, unit);
}

/* The task's block is still there: the core's last word on it. */
void aiot_unit_task_dropped(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_task *task = unit->task;

	if (unit->next != NULL && aiot_unit_exchange(host, unit))
		return;
	if (unit->load == AIOT_UNIT_LOADED)
		aiot_block_fini(host, unit->block, task);
	unit->task = NULL;
	if (unit->load == AIOT_UNIT_LOADED && unit->added == 0)
		unloaded(host, unit);
}

/* Its code is needed no more by this one; what waited for the last one goes on. */
void aiot_unit_added_dropped(struct aiot_host *host, struct aiot_unit *unit)
{
	if (--unit->added > 0 || unit->load != AIOT_UNIT_LOADED)
		return; /* not loaded: it was lost in a reload, and they were all that was left */
	if (unit->task == NULL)
		unloaded(host, unit);
	else if (unit->unloading)
		aiot_core_delete(&host->core, &unit->task->entry);
}

static void delete_added(struct aiot_host *host, const struct aiot_unit *unit)
{
	char name[AIOT_NAME_MAX + 1] = "";
	struct aiot_entry *e;

	aiot_host_log(host, AIOT_INFO, "service '%s': tasks of it that were added go first: %u",
		      unit->name, unit->added);
	while ((e = aiot_core_match(&host->core, "*", name)) != NULL) {
		const struct aiot_spec_block *block =
			(const struct aiot_spec_block *)(const void *)e->spec;

		memcpy(name, aiot_entry_name(e), aiot_entry_name_len(e) + 1u);
		if (block->owner == unit)
			aiot_core_delete(&host->core, e);
	}
}

int aiot_unit_unload(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->load != AIOT_UNIT_LOADED || unit->task == NULL)
		return -AIOT_EALREADY;
	aiot_unit_next_drop(host, unit); /* a reload under way ends with this */
	unit->unloading = true;
	if (unit->added == 0)
		aiot_core_delete(&host->core, &unit->task->entry);
	else
		delete_added(host, unit);
	return 0;
}

bool aiot_unit_wanted(const struct aiot_unit *unit)
{
	if (unit->file == NULL || unit->masked || unit->load == AIOT_UNIT_LOADED)
		return false;
	if (aiot_unit_is_template(unit)) /* a broken one is told, a good one made for instances */
		return unit->bad_file;
	return unit->enabled || (unit->bad_file && !unit->templated && !unit->enabled_said);
}

/* ---- putting together ---- */

void aiot_load_step(struct aiot_host *host, const char *step)
{
	struct aiot_load_steps *s = host->load_steps;
	uint64_t now_ns;

	if (s == NULL || s->count == AIOT_LOAD_STEPS_MAX)
		return;
	now_ns = aiot_clock_mono_ns();
	s->step[s->count].step = step;
	s->step[s->count++].us = (now_ns - s->last_ns) / 1000;
	s->last_ns = now_ns;
}

/* What is found out only now is about When: a task that it names, a ring, a service's condition. */
static void put_place(const struct aiot_unit *unit, struct aiot_out *why)
{
	const struct aiot_ini_entry *e = aiot_ini_find(&unit->doc, "Schedule", "When");

	if (unit->file != NULL && e != NULL)
		aiot_format(why, "%s:%u: ", e->file, e->line);
	else if (unit->file != NULL)
		aiot_format(why, "%s: ", unit->file);
}

static int make_schedule(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	size_t len = why->len;
	int r;

	if (!unit->conf.scheduled)
		return 0;
	put_place(unit, why);
	r = aiot_schedule_create(&host->core, &unit->task->entry, &unit->conf.plan, true, why);
	if (r == 0)
		why->len = len;
	return r;
}

/* Whose start takes time: others are ready at their first await. */
static void set_start(const struct aiot_unit *unit, struct aiot_spec *spec)
{
	spec->ends_to_be_ready = unit->conf.kind == AIOT_UNIT_CORE;
	if (spec->ends_to_be_ready || spec->kind.flags & AIOT_SERVICE_SAYS_READY)
		spec->start_timeout_ms = unit->conf.start_timeout_ms;
}

int aiot_unit_make_block(struct aiot_host *host, struct aiot_unit *unit,
			 const struct aiot_service *service, const char *path,
			 const struct aiot_arg *args, uint32_t count, struct aiot_out *why)
{
	int r = aiot_spec_create(host, service, NULL, path, args, count, &unit->block, why);

	unit->bad_args = r < 0 && r != -AIOT_ENOMEM;
	if (r < 0)
		return r;
	unit->block->unit = unit;
	aiot_unit_put_limits(unit, unit->block);
	return 0;
}

void aiot_unit_put_limits(const struct aiot_unit *unit, struct aiot_spec_block *block)
{
	if (unit->conf.stop_timeout_ns)
		block->spec.stop_timeout_ms = (uint32_t)(unit->conf.stop_timeout_ns / 1000000u);
	block->spec.timeout_ms = unit->conf.timeout_ms;
	set_start(unit, &block->spec);
	block->spec.priority = unit->conf.rank;
	block->spec.policy = unit->conf.policy;
}

int aiot_unit_make_task(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	char name[AIOT_NAME_MAX + 1];
	int r;

	(void)aiot_format_to(name, sizeof(name), "%s.service", unit->name);
	r = aiot_host_make_task(host, &unit->block->spec, name, AIOT_RAISE, &unit->task);
	if (r == -AIOT_EEXIST)
		aiot_format(why, "a task called '%s' exists already", name);
	if (r < 0)
		return r;
	if (unit->conf.scheduled || aiot_watched(&host->core, name))
		(void)aiot_lastruns_restore(host, &unit->task->entry);
	return make_schedule(host, unit, why);
}

/* Taken over from the task before that goes; without words it is said what failed so. */
/* Of a sentence of a node's that begins with an option's name: where that stands; NULL: nowhere. */
static const struct aiot_ini_entry *option_meant(struct aiot_unit *unit, const char *text)
{
	size_t i, len = strcspn(text, ":");

	for (i = 0; i < unit->doc.entry_count; i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(&unit->doc, i);

		if (aiot_ini_key_eq(e->section, "Node") && strlen(e->key) == len &&
		    strncasecmp(e->key, text, len) == 0)
			return e;
	}
	return NULL;
}

void aiot_unit_take_error(struct aiot_host *host, struct aiot_unit *unit, int code,
			  const char *what, struct aiot_out *why)
{
	struct aiot_entry *entry = &unit->task->entry;
	const struct aiot_outcome *o = aiot_outcome_of(entry);
	const struct aiot_ini_entry *e;

	if (o == NULL || o->type != AIOT_OUTCOME_ERROR) {
		aiot_format(why, "its %s failed without a reason (%s)", what,
			    aiot_error_word(code));
		return;
	}
	e = unit->conf.node ? option_meant(unit, o->text) : NULL;
	if (e != NULL) {
		aiot_format(why, "%s:%u: %s", e->file, e->line, o->text);
		return;
	}
	aiot_outcome_free(&host->core, unit->error);
	unit->error = aiot_outcome_swap(&host->core, entry, NULL);
}

int aiot_unit_init_task(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	int r = aiot_task_init_service(&host->core, unit->task);

	if (r < 0)
		aiot_unit_take_error(host, unit, r, "init", why);
	return r;
}

void aiot_unit_begin(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_entry *entry = &unit->task->entry;

	if (aiot_quarantine_hold(host, unit))
		return;
	if (aiot_entry_schedule(entry) == NULL)
		(void)aiot_core_start(&host->core, entry);
	else if (host->no_schedule)
		(void)aiot_core_stop(&host->core, entry, false);
	else
		aiot_hold_schedule(host, unit);
}

/*
 * A unit whose task has to go again: its load was not, so dropping does not run fini.  Told last,
 * for whoever is told may load it again at once.
 */
static int undo(struct aiot_host *host, struct aiot_unit *unit, int code, struct aiot_out *why)
{
	char text[AIOT_UNIT_LINE_MAX];

	if (unit->task != NULL)
		aiot_core_delete(&host->core, &unit->task->entry);
	if (why->len > 0 || unit->error == NULL)
		aiot_unit_fail(host, unit, code, why->len > 0 ? aiot_out_str(why) : "no memory");
	unit->load = AIOT_UNIT_FAILED;
	aiot_unit_failed_line(unit, text);
	if (unit->module != NULL) /* without memory it is said to come from its file */
		unit->tried = aiot_mem_strdup(unit->module->path);
	aiot_unit_release(host, unit);
	aiot_unit_tell(host, AIOT_ERROR, text);
	return code;
}

static int assemble(struct aiot_host *host, struct aiot_unit *unit,
		    const struct aiot_service *service, const struct aiot_arg *args, uint32_t count,
		    struct aiot_out *why)
{
	int r = aiot_unit_make_block(host, unit, service, aiot_unit_path(unit), args, count, why);

	if (r == 0)
		r = aiot_unit_make_task(host, unit, why);
	aiot_load_step(host, "task");
	if (r == 0)
		r = aiot_unit_init_task(host, unit, why);
	aiot_load_step(host, "init");
	if (r < 0)
		return undo(host, unit, r, why);
	unit->load = AIOT_UNIT_LOADED;
	unit->changed = false;
	unit->mark = aiot_unit_mark(unit);
	aiot_spec_free(unit->linked);
	unit->linked = NULL;
	aiot_unit_begin(host, unit);
	aiot_load_step(host, "start");
	aiot_unit_tell_loaded(host, unit);
	return 0;
}

/* A service that is linked in, as it was loaded the last time. */
static int load_linked_again(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_spec_block *from = unit->linked;
	char text[1024];
	struct aiot_out why;
	int r;

	if (from == NULL) {
		aiot_unit_fail(host, unit, -AIOT_ENOENT,
			       "is linked into the program, which alone can load it");
		return -AIOT_ENOENT;
	}
	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	unit->linked = NULL; /* the new block takes its place, also when the load fails */
	r = assemble(host, unit, &from->service, from->spec.args, from->spec.arg_count, &why);
	if (r < 0 && unit->linked == NULL)
		unit->linked = from;
	else
		aiot_spec_free(from);
	return r;
}

/* A file that cannot be loaded from, though nothing in it is wrong.  0: it can. */
int aiot_unit_check_loadable(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[4608];

	if (unit->masked_file)
		(void)aiot_format_to(text, sizeof(text),
				     "%s is a link to /dev/null: the service is masked; remove it "
				     "to have it back",
				     unit->file);
	else if (unit->masked)
		(void)aiot_format_to(text, sizeof(text),
				     "the service is masked; to have it back: aiotoolsctl unmask "
				     "%s",
				     unit->name);
	else if (aiot_unit_is_template(unit))
		(void)aiot_format_to(text, sizeof(text),
				     "%s is a template; load an instance of it: aiotoolsctl load "
				     "%sNAME",
				     unit->file, unit->name);
	else if (unit->conf.module == NULL && !unit->conf.node)
		(void)aiot_format_to(
			text, sizeof(text),
			"%s: only disables it; remove the file, or add Module=", unit->file);
	else
		return 0;
	aiot_unit_fail(host, unit, -AIOT_EPERM, text);
	return -AIOT_EPERM;
}

/* Loading it once ended the program, and nobody has asked for it since. */
static bool may_load(struct aiot_host *host, struct aiot_unit *unit)
{
	bool may = aiot_quarantine_may_load(host, unit);

	if (!may)
		aiot_unit_tell_failed(host, unit);
	return may;
}

int aiot_unit_open_module(struct aiot_host *host, struct aiot_unit *unit, struct aiot_module **ret,
			  struct aiot_out *why)
{
	char name[AIOT_NAME_MAX + 1], text[AIOT_UNIT_LINE_MAX];
	const struct aiot_ini_entry *e;
	struct aiot_stall was;
	struct aiot_out told;
	int r;

	aiot_out_init(&told, text, sizeof(text));
	(void)aiot_format_to(name, sizeof(name), "%s" AIOT_UNIT_SUFFIX, unit->name);
	aiot_account_enter(&host->core, name, AIOT_DOING_LOAD, &was);
	r = aiot_module_open(host, unit->conf.module, ret, &told);
	aiot_account_leave(&host->core, &was);
	e = r == -AIOT_ENOENT ? aiot_ini_find(&unit->doc, "Service", "Module") : NULL;
	if (e != NULL)
		aiot_format(why, "%s:%u: ", e->file, e->line);
	aiot_out_text(why, aiot_out_str(&told));
	return r;
}

static int load(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_arg *args = NULL;
	uint32_t count = 0;
	char text[4096];
	struct aiot_out why;
	int r;

	if (!may_load(host, unit))
		return -AIOT_ECANCELED;
	if (unit->file == NULL)
		return load_linked_again(host, unit);
	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	aiot_unit_refresh(host, unit);
	aiot_load_step(host, "read");
	if (unit->bad_file) {
		aiot_unit_tell_failed(host, unit);
		return -AIOT_EINVAL;
	}
	r = aiot_unit_check_loadable(host, unit);
	if (r < 0 && unit->masked)
		unit->load = AIOT_UNIT_UNLOADED;
	if (r < 0)
		aiot_unit_tell_failed(host, unit);
	if (r < 0)
		return r;
	r = aiot_deps_check(host, unit, &why);
	if (r < 0) {
		unit->bad_deps = true;
		return undo(host, unit, r, &why);
	}
	aiot_deps_warn(host, unit);
	r = unit->conf.node ? 0 : aiot_unit_open_module(host, unit, &unit->module, &why);
	aiot_load_step(host, "module");
	if (r == 0)
		r = aiot_unit_collect_args(host, unit, &args, &count);
	if (r < 0)
		return undo(host, unit, r, &why);
	r = assemble(host, unit, unit->module ? &unit->module->service : &aiot_service_node, args,
		     count, &why);
	aiot_mem_free(args);
	return r;
}

int aiot_unit_load(struct aiot_host *host, struct aiot_unit *unit)
{
	int r;

	if (unit->load == AIOT_UNIT_LOADED)
		return -AIOT_EALREADY;
	aiot_boot_load_begins(unit);
	r = load(host, unit);
	aiot_boot_load_ended(host, unit);
	return r;
}

int aiot_unit_load_linked(struct aiot_host *host, struct aiot_unit *unit,
			  const struct aiot_service *service, const char *const *args)
{
	struct aiot_arg pairs[AIOT_ARGS_MAX];
	uint32_t count = 0;
	char text[1024];
	struct aiot_out why;
	int r;

	unit->conf.enabled = true;
	if (!may_load(host, unit))
		return -AIOT_ECANCELED;
	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	r = aiot_args_from_pairs(args, pairs, &count, &why);
	if (r < 0)
		return undo(host, unit, r, &why);
	return assemble(host, unit, service, pairs, count, &why);
}
