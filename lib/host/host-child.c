/*
 * host-child.c - child tasks: what the core asks for when a service starts one.
 *
 * Called by the core (ops->create_child), within a step of the parent.  Children of one parent and
 * kind that have no arguments share a spec, as tasks that a program adds do.
 */
#include <string.h>

#include "host.h"
#include "mem.h"

/* The spec is like the parent's but for the kind and the arguments. */
static int make_child_block(struct aiot_host *host, const struct aiot_spec *parent,
			    const char *kind, const char *const *args, struct aiot_spec_block **ret,
			    struct aiot_out *why)
{
	struct aiot_arg pairs[AIOT_ARGS_MAX];
	uint32_t count = 0;
	int r = aiot_args_from_pairs(args, pairs, &count, why);

	if (r < 0)
		return r;
	if (count == 0) {
		*ret = aiot_shared_block(host, parent->service, kind);
		if (*ret != NULL)
			return 0;
	}
	r = aiot_spec_create(host, parent->service, kind, parent->label, pairs, count, ret, why);
	if (r < 0)
		return r;
	(*ret)->spec.stop_timeout_ms = parent->stop_timeout_ms;
	(*ret)->spec.priority = parent->priority;
	(*ret)->origin = parent->service;
	if (count == 0)
		host->last_block = *ret;
	return 0;
}

int aiot_host_create_child(void *ctx, struct aiot_entry *parent, const char *kind, const char *name,
			   const char *const *args, struct aiot_entry **ret)
{
	struct aiot_host *host = ctx;
	struct aiot_spec_block *block = NULL;
	struct aiot_task *task;
	char text[512];
	struct aiot_out why;
	int r;

	aiot_out_init(&why, text, sizeof(text));
	r = make_child_block(host, parent->spec, kind, args, &block, &why);
	if (r < 0) {
		aiot_core_log(&host->core, aiot_entry_name(parent), AIOT_WARN,
			      "cannot start child '%s': %s", name, aiot_out_str(&why));
		return r;
	}
	block->spec.users++; /* ours: it goes if there is no task to keep it */
	r = aiot_host_make_task(host, &block->spec, name, AIOT_RAISE, &task);
	if (--block->spec.users == 0)
		aiot_block_unused(host, block);
	if (r == 0)
		*ret = &task->entry;
	return r;
}
