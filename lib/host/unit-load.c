/*
 * unit-load.c - from a known service to a running task, and back.
 *
 * Called at start, by load and unload.  Whatever goes wrong on the way in is undone, becomes the
 * unit's error (which `traceback` and `services` show) and concerns nobody else.
 */
#include <stdlib.h>
#include <string.h>

#include "lastruns.h"
#include "mem.h"
#include "more.h"
#include "node.h"
#include "service.h"
#include "units.h"
#include "watch.h"

/* ---- taking apart ---- */

static void release(struct aiot_host *host, struct aiot_unit *unit)
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
	if (!host->closing)
		aiot_host_log(host, AIOT_INFO, "service '%s' unloaded", unit->name);
	release(host, unit);
}

/* The task's block is still there: the core's last word on it. */
void aiot_unit_task_dropped(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_task *task = unit->task;

	if (unit->load == AIOT_UNIT_LOADED && unit->block->service.fini != NULL)
		unit->block->service.fini(aiot_task_self(task));
	unit->task = NULL;
	if (unit->load == AIOT_UNIT_LOADED && unit->added == 0)
		unloaded(host, unit);
}

/* Its code is needed no more by this one; what waited for the last one goes on. */
void aiot_unit_added_dropped(struct aiot_host *host, struct aiot_unit *unit)
{
	if (--unit->added > 0)
		return;
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
	unit->unloading = true;
	if (unit->added == 0)
		aiot_core_delete(&host->core, &unit->task->entry);
	else
		delete_added(host, unit);
	return 0;
}

bool aiot_unit_wanted(const struct aiot_unit *unit)
{
	return unit->file != NULL && !unit->masked && unit->load != AIOT_UNIT_LOADED &&
	       (unit->conf.enabled || unit->bad_file);
}

/* ---- putting together ---- */

/* What is found out only now is about When: a task that it names, a ring, a service's condition. */
static void put_place(const struct aiot_unit *unit, struct aiot_out *why)
{
	const struct aiot_ini_entry *e = aiot_ini_find(&unit->doc, "Schedule", "When");

	if (unit->file != NULL && e != NULL)
		aiot_format(why, "%s:%u: ", unit->file, e->line);
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
static void set_start(struct aiot_unit *unit)
{
	struct aiot_spec *spec = &unit->block->spec;

	spec->ends_to_be_ready = unit->conf.kind == AIOT_UNIT_CORE;
	if (spec->ends_to_be_ready || spec->kind.flags & AIOT_SERVICE_SAYS_READY)
		spec->start_timeout_ms = unit->conf.start_timeout_ms;
}

/* Spec and task; on failure nothing of them is left but the sentence (or the task's own error). */
static int make_task(struct aiot_host *host, struct aiot_unit *unit,
		     const struct aiot_service *service, const struct aiot_arg *args,
		     uint32_t count, struct aiot_out *why)
{
	const char *path = aiot_unit_path(unit);
	char name[AIOT_NAME_MAX + 1];
	int r;

	r = aiot_spec_create(host, service, NULL, path, args, count, &unit->block, why);
	unit->bad_args = r < 0 && r != -AIOT_ENOMEM;
	if (r < 0)
		return r;
	unit->block->unit = unit;
	if (unit->conf.stop_timeout_ns)
		unit->block->spec.stop_timeout_ms =
			(uint32_t)(unit->conf.stop_timeout_ns / 1000000u);
	unit->block->spec.timeout_ms = unit->conf.timeout_ms;
	set_start(unit);
	unit->block->spec.priority = unit->conf.rank;
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

/* The service's own init; its error is taken over from the task before that goes. */
static int init_task(struct aiot_host *host, struct aiot_unit *unit, struct aiot_out *why)
{
	struct aiot_entry *entry = &unit->task->entry;
	int r = aiot_task_init_service(&host->core, unit->task);

	if (r == 0)
		return 0;
	if (aiot_outcome_of(entry) == NULL || aiot_outcome_of(entry)->type != AIOT_OUTCOME_ERROR) {
		aiot_format(why, "its init failed without a reason (%s)", aiot_error_word(r));
		return r;
	}
	aiot_outcome_free(&host->core, unit->error);
	unit->error = aiot_outcome_swap(&host->core, entry, NULL);
	return r;
}

static void begin(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_entry *entry = &unit->task->entry;

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
	release(host, unit);
	aiot_unit_tell(host, AIOT_ERROR, text);
	return code;
}

static int assemble(struct aiot_host *host, struct aiot_unit *unit,
		    const struct aiot_service *service, const struct aiot_arg *args, uint32_t count,
		    struct aiot_out *why)
{
	int r = make_task(host, unit, service, args, count, why);

	if (r == 0)
		r = init_task(host, unit, why);
	if (r < 0)
		return undo(host, unit, r, why);
	unit->load = AIOT_UNIT_LOADED;
	unit->changed = false;
	aiot_spec_free(unit->linked);
	unit->linked = NULL;
	begin(host, unit);
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
static int check_loadable(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[4608];

	if (unit->masked)
		(void)aiot_format_to(text, sizeof(text),
				     "%s is a link to /dev/null: the service is masked; remove it "
				     "to have it back",
				     unit->file);
	else if (unit->conf.module == NULL && !unit->conf.node)
		(void)aiot_format_to(
			text, sizeof(text),
			"%s: only disables it; remove the file, or add Module=", unit->file);
	else
		return 0;
	aiot_unit_fail(host, unit, -AIOT_EPERM, text);
	if (unit->masked)
		unit->load = AIOT_UNIT_UNLOADED;
	aiot_unit_tell_failed(host, unit);
	return -AIOT_EPERM;
}

static int load(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_arg *args = NULL;
	uint32_t count = 0;
	char text[4096];
	struct aiot_out why;
	int r;

	if (unit->file == NULL)
		return load_linked_again(host, unit);
	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	aiot_unit_read(host, unit);
	if (unit->bad_file) {
		aiot_unit_tell_failed(host, unit);
		return -AIOT_EINVAL;
	}
	r = check_loadable(host, unit);
	if (r < 0)
		return r;
	r = aiot_deps_check(host, unit, &why);
	if (r < 0) {
		unit->bad_deps = true;
		return undo(host, unit, r, &why);
	}
	aiot_deps_warn(host, unit);
	r = unit->conf.node ? 0 : aiot_module_open(host, unit->conf.module, &unit->module, &why);
	if (r == 0 && (unit->conf.node || !host->no_config))
		r = aiot_unit_collect_args(unit, &args, &count);
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

	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	unit->conf.enabled = true;
	r = aiot_args_from_pairs(args, pairs, &count, &why);
	if (r < 0)
		return undo(host, unit, r, &why);
	return assemble(host, unit, service, pairs, count, &why);
}
