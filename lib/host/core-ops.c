/*
 * core-ops.c - what the core asks of its owner, answered for a host.
 *
 * Called by the core, inside a round or an order; none of it gives orders back.
 */
#include <string.h>
#include <unistd.h>

#include "account.h"
#include "boot.h"
#include "calls.h"
#include "histdisk.h"
#include "history.h"
#include "hold.h"
#include "lastruns.h"
#include "mem.h"
#include "more.h"
#include "node.h"
#include "quarantine.h"
#include "units.h"

#ifndef AIOT_HTTP_LIBRARY
#define AIOT_HTTP_LIBRARY NULL
#endif

static uint64_t mono_ns(void *ctx)
{
	(void)ctx;
	return aiot_clock_mono_ns();
}

static uint64_t step_ns(void *ctx)
{
	struct aiot_host *host = ctx;
	uint64_t ns = aiot_stepclock_ns(&host->stepclock);

	return ns ? ns : aiot_clock_mono_ns();
}

static int64_t wall_ns(void *ctx)
{
	(void)ctx;
	return aiot_clock_wall_ns();
}

static void *take(void *ctx, size_t size)
{
	(void)ctx;
	return aiot_mem_alloc(size);
}

static void give(void *ctx, void *block, size_t size)
{
	(void)ctx;
	(void)size;
	aiot_mem_free(block);
}

static void wake(void *ctx)
{
	aiot_loop_wake(ctx);
}

static void changed(void *ctx, struct aiot_entry *entry)
{
	struct aiot_host *host = ctx;
	struct aiot_unit *unit = aiot_hold_unit(entry);

	aiot_quarantine_changed(host, entry);
	if (unit != NULL)
		aiot_boot_note(host, unit);
	if (host->server != NULL)
		aiot_server_poke(host->server);
}

static void logged(void *ctx)
{
	struct aiot_host *host = ctx;

	if (host->server != NULL)
		aiot_server_poke(host->server);
}

static void acted(void *ctx, struct aiot_entry *entry, enum aiot_action action, int64_t wall_us)
{
	struct aiot_host *host = ctx;

	aiot_lastruns_acted(host, entry, action, wall_us);
	aiot_history_acted(host, entry, action, wall_us);
}

static bool history_last(void *ctx, const char *name, unsigned actions, int64_t from_us,
			 int64_t to_us, int64_t *ret_us)
{
	return aiot_history_last(ctx, name, actions, from_us, to_us, ret_us);
}

static uint32_t history_fails(void *ctx, const char *name)
{
	return aiot_history_fails(ctx, name);
}

/* ---- entries that leave ---- */

struct aiot_spec_block *aiot_shared_block(struct aiot_host *host,
					  const struct aiot_service *service, const char *kind)
{
	struct aiot_spec_block *block = host->last_block;

	if (block == NULL || block->origin != service ||
	    strcmp(block->spec.kind.name, kind ? kind : "main") != 0)
		return NULL;
	return block;
}

void aiot_block_unused(struct aiot_host *host, struct aiot_spec_block *block)
{
	if (host->last_block == block)
		host->last_block = NULL;
	aiot_module_close(host, block->module);
	aiot_spec_free(block);
}

void aiot_block_fini(struct aiot_host *host, const struct aiot_spec_block *block,
		     struct aiot_task *task)
{
	struct aiot_stall was;

	if (block->service.fini == NULL)
		return;
	aiot_account_enter(&host->core, aiot_entry_name(&task->entry), "in its fini", &was);
	block->service.fini(aiot_task_self(task));
	aiot_account_leave(&host->core, &was);
}

static void dropped(void *ctx, struct aiot_entry *entry)
{
	struct aiot_host *host = ctx;
	struct aiot_spec_block *block = (struct aiot_spec_block *)(void *)entry->spec;

	struct aiot_unit *owner = block->owner;

	if (block->dropped != NULL) { /* not a task of this loop */
		block->dropped(entry);
		logged(ctx);
		return;
	}
	if (block->initialised)
		aiot_block_fini(host, block, aiot_task_of(entry));
	if (block->unit != NULL)
		aiot_unit_task_dropped(host, block->unit);
	else if (block->spec.users == 0)
		aiot_block_unused(host, block);
	aiot_mem_free(aiot_task_of(entry));
	if (owner != NULL)
		aiot_unit_added_dropped(host, owner);
	if (host->server != NULL)
		aiot_server_poke(host->server);
}

/* ---- numbers for names that are taken ---- */

