/*
 * host-task.c - aiotools-host.h's functions for services and tasks: adding, loading, orders.
 *
 * Called by programs.  Clients of the control socket come through calls-host.c and the core's
 * handlers instead; both end in unit-load.c and core/registry.c.
 */
#include "host.h"

#include <string.h>

#include "service.h"
#include "units.h"

/* ---- services and tasks ---- */

/* What a unit says of itself as the host's error. */
static int unit_error(struct aiot_host *host, const struct aiot_unit *unit, int code)
{
	return aiot_host_fail(host, code, "%s",
			      unit->error ? unit->error->text : "no memory is left for the reason");
}

int aiot_host_check_running(struct aiot_host *host)
{
	if (!host->stopping)
		return 0;
	return aiot_host_fail(host, -AIOT_ECANCELED, "the host is stopping");
}

/* A descriptor that is linked in; what is wrong becomes the host's error. */
static int check_service(struct aiot_host *host, const struct aiot_service *service,
			 struct aiot_service *ret)
{
	const char *name = service->name ? service->name : "";
	struct aiot_out why;
	int r;

	aiot_out_init(&why, host->error, sizeof(host->error));
	aiot_format(&why, "service '%s' ", name);
	r = aiot_service_check(service, name, ret, &why);
	(void)aiot_out_str(&why);
	if (r == 0)
		host->error[0] = '\0';
	return r;
}

/* The unit for a service that is linked in; one that is not loaded any more is used again. */
static int linked_unit(struct aiot_host *host, const char *name, struct aiot_unit **ret)
{
	struct aiot_unit *unit = aiot_unit_find(host, name); /* if valid: of that very name */

	if (!aiot_unit_name_valid(name, strlen(name)))
		return aiot_host_fail(host, -AIOT_EINVAL, "'%s' cannot be a service's name", name);
	if (unit != NULL && (unit->file != NULL || unit->load == AIOT_UNIT_LOADED))
		return aiot_host_fail(host, -AIOT_EEXIST, "a service '%s' is known already", name);
	if (unit == NULL)
		unit = aiot_unit_create(host, name);
	if (unit == NULL)
		return aiot_host_fail(host, -AIOT_ENOMEM, "no memory for service '%s'", name);
	*ret = unit;
	return 0;
}

int aiot_host_add_service(struct aiot_host *host, const struct aiot_service *service,
			  const char *const *args)
{
	struct aiot_service checked;
	struct aiot_unit *unit = NULL;
	int r = aiot_host_check_running(host);

	if (r == 0)
		r = check_service(host, service, &checked);
	if (r == 0)
		r = linked_unit(host, checked.name, &unit);
	if (r < 0)
		return r;
	r = aiot_unit_load_linked(host, unit, &checked, args);
	return r < 0 ? unit_error(host, unit, r) : 0;
}

int aiot_args_from_pairs(const char *const *pairs, struct aiot_arg *args, uint32_t *ret_count,
			 struct aiot_out *why)
{
	uint32_t count = 0;

	for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
		if (pairs[1] == NULL) {
			aiot_format(why, "argument '%s' has no value", pairs[0]);
			return -AIOT_EINVAL;
		}
		if (count == AIOT_ARGS_MAX) {
			aiot_format(why, "more than %d arguments", AIOT_ARGS_MAX);
			return -AIOT_EINVAL;
		}
		args[count++] = (struct aiot_arg){pairs[0], pairs[1], "added"};
	}
	*ret_count = count;
	return 0;
}

static int add_task(struct aiot_host *host, struct aiot_spec_block *block, const char *name,
		    struct aiot_task **ret)
{
	int r = aiot_host_make_task(host, &block->spec, name, host->collision, ret);

	if (r == -AIOT_EEXIST || r == -AIOT_EALREADY)
		(void)aiot_host_fail(host, r, "a task called '%s' exists already", name);
	else if (r < 0)
		(void)aiot_host_fail(host, r, "cannot add a task called '%s': %s", name,
				     aiot_error_word(r));
	if (r < 0)
		return r;
	r = aiot_core_start(&host->core, &(*ret)->entry);
	if (r < 0) {
		(void)aiot_host_fail(host, r, "cannot start '%s': %s", name, aiot_error_word(r));
		aiot_core_delete(&host->core, &(*ret)->entry);
	}
	return r;
}

/* A block for a task with arguments of its own, or with none. */
static int make_block(struct aiot_host *host, const struct aiot_service *service, const char *kind,
		      const char *const *args, struct aiot_spec_block **ret)
{
	struct aiot_arg pairs[AIOT_ARGS_MAX];
	uint32_t count = 0;
	struct aiot_service checked;
	struct aiot_out why;
	int r;

	aiot_out_init(&why, host->error, sizeof(host->error));
	r = aiot_args_from_pairs(args, pairs, &count, &why);
	(void)aiot_out_str(&why);
	if (r < 0)
		return r;
	if (count == 0) {
		*ret = aiot_shared_block(host, service, kind);
		if (*ret != NULL)
			return 0;
	}
	r = check_service(host, service, &checked);
	if (r < 0)
		return r;
	aiot_out_init(&why, host->error, sizeof(host->error));
	r = aiot_spec_create(host, &checked, kind, "linked in", pairs, count, ret, &why);
	(void)aiot_out_str(&why);
	if (r < 0)
		return r;
	(*ret)->origin = service;
	if (count == 0)
		host->last_block = *ret;
	return 0;
}

