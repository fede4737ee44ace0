/*
 * unit-args.c - the options that a service's file gives, and whether what is loaded takes them.
 *
 * Called by unit-load.c and, when files were read again, by the scan.
 */
#include <string.h>

#include "mem.h"
#include "node.h"
#include "service.h"
#include "units.h"

int aiot_unit_collect_args(const struct aiot_unit *unit, struct aiot_arg **ret, uint32_t *ret_count)
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
	    aiot_unit_collect_args(unit, &args, &count) < 0)
		return;
	aiot_out_init(&why, text, sizeof(text));
	r = aiot_args_check(service, &kind, args, count, &why);
	aiot_mem_free(args);
	if (r == 0)
		return;
	unit->bad_args = true;
	aiot_unit_fail(host, unit, r, aiot_out_str(&why));
}