struct number {
	struct aiot_trie_node node; /* link: host.numbers */
	uint32_t last;
	char name[AIOT_NAME_MAX + 1];
};

static uint32_t next_number(void *ctx, const char *name, size_t len)
{
	struct aiot_host *host = ctx;
	char key[AIOT_NAME_MAX + 1];
	struct aiot_trie_node *node;
	struct number *n;

	memcpy(key, name, len);
	key[len] = '\0';
	node = aiot_trie_find(&host->numbers, key);
	if (node != NULL)
		return ++((struct number *)node)->last;
	n = aiot_mem_zalloc(sizeof(*n));
	if (n == NULL)
		return 0;
	memcpy(n->name, key, len + 1);
	n->node.key_off = offsetof(struct number, name);
	(void)aiot_trie_insert(&host->numbers, &n->node);
	return ++n->last;
}

void aiot_numbers_finish(struct aiot_host *host)
{
	struct aiot_trie_node *node;

	while ((node = aiot_trie_from(&host->numbers, "", false)) != NULL) {
		aiot_trie_remove(&host->numbers, node);
		aiot_mem_free(node);
	}
}

/* ---- for commands ---- */

/* Services that did not load, under their own names. */
static const char *failure(void *ctx, const char *pattern, const char *after,
			   const struct aiot_outcome **ret)
{
	struct aiot_unit *unit = aiot_unit_match(ctx, pattern, after);

	while (unit != NULL && unit->error == NULL)
		unit = aiot_unit_match(ctx, pattern, unit->name);
	if (unit == NULL)
		return NULL;
	*ret = unit->error;
	return unit->name;
}

static bool why_missing(void *ctx, const char *name, struct aiot_out *out)
{
	const struct aiot_unit *unit = aiot_unit_find(ctx, name);

	if (unit == NULL || unit->task != NULL)
		return false;
	if (unit->error != NULL)
		aiot_format(out, "service '%s' did not load: %s: %s; aiotoolsctl traceback %s",
			    unit->name, aiot_error_word(unit->error->code), unit->error->text,
			    unit->name);
	else
		aiot_format(out, "service '%s' is not loaded; aiotoolsctl load %s", unit->name,
			    unit->name);
	return true;
}

static bool origin(void *ctx, struct aiot_entry *entry, struct aiot_json_out *json)
{
	const struct aiot_spec_block *block =
		(const struct aiot_spec_block *)(const void *)entry->spec;
	const struct aiot_unit *unit = block->unit ? block->unit : block->owner;
	const struct aiot_service *service = entry->spec->service;
	const char *info = service->info, *docs = service->docs;
	bool scheduled = aiot_entry_schedule(entry) != NULL;
	bool core = block->unit != NULL && block->unit->conf.kind == AIOT_UNIT_CORE;

	(void)ctx;
	if (aiot_entry_elsewhere(entry))
		return aiot_node_origin(entry, json);
	if (unit != NULL && unit->conf.description != NULL)
		info = unit->conf.description;
	if (unit != NULL && unit->conf.documentation != NULL)
		docs = unit->conf.documentation;
	aiot_json_put_str(json, "name", unit ? unit->name : service->name);
	aiot_json_put_str(json, "info", info ? info : "");
	aiot_json_put_str(json, "docs", docs);
	aiot_json_put_str(json, "path", entry->spec->label);
	aiot_json_put_str(json, "type",
			  service->main == aiot_service_node.main ? "node.service"
			  : scheduled				  ? "schedule.service"
			  : core				  ? "core.service"
								  : "runtime.service");
	return true;
}

static void info_paths(struct aiot_host *host, struct aiot_json_out *json)
{
	unsigned i;

	aiot_json_put_object(json, "paths");
	aiot_json_put_str(json, "runtime", host->runtime_dir);
	aiot_json_put_str(json, "state", host->state_dir);
	aiot_json_put_str(json, "socket", host->socket_path[0] ? host->socket_path : NULL);
	aiot_json_put_array(json, "config");
	for (i = 0; host->config_dirs != NULL && host->config_dirs[i] != NULL; i++)
		aiot_json_put_str(json, NULL, host->config_dirs[i]);
	aiot_json_put_end_array(json);
	aiot_json_put_array(json, "modules");
	for (i = 0; host->module_dirs != NULL && host->module_dirs[i] != NULL; i++)
		aiot_json_put_str(json, NULL, host->module_dirs[i]);
	aiot_json_put_end_array(json);
	aiot_json_put_end_object(json);
}

