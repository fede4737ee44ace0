/*
 * unit-compare.c - how what a service runs with differs from what its files say now.
 *
 * Called when files were read again, and by a reload, which does no more than what differs asks
 * for.  Looks at what was read; opens nothing and changes nothing that runs.
 */
#include <string.h>

#include "mem.h"
#include "more.h"
#include "service.h"
#include "settings.h"
#include "supervise.h"
#include "units.h"

/* ---- what is in force only from a load on ---- */

#define HASH_START 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

/* Case, `_` and `-` of a name do not matter. */
static uint64_t hash_name(uint64_t hash, const char *name)
{
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c == '_' || c == '-')
			continue;
		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) * HASH_PRIME;
	}
	return hash * HASH_PRIME;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
	return hash;
}

/* What is not looked at one by one. */
static bool counts(const struct aiot_ini_entry *e)
{
	return !aiot_ini_key_eq(e->section, "Args") && !aiot_ini_key_eq(e->section, "Node") &&
	       !aiot_ini_key_eq(e->section, "Service");
}

/* A sum, for their order does not matter. */
uint64_t aiot_unit_mark(const struct aiot_unit *unit)
{
	uint64_t sum = (uint64_t)unit->conf.kind * HASH_PRIME;
	size_t i;

	for (i = 0; i < unit->doc.entry_count; i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(&unit->doc, i);

		if (counts(e))
			sum += hash_text(hash_name(hash_name(HASH_START, e->section), e->key),
					 e->value);
	}
	return sum;
}

/* ---- what differs ---- */

static bool other_code(const struct aiot_unit *unit)
{
	const struct aiot_module *m = unit->module;

	if (unit->conf.node || m == NULL)
		return unit->conf.node != (m == NULL);
	return m->changed || unit->conf.module == NULL ||
	       strcmp(unit->conf.module, m->service.name) != 0;
}

static bool other_policy(const struct aiot_policy *a, const struct aiot_policy *b)
{
	return a->restart != b->restart || a->burst != b->burst ||
	       a->interval_ns != b->interval_ns || a->delay_ns != b->delay_ns ||
	       a->max_ns != b->max_ns || a->reset_ns != b->reset_ns ||
	       a->watchdog_ns != b->watchdog_ns;
}

static bool other_limits(const struct aiot_unit *unit)
{
	const struct aiot_spec *was = &unit->block->spec;
	struct aiot_spec_block now = {
		.spec = {.stop_timeout_ms = was->stop_timeout_ms, .kind.flags = was->kind.flags}};

	aiot_unit_put_limits(unit, &now);
	return now.spec.stop_timeout_ms != was->stop_timeout_ms ||
	       now.spec.timeout_ms != was->timeout_ms || now.spec.priority != was->priority ||
	       now.spec.start_timeout_ms != was->start_timeout_ms ||
	       other_policy(&now.spec.policy, &was->policy);
}

static const char *value_of(const struct aiot_arg *args, uint32_t count, const struct aiot_opt *opt)
{
	const struct aiot_arg *arg = aiot_arg_find(args, count, opt->key);

	return arg != NULL ? arg->value : opt->def;
}

static unsigned other_args(const struct aiot_unit *unit, const struct aiot_arg *args,
			   uint32_t count)
{
	const struct aiot_spec *spec = &unit->block->spec;
	const struct aiot_opt *opt;
	unsigned differs = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (aiot_opt_find(spec->service, spec->kind.opts, args[i].key) == NULL)
			return AIOT_DIFFERS_ARGS;
	}
	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++) {
		if (strcmp(value_of(spec->args, spec->arg_count, opt),
			   value_of(args, count, opt)) != 0)
			differs |=
				opt->flags & AIOT_OPT_LIVE ? AIOT_DIFFERS_LIVE : AIOT_DIFFERS_ARGS;
	}
	return differs;
}

unsigned aiot_unit_difference(const struct aiot_unit *unit, const struct aiot_arg *args,
			      uint32_t count)
{
	return (other_code(unit) ? AIOT_DIFFERS_CODE : 0) |
	       (aiot_unit_mark(unit) != unit->mark ? AIOT_DIFFERS_CONF : 0) |
	       (other_limits(unit) ? AIOT_DIFFERS_LIMITS : 0) |
	       (aiot_deps_differ(unit) ? AIOT_DIFFERS_DEPS : 0) | other_args(unit, args, count);
}

