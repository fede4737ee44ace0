/*
 * host-beside.c - copies of a task that run beside it (Overlap=allow).
 *
 * Called by the core when a schedule is due while its task still runs.  A copy is a task of its
 * own, as `add` makes them, that leaves the registry when its run ends.
 */
#include "host.h"
#include "mem.h"
#include "more.h"
#include "service.h"
#include "settings.h"
#include "units.h"

/* Copies that run now. */
static unsigned count_copies(struct aiot_host *host, const struct aiot_entry *entry)
{
	char pattern[AIOT_NAME_MAX + 3];
	struct aiot_entry *e = NULL;
	unsigned count = 0;

	(void)aiot_format_to(pattern, sizeof(pattern), "%s_*", aiot_entry_name(entry));
	while ((e = aiot_core_match(&host->core, pattern, e ? aiot_entry_name(e) : "")) != NULL)
		count += (e->flags & AIOT_ENTRY_ONCE) != 0;
	return count;
}

/*
 * Whose unload ends it: the service of the task, or of whose child it is.  NULL: the
 * program's own.
 */
static struct aiot_unit *unit_of(const struct aiot_entry *entry)
{
	const struct aiot_spec_block *block;

	while (entry->more != NULL && entry->more->parent != NULL)
		entry = entry->more->parent;
	block = (const struct aiot_spec_block *)(const void *)entry->spec;
	return block->unit ? block->unit : block->owner;
}

/* Every option as the next run of the original would have it.  The array is the caller's to free.
 */
static struct aiot_arg *collect_args(const struct aiot_entry *entry, uint32_t *ret_count)
{
	const struct aiot_spec *spec = entry->spec;
	const struct aiot_opt *opt;
	struct aiot_arg *args;
	uint32_t i, count = 0;

	while (aiot_opt_row(spec->service, spec->kind.opts, count) != NULL)
		count++;
	args = aiot_mem_zalloc((count + 1) * sizeof(*args));
	if (args == NULL)
		return NULL;
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++) {
		args[i].key = opt->key;
		args[i].value = aiot_setting_value(entry, opt, &args[i].origin);
	}
	*ret_count = count;
	return args;
}

static int make_block(struct aiot_host *host, const struct aiot_entry *entry,
		      struct aiot_spec_block **ret, struct aiot_out *why)
{
	const struct aiot_spec_block *block =
		(const struct aiot_spec_block *)(const void *)entry->spec;
	uint32_t count = 0;
	struct aiot_arg *args = collect_args(entry, &count);
	int r = -AIOT_ENOMEM;

	if (args != NULL)
		r = aiot_spec_create(host, &block->service, entry->spec->kind.name,
				     entry->spec->label, args, count, ret, why);
	aiot_mem_free(args);
	if (r < 0)
		return r;
	(*ret)->owner = unit_of(entry);
	(*ret)->module = aiot_module_share(aiot_module_of(entry));
	(*ret)->spec.stop_timeout_ms = entry->spec->stop_timeout_ms;
	(*ret)->spec.timeout_ms = entry->spec->timeout_ms;
	(*ret)->spec.priority = entry->spec->priority;
	return 0;
}

/* As `add` does it: a main task's struct is the service's own, and has its init. */
static int start_copy(struct aiot_host *host, struct aiot_spec_block *block, struct aiot_task *task)
{
	bool main = block->spec.kind.fn == block->service.main;
	int r = main ? aiot_task_init_service(&host->core, task) : 0;

	block->initialised = main && r == 0;
	if (r == 0)
		r = aiot_core_start(&host->core, &task->entry);
	if (r == 0)
		task->entry.flags |= AIOT_ENTRY_ONCE;
	else
		aiot_core_delete(&host->core, &task->entry);
	return r;
}

int aiot_host_run_beside(void *ctx, struct aiot_entry *entry)
{
	struct aiot_host *host = ctx;
	struct aiot_spec_block *block = NULL;
	struct aiot_task *task = NULL;
	char text[512];
	struct aiot_out why;
	int r;

	if (host->stopping || (unit_of(entry) != NULL && unit_of(entry)->unloading))
		return -AIOT_ECANCELED;
	if (count_copies(host, entry) >= AIOT_BESIDE_MAX)
		return -AIOT_EBUSY;
	aiot_out_init(&why, text, sizeof(text));
	r = make_block(host, entry, &block, &why);
	if (r < 0)
		return r;
	r = aiot_host_make_task(host, &block->spec, aiot_entry_name(entry), AIOT_RENAME, &task);
	if (r < 0) {
		aiot_block_unused(host, block);
		return r;
	}
	if (block->owner != NULL)
		block->owner->added++;
	return start_copy(host, block, task);
}