static void info_control(struct aiot_host *host, struct aiot_json_out *json)
{
	struct aiot_server_counts counts = {0};

	if (host->server != NULL)
		aiot_server_counts(host->server, &counts);
	aiot_json_put_object(json, "control");
	aiot_json_put_u64(json, "clients", counts.clients);
	aiot_json_put_u64(json, "clients_max", counts.clients_max);
	aiot_json_put_u64(json, "accepted", counts.accepted);
	aiot_json_put_u64(json, "refused", counts.refused);
	aiot_json_put_u64(json, "requests", counts.requests);
	aiot_json_put_u64(json, "errors", counts.errors);
	aiot_json_put_end_object(json);
}

/* What was optional when this was built, as meson_options.txt calls it; null: it was left out. */
static void info_features(struct aiot_json_out *json)
{
	aiot_json_put_object(json, "features");
	aiot_json_put_str(json, "sqlite", aiot_histdisk_library());
	aiot_json_put_str(json, "http", AIOT_HTTP_LIBRARY);
	aiot_json_put_end_object(json);
}

static void info(void *ctx, struct aiot_json_out *json)
{
	struct aiot_host *host = ctx;

	aiot_json_put_str(json, "product", "aiotools");
	aiot_json_put_str(json, "version", aiot_version());
	aiot_json_put_str(json, "name", host->name);
	aiot_json_put_str(json, "host", host->host_name);
	aiot_json_put_i64(json, "pid", getpid());
	aiot_json_put_u64(json, "abi", AIOT_ABI);
	aiot_json_put_str(json, "libuv", uv_version_string());
	info_features(json);
	info_paths(host, json);
	info_control(host, json);
	aiot_json_put_object(json, "services");
	aiot_json_put_u64(json, "known", host->units.count);
	aiot_json_put_end_object(json);
	aiot_modules_info(host, json);
	aiot_boot_info(host, json);
	aiot_json_put_object(json, "ring");
	aiot_json_put_str(json, "kept", host->ringfile.in_memory ? "in memory only" : "in a file");
	aiot_json_put_str(json, "why", host->ringfile.why[0] ? host->ringfile.why : NULL);
	aiot_json_put_end_object(json);
	aiot_lastruns_info(host, json);
	aiot_history_info(host, json);
	aiot_guard_info(host, json);
}

/* "hello", "hello.service", and what that may call its children. */
static bool knows_task(void *ctx, const char *name)
{
	char unit[AIOT_NAME_MAX + 1];
	const char *end = strstr(name, ".service"), *colon = strchr(name, ':');
	size_t len = end ? (size_t)(end - name) : strlen(name);
	const struct aiot_unit *node;

	if (colon != NULL) { /* what a board has is known when it answers */
		(void)aiot_format_to(unit, sizeof(unit), "%.*s", (int)(colon - name), name);
		node = aiot_unit_find(ctx, unit);
		return node != NULL && node->conf.node;
	}
	if (end != NULL && end[sizeof(".service") - 1] != '\0' &&
	    end[sizeof(".service") - 1] != '.')
		return false;
	memcpy(unit, name, len);
	unit[len] = '\0';
	return aiot_unit_find(ctx, unit) != NULL;
}

static void keep_past(void *ctx, const char *name)
{
	struct aiot_host *host = ctx;
	struct aiot_entry *entry = aiot_core_find(&host->core, name);

	if (aiot_lastruns_keep(host, name) == 0 && entry != NULL && entry->more == NULL)
		(void)aiot_lastruns_restore(host, entry);
}

static void broken(void *ctx, struct aiot_entry *entry, const char *what)
{
	aiot_host_break(ctx, aiot_entry_name(entry), what);
}

const struct aiot_core_ops aiot_host_core_ops = {
	.mono_ns = mono_ns,
	.step_ns = step_ns,
	.wall_ns = wall_ns,
	.take = take,
	.give = give,
	.wake = wake,
	.changed = changed,
	.holds = aiot_hold_asked,
	.pulls = aiot_hold_pulls,
	.waits_for = aiot_hold_waits_for,
	.dropped = dropped,
	.next_number = next_number,
	.failure = failure,
	.why_missing = why_missing,
	.info = info,
	.origin = origin,
	.knows_task = knows_task,
	.keep_past = keep_past,
	.broken = broken,
	.beside = aiot_host_run_beside,
	.logged = logged,
	.history_last = history_last,
	.history_fails = history_fails,
	.acted = acted,
	.create_child = aiot_host_create_child,
	.poke = logged,
};