/* ---- after the files were read again ---- */

/* The scan has seen that a file is another one, gone or new; whether it says anything else? */
static bool still_changed(struct aiot_host *host, const struct aiot_unit *unit)
{
	struct aiot_arg *args;
	uint32_t count = 0;
	unsigned differs;

	if (unit->masked_file) /* it runs on as it is, and nothing could be reloaded */
		return false;
	if (!unit->seen || unit->bad_file || unit->bad_args ||
	    (unit->conf.module == NULL && !unit->conf.node))
		return true;
	if (aiot_unit_collect_args(host, unit, &args, &count) < 0)
		return true;
	differs = aiot_unit_difference(unit, args, count);
	aiot_mem_free(args);
	return differs != 0;
}

void aiot_unit_compare(struct aiot_host *host, struct aiot_unit *unit)
{
	if (unit->load != AIOT_UNIT_LOADED || unit->file == NULL)
		return;
	if (unit->changed || (unit->module != NULL && unit->module->changed))
		unit->changed = still_changed(host, unit);
	if (unit->task == NULL)
		return;
	if (unit->changed)
		unit->task->entry.flags |= AIOT_ENTRY_STALE;
	else
		unit->task->entry.flags &= (uint8_t)~AIOT_ENTRY_STALE;
}

void aiot_units_compare(struct aiot_host *host)
{
	struct aiot_unit *unit = NULL;

	while ((unit = aiot_unit_match(host, "*", unit ? unit->name : "")) != NULL)
		aiot_unit_compare(host, unit);
}

/* ---- what needs no restart ---- */

/* Tasks of another priority than 0 that are alive are counted. */
static int set_limits(struct aiot_host *host, struct aiot_unit *unit)
{
	struct aiot_spec *spec = &unit->block->spec;
	bool was = spec->priority != 0, alive = aiot_entry_alive(&unit->task->entry);

	aiot_unit_put_limits(unit, unit->block);
	if (alive && was != (spec->priority != 0))
		host->core.prioritised += was ? -1u : 1u;
	return aiot_supervise_change(&host->core, &unit->task->entry);
}

static int set_deps(struct aiot_host *host, struct aiot_unit *unit)
{
	int r = aiot_deps_differ(unit) ? aiot_deps_apply(host, unit) : 0;

	aiot_hold_deps_changed(host, unit);
	return r;
}

/* What `set` or `trigger` gave stands above what files say. */
static bool is_overlaid(const struct aiot_entry *entry, const struct aiot_opt *opt)
{
	return entry->more != NULL &&
	       (aiot_setting_find(entry->more->set, opt) != NULL ||
		aiot_setting_find(aiot_settings_of_run(entry->more), opt) != NULL);
}

static void set_options(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *old,
			uint32_t old_count)
{
	const struct aiot_spec *spec = &unit->block->spec;
	struct aiot_entry *entry = &unit->task->entry;
	const struct aiot_opt *opt;
	uint32_t i;

	for (i = 0; (opt = aiot_opt_row(spec->service, spec->kind.opts, i)) != NULL; i++) {
		const struct aiot_arg *now = aiot_arg_find(spec->args, spec->arg_count, opt->key);
		const char *value = now ? now->value : opt->def;

		if (strcmp(value_of(old, old_count, opt), value) == 0)
			continue;
		if (!is_overlaid(entry, opt))
			spec->place->ops->set(spec->place, entry, opt, value);
		aiot_host_log(host, AIOT_INFO, "service '%s': %s = %s (%s)", unit->name, opt->key,
			      value, now ? now->origin : "default");
	}
}

int aiot_unit_set_live(struct aiot_host *host, struct aiot_unit *unit, const struct aiot_arg *args,
		       uint32_t count)
{
	const struct aiot_arg *old = unit->block->spec.args;
	uint32_t old_count = unit->block->spec.arg_count;
	int r = aiot_spec_exchange_args(unit->block, args, count);

	if (r < 0)
		return r;
	r = set_limits(host, unit);
	if (r == 0)
		r = set_deps(host, unit);
	set_options(host, unit, old, old_count);
	return r;
}
