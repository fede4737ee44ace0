/*
 * unit-args.c - the options that a service's file gives, and whether what is loaded takes them.
 *
 * Called by unit-load.c and, when files were read again, by the scan.
 */
#include <string.h>

#include "mem.h"
#include "node.h"
#include "overlay.h"
#include "service.h"
#include "units.h"

static size_t origin_bytes(const struct aiot_ini *doc, const char *section)
{
	size_t bytes = 0, i;

	for (i = 0; i < doc->entry_count; i++) {
		if (aiot_ini_key_eq(doc->entries[i].section, section))
			bytes += strlen(doc->entries[i].file) + 16;
	}
	return bytes;
}

/* In the place of the file's, or behind them. */
static void put_over(struct aiot_arg *args, uint32_t *count, const struct aiot_overlay_arg *arg)
{
	uint32_t i = 0;

	while (i < *count && !aiot_key_equal(args[i].key, arg->key))
		i++;
	args[i] = (struct aiot_arg){arg->key, arg->value, AIOT_OVERLAY_FILE};
	*count += i == *count;
}

int aiot_unit_collect_args(struct aiot_host *host, const struct aiot_unit *unit,
			   struct aiot_arg **ret, uint32_t *ret_count)
{
	const struct aiot_overlay_entry *over = aiot_overlay_find(&host->overlay, unit->name);
	const char *section = unit->conf.node ? "Node" : "Args";
	size_t n = unit->doc.entry_count, more = over ? over->arg_count : 0, i;
	size_t origins = origin_bytes(&unit->doc, section), used = 0;
	struct aiot_arg *args = aiot_mem_zalloc((n + more) * sizeof(*args) + origins + 1);
	bool bare = unit->bare || host->no_config;
	char *text;
	uint32_t count = 0;

	if (args == NULL)
		return -AIOT_ENOMEM;
	text = (char *)(args + n + more);
	for (i = 0; i < n && !(bare && !unit->conf.node); i++) {
		const struct aiot_ini_entry *e = aiot_ini_at(&unit->doc, i);

		if (!aiot_ini_key_eq(e->section, section))
			continue;
		args[count++] = (struct aiot_arg){e->key, e->value, text + used};
		used += aiot_format_to(text + used, origins - used, "%s:%u", e->file, e->line) + 1;
	}
	for (i = 0; i < more && !bare; i++)
		put_over(args, &count, &over->args[i]);
	*ret = args;
	*ret_count = count;
	return 0;
}

/*
 * As loading would, but against the module that is open.  Where the file names another one, or that
 * one was exchanged too, nobody can know before it is opened.
 */
const struct aiot_service *aiot_unit_service(const struct aiot_unit *unit)
{
	const struct aiot_module *m = unit->module;

	if (unit->conf.node || m == NULL)
		return unit->conf.node && m == NULL ? &aiot_service_node : NULL;
	if (unit->conf.module == NULL || strcmp(unit->conf.module, m->service.name) != 0 ||
	    m->changed)
		return NULL;
	return &m->service;
}

int aiot_unit_args_fit(struct aiot_host *host, const struct aiot_unit *unit,
		       const struct aiot_service *service, struct aiot_out *why)
{
	struct aiot_arg *args = NULL;
	struct aiot_kind kind;
	uint32_t count = 0;
	int r;

	if (service == NULL || !aiot_service_kind(service, NULL, &kind) ||
	    aiot_unit_collect_args(host, unit, &args, &count) < 0)
		return 0;
	r = aiot_args_check(service, &kind, args, count, why);
	aiot_mem_free(args);
	return r;
}

void aiot_unit_check_args(struct aiot_host *host, struct aiot_unit *unit)
{
	char text[4096];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = aiot_unit_args_fit(host, unit, aiot_unit_service(unit), &why);
	if (r == 0)
		return;
	unit->bad_args = true;
	aiot_unit_fail(host, unit, r, aiot_out_str(&why));
}
