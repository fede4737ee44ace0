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

/* ---- telling ---- */

/*
 * Control characters of a service's own words would be orders to a terminal, or forged lines in a
 * journal.  U+0080 to U+009F, the bytes C2 80 to C2 9F, are such, too.
 */
static void put_plain(struct aiot_out *out, const char *text)
{
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c != '\0'; c++) {
		bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f;

		if (c1)
			aiot_format(out, "\\x%02x\\x%02x", c[0], c[1]);
		else if (*c < ' ' || *c == 0x7f)
			aiot_format(out, "\\x%02x", *c);
		else
			aiot_out_char(out, (char)*c);
		c += c1;
	}
}

void aiot_unit_tell(struct aiot_host *host, enum aiot_level level, const char *text)
{
	char plain[4608];
	struct aiot_out out;

	aiot_host_log(host, level, "%s", text);
	if (host->print == NULL)
		return;
	aiot_out_init(&out, plain, sizeof(plain));
	put_plain(&out, text);
	host->print(host->arg, aiot_out_str(&out));
}

static void tell_loaded(struct aiot_host *host, const struct aiot_unit *unit)
{
	char text[4608];

	if (unit->file == NULL)
		(void)aiot_format_to(text, sizeof(text),
				     "[ OK ] Service: %s.service (linked in) loaded", unit->name);
	else
		(void)aiot_format_to(text, sizeof(text),
				     "[ OK ] Service: %s.service from %s loaded", unit->name,
				     aiot_unit_path(unit));
	aiot_unit_tell(host, AIOT_INFO, text);
}

#define FAILED_MAX 4608

/* The line of a unit that did not load; its module, if it has one, is still open. */
static void failed_line(const struct aiot_unit *unit, char *text)
{
	const struct aiot_outcome *e = unit->error;
	const char *why = e ? e->text : "no memory was left to keep the reason";
	const char *path = aiot_unit_path(unit);
	struct aiot_out out;

	if (path == NULL)
		path = unit->file;
	aiot_out_init(&out, text, FAILED_MAX);
	aiot_format(&out, "[ ERROR ] Service: %s.service ", unit->name);
	if (unit->file == NULL)
		aiot_out_text(&out, "(linked in) ");
	else
		aiot_format(&out, "from %s ", path);
	aiot_format(&out, "not loaded: Error: %s: %s", aiot_error_word(e ? e->code : -AIOT_ENOMEM),
		    why);
	(void)aiot_out_str(&out);
}

static void tell_failed(struct aiot_host *host, const struct aiot_unit *unit)
{
	char text[FAILED_MAX];

	failed_line(unit, text);
	aiot_unit_tell(host, AIOT_ERROR, text);
}

const char *aiot_unit_path(const struct aiot_unit *unit)
{
	if (unit->module != NULL)
		return unit->module->path;
	if (unit->tried != NULL)
		return unit->tried;
	if (unit->conf.node)
		return aiot_ini_get(&unit->doc, "Node", "Device");
	return unit->file == NULL ? "linked in" : NULL;
}

void aiot_unit_fail(struct aiot_host *host, struct aiot_unit *unit, int code, const char *text)
{
	aiot_outcome_free(&host->core, unit->error);
	unit->error = aiot_outcome_error(&host->core, code, text, strlen(text), NULL, NULL);
	if (unit->load != AIOT_UNIT_LOADED)
		unit->load = AIOT_UNIT_FAILED;
}

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

/* [Args], or a node's [Node], as the core takes them; origins lie in the same block, behind. */
static int collect_args(const struct aiot_unit *unit, struct aiot_arg **ret, uint32_t *ret_count)
{
	const char *section = unit->conf.node ? "Node" : "Args";
	size_t n = unit->doc.entry_count, origin_max = strlen(unit->file ? unit->file : "") + 16, i;
	struct aiot_arg *args = aiot_mem_zalloc(n * (sizeof(*args) + origin_max) + 1);
	char *text;
	uint32_t count = 0;

	if (args == NULL)
		return -AIOT_ENOMEM;
	text = (char *)(args + n);
	for (i = 0; i < n; i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(&unit->doc, i);

		if (!aiot_ini_key_eq(e->section, section))
			continue;
		(void)aiot_format_to(text, origin_max, "%s:%u", unit->file, e->line);
		args[count++] = (struct aiot_arg){e->key, e->value, text};
		text += origin_max;
	}
	*ret = args;
	*ret_count = count;
	return 0;
}

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
}

/*
 * A unit whose task has to go again: its load was not, so dropping does not run fini.  Told last,
 * for whoever is told may load it again at once.
 */
static int undo(struct aiot_host *host, struct aiot_unit *unit, int code, struct aiot_out *why)
{
	char text[FAILED_MAX];

	if (unit->task != NULL)
		aiot_core_delete(&host->core, &unit->task->entry);
	if (why->len > 0 || unit->error == NULL)
		aiot_unit_fail(host, unit, code, why->len > 0 ? aiot_out_str(why) : "no memory");
	unit->load = AIOT_UNIT_FAILED;
	failed_line(unit, text);
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
	tell_loaded(host, unit);
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
	tell_failed(host, unit);
	return -AIOT_EPERM;
}

/*
 * As loading would, but against the module that is open.  Where the file names another one, or that
 * one was exchanged too, nobody can know before it is opened.
 */
static const struct aiot_service *service_at_hand(const struct aiot_unit *unit)
{
	const struct aiot_module *m = unit->module;

	if (unit->conf.node || m == NULL)
		return unit->conf.node && m == NULL ? &aiot_service_node : NULL;
	if (unit->conf.module == NULL || strcmp(unit->conf.module, m->service.name) != 0 ||
	    aiot_module_changed(m))
		return NULL;
	return &m->service;
}

void aiot_unit_check_args(struct aiot_host *host, struct aiot_unit *unit)
{
	const struct aiot_service *service = service_at_hand(unit);
	struct aiot_arg *args = NULL;
	struct aiot_kind kind;
	uint32_t count = 0;
	char text[4096];
	struct aiot_out why;
	int r;

	if (service == NULL || !aiot_service_kind(service, NULL, &kind) ||
	    collect_args(unit, &args, &count) < 0)
		return;
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_args_check(service, &kind, args, count, &why);
	aiot_mem_free(args);
	if (r == 0)
		return;
	unit->bad_args = true;
	aiot_unit_fail(host, unit, r, aiot_out_str(&why));
}

int aiot_unit_load(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_arg *args = NULL;
	uint32_t count = 0;
	char text[4096];
	struct aiot_out why;
	int r;

	if (unit->load == AIOT_UNIT_LOADED)
		return -AIOT_EALREADY;
	if (unit->file == NULL)
		return load_linked_again(host, unit);
	aiot_out_init(&why, text, sizeof(text));
	aiot_outcome_free(&host->core, unit->error);
	unit->error = NULL;
	aiot_unit_read(host, unit);
	if (unit->bad_file) {
		tell_failed(host, unit);
		return -AIOT_EINVAL;
	}
	r = check_loadable(host, unit);
	if (r < 0)
		return r;
	r = unit->conf.node ? 0 : aiot_module_open(host, unit->conf.module, &unit->module, &why);
	if (r == 0)
		r = collect_args(unit, &args, &count);
	if (r < 0)
		return undo(host, unit, r, &why);
	r = assemble(host, unit, unit->module ? &unit->module->service : &aiot_service_node, args,
		     count, &why);
	aiot_mem_free(args);
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