int aiot_host_add_task(struct aiot_host *host, const struct aiot_service *service, const char *kind,
		       const char *name, const char *const *args, const char **ret_name)
{
	struct aiot_spec_block *block = NULL;
	struct aiot_task *task = NULL;
	int r = aiot_host_check_running(host);

	if (r == 0)
		r = make_block(host, service, kind, args, &block);
	if (r < 0)
		return r;
	block->spec.users++; /* ours: a task that has to go again does not take it along */
	r = add_task(host, block, name, &task);
	if (--block->spec.users == 0)
		aiot_block_unused(host, block);
	if (r == 0 && ret_name != NULL)
		*ret_name = aiot_entry_name(&task->entry);
	return r;
}

int aiot_host_reload(struct aiot_host *host)
{
	int r = aiot_config_reload(host);

	if (r < 0)
		return r;
	r = aiot_units_scan(host);
	if (r == -AIOT_ENOMEM)
		return aiot_host_fail(host, r, "no memory to read the configuration");
	aiot_host_log(host, AIOT_INFO, "configuration read; services known: %u", host->units.count);
	aiot_units_advise(host);
	return r;
}

static int load_named(struct aiot_host *host, const char *name)
{
	struct aiot_unit *unit = aiot_unit_find(host, name);
	int r;

	if (unit == NULL)
		return aiot_host_fail(host, -AIOT_ENOENT, "there is no service '%s'", name);
	r = aiot_unit_load(host, unit);
	if (r == -AIOT_EALREADY)
		return aiot_host_fail(host, r, "service '%s' is loaded already", name);
	return r < 0 ? unit_error(host, unit, r) : 0;
}

int aiot_host_load(struct aiot_host *host, const char *name)
{
	int r = aiot_host_check_running(host);

	if (r < 0)
		return r;
	if (name != NULL)
		return load_named(host, name);
	aiot_boot_begin(host, false, NULL, NULL);
	return 0;
}

int aiot_host_boot(struct aiot_host *host, void (*booted)(void *arg), void *arg)
{
	int r = aiot_host_check_running(host);

	if (r < 0)
		return r;
	if (host->boot.phase == AIOT_BOOT_CORE || host->boot.phase == AIOT_BOOT_REST)
		return aiot_host_fail(host, -AIOT_EALREADY, "services are being loaded already");
	aiot_boot_begin(host, true, booted, arg);
	return 0;
}

static struct aiot_entry *find_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = aiot_core_find(&host->core, name);

	if (entry == NULL)
		(void)aiot_host_fail(host, -AIOT_ENOENT, "no such task: '%s'", name);
	return entry;
}

/* An order that was refused, in words. */
static int refused(struct aiot_host *host, const char *what, const struct aiot_entry *entry, int r)
{
	const char *name = aiot_entry_name(entry);

	if (r == -AIOT_EALREADY)
		return aiot_host_fail(host, r, "cannot %s '%s': it is %s already", what, name,
				      aiot_state_word((enum aiot_state)entry->state));
	return r < 0 ? aiot_host_fail(host, r, "cannot %s '%s': %s", what, name, aiot_error_word(r))
		     : 0;
}

int aiot_host_start_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);
	int r = entry ? aiot_host_check_running(host) : -AIOT_ENOENT;

	return r < 0 ? r : refused(host, "start", entry, aiot_core_start(&host->core, entry));
}

int aiot_host_stop_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);
	int r = entry ? aiot_core_stop(&host->core, entry, false) : -AIOT_ENOENT;

	/* What was accepted may be gone by now. */
	return entry && r < 0 ? refused(host, "stop", entry, r) : r;
}

int aiot_host_delete_task(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	const struct aiot_spec_block *block;

	if (entry == NULL)
		return -AIOT_ENOENT;
	block = (const struct aiot_spec_block *)(const void *)entry->spec;
	if (block->unit != NULL)
		return aiot_unit_unload(host, block->unit);
	aiot_core_delete(&host->core, entry);
	return 0;
}

const char *aiot_host_task_state(struct aiot_host *host, const char *name)
{
	struct aiot_entry *entry = find_task(host, name);

	return entry ? aiot_state_word((enum aiot_state)entry->state) : NULL;
}

uint32_t aiot_host_task_count(const struct aiot_host *host)
{
	return aiot_core_count(&host->core);
}

uint32_t aiot_host_alive_count(const struct aiot_host *host)
{
	return host->core.alive;
}
