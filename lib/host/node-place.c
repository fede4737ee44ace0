/*
 * node-place.c - the place of a board's tasks: its entries, and the orders given to them.
 *
 * The registry gives the orders.  One is accepted by showing the state it leads to (starting,
 * stopping) and sent when the line is free; what came of it is told by the board: its answer, if it
 * refuses, and the states that follow.  Nothing waits here.
 */
#include "node-private.h"

#include <string.h>

#include "mem.h"
#include "service.h"

/* The board's own TimeoutStopSec ends a stop; this one is for a board that never says so. */
#define STOP_TIMEOUT_MS (3610u * 1000u)

static struct aiot_node *node_of(struct aiot_place *place)
{
	return (struct aiot_node *)(void *)((char *)place - offsetof(struct aiot_node, place));
}

/* ---- orders ---- */

static int queue(struct aiot_node_task *task, enum aiot_node_order order)
{
	struct aiot_node *node = task->node;

	task->order = (uint8_t)order;
	task->order_seq = ++node->next_order;
	task->ordered = (uint8_t)order;
	task->ordered_ns = node->core->now_ns;
	aiot_node_kick(node);
	return 0;
}

static int place_start(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_node *node = node_of(place);

	if (node->away)
		return -AIOT_ENODEV;
	aiot_entry_outcome(node->core, entry, NULL);
	entry->fail = 0;
	aiot_entry_set(node->core, entry, AIOT_STARTING);
	return queue(aiot_node_task_of(entry), AIOT_ORDER_START);
}

/* As it was told last: what was ordered is not going to be. */
static void show_told(struct aiot_node_task *task)
{
	struct aiot_entry *e = &task->entry;

	aiot_entry_set(task->node->core, e, task->told.state);
	e->since_ns = task->told.since_ns;
	e->run_ns = task->told.run_ns;
	e->runs = task->told.runs;
}

/* A board runs on when this program ends: then its tasks only cease to be of it. */
static int place_stop(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_node_task *task = aiot_node_task_of(entry);
	bool restart = entry->flags & AIOT_ENTRY_RESTART;
	struct aiot_node *node = node_of(place);

	entry->flags &= (uint8_t)~AIOT_ENTRY_RESTART;
	if (node->core->closed) {
		if (task->order == AIOT_ORDER_NONE) /* else its callers hear that it failed */
			aiot_entry_set(node->core, entry, AIOT_STOPPED);
		return 0;
	}
	if (node->away) {
		show_told(task);
		return -AIOT_ENODEV;
	}
	task->keep_schedule = entry->run_flags != 0;
	return queue(task, restart ? AIOT_ORDER_RESTART : AIOT_ORDER_STOP);
}

static bool place_refusal(struct aiot_place *place, struct aiot_entry *entry, struct aiot_out *why)
{
	const struct aiot_node *node = node_of(place);

	(void)entry;
	if (!node->away)
		return false;
	aiot_format(why, "node '%s' is not reachable: %s", node->name, node->why);
	return true;
}

/* It does not run, as far as this order goes; what it does, the board tells next. */
static void fail(struct aiot_node_task *task, int code, const char *why)
{
	struct aiot_core *core = task->node->core;
	struct aiot_entry *e = &task->entry;

	aiot_core_log(core, aiot_entry_name(e), AIOT_ERROR, "%s", why);
	aiot_entry_outcome(core, e, aiot_outcome_error(core, code, why, strlen(why), NULL, NULL));
	e->last = AIOT_FAILURE;
	e->fail = aiot_fail_byte(code);
	aiot_entry_set(core, e, AIOT_FAILURE);
	e->run_ns = 0;
}

static void place_abandon(struct aiot_place *place, struct aiot_entry *entry)
{
	(void)place;
	aiot_node_task_of(entry)->order = AIOT_ORDER_NONE;
	fail(aiot_node_task_of(entry), -AIOT_ETIMEDOUT, "the board has not stopped it in an hour");
}

void aiot_node_order_done(struct aiot_node_task *task, const char *why)
{
	task->order = AIOT_ORDER_NONE;
	task->node->stale_tasks = true;
	if (why == NULL)
		return;
	task->ordered = AIOT_ORDER_NONE;
	fail(task, -AIOT_EIO, why);
}

void aiot_node_orders_fail(struct aiot_node *node, const char *why)
{
	struct aiot_node_task *task;

	node->asked = NULL;
	for (task = node->first; task != NULL; task = task->next) {
		bool waits =
			task->entry.state == AIOT_STARTING || task->entry.state == AIOT_STOPPING;

		/* Also one that was accepted, and of which no more will be heard. */
		if (task->order != AIOT_ORDER_NONE || (task->ordered != AIOT_ORDER_NONE && waits))
			aiot_node_order_done(task, why);
	}
}

struct aiot_node_task *aiot_node_next_order(const struct aiot_node *node)
{
	struct aiot_node_task *task, *next = NULL;

	for (task = node->first; task != NULL; task = task->next) {
		if (task->order != AIOT_ORDER_NONE &&
		    (next == NULL || task->order_seq < next->order_seq))
			next = task;
	}
	return next;
}

const char *aiot_node_order_method(const struct aiot_node_task *task)
{
	static const char *const methods[] = {
		[AIOT_ORDER_NONE] = "",
		[AIOT_ORDER_START] = "io.aiotools.Task.Start",
		[AIOT_ORDER_STOP] = "io.aiotools.Task.Stop",
		[AIOT_ORDER_RESTART] = "io.aiotools.Task.Restart",
	};

	return methods[task->order];
}

void aiot_node_order_params(const struct aiot_node_task *task, struct aiot_out *out)
{
	struct aiot_json_out json;

	aiot_json_begin(&json, out);
	aiot_json_put_object(&json, NULL);
	aiot_json_put_array(&json, "names");
	aiot_json_put_str(&json, NULL, aiot_node_task_name(task));
	aiot_json_put_end_array(&json);
	if (task->order == AIOT_ORDER_STOP && task->keep_schedule)
		aiot_json_put_bool(&json, "keep_schedule", true);
	aiot_json_put_end_object(&json);
}

/* ---- what is never asked: such calls are forwarded ---- */

static void place_set(struct aiot_place *place, struct aiot_entry *entry,
		      const struct aiot_opt *opt, const char *value)
{
	(void)place;
	(void)entry;
	(void)opt;
	(void)value;
}

static int place_call(struct aiot_place *place, struct aiot_entry *entry,
		      const struct aiot_verb *verb, const void *args, struct aiot_outcome **ret)
{
	(void)place;
	(void)entry;
	(void)verb;
	(void)args;
	*ret = NULL;
	return -AIOT_ENOSYS;
}

static int place_ask(struct aiot_place *place, struct aiot_entry *entry,
		     const struct aiot_cond *cond, const char *arg, struct aiot_outcome **ret)
{
	(void)place;
	(void)entry;
	(void)cond;
	(void)arg;
	*ret = NULL;
	return -AIOT_ENOSYS;
}

/* ---- entries ---- */

/* It leaves the registry. */
static void place_drop(struct aiot_place *place, struct aiot_entry *entry)
{
	struct aiot_node_task *task = aiot_node_task_of(entry), **link;
	struct aiot_node *node = node_of(place);

	for (link = &node->first; *link != task; link = &(*link)->next) {
		/* it is in the list */
	}
	*link = task->next;
	node->tasks--;
	if (node->asked == task)
		node->asked = NULL;
}

static void dropped(struct aiot_entry *entry)
{
	struct aiot_node_task *task = aiot_node_task_of(entry);

	aiot_mem_free(task->text);
	aiot_mem_free(task);
}

static const struct aiot_place_ops ops = {
	.start = place_start,
	.stop = place_stop,
	.abandon = place_abandon,
	.drop = place_drop,
	.set = place_set,
	.call = place_call,
	.ask = place_ask,
	.detail = aiot_node_detail,
	.stats = aiot_node_stats,
	.refusal = place_refusal,
	.forward = aiot_node_forward,
	.brief = aiot_node_brief,
	.due = aiot_node_due,
};

void aiot_node_place_init(struct aiot_node *node)
{
	struct aiot_spec *spec = &node->block.spec;

	(void)aiot_format_to(node->label, sizeof(node->label), "node '%s'", node->name);
	node->place.ops = &ops;
	node->place.name = node->name;
	node->block.service = (struct aiot_service){
		.abi = AIOT_ABI,
		.size = sizeof(struct aiot_service),
		.opt_size = sizeof(struct aiot_opt),
		.stat_size = sizeof(struct aiot_stat),
		.kind_size = sizeof(struct aiot_kind),
		.verb_size = sizeof(struct aiot_verb),
		.cond_size = sizeof(struct aiot_cond),
		.name = node->name,
	};
	node->block.dropped = dropped;
	spec->place = &node->place;
	spec->service = &node->block.service;
	spec->kind = (struct aiot_kind){.name = "main"};
	spec->label = node->label;
	spec->stop_timeout_ms = STOP_TIMEOUT_MS;
}

static size_t full_name(const struct aiot_node *node, const char *name, char *full, size_t size)
{
	return aiot_format_to(full, size, "%s:%s", node->name, name);
}

struct aiot_node_task *aiot_node_task_find(const struct aiot_node *node, const char *name)
{
	char full[2 * AIOT_NAME_MAX + 2];
	struct aiot_entry *e;

	(void)full_name(node, name, full, sizeof(full));
	e = aiot_core_find(node->core, full);
	return e != NULL && e->spec == &node->block.spec ? aiot_node_task_of(e) : NULL;
}

struct aiot_node_task *aiot_node_task_add(struct aiot_node *node, const char *name)
{
	struct aiot_node_task *task = aiot_mem_zalloc(sizeof(*task)), **link = &node->first;
	char full[2 * AIOT_NAME_MAX + 2];

	if (task == NULL)
		return NULL;
	(void)full_name(node, name, full, sizeof(full));
	task->node = node;
	task->due_ns = AIOT_CORE_NEVER;
	task->entry.spec = &node->block.spec;
	if (aiot_core_add(node->core, &task->entry, full,
			  offsetof(struct aiot_node_task, long_name), AIOT_RAISE) < 0) {
		aiot_mem_free(task);
		return NULL;
	}
	while (*link != NULL)
		link = &(*link)->next;
	*link = task;
	node->tasks++;
	return task;
}

void aiot_node_task_leave(struct aiot_node_task *task)
{
	struct aiot_core *core = task->node->core;

	if (aiot_entry_alive(&task->entry))
		aiot_entry_set(core, &task->entry, AIOT_STOPPED);
	aiot_core_delete(core, &task->entry);
}
